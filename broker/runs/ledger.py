"""The one writer of a job: calls and what came of them in one transaction, so that none lacks the other.

Handing over returns at once. A thread writes what came within a tenth of a second, renews the lease with it
and learns what people want of the job. A locked or unreachable database is tried again until it answers.
Nothing is written once another worker has taken the job over.
"""

import contextlib
import logging
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Protocol

from sqlalchemy.orm import Session

from broker.types import CallContext, Completion
from db import leases
from db.benchmark_changes import write_results
from db.benchmarks import Run
from db.calls import is_passing, write_calls
from db.rows import call_row, content_row, images_in
from db.session import Database
from db.workers import HEARTBEAT_S, beat

log = logging.getLogger(__name__)

_GATHER_S = 0.1  # a first item waits this long for company: a transaction costs as much as many rows
_LOOK_S = 0.4  # how long a wish waits at most to be seen
_MOST = 1000  # items a transaction
_FIRST_RETRY_S, _LAST_RETRY_S = 0.05, 2.0
_ZERO = Decimal(0)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Book:
    """What a ledger writes beside calls: rows with this key, of jobs in this table."""

    jobs: type[leases.Job]
    key: tuple[str, ...]
    write: Callable[[Session, Sequence[Row]], None]


CELLS = Book(Run, ("offer", "sample_key", "epoch"), write_results)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be written: a call with its context, the row of a cell, an amount that was spent."""

    call: tuple[Completion, CallContext] | None = None
    cell: Row | None = None
    spent: Decimal = _ZERO


class Listener(Protocol):
    """Who is told what happens to the job; called from the ledger's thread."""

    def to_hand_out(self) -> int:
        """How many turns of the plan may be taken by the next look."""
        ...

    def lag_p95_ms(self) -> float | None:
        """How late the clocks are by now, `None` while that is not known."""
        ...

    def held(self, wish: str | None, handed_out: int) -> None:
        """All is written; so many turns may be taken, and a person wants `pause`, `cancel`, or nothing."""
        ...

    def lost(self, problem: str) -> None:
        """Nothing more will be written: stop."""
        ...


class Ledger:
    """Writes what comes of one job, as a worker of its own."""

    def __init__(self, database: Database, platforms: Mapping[str, str], book: Book = CELLS) -> None:
        self.worker_id = uuid.uuid4().hex
        self._book, self._job_id, self._spent, self._failed = book, "", _ZERO, False
        self._database, self._platforms = database, platforms
        self._started_at = datetime.now(UTC)
        self._beat_due = 0.0
        self._queue: SimpleQueue[Entry | None] = SimpleQueue()
        self._hurry = threading.Event()
        self._thread: threading.Thread | None = None
        self._listener: Listener | None = None

    def register(self) -> None:
        """Make this worker known; before it claims the job."""
        with self._database.writer() as session:
            beat(session, self.worker_id, self._started_at, datetime.now(UTC))

    def open(self, job_id: str, spent: Decimal, listener: Listener) -> None:
        """Start writing on a job that this worker has claimed, on which so much was spent before."""
        self._job_id, self._spent, self._listener = job_id, spent, listener
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    def put(self, entry: Entry) -> None:
        """Hand over; returns at once, from any thread."""
        self._queue.put(entry)

    def hurry(self) -> None:
        """Look at once, for somebody waits for it; returns at once, from any thread."""
        self._queue.put(Entry())
        self._hurry.set()

    def close(self, timeout: float = 60.0) -> bool:
        """End the thread; whether everything handed over was committed, within so many seconds."""
        self._queue.put(None)
        self._hurry.set()
        if self._thread is not None:
            self._thread.join(timeout)
        return not self._failed and (self._thread is None or not self._thread.is_alive())

    def _run(self) -> None:
        more = True
        while more and not self._failed:
            entries, more = self._gather()
            self._spent += sum((entry.spent for entry in entries), _ZERO)
            self._insist(entries)

    def _gather(self) -> tuple[list[Entry], bool]:
        """The next entries in order, and whether more may come."""
        try:
            found = [self._queue.get(timeout=_LOOK_S)]
        except Empty:
            return [], True
        self._hurry.wait(_GATHER_S)  # asleep: a thread that woke for each would hold up the loop
        self._hurry.clear()
        with contextlib.suppress(Empty):
            while found[-1] is not None and len(found) < _MOST:
                found.append(self._queue.get_nowait())
        return [entry for entry in found if entry is not None], found[-1] is not None

    def _insist(self, entries: Sequence[Entry]) -> None:
        """Write, again and again while the database cannot; what it refuses ends the job."""
        assert self._listener is not None
        delay_s = _FIRST_RETRY_S
        while True:
            try:
                handed_out, lag = self._listener.to_hand_out(), self._listener.lag_p95_ms()
                return self._listener.held(self._write(entries, handed_out, lag), handed_out)
            except Exception as error:
                if not is_passing(error):
                    self._failed = True
                    log.error("%s cannot go on: %s", self._job_id, _brief(error))
                    return self._listener.lost(_brief(error))
                log.warning("%d entries wait for the database: %s", len(entries), _brief(error))
            threading.Event().wait(delay_s)
            delay_s = min(2 * delay_s, _LAST_RETRY_S)

    def _write(self, entries: Sequence[Entry], handed_out: int, lag: float | None) -> str | None:
        """One transaction; returns what the job is wanted to do."""
        now, beat_due, book = datetime.now(UTC), monotonic() >= self._beat_due, self._book
        calls = {entry.call[0].call_id: entry.call for entry in entries if entry.call}.values()
        cells = {tuple(row[name] for name in book.key): row for entry in entries if (row := entry.cell)}
        rows = [self._call_row(*call) for call in calls]
        contents = [content_row(completion) for completion, _ in calls]
        sent = {c.call_id: images for c, _ in calls if (images := images_in(c))}
        with self._database.writer() as session:
            renewed = partial(leases.hold, session, book.jobs, self._job_id, self.worker_id, now)
            wish = renewed(spent=self._spent, handed_out=handed_out, lag_p95_ms=lag)
            if beat_due:
                beat(session, self.worker_id, self._started_at, now)
            write_calls(session, rows, contents, sent)
            book.write(session, list(cells.values()))
        if beat_due:
            self._beat_due = monotonic() + HEARTBEAT_S
        return wish

    def _call_row(self, completion: Completion, context: CallContext) -> dict[str, Any]:
        provider = completion.offer.provider
        return call_row(completion, context, self._platforms.get(provider, provider), self.worker_id)


@dataclass(frozen=True, slots=True)
class CellRecord:
    """Where a call is kept: its beginning with its cell's row (a judge's call has none), then its end."""

    ledger: Ledger
    row: Row | None = None

    def begin(self, completion: Completion, context: CallContext) -> None:
        """The call and its cell are under way."""
        self.ledger.put(Entry(call=(completion, context), cell=self.row))

    def finish(self, completion: Completion, context: CallContext) -> None:
        """The call is over; the cell is once it is judged."""
        self.ledger.put(Entry(call=(completion, context)))


def _brief(error: Exception) -> str:
    """The kind of failure and the database's first line on it: the further lines may quote the row."""
    reason = str(getattr(error, "orig", error)).partition("\n")[0]
    return f"{type(error).__name__}: {reason}"
