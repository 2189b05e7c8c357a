"""Who works on a job, a run or a review: one worker, for as long as it renews its lease.

Each function takes a session of `Database.writer()`.
"""

import socket
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from db.benchmarks import Run
from db.models import Worker, utc_now
from db.reviews import Review
from db.workers import process_started

Job = Run | Review
End = Literal["queued", "paused", "done", "cancelled", "budget", "failed"]

LEASE_S = 30  # how long a worker of another machine may be silent before its job is taken over
STOPPED = ("paused", "cancelled", "budget", "failed")  # and can go on


def take(session: Session, job: Job, holder: Worker | None, worker_id: str, now: datetime) -> bool:
    """Whether the job, seen with its holder, is free and now this worker's: only one of several gets it."""
    if not _is_free(job, holder, now):
        return False
    table = type(job)
    as_seen = update(table).where(
        table.id == job.id, table.status == job.status, table.worker_id.is_not_distinct_from(job.worker_id)
    )
    mine = as_seen.values(status="running", worker_id=worker_id, lease_until=_lease(now))
    return cast("CursorResult[Any]", session.execute(mine)).rowcount == 1


def hold(
    session: Session,
    table: type[Job],
    job_id: str,
    worker_id: str,
    now: datetime,
    *,
    spent: Decimal,
    handed_out: int,
    lag_p95_ms: float | None = None,
) -> str | None:
    """Renew a worker's lease and say what was spent by now, and how many turns of the plan it may have taken.

    With it goes how late a run's clocks are, for a process that is killed cannot say so at its end. Returns
    what the job is wanted to do next.

    Raises `LookupError` when the worker no longer holds the job: what it has found since must not count.
    """
    held = (table.id == job_id, table.worker_id == worker_id, table.status == "running")
    known = _clocks(table, lag_p95_ms)
    mine = (
        update(table)
        .where(*held)
        .values(lease_until=_lease(now), spent=spent, handed_out=handed_out, **known)
    )
    wanted = session.execute(mine.returning(table.wanted)).one_or_none()
    if wanted is None:
        raise LookupError(f"another worker has taken {table.__tablename__} {job_id} over")
    return wanted[0]


def release(
    session: Session,
    table: type[Job],
    job_id: str,
    worker_id: str,
    status: End,
    *,
    lag_p95_ms: float | None = None,
    problem: str | None = None,
    handed_out: int = 0,
) -> None:
    """A worker ends its work on a job; `queued` gives it back unfinished. Unless known, a run's lag stays.

    `handed_out` turns were so before this worker came: of those nobody knows whether they were taken.
    """
    held = (table.id == job_id, table.worker_id == worker_id)
    job: Job | None = session.scalar(select(table).where(*held).with_for_update())
    if job is None:
        return
    if status == "paused" and job.wanted is None:
        status = "queued"  # somebody has resumed it before it stood still
    job.status, job.problem, job.wanted = status, problem, job.wanted if status == "queued" else None
    job.worker_id, job.lease_until, job.handed_out = None, None, handed_out
    job.ended_at = None if status in ("queued", "paused") else utc_now()
    for name, value in _clocks(table, lag_p95_ms).items():
        setattr(job, name, value)


def pause(job: Job) -> None:
    """Let the calls under way end, begin no other; raises `ValueError` where there is nothing to pause."""
    if job.status == "queued":
        job.status = "paused"
    elif job.status == "running":
        job.wanted = "pause"
    else:
        raise ValueError(f"The {job.__tablename__} is {job.status}: there is nothing to pause.")


def cancel(job: Job) -> None:
    """Stop the calls under way too; raises `ValueError` where there is nothing to cancel."""
    if job.status in ("queued", "paused"):
        job.status, job.ended_at = "cancelled", utc_now()
    elif job.status == "running":
        job.wanted = "cancel"
    else:
        raise ValueError(f"The {job.__tablename__} is {job.status}: there is nothing to cancel.")


def resume(job: Job, budget: Decimal | None = None) -> bool:
    """Go on, with another budget if one is given; whether it had stood still.

    Raises `ValueError` where there is nothing to resume.
    """
    if job.status == "running" and job.wanted == "pause":
        job.wanted = None
        return False
    if job.status not in STOPPED:
        raise ValueError(f"The {job.__tablename__} is {job.status}: there is nothing to resume.")
    queue(job, budget)
    return True


def queue(job: Job, budget: Decimal | None = None) -> None:
    """Put a job back in the queue."""
    job.budget = job.budget if budget is None else budget
    job.status, job.wanted, job.ended_at, job.problem = "queued", None, None, None


def _is_free(job: Job, holder: Worker | None, now: datetime) -> bool:
    """Nobody holds the job: it waits, its worker's process has ended, or its lease has."""
    if job.status == "queued" or holder is None or job.lease_until is None or job.lease_until < now:
        return True
    here = holder.host == socket.gethostname() and holder.pid_started is not None
    return here and process_started(holder.pid) != holder.pid_started


def _clocks(table: type[Job], lag_p95_ms: float | None) -> dict[str, float]:
    """The columns that say how late the clocks are: a run has them, for a review times do not matter."""
    return {} if lag_p95_ms is None or table is not Run else {"lag_p95_ms": lag_p95_ms}


def _lease(now: datetime) -> datetime:
    return now + timedelta(seconds=LEASE_S)
