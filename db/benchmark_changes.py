"""What is written of benchmarks. Each function takes a session of `Database.writer()`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, Executable, Table, delete, func, select, update
from sqlalchemy.orm import Session

from db import benchmark_queries as queries
from db import leases
from db.benchmarks import HumanGrade, Result, Run, Suite
from db.models import utc_now
from db.upsert import insert_into

Wish = Literal["pause", "resume", "cancel", "retry"]

RETRIED = ("error", "timeout", "stopped")  # outcomes that say nothing of the model

_RESULT = cast(Table, Result.__table__)


def claim(session: Session, worker_id: str, now: datetime, run_id: str | None = None) -> Run | None:
    """Take the oldest run that nobody works on, or this one, for a worker; `None` if there is none.

    Cells that were under way when a process died are to be asked again, marked `repeated`; what was
    reserved for them counts as spent, for they may have been answered.
    """
    for run, holder in session.execute(queries.alive()).all():
        if (run_id is None or run.id == run_id) and leases.take(session, run, holder, worker_id, now):
            held = session.get_one(Run, run.id, populate_existing=True)
            held.started_at = held.started_at or now
            held.spent += _abandon_cells(session, run.id)
            session.flush()
            return held
    return None


def request(session: Session, run_id: str, wish: Wish, budget: Decimal | None = None) -> str:
    """What a person wants of a run; returns its status, which a worker changes within a second.

    `resume` goes on with one that is paused, cancelled, failed, or out of budget (with another `budget`);
    `retry` asks those cells again that failed for technical reasons, and no others: not before all have been
    asked. Raises `ValueError` with a sentence where that cannot be, `LookupError` where there is no such run.
    """
    run = session.scalar(select(Run).where(Run.id == run_id).with_for_update())
    if run is None:
        raise LookupError(f"there is no run {run_id}")
    _REQUESTS[wish](session, run, budget)
    session.flush()
    return run.status


def write_results(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert cells or replace what is known of them. All rows of a call name the same columns."""
    if rows:
        connection = session.connection()
        connection.execute(_upsert(connection.dialect.name), rows)


def archive_suite(session: Session, name: str, archived: bool = True) -> None:
    """Leave every version of a suite out of lists, or list them again; runs and samples stay."""
    session.execute(
        update(Suite).where(Suite.name == name).values(archived_at=utc_now() if archived else None)
    )


def grade(session: Session, cell: tuple[str, str, str, int], passed: bool | None, user: str | None) -> None:
    """A user's judgement of a cell (run, offer, sample, epoch) in place of the last; `None` takes it back."""
    names = ("run_id", "offer", "sample_key", "epoch")
    where = [getattr(HumanGrade, name) == value for name, value in zip(names, cell, strict=True)]
    session.execute(delete(HumanGrade).where(*where, func.coalesce(HumanGrade.user, "") == (user or "")))
    if passed is not None:
        session.add(HumanGrade(**dict(zip(names, cell, strict=True)), passed=passed, user=user))
        session.flush()


def _abandon_cells(session: Session, run_id: str) -> Decimal:
    """Returns what was reserved for them."""
    left = (Result.run_id == run_id, Result.status == "running")
    reserved = session.scalar(select(func.sum(Result.reserved)).where(*left))
    session.execute(update(Result).where(*left).values(status="again", repeated=True))
    return reserved or Decimal(0)


def _pause(_session: Session, run: Run, _budget: Decimal | None) -> None:
    leases.pause(run)


def _cancel(_session: Session, run: Run, _budget: Decimal | None) -> None:
    leases.cancel(run)


def _resume(session: Session, run: Run, budget: Decimal | None) -> None:
    if leases.resume(run, budget):
        _ask_again(session, run, ("stopped",))


def _retry(session: Session, run: Run, budget: Decimal | None) -> None:
    if run.kind != "measured" or run.status in ("queued", "running"):
        raise ValueError(f"The run is {run.status}: what failed can be retried once it has ended.")
    if left := run.cell_count - (session.scalar(queries.ended(run.id)) or 0):
        raise ValueError(f"{left:,} cells are still to be asked: resume the run, then retry what failed.")
    if not _ask_again(session, run, RETRIED):
        raise ValueError("No cell of the run failed for a technical reason.")
    leases.queue(run, budget)


def _ask_again(session: Session, run: Run, outcomes: Sequence[str]) -> int:
    failed = (Result.run_id == run.id, Result.status == "done", Result.outcome.in_(outcomes))
    marked = session.execute(update(Result).where(*failed).values(status="again"))
    return cast("CursorResult[Any]", marked).rowcount


_REQUESTS = {"pause": _pause, "cancel": _cancel, "resume": _resume, "retry": _retry}


@cache
def _upsert(dialect: str) -> Executable:
    insert = insert_into(_RESULT, dialect)
    key = {column.name for column in _RESULT.primary_key}
    changing = {column.name: column for column in insert.excluded if column.name not in key}
    return insert.on_conflict_do_update(index_elements=list(_RESULT.primary_key), set_=changing)
