"""Answers graded by a judge after their run: what a run with this judge would have made of them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from broker.judge_scales import JUDGED
from broker.runs.asking import request_of
from broker.runs.budget import at_most
from broker.runs.feed import Turn
from broker.runs.judging import Judged, verdict_row
from broker.runs.model_judge import Graded, by_model, grade, judge_request_of
from broker.runs.reviews import Item
from broker.runs.reviews.crew import GONE, ReviewCrew
from broker.scorers import Score
from broker.scorers.outcomes import judges
from broker.suites import Sample, ScorerSpec
from broker.types import ChatRequest, Completion, Offer
from db.benchmarks import Result
from db.review_changes import GRADE

_ELSEWHERE = "elsewhere"  # what other tools said of an imported answer: kept, and counts for nothing


class Answers(ReviewCrew):
    """A review that grades answers one by one."""

    async def _do(self, turn: Turn[Item]) -> None:
        ((cell, text),) = await self._given(turn.unit)
        if text is None:
            self._end(self._row(turn, None), {"judged": False, "explanation": GONE})
            return
        sample = self._suite.samples[turn.unit.position]
        specs = by_model(sample.scorers or self._suite.scorers)
        asked = request_of(self._suite, sample, self._params)
        reserved = self._at_most(specs, asked, text, sample)

        async def spend() -> Decimal:
            row = self._row(turn, reserved)
            return await self._graded(row, cell, (asked, text), sample)

        await self._within_budget(reserved, spend)

    def _at_most(
        self, specs: Sequence[ScorerSpec], asked: ChatRequest, text: str, sample: Sample
    ) -> Decimal | None:
        total, offer = Decimal(0), self._judge.offer
        for spec in specs:
            amount = at_most(self._judge.price, offer, judge_request_of(offer, spec, asked, text, sample))
            if amount is None:
                return None
            total += amount
        return total

    async def _graded(
        self, row: dict[str, Any], cell: Result, answered: tuple[ChatRequest, str], sample: Sample
    ) -> Decimal:
        """Returns what was spent."""
        begun: list[Completion] = []

        async def ask(_judge: Offer, request: ChatRequest) -> Completion:
            reply = await self._ask(request, None if begun else row)
            begun.append(reply)
            return reply

        specs = sample.scorers or self._suite.scorers
        found = await grade(self._judge, by_model(specs), answered, sample, ask)
        if found.stopped:
            if begun[0].status != "running":
                self._again(row, found.spent)
            return found.spent
        whole = all(one.score.value is not None for one in found.judged)
        said = " ".join(one.score.explanation for one in found.judged)
        known = {"judged": whole, "explanation": said, "cost": found.cost}
        self._end(row, {**known, GRADE: regraded(cell, specs, found)}, found.spent)
        return found.spent


def regraded(cell: Result, specs: Sequence[ScorerSpec], found: Graded) -> dict[str, Any]:
    """The columns of a cell once a judge has graded it as well: its scores by rule stay as they are.

    What a judge has cost before, whose reply could not be read, is part of the cell's cost of judging.
    """
    scores: list[Any] = cell.scores or []
    rules = [spec for spec in specs if spec.name not in JUDGED and judges("answered", spec.name)]
    known = [score for score in scores if score["name"] not in JUDGED and score["name"] != _ELSEWHERE]
    by_rule = [_stored(spec, score) for spec, score in zip(rules, known, strict=True)]
    row = verdict_row([*by_rule, *found.judged])
    kept = [score for score in scores if score["name"] == _ELSEWHERE]
    return row | {"scores": [*(row["scores"] or ()), *kept] or None, "judge_cost": _in_all(cell, found)}


def _in_all(cell: Result, found: Graded) -> Decimal | None:
    if not any(score["name"] in JUDGED for score in cell.scores or ()):
        return found.cost  # nobody was asked before
    return None if cell.judge_cost is None or found.cost is None else cell.judge_cost + found.cost


def _stored(spec: ScorerSpec, score: dict[str, Any]) -> Judged:
    names = ("value", "passed", "answer", "explanation", "parts")
    return Judged(spec, score["version"], Score(**{name: score[name] for name in names}))
