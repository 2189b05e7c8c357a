"""Keeping a run to be carried out."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from broker import scorers
from broker.errors import ConfigError
from broker.judge import judges_itself
from broker.runs import Order, model_judge
from broker.runs.plan import chosen
from broker.runs.snapshot import offer_json, price_then, priced
from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.store import load_suite
from broker.types import Provider
from db.benchmarks import Run
from db.shapes import params_json


def start(session: Session, order: Order, providers: Mapping[str, Provider]) -> str:
    """Keep a run in the queue; returns its id. Offers are kept as they are now, with their prices.

    Raises `ValueError` with a sentence where it cannot be run as ordered, `LookupError` without a suite.
    """
    suite = load_suite(session, order.suite_id)
    _check(suite, order, providers)
    now = datetime.now(UTC)
    offers = [offer_json(offer, providers[offer.provider], now) for offer in order.offers]
    judge = order.judge and offer_json(order.judge, providers[order.judge.provider], now)
    if order.budget is not None:
        check_prices([*offers, *([judge] if judge else [])])
    run = Run(
        suite_id=order.suite_id,
        name=order.name or suite.name,
        user=order.user,
        status="queued",
        offers=offers,
        judge=judge,
        epochs=order.epochs,
        sample_limit=order.limit,
        params=params_json(order.params),
        concurrency=order.concurrency,
        seed=order.seed,
        cell_count=len(chosen(len(suite.samples), order.limit)) * len(offers) * order.epochs,
        budget=order.budget,
        spent=Decimal(0),
    )
    session.add(run)
    session.flush()
    return run.id


def _check(suite: Suite, order: Order, providers: Mapping[str, Provider]) -> None:
    if not order.offers:
        raise ValueError("A run needs at least one offer.")
    if len({offer.id for offer in order.offers}) < len(order.offers):
        raise ValueError("Each offer can be in a run once; to ask more often, raise the epochs.")
    if order.judge is not None and (told := judges_itself(order.judge, order.offers)):
        raise ValueError(f"{told} Choose another judge.")
    limit = 1 if order.limit is None else order.limit
    if min(order.epochs, order.concurrency, limit) < 1:
        raise ValueError("Epochs, concurrency and the limit of samples start at 1.")
    for offer in (*order.offers, *([order.judge] if order.judge else ())):
        if offer.provider not in providers:
            raise ValueError(f"No platform {offer.provider!r} is configured, so {offer.id} cannot be asked.")
    if order.judge is None and (unscored := model_judge.only_by_model(suite)):
        raise ValueError(f"Sample {unscored[0]} is to be judged by a model alone: choose a judge.")
    for sample in suite.samples:
        _check_scorers(sample.scorers or suite.scorers, sample)


def _check_scorers(specs: Sequence[ScorerSpec], sample: Sample) -> None:
    judged = model_judge.by_model(specs)
    try:
        for spec in specs:
            (model_judge.check if spec in judged else scorers.check)(spec, sample)
    except ConfigError as error:
        raise ValueError(f"Sample {sample.id} cannot be judged: {error}") from None


def check_prices(offers: list[dict[str, Any]]) -> None:
    """A budget can only hold where it is known beforehand what a call may cost."""
    unknown = [offer["id"] for offer in offers if priced(price_then(offer), 1, 1) is None]
    if unknown:
        raise ValueError(
            f"The price of {', '.join(unknown)} is not known, so a budget cannot be kept: state its price in "
            "broker.toml, or run without a budget."
        )
