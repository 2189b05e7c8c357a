"""Keep every call: callers hand values to a queue, one thread writes them in batches.

Handing over costs microseconds and never waits for the database. A locked or unreachable database is
tried again until it answers; only rows it refuses for good are given up, and `flush` says so. Keys and
headers never come here, and no message content is ever logged.
"""

import atexit
import logging
import threading
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from sqlalchemy.orm import Session

from broker.errors import BrokerError
from broker.types import CallContext, Completion
from db.calls import is_passing, write_calls, write_partial
from db.rows import call_row, content_row, images_in, load_completion
from db.session import Database
from db.workers import HEARTBEAT_S, beat, mark_interrupted

__all__ = ["RecordError", "Recorder", "load_completion"]

log = logging.getLogger(__name__)

_GATHER_S = 0.02  # a first item waits this long for company: the whole of a short call is one insert
_MOST = 1000  # items a transaction, so that other writers get their turn
_FIRST_RETRY_S, _LAST_RETRY_S = 0.05, 5.0


class RecordError(BrokerError):
    """Calls were not written: the database refused them, or did not answer in time."""


_Partial = dict[str, str]  # id, text, reasoning
_Entry = tuple[Completion, CallContext] | _Partial
_Item = _Entry | threading.Event  # an event is set once everything put before it is dealt with


class Recorder:
    """Writes calls in the background; one a process. When it opens, calls of dead ones become `interrupted`.

    `platforms` maps provider ids to the platforms' display names; where one is missing the id stands.
    """

    def __init__(self, database: Database, platforms: Mapping[str, str] | None = None) -> None:
        self._database = database
        self._platforms = platforms or {}
        self._worker_id = uuid.uuid4().hex
        self._started_at = datetime.now(UTC)
        self._beat_due: float | None = None  # none until the first write registers this process
        self._queue: SimpleQueue[_Item] = SimpleQueue()
        self._hurry = threading.Event()
        self._closed = threading.Event()
        self._refused: dict[str, str] = {}
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def begin(self, completion: Completion, context: CallContext) -> None:
        """A call is about to be sent. Returns at once; any thread."""
        self._put((completion, context))

    def finish(self, completion: Completion, context: CallContext) -> None:
        """A call is over, whatever came of it. Returns at once; any thread."""
        self._put((completion, context))

    def checkpoint(self, call_id: str, text: str, reasoning: str) -> None:
        """What a running call has answered so far, should the process die. Returns at once; any thread."""
        self._put({"id": call_id, "text": text, "reasoning": reasoning})

    def flush(self, timeout: float = 10.0) -> None:
        """Wait until everything put before is committed.

        Raises `RecordError` when that takes more than `timeout` seconds (it is tried on), or when the
        database has refused calls since the last flush.
        """
        done = threading.Event()
        self._queue.put(done)
        self._hurry.set()
        if not done.wait(timeout):
            raise RecordError(f"the database has not taken all calls within {timeout:g} s; trying on")
        refused, self._refused = self._refused, {}
        if refused:
            raise RecordError(f"the database refused {len(refused)} calls: {next(iter(refused.values()))}")

    def close(self, timeout: float = 10.0) -> None:
        """Flush and end the thread; raises as `flush` does. What is handed over later is lost."""
        if self._closed.is_set():
            return
        atexit.unregister(self.close)
        try:
            self.flush(timeout)
        finally:
            self._closed.set()
            self._queue.put(threading.Event())  # wakes the thread
            self._hurry.set()
            self._thread.join(timeout)

    def _put(self, entry: _Entry) -> None:
        self._queue.put(entry)
        if self._closed.is_set():
            log.error("a call was handed over after the recorder had closed; it is lost")

    def _run(self) -> None:
        self._insist([])
        while not self._closed.is_set():
            items = self._gather()
            self._insist([item for item in items if not isinstance(item, threading.Event)])
            for item in items:
                if isinstance(item, threading.Event):
                    item.set()

    def _gather(self) -> list[_Item]:
        """The next items in order; none when it is time for a heartbeat."""
        wait_s = HEARTBEAT_S if self._beat_due is None else max(1.0, self._beat_due - monotonic())
        try:
            items = [self._queue.get(timeout=wait_s)]
        except Empty:
            return []
        if self._queue.qsize() < _MOST:
            self._hurry.wait(_GATHER_S)
        self._hurry.clear()
        while len(items) < _MOST:
            try:
                items.append(self._queue.get_nowait())
            except Empty:
                break
        return items

    def _insist(self, entries: Sequence[_Entry]) -> None:
        """Write, again and again while the database cannot; what it refuses is tried one by one."""
        delay_s = _FIRST_RETRY_S
        while True:
            try:
                return self._write(entries)
            except Exception as error:
                if not is_passing(error):
                    return self._refuse(entries, _brief(error))
                log.warning("%d entries wait for the database: %s", len(entries), _brief(error))
            if self._closed.wait(delay_s):
                return log.error("%d entries were not written before the end", len(entries))
            delay_s = min(2 * delay_s, _LAST_RETRY_S)

    def _refuse(self, entries: Sequence[_Entry], reason: str) -> None:
        if len(entries) > 1:
            for entry in entries:
                self._insist([entry])
        elif entries:
            self._refused[_id(entries[0])] = reason
            log.error("call %s is not recorded: %s", _id(entries[0]), reason)
        else:
            log.error("no heartbeat: %s", reason)

    def _write(self, entries: Sequence[_Entry]) -> None:
        """One transaction."""
        with self._database.writer() as session:
            beat_due = self._tend(session, bool(entries))
            self._write_entries(session, entries)
        self._beat_due = beat_due

    def _tend(self, session: Session, needed: bool) -> float | None:
        """Heartbeat, and a look at other processes, when due; returns when the next one is."""
        now = datetime.now(UTC)
        if self._beat_due is not None and monotonic() < self._beat_due:
            return self._beat_due
        lost = mark_interrupted(session, now)
        if lost:
            log.warning("%d calls of processes that are gone were interrupted", lost)
        if self._beat_due is None and not needed:
            return None
        beat(session, self._worker_id, self._started_at, now)
        return monotonic() + HEARTBEAT_S

    def _write_entries(self, session: Session, entries: Sequence[_Entry]) -> None:
        latest = {_id(entry): entry for entry in entries if isinstance(entry, tuple)}.values()
        partial = {_id(entry): entry for entry in entries if isinstance(entry, dict)}.values()
        calls = [self._row(completion, context) for completion, context in latest]
        sent = {c.call_id: images for c, _ in latest if (images := images_in(c))}
        write_calls(session, calls, [content_row(completion) for completion, _ in latest], sent)
        write_partial(session, list(partial))

    def _row(self, completion: Completion, context: CallContext) -> dict[str, Any]:
        provider = completion.offer.provider
        return call_row(completion, context, self._platforms.get(provider, provider), self._worker_id)


def _id(entry: _Entry) -> str:
    return entry["id"] if isinstance(entry, dict) else entry[0].call_id


def _brief(error: Exception) -> str:
    """The kind of failure and the database's first line on it: the further lines may quote the row."""
    reason = str(getattr(error, "orig", error)).partition("\n")[0]
    return f"{type(error).__name__}: {reason}"
