"""The runs and reviews of this process: what is queued, or left by a process that is gone, is carried out."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from broker.results.kept import keep
from broker.runs.crew import Crew
from broker.runs.execute import take
from broker.runs.reviews.execute import take as take_review
from db.calls import is_passing
from db.session import Database, open_database

if TYPE_CHECKING:
    from broker.runtime import Runtime

log = logging.getLogger(__name__)

LOOK_S = 0.5  # how often it looks for work
MOST = 2  # jobs at once: more of them would only slow each other


class Background:
    """Takes jobs in a thread of its own and carries them out on the engine's loop."""

    def __init__(self, engine: "Runtime", database: Database | None = None) -> None:
        self._engine, self._database = engine, database or open_database()
        self._under_way: dict[Future[str], Crew[Any]] = {}
        self._ended: list[str] = []  # jobs still to be summed up
        self._after = ThreadPoolExecutor(1, thread_name_prefix="summary")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="runs", daemon=True)
        self._thread.start()

    def close(self, timeout: float = 10.0) -> None:
        """Take no more; jobs under way stop at once and go back to the queue, for whoever comes next."""
        self._over.set()
        self._thread.join(timeout)
        for crew in self._under_way.values():
            crew.stop("queued")
        wait(self._under_way, timeout)
        self._after.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while not self._over.wait(LOOK_S):
            try:
                self._look()
            except Exception as error:  # one that cannot even begin must not end the others
                level = logging.WARNING if is_passing(error) else logging.ERROR
                log.log(level, "no run could be taken", exc_info=error)

    def _look(self) -> None:
        for future in [future for future in self._under_way if future.done()]:
            crew = self._under_way.pop(future)
            if error := future.exception():
                log.error("%s broke off", crew.job_id, exc_info=error)
            self._ended.append(crew.job_id)
        if len(self._under_way) < MOST and (crew := self._next()) is not None:
            self._under_way[self._engine.submit(crew.carry_out())] = crew
        while self._ended and not self._under_way:  # beside a run it would falsify that one's times
            self._after.submit(keep, self._database, self._ended.pop())

    def _next(self) -> Crew[Any] | None:
        """A run; only where none waits, a review."""
        return take(self._database, self._engine) or take_review(self._database, self._engine)
