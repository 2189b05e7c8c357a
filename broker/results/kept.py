"""What runs that have ended come to, in the database and in this process: nobody waits for it twice."""

import logging
import threading
from collections import OrderedDict

from sqlalchemy.orm import Session

from broker.results import RunResults
from broker.results.load import load_run
from broker.results.summary import Samples, Summary, mark_of, summarised
from broker.results.summary_json import figures_json, samples_json, samples_of, summary_of
from db import run_summaries as stored
from db.benchmarks import Run
from db.calls import is_passing
from db.run_summaries import RunSummary
from db.session import Database

log = logging.getLogger(__name__)

VERSION = 6  # to be raised with every change of statistics or of the JSON
_MOST = 500_000  # cells whose runs are kept in this process: some 100 MB

Found = tuple[Summary, Samples]


def keep(database: Database, run_id: str) -> None:
    """Have it ready for those who look: work it out now and keep it, unless it is; logs what goes wrong."""
    try:
        with database.reader() as session:
            run = session.get(Run, run_id)
            if run is not None and (mark := mark_of(run)) is not None:
                results_of(session, run_id, mark)
    except Exception as error:  # whoever looks works it out
        log.log(logging.WARNING if is_passing(error) else logging.ERROR, "run not summed up", exc_info=error)


def figures_of(session: Session, run: Run, loaded: RunResults | None = None) -> Summary:
    """A run's leaderboard and pairs: the small part alone is read where it is kept.

    `loaded` are its cells, where somebody has read them already.
    """
    mark = mark_of(run)
    known = _remembered(run.id, mark)
    if known is None and mark is not None:
        figures = session.scalar(stored.figures(run.id, VERSION, mark))
        if figures:
            return summary_of(figures)
    return (known or results_of(session, run.id, mark, loaded))[0]


def results_of(session: Session, run_id: str, mark: str | None, loaded: RunResults | None = None) -> Found:
    """What a run comes to; kept as long as its `mark` stays, and not at all without one.

    What is not kept yet is worked out from the cells, and written in a transaction of its own.
    """
    known = _remembered(run_id, mark)
    if known is not None:
        return known
    row = mark and session.execute(stored.both(run_id, VERSION, mark)).one_or_none()
    if row:
        found = summary_of(row[0]), samples_of(row[1])
    else:
        found = summarised(loaded or load_run(session, run_id))
        if mark is not None:
            _write(session, run_id, mark, found)
    if mark is not None:
        _remember(run_id, mark, found)
    return found


def _write(session: Session, run_id: str, mark: str, found: Found) -> None:
    """Written beside the caller's session, which may be one that only reads."""
    row = RunSummary(
        run_id=run_id,
        version=VERSION,
        mark=mark,
        figures=figures_json(found[0]),
        samples=samples_json(found[1]),
    )
    bind = session.get_bind()
    if bind.get_execution_options().get("write"):  # and holds the only lock there is
        return stored.keep(session, row)
    try:
        with Session(bind.engine.execution_options(write=True)) as own, own.begin():
            stored.keep(own, row)
    except Exception as error:
        if not is_passing(error):
            raise
        log.warning("run %s could not be kept: %s", run_id, type(error).__name__)
    return None


def _remembered(run_id: str, mark: str | None) -> Found | None:
    with _lock:
        if mark is None or (run_id, mark) not in _memory:
            return None
        _memory.move_to_end((run_id, mark))
        return _memory[run_id, mark]


def _remember(run_id: str, mark: str, found: Found) -> None:
    with _lock:
        _memory[run_id, mark] = found
        while len(_memory) > 1 and sum(map(_size, _memory.values())) > _MOST:
            _memory.popitem(last=False)


def _size(found: Found) -> int:
    return sum(standing.asked for standing in found[0].board)


_lock = threading.Lock()
_memory: OrderedDict[tuple[str, str], Found] = OrderedDict()
