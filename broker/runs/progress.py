"""How far a run is: what its page and the command line show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Select
from sqlalchemy.orm import Session

from db import benchmark_queries as queries
from db.benchmarks import Run
from db.leases import Job
from db.models import Worker

_MINUTE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Progress:
    """A run at this moment. `outcomes` counts the finished cells by offer and outcome.

    `under_way` are being asked. `per_minute` is how many ended in the last minute, `eta_s` how many seconds
    the others take at that rate; both `None` while nothing is known. `lag_p95_ms` is that of now.
    `unjudged` answers of a run with a judge came to nothing: it failed, or could not be read.
    """

    status: str
    wanted: str | None
    total: int
    done: int
    under_way: int
    spent: Decimal
    budget: Decimal | None
    per_minute: float | None
    eta_s: float | None
    lag_p95_ms: float | None
    timings_unreliable: bool
    problem: str | None
    unjudged: int = 0
    outcomes: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, dict[str, int]])

    @property
    def failed(self) -> int:
        """Cells that failed for technical reasons: what `retry` asks again."""
        return sum(counts.get(name, 0) for counts in self.outcomes.values() for name in ("error", "timeout"))


def progress(session: Session, run_id: str) -> Progress:
    """How far a run is; raises `LookupError` where there is none of that id. Takes a few milliseconds."""
    run = session.get(Run, run_id, populate_existing=True)
    if run is None:
        raise LookupError(f"there is no run {run_id}")
    outcomes, under_way = dict[str, dict[str, int]](), 0
    for offer, status, outcome, count in session.execute(queries.tally(run_id)):
        if status == "done":
            outcomes.setdefault(offer, {})[outcome or "unknown"] = count
        under_way += count if status == "running" else 0
    done = sum(sum(counts.values()) for counts in outcomes.values())
    rate = per_minute(session, run, queries.ended_since)
    return Progress(
        status=run.status,
        wanted=run.wanted,
        total=run.cell_count,
        done=done,
        under_way=under_way,
        spent=run.spent,
        budget=run.budget,
        per_minute=rate,
        eta_s=(run.cell_count - done) / rate * 60 if rate else None,
        lag_p95_ms=run.lag_p95_ms,
        timings_unreliable=run.timings == "unreliable",
        problem=run.problem,
        unjudged=(session.scalar(queries.unjudged(run_id)) or 0) if run.judge else 0,
        outcomes=outcomes,
    )


def per_minute(
    session: Session, job: Job, ended_since: Callable[[str, datetime], Select[int]]
) -> float | None:
    """How many ended in the last minute, or since the job's worker came, if that is less.

    A job that goes on has nothing to show of the time in which nobody worked on it. Each job has a worker of
    its own, which begins with it.
    """
    if job.status != "running" or job.worker_id is None:
        return None
    now = datetime.now(UTC)
    since = max(session.get_one(Worker, job.worker_id).started_at, now - _MINUTE)
    ended = session.scalar(ended_since(job.id, since)) or 0
    return ended / max(1.0, (now - since).total_seconds()) * 60 or None
