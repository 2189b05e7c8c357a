"""Carrying a run out in this process: claim it, ask its cells, give it back."""

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillRunning
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from broker.runs.cells import Cells
from broker.runs.crew import Held
from broker.runs.ledger import Ledger
from broker.runs.plan import Cell
from broker.runs.progress import Progress, progress
from broker.suites.store import load_suite
from db import benchmark_queries as queries
from db.benchmark_changes import claim, release, request
from db.benchmarks import Run
from db.session import Database, open_database

if TYPE_CHECKING:
    from broker.runtime import Runtime

_LOOK_S = 0.5  # how often a watcher hears of progress


def execute(
    run_id: str,
    on_progress: Callable[[Progress], None] | None = None,
    engine: "Runtime | None" = None,
    database: Database | None = None,
) -> str:
    """Carry a run out and return the status it ends with; Ctrl-C leaves it paused.

    `on_progress` hears twice a second how far it is. Raises `LookupError` where there is no such run, or
    another process has it, or it has ended (`request` can resume it).
    """
    engine, database = engine or _runtime(), database or open_database()
    cells = take(database, engine, run_id)
    if cells is None:
        raise LookupError(f"run {run_id} does not wait to be carried out")
    future = engine.submit(cells.carry_out())
    try:
        while on_progress is not None and not _ended(future):
            on_progress(_seen(database, run_id))
        status = future.result()
    except KeyboardInterrupt:
        with suppress(ValueError), database.writer() as session:  # unless it has just ended
            request(session, run_id, "pause")  # else a run that stands still counts as resumed meanwhile
        cells.stop("paused")
        future.result()
        raise
    if on_progress is not None:
        on_progress(_seen(database, run_id))
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
            release(session, run.id, ledger.worker_id, "failed", problem=f"{type(error).__name__}: {error}")
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


def _seen(database: Database, run_id: str) -> Progress:
    with database.reader() as session:
        return progress(session, run_id)


def _runtime() -> "Runtime":
    from broker.runtime import runtime

    return runtime()
