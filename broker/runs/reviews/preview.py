"""What a review will ask and cost, and what it can show, before it is started."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import sqrt

from sqlalchemy.orm import Session

from broker.judge import conflict_of
from broker.pricing import price_at
from broker.runs.asking import request_of
from broker.runs.budget import input_at_most, output_at_most
from broker.runs.model_judge import Judge, by_model, judge_request_of
from broker.runs.reviews import Item, Order
from broker.runs.reviews.asking import Asked, both_orders
from broker.runs.reviews.plan import items
from broker.runs.reviews.start import drafted
from broker.runs.snapshot import offer_of, priced
from broker.runs.usage import Range
from broker.suites import Suite
from broker.suites.store import load_suite
from broker.types import ChatRequest, Provider
from db import benchmark_queries as queries
from db.benchmarks import Run
from db.shapes import params_of

_LOOKED_AT = 50  # items: what the others cost is taken from these
_SHORTEST = 20  # tokens of a judge's reply
_POWER = 1.96 + 0.84  # standard errors that a preference has to be from even to show in four cases of five


@dataclass(frozen=True, slots=True)
class Preview:
    """A review as it will be: `items` to judge in `calls`; `cost` in US dollars, `None` where unknown.

    `shows` is the least win rate that so many pairs with one offer tell from even in four cases of five;
    `None` where even winning all of them would not, and for single answers. `warnings` are sentences.
    """

    items: int
    calls: int
    cost: Range | None
    shows: float | None
    warnings: tuple[str, ...]


def preview(session: Session, order: Order, providers: Mapping[str, Provider]) -> Preview:
    """Look ahead; nothing is kept or asked. Raises as `start.start` does."""
    run = session.get(Run, order.run_id)
    if run is None:
        raise LookupError(f"there is no run {order.run_id}")
    suite, draft = load_suite(session, run.suite_id), drafted(session, order, run)
    found = items(session, draft, suite)
    judge = Judge(order.judge, price_at(providers[order.judge.provider], order.judge, 0, datetime.now(UTC)))
    looked = random.Random(0).sample(found, min(_LOOKED_AT, len(found)))  # noqa: S311 - an estimate
    requests = [one for item in looked for one in _requests(session, (run, suite), judge, (order, item))]
    scale = len(found) / len(looked)
    compared = {order.baseline, *draft.offers}
    told = conflict_of(order.judge, [offer_of(one) for one in run.offers if one["id"] in compared])
    unpriced = f"The price of {order.judge.id} is not known." if priced(judge.price, 1, 1) is None else None
    return Preview(
        items=len(found),
        calls=round(len(requests) * scale),
        cost=_cost(judge, requests, scale),
        shows=_shows(len(found) / len(draft.offers)) if order.kind == "pairs" else None,
        warnings=tuple(one for one in (told, unpriced) if one),
    )


def _requests(
    session: Session, of: tuple[Run, Suite], judge: Judge, asked: tuple[Order, Item]
) -> Sequence[ChatRequest]:
    (run, suite), (order, item) = of, asked
    sample, params = suite.samples[item.position], params_of(run.params)
    texts = _texts(session, run.id, sample.id, item)
    if order.kind == "pairs":
        pair = Asked(suite, sample, params, texts.get(item.a, ""), texts.get(item.b, ""))
        return both_orders(judge, pair, order.criteria)
    request, text = request_of(suite, sample, params), texts.get(item.a, "")
    specs = by_model(sample.scorers or suite.scorers)
    return [judge_request_of(judge.offer, spec, request, text, sample) for spec in specs]


def _texts(session: Session, run_id: str, sample: str, item: Item) -> dict[str, str]:
    rows = session.execute(queries.answers(run_id, sample)).all()
    there = [(cell, words) for cell, words in rows if cell.epoch == item.epoch]
    return {cell.offer: (cell.text if words is None else words.text) or "" for cell, words in there}


def _cost(judge: Judge, requests: Sequence[ChatRequest], scale: float) -> Range | None:
    sent = sum(map(input_at_most, requests)) * scale
    longest = sum(output_at_most(judge.offer, request) for request in requests) * scale
    low = priced(judge.price, round(sent / 4), round(_SHORTEST * len(requests) * scale))
    high: Decimal | None = priced(judge.price, round(sent), round(longest))
    return None if low is None or high is None else Range(float(low), float(high))


def _shows(pairs: float) -> float | None:
    least = 0.5 + _POWER / (2 * sqrt(pairs))
    return least if least < 1 else None
