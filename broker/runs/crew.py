"""The workers of a job under way, on the engine's event loop: each takes one turn after the other."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Generic, TypeVar

from broker.complete import LiveCall, run_call
from broker.runs.budget import Budget
from broker.runs.feed import Begun, Feed, Turn, Unit
from broker.runs.lag import Lag, watching
from broker.runs.ledger import CellRecord, Ledger
from broker.runs.pace import Pace
from broker.types import Completion
from db.benchmarks import Run
from db.leases import End, Job, release
from db.session import Database

if TYPE_CHECKING:
    from broker.runtime import Runtime

log = logging.getLogger(__name__)

Job_co = TypeVar("Job_co", bound=Job, covariant=True)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Held(Generic[Job_co]):
    """A job that this process holds: its row as it was when it was claimed, and its one writer."""

    job: Job_co
    ledger: Ledger
    database: Database


class Crew(Generic[Unit]):
    """A job under way: the turns of a plan, each taken once by one of its workers.

    What a turn is belongs to those that are made of this: `_do`, and `_rest` once all is over. `stop` may be
    called from any thread; everything else belongs to the loop.
    """

    def __init__(
        self, held: Held[Job], engine: "Runtime", plan: Iterator[Unit], begun: Mapping[Unit, Begun]
    ) -> None:
        job = held.job
        self.job_id = job.id
        self._held, self._engine, self._ledger = held, engine, held.ledger
        self._budget = Budget(job.budget, job.spent)
        self._feed = Feed(plan, begun, job.handed_out, job.concurrency, self._ledger.hurry)
        self._pace, self._lag = Pace(), Lag()
        self._live: set[asyncio.Task[Completion]] = set()
        self._ending: End | None = None  # set: no further turn is begun
        self._stopped = False  # and the calls under way are cancelled
        self._problem: str | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def carry_out(self) -> str:
        """Take every turn that is left and return the status that the job has then."""
        self._loop = asyncio.get_running_loop()
        self._ledger.open(self.job_id, self._held.job.spent, self)
        try:
            async with watching(self._lag):
                workers = [asyncio.create_task(self._work()) for _ in range(self._held.job.concurrency)]
                await asyncio.gather(*workers)
            return await asyncio.to_thread(self._give_back)
        finally:
            self._rest()
            self._ledger.close(timeout=0)  # where the loop itself ends: whoever comes next goes on

    def stop(self, end: End, problem: str | None = None) -> None:
        """Stop the calls under way, to be asked again once the job goes on; the job ends as `end`."""
        self._call_soon(self._stop, end, problem)

    def to_hand_out(self) -> int:
        """So many more than now as there are workers, so that none has to wait."""
        return self._feed.wanted

    def lag_p95_ms(self) -> float | None:
        """The lag of this stretch of work, or of an earlier one that was worse; `None` while unknown."""
        job = self._held.job
        before = job.lag_p95_ms if isinstance(job, Run) else None
        return max((lag for lag in (before, self._lag.p95_ms) if lag is not None), default=None)

    def held(self, wish: str | None, handed_out: int) -> None:
        """Heed what a person wants: a pause lets the calls under way end, for they are paid."""
        self._call_soon(self._feed.let_out, handed_out)
        if wish == "pause":
            self._ending = self._ending or "paused"
        elif wish == "cancel" and self._ending != "cancelled":
            self.stop("cancelled")

    def lost(self, problem: str) -> None:
        """Nothing more can be written."""
        self.stop("failed", problem)

    async def _do(self, turn: Turn[Unit]) -> None:
        """One turn of the plan."""
        raise NotImplementedError

    def _rest(self) -> None:
        """All is over."""

    async def _within_budget(self, reserved: Decimal | None, spend: Callable[[], Awaitable[Decimal]]) -> None:
        """Do what costs up to so much, and returns what it did cost; without room for it the job ends."""
        if not await self._budget.reserve(reserved or _ZERO):
            self._ending = self._ending or "budget"
            return
        cost = _ZERO
        try:
            if self._ending is None:
                cost = await spend()
        finally:
            await self._budget.settle(reserved or _ZERO, cost)

    async def _completed(self, call: LiveCall, record: CellRecord) -> Completion:
        """The call, in a task of its own: stopping it must not stop what else its worker does.

        One that is stopped before it began is still `running`, and not recorded.
        """
        if self._stopped:
            return call.snapshot()
        task = asyncio.create_task(run_call(call, self._engine.open_door, record))
        self._live.add(task)
        try:
            await asyncio.wait({task})
        finally:
            self._live.discard(task)
        return call.snapshot() if task.cancelled() else task.result()

    def _call_soon(self, change: Callable[..., None], *values: object) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(change, *values)

    def _stop(self, end: End, problem: str | None) -> None:
        self._ending, self._stopped, self._problem = end, True, problem or self._problem
        self._feed.close()
        for task in self._live:
            task.cancel()

    async def _work(self) -> None:
        try:
            while self._ending is None and (turn := await self._feed.take()) is not None:
                await self._pace.wait()
                await self._do(turn)
        except Exception as error:  # our own: the job must not go on as if nothing had been
            log.exception("%s failed", self.job_id)
            self._stop("failed", f"{type(error).__name__}: {error}")

    def _give_back(self) -> str:
        """Write what is left to write and end the work on the job."""
        end: End = self._ending or "done"
        if not self._ledger.close():
            end = "failed"
        database, job = self._held.database, self._held.job
        with database.writer() as session:
            release(
                session,
                type(job),
                job.id,
                self._ledger.worker_id,
                end,
                lag_p95_ms=self.lag_p95_ms(),
                problem=self._problem,
                handed_out=job.handed_out,
            )
        with database.reader() as session:
            return session.get_one(type(job), job.id).status
