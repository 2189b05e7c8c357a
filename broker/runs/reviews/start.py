"""Keeping a review to be carried out."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from broker.judge import judges_itself
from broker.runs.reviews import Order
from broker.runs.reviews.plan import items, left_to_model
from broker.runs.snapshot import offer_json, offer_of
from broker.runs.start import check_prices
from broker.suites import Suite
from broker.suites.store import load_suite
from broker.types import Provider
from db import review_queries as queries
from db.benchmarks import Result, Run
from db.review_changes import await_judge
from db.reviews import Review


def start(session: Session, order: Order, providers: Mapping[str, Provider]) -> str:
    """Keep a review in the queue; returns its id. The judge is kept as it is now, with its price.

    Raises `ValueError` with a sentence where that cannot be, `LookupError` without a run.
    """
    run = session.scalar(select(Run).where(Run.id == order.run_id).with_for_update())
    if run is None:
        raise LookupError(f"there is no run {order.run_id}")
    review = drafted(session, order, run)
    if order.judge.provider not in providers:
        raise ValueError(
            f"No platform {order.judge.provider!r} is configured, so {order.judge.id} cannot judge."
        )
    review.judge = offer_json(order.judge, providers[order.judge.provider], datetime.now(UTC))
    if order.budget is not None:
        check_prices([review.judge])
    if order.kind == "answers" and (run.judge is None or run.judge["id"] != order.judge.id):
        run.judge = review.judge
        await_judge(session, run.id, left_to_model(load_suite(session, run.suite_id)))
    session.add(review)
    session.flush()
    return review.id


def drafted(session: Session, order: Order, run: Run) -> Review:
    """The review as it would be kept, its judge's price left out; raises as `start` does."""
    if run.status in ("queued", "running", "paused"):
        raise ValueError(f"The run is {run.status}: a judge can be asked about it once it has ended.")
    if order.concurrency < 1:
        raise ValueError("Concurrency starts at 1.")
    suite = load_suite(session, run.suite_id)
    offers = _compared(order, run) if order.kind == "pairs" else _graded(session, order, run, suite)
    involved = {*offers, order.baseline}
    asked = [offer_of(stored) for stored in run.offers if stored["id"] in involved]
    if told := judges_itself(order.judge, asked):
        raise ValueError(f"{told} Choose another judge.")
    review = Review(
        run_id=run.id,
        kind=order.kind,
        user=order.user,
        status="queued",
        judge={},
        baseline=order.baseline if order.kind == "pairs" else None,
        offers=offers,
        criteria=order.criteria,
        concurrency=order.concurrency,
        seed=run.seed,
        budget=order.budget,
    )
    review.item_count = len(items(session, review, suite))
    if not review.item_count:
        lacks = "no sample was answered by both" if order.kind == "pairs" else "no answer is left to a model"
        raise ValueError(f"There is nothing to judge: {lacks}.")
    return review


def _compared(order: Order, run: Run) -> list[str]:
    known = [stored["id"] for stored in run.offers]
    others = list(dict.fromkeys(order.offers)) or [offer for offer in known if offer != order.baseline]
    for offer in (order.baseline, *others):
        if offer not in known:
            raise ValueError(f"{offer or 'No offer'} is not in this run; in it are {', '.join(known)}.")
    if order.baseline in others or not others:
        raise ValueError("A comparison takes two offers: a baseline, and another one.")
    return others


def _graded(session: Session, order: Order, run: Run, suite: Suite) -> list[str]:
    """Every offer; a run's answers have one judge, who can be asked again about what was left unjudged."""
    reviews = session.scalars(queries.reviews(run.id, "answers"))
    if any(review.status in ("queued", "running", "paused") for review in reviews):
        raise ValueError("A judge is at work on these answers already.")
    if run.judge is not None and run.judge["id"] != order.judge.id and _has_graded(session, run, suite):
        name = run.judge["name"]
        raise ValueError(
            f"This run has a judge already, {name}: grades of two judges do not mix. Ask {name} again about "
            "what it left unjudged."
        )
    return [stored["id"] for stored in run.offers]


def _has_graded(session: Session, run: Run, suite: Suite) -> bool:
    """Whether the run's judge has come to anything."""
    left = left_to_model(suite)
    there = session.execute(queries.answered(run.id).where(Result.value.is_not(None)))
    return any(position in left for _, position, _ in there)
