"""Carrying a run out in this process: claim it, ask its cells, give it back."""

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillRunning
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy.orm import Session

from broker.runs.cells import Cells
from broker.runs.crew import Crew, Held
from broker.runs.ledger import Ledger
from broker.runs.plan import Cell
from broker.runs.progress import Progress, progress
from broker.suites.store import load_suite
from db import benchmark_queries as queries
from db.benchmark_changes import claim, request
from db.benchmarks import Run
from db.leases import release
from db.session import Database, open_database

if TYPE_CHECKING:
    from broker.runtime import Runtime

_LOOK_S = 0.5  # how often a watcher hears of progress


Told = Callable[[Progress], None]


def execute(
    run_id: str,
    on_progress: Told | None = None,
    engine: "Runtime | None" = None,
    database: Database | None = None,
) -> str:
    """Carry a run out and return the status it ends with; Ctrl-C leaves it paused.

    `on_progress` hears twice a second how far it is. Raises `LookupError` where there is no such run, or
    another process has it, or it has ended (`request` can resume it).
    """
    engine, database = engine or this_runtime(), database or open_database()
    cells = take(database, engine, run_id)
    if cells is None:
        raise LookupError(f"run {run_id} does not wait to be carried out")
    return watched(engine, database, cells, Watch(progress, request, on_progress))


@dataclass(frozen=True, slots=True)
class Watch:
    """How a kind of job is looked at and asked for a pause, and who hears of it."""

    progress: Callable[[Session, str], Progress]
    request: Callable[[Session, str, Literal["pause"]], str]
    on_progress: Told | None


def watched(engine: "Runtime", database: Database, crew: Crew[Any], watch: Watch) -> str:
    """Let the crew work and return the status that its job ends with; Ctrl-C leaves it paused."""
    future, told = engine.submit(crew.carry_out()), watch.on_progress

    def tell(told: Told) -> None:
        with database.reader() as session:
            told(watch.progress(session, crew.job_id))

    try:
        while told is not None and not _ended(future):
            tell(told)
        status = future.result()
    except KeyboardInterrupt:
        with suppress(ValueError), database.writer() as session:  # unless it has just ended
            watch.request(session, crew.job_id, "pause")  # else one that stands still counts as resumed
        crew.stop("paused")
        future.result()
        raise
    if told is not None:
        tell(told)
    return status


def take(database: Database, engine: "Runtime", run_id: str | None = None) -> Cells | None:
    """Claim this run, or the next one that waits, to be carried out; `None` if there is none to take."""
    with database.reader() as session:
        waiting = [run.id for run, _ in session.execute(queries.alive())]
    if not waiting or (run_id and run_id not in waiting):
        return None
    ledger = Ledger(database, {row.id: row.name for row in engine.config.providers.values()})
    ledger.register()
    with database.writer() as session:
        run = claim(session, ledger.worker_id, datetime.now(UTC), run_id)
    if run is None:
        return None
    try:
        return _cells(database, engine, ledger, run)
    except Exception as error:
        with database.writer() as session:
            release(
                session, Run, run.id, ledger.worker_id, "failed", problem=f"{type(error).__name__}: {error}"
            )
        raise


def _cells(database: Database, engine: "Runtime", ledger: Ledger, run: Run) -> Cells:
    with database.reader() as session:
        suite = load_suite(session, run.suite_id)
        rows = session.execute(queries.begun(run.id)).all()
    begun = {Cell(*row[:3]): row[3:] for row in rows}
    return Cells(Held(run, ledger, database), engine, suite, begun)


def _ended(future: Future[str]) -> bool:
    try:
        future.exception(_LOOK_S)
    except StillRunning:
        return False
    return True


def this_runtime() -> "Runtime":
    """The process's runtime."""
    from broker.runtime import runtime

    return runtime()
