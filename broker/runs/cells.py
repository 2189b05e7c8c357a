"""The cells of a run under way, on the engine's event loop: each worker asks one after the other."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
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
from broker.runs.feed import Begun, Feed, Turn
from broker.runs.judging import answer_of, judge_by_rule, verdict_row
from broker.runs.lag import Lag, watching
from broker.runs.ledger import CellRecord, Entry, Ledger
from broker.runs.model_judge import PURPOSE as JUDGING
from broker.runs.model_judge import Graded, Judge, by_model, costs_at_most, grade
from broker.runs.plan import plan
from broker.runs.rows import ended_row, started_row
from broker.runs.snapshot import offer_of, price_then
from broker.scorers import SLOW
from broker.scorers.outcomes import outcome_of
from broker.suites import Sample, ScorerSpec, Suite
from broker.types import CallContext, ChatRequest, Completion, Offer
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
    """A run that this process holds, with all that is needed to go on with it."""

    run: Run
    suite: Suite
    begun: Begun
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
        judge = run.judge
        self._judge = Judge(offer_of(judge), price_then(judge)) if judge else None
        self._params, self._context = params_of(run.params), CallContext(PURPOSE, run.user)
        self._budget = Budget(run.budget, run.spent)
        cells = plan(len(job.suite.samples), list(self._offers), run.epochs, run.sample_limit, run.seed)
        self._feed = Feed(cells, job.begun, run.handed_out, run.concurrency, self._ledger.hurry)
        self._live: set[asyncio.Task[Completion]] = set()
        self._ending: End | None = None  # set: no further cell is begun
        self._stopped = False  # and the calls under way are cancelled
        self._problem: str | None = None
        self._judges = ThreadPoolExecutor(_JUDGES, thread_name_prefix="judge")
        self._loop: asyncio.AbstractEventLoop | None = None

    async def carry_out(self) -> str:
        """Ask every cell that is left and return the status that the run has then."""
        self._loop = asyncio.get_running_loop()
        self._ledger.open(self.run_id, self._job.run.spent, self)
        try:
            async with watching() as lag:
                workers = [asyncio.create_task(self._work()) for _ in range(self._job.run.concurrency)]
                await asyncio.gather(*workers)
            return await asyncio.to_thread(self._give_back, lag)
        finally:
            self._judges.shutdown(wait=False)
            self._ledger.close(timeout=0)  # where the loop itself ends: whoever comes next goes on

    def stop(self, end: End, problem: str | None = None) -> None:
        """Stop the calls under way, to be asked again once the run goes on; the run ends as `end`."""
        self._call_soon(self._stop, end, problem)

    def to_hand_out(self) -> int:
        """So many more than now as there are workers, so that none has to wait."""
        return self._feed.wanted

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
                await self._ask(turn)
        except Exception as error:  # our own: the run must not go on as if nothing had been
            log.exception("run %s failed", self.run_id)
            self._stop("failed", f"{type(error).__name__}: {error}")

    async def _ask(self, turn: Turn) -> None:
        """One cell within the budget: its call, its scores."""
        cell = turn.cell
        offer, sample = self._offers[cell.offer], self._job.suite.samples[cell.position]
        request = request_of(self._job.suite, sample, self._params)
        reserved = self._at_most(cell.offer, request, sample)
        if not await self._budget.reserve(reserved or _ZERO):
            self._ending = self._ending or "budget"
            return
        cost = _ZERO
        try:
            if self._ending is None:
                cost = await self._answer(turn, sample, LiveCall(offer, request, self._context), reserved)
        finally:
            await self._budget.settle(reserved or _ZERO, cost)

    def _at_most(self, offer_id: str, request: ChatRequest, sample: Sample) -> Decimal | None:
        """What the call and its judging may cost; `None` where a price is unknown."""
        offer = self._offers[offer_id]
        answering, specs = at_most(self._prices[offer_id], offer, request), by_model(self._specs(sample))
        if not specs or self._judge is None or answering is None:
            return answering
        judging = costs_at_most(self._judge, specs, (offer, request), sample)
        return None if judging is None else answering + judging

    async def _answer(self, turn: Turn, sample: Sample, call: LiveCall, reserved: Decimal | None) -> Decimal:
        """Returns what was spent."""
        row = started_row(self.run_id, turn.cell, sample.id, call.call_id) | {
            "attempt": turn.attempt,
            "repeated": turn.repeated,
            "reserved": reserved,
            "started_at": call.started_at,
        }
        completion = await self._completed(call, CellRecord(self._ledger, row))
        if completion.status == "running":
            return _ZERO  # stopped before it began
        graded = await self._graded(completion, sample)
        answering = at_most(self._prices[turn.cell.offer], call.offer, call.request)
        spent = (paid(completion, answering) or _ZERO) + graded.spent
        if completion.status == "stopped" or graded.stopped:
            found: dict[str, Any] = {"status": "again", "repeated": True}
        else:
            found = ended_row(completion) | await self._verdict(completion, sample, graded)
            found["ended_at"] = datetime.now(UTC)
        # A row of its own: the first one may just be being written.
        self._ledger.put(Entry(cell=row | found, spent=spent))
        return spent

    async def _completed(self, call: LiveCall, record: CellRecord) -> Completion:
        """The call, in a task of its own: stopping it must not stop what else its worker does.

        One that is stopped before it began is still `running`, and not recorded.
        """
        task = asyncio.create_task(run_call(call, self._engine.open_door, record))
        self._live.add(task)
        try:
            await asyncio.wait({task})
        finally:
            self._live.discard(task)
        return call.snapshot() if task.cancelled() else task.result()

    async def _graded(self, completion: Completion, sample: Sample) -> Graded:
        specs = by_model(self._specs(sample))
        if self._judge is None or outcome_of(completion) != "answered" or not specs:
            return Graded()
        return await grade(self._judge, specs, completion, sample, self._ask_judge)

    async def _ask_judge(self, judge: Offer, request: ChatRequest) -> Completion:
        call = LiveCall(judge, request, CallContext(JUDGING, self._job.run.user))
        if self._stopped:
            return call.snapshot()
        return await self._completed(call, CellRecord(self._ledger))

    async def _verdict(self, completion: Completion, sample: Sample, graded: Graded) -> dict[str, Any]:
        outcome, specs = outcome_of(completion), self._specs(sample)
        judged = partial(judge_by_rule, specs, outcome, answer_of(completion), sample)
        if any(spec.name in SLOW for spec in specs):
            found = await asyncio.get_running_loop().run_in_executor(self._judges, judged)
        else:
            found = judged()
        known = {"outcome": outcome, "judge_cost": graded.cost}
        return known | verdict_row([*found, *graded.judged])

    def _specs(self, sample: Sample) -> tuple[ScorerSpec, ...]:
        return sample.scorers or self._job.suite.scorers

    def _give_back(self, lag: Lag) -> str:
        """Write what is left to write and end the work on the run."""
        end: End = self._ending or "done"
        if not self._ledger.close():
            end = "failed"
        database, run_id = self._job.database, self.run_id
        with database.writer() as session:
            release(
                session,
                run_id,
                self._ledger.worker_id,
                end,
                lag_p95_ms=lag.p95_ms,
                problem=self._problem,
                handed_out=self._job.run.handed_out,
            )
        with database.reader() as session:
            return session.get_one(Run, run_id).status
