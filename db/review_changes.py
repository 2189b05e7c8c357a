"""What is written of reviews. Each function takes a session of `Database.writer()`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, cast

from sqlalchemy import CursorResult, Executable, Table, func, select, update
from sqlalchemy.orm import Session

from db import leases
from db import review_queries as queries
from db.benchmark_changes import Wish
from db.benchmarks import Result, Run
from db.models import utc_now
from db.reviews import Judgement, Review
from db.upsert import insert_into

GRADE = "grade"  # of a row: the columns of the run's cell that the judgement changes

_JUDGEMENT = cast(Table, Judgement.__table__)


def claim(session: Session, worker_id: str, now: datetime, review_id: str | None = None) -> Review | None:
    """Take the oldest review that nobody works on, or this one, for a worker; `None` if there is none.

    Items that were under way when a process died are to be judged again; what was reserved for them counts
    as spent, for the judge may have been asked.
    """
    for review, holder in session.execute(queries.alive()).all():
        wanted = review_id is None or review.id == review_id
        if wanted and leases.take(session, review, holder, worker_id, now):
            held = session.get_one(Review, review.id, populate_existing=True)
            held.started_at = held.started_at or now
            held.spent += _abandon(session, review.id)
            session.flush()
            return held
    return None


def request(session: Session, review_id: str, wish: Wish, budget: Decimal | None = None) -> str:
    """What a person wants of a review; returns its status, which a worker changes within a second.

    `retry` has the judge asked again about what it left unjudged. Raises `ValueError` with a sentence where
    that cannot be, `LookupError` where there is no such review.
    """
    review = session.scalar(select(Review).where(Review.id == review_id).with_for_update())
    if review is None:
        raise LookupError(f"there is no review {review_id}")
    match wish:
        case "pause":
            leases.pause(review)
        case "cancel":
            leases.cancel(review)
        case "resume":
            leases.resume(review, budget)
        case "retry":
            _retry(session, review, budget)
    session.flush()
    return review.status


def write_judgements(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert judgements or replace what is known of them, and with them what they say of a run's cells.

    Each row has every column of `Judgement`; under `GRADE` may stand columns of the cell of `a`.
    """
    if not rows:
        return
    connection = session.connection()
    graded = [row for row in rows if row.get(GRADE)]
    plain = [{name: value for name, value in row.items() if name != GRADE} for row in rows]
    connection.execute(_upsert(connection.dialect.name), plain)
    if not graded:
        return
    runs = dict(_runs_of(session, {row["review_id"] for row in graded}))
    for row in graded:
        cell = (Result.run_id == runs[row["review_id"]], Result.offer == row["a"])
        place = (Result.sample_key == row["sample_key"], Result.epoch == row["epoch"])
        session.execute(update(Result).where(*cell, *place).values(**row[GRADE]))
    session.execute(update(Run).where(Run.id.in_(runs.values())).values(regraded_at=utc_now()))


def await_judge(session: Session, run_id: str, positions: Collection[int]) -> None:
    """Nothing is settled of a run's answers to these samples until a judge has graded them.

    Their scores by rule stay. Else some cells would pass by the rules alone, and others by a judge as well.
    """
    answered = (Result.run_id == run_id, Result.status == "done", Result.outcome == "answered")
    wanted, at_once = sorted(positions), 500
    for i in range(0, len(wanted), at_once):
        place = Result.position.in_(wanted[i : i + at_once])
        session.execute(update(Result).where(*answered, place).values(value=None, passed=None))
    session.execute(update(Run).where(Run.id == run_id).values(regraded_at=utc_now()))


def _runs_of(session: Session, reviews: set[str]) -> list[tuple[str, str]]:
    found = session.execute(select(Review.id, Review.run_id).where(Review.id.in_(reviews)))
    return [(review, run) for review, run in found]


def _retry(session: Session, review: Review, budget: Decimal | None) -> None:
    if review.status in ("queued", "running"):
        raise ValueError(f"The review is {review.status}: what failed can be retried once it has ended.")
    failed = (Judgement.review_id == review.id, Judgement.status == "done", Judgement.judged.is_(False))
    marked = session.execute(update(Judgement).where(*failed).values(status="again"))
    if not cast("CursorResult[Any]", marked).rowcount:
        raise ValueError("The judge left nothing unjudged.")
    leases.queue(review, budget)


def _abandon(session: Session, review_id: str) -> Decimal:
    """Returns what was reserved for them."""
    left = (Judgement.review_id == review_id, Judgement.status == "running")
    reserved = session.scalar(select(func.sum(Judgement.reserved)).where(*left))
    session.execute(update(Judgement).where(*left).values(status="again", repeated=True))
    return reserved or Decimal(0)


@cache
def _upsert(dialect: str) -> Executable:
    insert = insert_into(_JUDGEMENT, dialect)
    key = {column.name for column in _JUDGEMENT.primary_key}
    changing = {column.name: column for column in insert.excluded if column.name not in key}
    return insert.on_conflict_do_update(index_elements=list(_JUDGEMENT.primary_key), set_=changing)
