"""The cells of a run under way, on the engine's event loop: each worker asks one after the other."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from broker.complete import LiveCall, run_call
from broker.runs import PURPOSE
from broker.runs.asking import request_of
from broker.runs.budget import Budget, at_most, paid
from broker.runs.judging import answer_of, judge_by_rule, verdict_row
from broker.runs.lag import Lag, watching
from broker.runs.ledger import CellRecord, Entry, Ledger
from broker.runs.plan import Cell, plan
from broker.runs.rows import ended_row, started_row
from broker.runs.snapshot import offer_of, price_then
from broker.scorers import SLOW
from broker.scorers.outcomes import outcome_of
from broker.suites import Sample, Suite
from broker.types import CallContext, Completion
from db.benchmark_changes import End, release
from db.benchmarks import Run
from db.session import Database
from db.shapes import params_of

if TYPE_CHECKING:
    from broker.runtime import Runtime

log = logging.getLogger(__name__)

_ZERO = Decimal(0)
_JUDGES = 2  # threads for scorers that take long


@dataclass(frozen=True, slots=True)
class Job:
    """A run that this process holds, with all that is needed to go on with it.

    `begun` has status, attempt and `repeated` of every cell that was begun before.
    """

    run: Run
    suite: Suite
    begun: Mapping[tuple[str, int, int], tuple[str, int, bool]]
    ledger: Ledger
    database: Database


class Cells:
    """A run under way. `stop` may be called from any thread; everything else belongs to the loop."""

    def __init__(self, job: Job, engine: "Runtime") -> None:
        run = job.run
        self.run_id = run.id
        self._job, self._engine, self._ledger = job, engine, job.ledger
        self._offers = {stored["id"]: offer_of(stored) for stored in run.offers}
        self._prices = {stored["id"]: price_then(stored) for stored in run.offers}
        self._params, self._context = params_of(run.params), CallContext(PURPOSE, run.user)
        self._budget = Budget(run.budget, run.spent)
        self._left = self._to_ask()
        self._live: set[asyncio.Task[Completion]] = set()
        self._ending: End | None = None
        self._problem: str | None = None
        self._judges = ThreadPoolExecutor(_JUDGES, thread_name_prefix="judge")
        self._loop: asyncio.AbstractEventLoop | None = None

    async def carry_out(self) -> str:
        """Ask every cell that is left and return the status that the run has then."""
        self._loop = asyncio.get_running_loop()
        self._ledger.open(self.run_id, self._job.run.spent, self)
        async with watching() as lag:
            workers = [asyncio.create_task(self._work()) for _ in range(self._job.run.concurrency)]
            await asyncio.gather(*workers)
        self._judges.shutdown(wait=False)
        return await asyncio.to_thread(self._give_back, lag)

    def stop(self, end: End, problem: str | None = None) -> None:
        """Stop the calls under way, to be asked again once the run goes on; the run ends as `end`."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop, end, problem)

    def wanted(self, wish: str | None) -> None:
        """Heed what a person wants: a pause lets the calls under way end, for they are paid."""
        if wish == "cancel":
            self.stop("cancelled")
        elif wish == "pause":
            self._ending = self._ending or "paused"

    def lost(self, problem: str) -> None:
        """Nothing more can be written."""
        self.stop("failed", problem)

    def _stop(self, end: End, problem: str | None) -> None:
        self._ending, self._problem = end, problem or self._problem
        for task in self._live:
            task.cancel()

    def _to_ask(self) -> Iterator[Cell]:
        run, begun = self._job.run, self._job.begun
        cells = plan(len(self._job.suite.samples), list(self._offers), run.epochs, run.sample_limit, run.seed)
        return (cell for cell in cells if begun.get(cell, ("",))[0] != "done")

    async def _work(self) -> None:
        try:
            while self._ending is None and (cell := next(self._left, None)) is not None:
                await self._ask(cell)
        except Exception as error:  # our own: the run must not go on as if nothing had been
            log.exception("run %s failed", self.run_id)
            self._stop("failed", f"{type(error).__name__}: {error}")

    async def _ask(self, cell: Cell) -> None:
        """One cell within the budget: its call, its scores."""
        offer, sample = self._offers[cell.offer], self._job.suite.samples[cell.position]
        request = request_of(self._job.suite, sample, self._params)
        reserved = at_most(self._prices[cell.offer], offer, request)
        if not await self._budget.reserve(reserved or _ZERO):
            self._ending = self._ending or "budget"
            return
        cost = _ZERO
        try:
            if self._ending is None:
                cost = await self._answer(cell, sample, LiveCall(offer, request, self._context), reserved)
        finally:
            await self._budget.settle(reserved or _ZERO, cost)

    async def _answer(self, cell: Cell, sample: Sample, call: LiveCall, reserved: Decimal | None) -> Decimal:
        """Returns what was spent."""
        _, attempt, repeated = self._job.begun.get(cell, ("", 0, False))
        row = started_row(self.run_id, cell, sample.id, call.call_id) | {
            "attempt": attempt + 1, "repeated": repeated, "reserved": reserved, "started_at": call.started_at,
        }  # fmt: skip
        completion = await self._completed(call, CellRecord(self._ledger, row))
        spent = paid(completion, reserved) or _ZERO
        if completion.status == "stopped":
            again = row | {"status": "again", "repeated": True}
            self._ledger.put(Entry(cell=again, spent=spent))
        else:
            row |= ended_row(completion) | await self._verdict(completion, sample)
            self._ledger.put(Entry(cell=row | {"ended_at": datetime.now(UTC)}, spent=spent))
        return spent

    async def _completed(self, call: LiveCall, record: CellRecord) -> Completion:
        """The call, in a task of its own: stopping it must not stop the judging of another."""
        task = asyncio.create_task(run_call(call, self._engine.open_door, record))
        self._live.add(task)
        try:
            await asyncio.wait({task})
        finally:
            self._live.discard(task)
        return call.snapshot() if task.cancelled() else task.result()

    async def _verdict(self, completion: Completion, sample: Sample) -> dict[str, Any]:
        outcome = outcome_of(completion)
        specs = sample.scorers or self._job.suite.scorers
        judged = partial(judge_by_rule, specs, outcome, answer_of(completion), sample)
        if any(spec.name in SLOW for spec in specs):
            found = await asyncio.get_running_loop().run_in_executor(self._judges, judged)
        else:
            found = judged()
        return {"outcome": outcome, **verdict_row(found)}

    def _give_back(self, lag: Lag) -> str:
        """Write what is left to write and end the work on the run."""
        end: End = self._ending or "done"
        if not self._ledger.close():
            end = "failed"
        database, run_id = self._job.database, self.run_id
        with database.writer() as session:
            release(
                session, run_id, self._ledger.worker_id, end, lag_p95_ms=lag.p95_ms, problem=self._problem
            )
        with database.reader() as session:
            return session.get_one(Run, run_id).status
