"""What is written of benchmarks. Each function takes a session of `Database.writer()`."""

import socket
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, Executable, Table, Update, delete, func, select, update
from sqlalchemy.orm import Session

from db import benchmark_queries as queries
from db.benchmarks import HumanGrade, Result, Run, Suite
from db.models import Worker, utc_now
from db.upsert import insert_into
from db.workers import process_started

Wish = Literal["pause", "resume", "cancel", "retry"]
End = Literal["queued", "paused", "done", "cancelled", "budget", "failed"]

LEASE_S = 30  # how long a worker of another machine may be silent before its run is taken over
RETRIED = ("error", "timeout", "stopped")  # outcomes that say nothing of the model

_RESULT = cast(Table, Result.__table__)


def claim(session: Session, worker_id: str, now: datetime, run_id: str | None = None) -> Run | None:
    """Take the oldest run that nobody works on, or this one, for a worker; `None` if there is none.

    Cells that were under way when a process died are to be asked again, marked `repeated`; what was
    reserved for them counts as spent, for they may have been answered.
    """
    for run, holder in session.execute(queries.alive()).all():
        if (run_id is None or run.id == run_id) and _is_free(run, holder, now) and _take(session, run, now):
            held = session.get_one(Run, run.id, populate_existing=True)
            held.worker_id = worker_id
            held.started_at = held.started_at or now
            held.spent += _abandon_cells(session, run.id)
            session.flush()
            return held
    return None


def hold(
    session: Session, run_id: str, worker_id: str, now: datetime, *, spent: Decimal, handed_out: int
) -> str | None:
    """Renew a worker's lease and say what was spent by now, and how many cells of the plan it may have asked.

    Returns what the run is wanted to do next.

    Raises `LookupError` when the worker no longer holds the run: what it has found since must not count.
    """
    mine = _held(run_id, worker_id).values(lease_until=_lease(now), spent=spent, handed_out=handed_out)
    wanted = session.execute(mine.returning(Run.wanted)).one_or_none()
    if wanted is None:
        raise LookupError(f"another worker has taken run {run_id} over")
    return wanted[0]


def release(
    session: Session,
    run_id: str,
    worker_id: str,
    status: End,
    *,
    lag_p95_ms: float | None = None,
    problem: str | None = None,
    handed_out: int = 0,
) -> None:
    """A worker ends its work on a run; `queued` gives it back unfinished. The worst lag is kept.

    `handed_out` cells were so before this worker came: of those nobody knows whether they were asked.
    """
    run = session.scalar(select(Run).where(Run.id == run_id, Run.worker_id == worker_id).with_for_update())
    if run is None:
        return
    if status == "paused" and run.wanted is None:
        status = "queued"  # somebody has resumed it before it stood still
    run.status, run.problem, run.wanted = status, problem, run.wanted if status == "queued" else None
    run.worker_id, run.lease_until, run.handed_out = None, None, handed_out
    run.lag_p95_ms = max((lag for lag in (run.lag_p95_ms, lag_p95_ms) if lag is not None), default=None)
    run.ended_at = None if status in ("queued", "paused") else utc_now()


def request(session: Session, run_id: str, wish: Wish, budget: Decimal | None = None) -> str:
    """What a person wants of a run; returns its status, which a worker changes within a second.

    `resume` goes on with one that is paused, cancelled, failed, or out of budget (with another `budget`);
    `retry` asks those cells again that failed for technical reasons. Raises `ValueError` with a sentence
    where that cannot be, `LookupError` where there is no such run.
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


def _is_free(run: Run, holder: Worker | None, now: datetime) -> bool:
    """Nobody holds the run: it waits, its worker's process has ended, or its lease has."""
    if run.status == "queued" or holder is None or run.lease_until is None or run.lease_until < now:
        return True
    here = holder.host == socket.gethostname() and holder.pid_started is not None
    return here and process_started(holder.pid) != holder.pid_started


def _take(session: Session, run: Run, now: datetime) -> bool:
    """One update, which only one of several claimers can make."""
    as_seen = update(Run).where(
        Run.id == run.id, Run.status == run.status, Run.worker_id.is_not_distinct_from(run.worker_id)
    )
    taken = session.execute(as_seen.values(status="running", worker_id=None, lease_until=_lease(now)))
    return cast("CursorResult[Any]", taken).rowcount == 1


def _abandon_cells(session: Session, run_id: str) -> Decimal:
    """Returns what was reserved for them."""
    left = (Result.run_id == run_id, Result.status == "running")
    reserved = session.scalar(select(func.sum(Result.reserved)).where(*left))
    session.execute(update(Result).where(*left).values(status="again", repeated=True))
    return reserved or Decimal(0)


def _held(run_id: str, worker_id: str) -> Update:
    return update(Run).where(Run.id == run_id, Run.worker_id == worker_id, Run.status == "running")


def _lease(now: datetime) -> datetime:
    return now + timedelta(seconds=LEASE_S)


def _pause(_session: Session, run: Run, _budget: Decimal | None) -> None:
    if run.status == "queued":
        run.status = "paused"
    elif run.status == "running":
        run.wanted = "pause"
    else:
        raise ValueError(f"The run is {run.status}: there is nothing to pause.")


def _cancel(_session: Session, run: Run, _budget: Decimal | None) -> None:
    if run.status in ("queued", "paused"):
        run.status, run.ended_at = "cancelled", utc_now()
    elif run.status == "running":
        run.wanted = "cancel"
    else:
        raise ValueError(f"The run is {run.status}: there is nothing to cancel.")


def _resume(session: Session, run: Run, budget: Decimal | None) -> None:
    if run.status == "running" and run.wanted == "pause":
        run.wanted = None
    elif run.status in ("paused", "cancelled", "budget", "failed"):
        run.budget = budget if budget is not None else run.budget
        _ask_again(session, run, ("stopped",))
        _queue(run)
    else:
        raise ValueError(f"The run is {run.status}: there is nothing to resume.")


def _retry(session: Session, run: Run, budget: Decimal | None) -> None:
    if run.kind != "measured" or run.status in ("queued", "running"):
        raise ValueError(f"The run is {run.status}: what failed can be retried once it has ended.")
    if not _ask_again(session, run, RETRIED):
        raise ValueError("No cell of the run failed for a technical reason.")
    run.budget = budget if budget is not None else run.budget
    _queue(run)


def _ask_again(session: Session, run: Run, outcomes: Sequence[str]) -> int:
    failed = (Result.run_id == run.id, Result.status == "done", Result.outcome.in_(outcomes))
    marked = session.execute(update(Result).where(*failed).values(status="again"))
    return cast("CursorResult[Any]", marked).rowcount


def _queue(run: Run) -> None:
    run.status, run.wanted, run.ended_at, run.problem = "queued", None, None, None


_REQUESTS = {"pause": _pause, "cancel": _cancel, "resume": _resume, "retry": _retry}


@cache
def _upsert(dialect: str) -> Executable:
    insert = insert_into(_RESULT, dialect)
    key = {column.name for column in _RESULT.primary_key}
    changing = {column.name: column for column in insert.excluded if column.name not in key}
    return insert.on_conflict_do_update(index_elements=list(_RESULT.primary_key), set_=changing)
