"""One row a pair of answers that a judge set side by side, for spreadsheets."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from broker.benchmark_export.records import batches, head
from broker.export import to_csv
from db import review_queries as queries
from db.reviews import Judgement, Review

COLUMNS = (
    "run_id", "review_id", "judge", "criteria", "sample", "epoch", "offer_a", "offer_b", "a_first", "b_first",
    "winner", "judged", "explanation", "judge_cost_usd", "ended_at",
)  # fmt: skip


def write(session: Session, run_id: str, offer: str | None = None) -> Iterator[bytes]:
    """The table with its header, every review of pairs in it, the latest first.

    `a_first` and `b_first` say who won with either answer in the first place. An offer's id leaves the pairs
    without it out. Raises `LookupError` where there is no such run.
    """
    head(session, run_id)
    header = to_csv((), COLUMNS)
    yield header
    for review in session.scalars(queries.reviews(run_id, "pairs")).all():
        found = session.scalars(queries.judgements(review.id))
        rows = (_row(review, one) for one in found if offer in (None, one.a, one.b))
        for batch in batches(rows):
            yield to_csv(batch, COLUMNS).removeprefix(header)


def _row(review: Review, one: Judgement) -> dict[str, Any]:
    return {
        "run_id": review.run_id,
        "review_id": review.id,
        "judge": review.judge["id"],
        "criteria": review.criteria or None,
        "sample": one.sample_key,
        "epoch": one.epoch + 1,
        "offer_a": one.a,
        "offer_b": one.b,
        **{name: getattr(one, name) for name in ("a_first", "b_first", "winner", "judged", "explanation")},
        "judge_cost_usd": one.cost,
        "ended_at": one.ended_at and one.ended_at.isoformat(),
    }
