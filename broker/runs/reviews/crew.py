"""A review under way: each item is a judge's calls within the budget, and what they come to."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from broker.complete import LiveCall
from broker.runs.budget import at_most, paid
from broker.runs.crew import Crew, Held
from broker.runs.feed import Begun, Turn
from broker.runs.ledger import CellRecord, Entry
from broker.runs.model_judge import PURPOSE, Judge
from broker.runs.reviews import Item
from broker.runs.reviews.rows import started_row
from broker.runs.snapshot import offer_of, price_then
from broker.suites import Suite
from broker.types import CallContext, ChatRequest, Completion
from db import benchmark_queries as queries
from db.benchmarks import Result, Run
from db.reviews import Review
from db.shapes import params_of

if TYPE_CHECKING:
    from broker.runtime import Runtime

_ZERO = Decimal(0)
GONE = "The words of an answer are not kept, so it cannot be judged."

Given = tuple[Result, str | None]  # an answer's cell and its words


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review is about: a run, and the suite that it asked."""

    run: Run
    suite: Suite


class ReviewCrew(Crew[Item]):
    """What both kinds of reviews share: answers to read, a judge to ask, rows to write."""

    def __init__(
        self,
        held: Held[Review],
        engine: "Runtime",
        of: Reviewed,
        plan: Sequence[Item],
        begun: Mapping[Item, Begun],
    ) -> None:
        super().__init__(held, engine, iter(plan), begun)
        self._review, self._run, self._suite = held.job, of.run, of.suite
        self._params = params_of(of.run.params)
        self._judge = Judge(offer_of(held.job.judge), price_then(held.job.judge))

    async def _given(self, item: Item) -> list[Given]:
        """The answers of an item, a's first."""
        return await asyncio.to_thread(self._read, item)

    def _read(self, item: Item) -> list[Given]:
        key = self._suite.samples[item.position].id
        with self._held.database.reader() as session:
            rows = session.execute(queries.answers(self._run.id, key)).all()
        found: dict[str, Given] = {
            cell.offer: (cell, cell.text if words is None else words.text)
            for cell, words in rows
            if cell.epoch == item.epoch
        }
        return [found[offer] for offer in (item.a, item.b) if offer]

    async def _ask(self, request: ChatRequest, row: Mapping[str, Any] | None) -> Completion:
        """The judge's reply; the item's row is kept with the call's beginning."""
        call = LiveCall(self._judge.offer, request, CallContext(PURPOSE, self._review.user))
        return await self._completed(call, CellRecord(self._ledger, row))

    def _spent(self, reply: Completion) -> Decimal:
        """What is counted as spent: where the cost is not known, what was reserved."""
        return paid(reply, at_most(self._judge.price, self._judge.offer, reply.request)) or _ZERO

    def _row(self, turn: Turn[Item], reserved: Decimal | None) -> dict[str, Any]:
        sample = self._suite.samples[turn.unit.position]
        return started_row(self.job_id, turn, sample.id) | {"reserved": reserved}

    def _end(self, row: Mapping[str, Any], found: Mapping[str, Any], spent: Decimal = _ZERO) -> None:
        """The item is done: a row of its own, for the first one may just be being written."""
        ended = {"status": "done", "ended_at": datetime.now(UTC)}
        self._ledger.put(Entry(cell={**row, **ended, **found}, spent=spent))

    def _again(self, row: Mapping[str, Any], spent: Decimal) -> None:
        """The review was stopped before the judge was done."""
        self._ledger.put(Entry(cell={**row, "status": "again", "repeated": True}, spent=spent))
