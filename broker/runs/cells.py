"""The cells of a run under way: each is a call within the budget, and what its answer is worth."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from broker.complete import LiveCall
from broker.runs import PURPOSE
from broker.runs.asking import request_of
from broker.runs.budget import at_most, paid
from broker.runs.crew import Crew, Held
from broker.runs.feed import Begun, Turn
from broker.runs.judging import answer_of, judge_by_rule, verdict_row
from broker.runs.ledger import CellRecord, Entry
from broker.runs.model_judge import PURPOSE as JUDGING
from broker.runs.model_judge import Graded, Judge, by_model, costs_at_most, grade
from broker.runs.plan import Cell, plan
from broker.runs.rows import ended_row, started_row
from broker.runs.snapshot import offer_of, price_then
from broker.scorers import SLOW
from broker.scorers.outcomes import outcome_of
from broker.suites import Sample, ScorerSpec, Suite
from broker.types import CallContext, ChatRequest, Completion, Offer
from db.benchmarks import Run
from db.shapes import params_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from broker.runtime import Runtime

_ZERO = Decimal(0)
_JUDGES = 2  # threads for scorers that take long


class Cells(Crew[Cell]):
    """A run under way: its suite asked of its offers."""

    def __init__(
        self, held: Held[Run], engine: "Runtime", suite: Suite, begun: "Mapping[Cell, Begun]"
    ) -> None:
        run = held.job
        offers = [stored["id"] for stored in run.offers]
        cells = plan(len(suite.samples), offers, run.epochs, run.sample_limit, run.seed)
        super().__init__(held, engine, cells, begun)
        self._suite = suite
        self._offers = {stored["id"]: offer_of(stored) for stored in run.offers}
        self._prices = {stored["id"]: price_then(stored) for stored in run.offers}
        self._judge = Judge(offer_of(run.judge), price_then(run.judge)) if run.judge else None
        self._params, self._context = params_of(run.params), CallContext(PURPOSE, run.user)
        self._judges = ThreadPoolExecutor(_JUDGES, thread_name_prefix="judge")

    async def _do(self, turn: Turn[Cell]) -> None:
        """One cell within the budget: its call, its scores."""
        cell = turn.unit
        offer, sample = self._offers[cell.offer], self._suite.samples[cell.position]
        request = request_of(self._suite, sample, self._params)
        reserved = self._at_most(cell.offer, request, sample)

        async def spend() -> Decimal:
            return await self._answer(turn, sample, LiveCall(offer, request, self._context), reserved)

        await self._within_budget(reserved, spend)

    def _rest(self) -> None:
        self._judges.shutdown(wait=False)

    def _at_most(self, offer_id: str, request: ChatRequest, sample: Sample) -> Decimal | None:
        """What the call and its judging may cost; `None` where a price is unknown."""
        offer = self._offers[offer_id]
        answering, specs = at_most(self._prices[offer_id], offer, request), by_model(self._specs(sample))
        if not specs or self._judge is None or answering is None:
            return answering
        judging = costs_at_most(self._judge, specs, (offer, request), sample)
        return None if judging is None else answering + judging

    async def _answer(
        self, turn: Turn[Cell], sample: Sample, call: LiveCall, reserved: Decimal | None
    ) -> Decimal:
        """Returns what was spent."""
        row = started_row(self.job_id, turn.unit, sample.id, call.call_id) | {
            "attempt": turn.attempt,
            "repeated": turn.repeated,
            "reserved": reserved,
            "started_at": call.started_at,
        }
        completion = await self._completed(call, CellRecord(self._ledger, row))
        if completion.status == "running":
            return _ZERO  # stopped before it began
        graded = await self._graded(completion, sample)
        answering = at_most(self._prices[turn.unit.offer], call.offer, call.request)
        spent = (paid(completion, answering) or _ZERO) + graded.spent
        if completion.status == "stopped" or graded.stopped:
            found: dict[str, Any] = {"status": "again", "repeated": True}
        else:
            found = ended_row(completion) | await self._verdict(completion, sample, graded)
            found["ended_at"] = datetime.now(UTC)
        # A row of its own: the first one may just be being written.
        self._ledger.put(Entry(cell=row | found, spent=spent))
        return spent

    async def _graded(self, completion: Completion, sample: Sample) -> Graded:
        specs = by_model(self._specs(sample))
        if self._judge is None or outcome_of(completion) != "answered" or not specs:
            return Graded()
        return await grade(self._judge, specs, (completion.request, completion.text), sample, self._ask_judge)

    async def _ask_judge(self, judge: Offer, request: ChatRequest) -> Completion:
        call = LiveCall(judge, request, CallContext(JUDGING, self._held.job.user))
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
        return sample.scorers or self._suite.scorers
