"""What an answer is worth: its scores, and the one value and verdict that they make."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from broker import scorers
from broker.errors import ConfigError
from broker.judge_scales import JUDGED
from broker.scorers import Answer, Score
from broker.scorers.outcomes import judges
from broker.suites import Sample, ScorerSpec
from broker.types import Completion, Outcome


@dataclass(frozen=True, slots=True)
class Judged:
    """A score with the spec and the version of the scorer that gave it."""

    spec: ScorerSpec
    version: int
    score: Score


def answer_of(completion: Completion) -> Answer:
    """What scorers see of a call."""
    return Answer(
        completion.text,
        completion.timing.total_ms,
        None if completion.cost is None else float(completion.cost.total),
        completion.finish_reason == "refusal",
        tuple((call.name, call.arguments) for call in completion.tool_calls),
    )


def judge_by_rule(
    specs: Sequence[ScorerSpec], outcome: Outcome, answer: Answer, sample: Sample
) -> list[Judged]:
    """The scores of those that judge what came of the call by a rule; what cannot be judged says why."""
    mine = [spec for spec in specs if spec.name not in JUDGED and judges(outcome, spec.name)]
    return [_judged(spec, answer, sample) for spec in mine]


def verdict_row(judged: Sequence[Judged]) -> dict[str, Any]:
    """The columns of a cell that say what it is worth.

    As in promptfoo, its value is the mean of the scores by their weights, and it passes if all of them pass.
    A weight of 0 only measures. What a rule could not judge does not count; `None` where nothing could be,
    and where a judge was asked and its grade is missing: the rules alone are another criterion, and taking
    only their failures as settled would count failures more often than passes.
    """
    counted = [one for one in judged if one.spec.weight > 0]
    unread = next((one.score for one in counted if _is_unread(one)), None)
    if unread is not None:
        counted = []
    weights = [(one.spec.weight, one.score.value) for one in counted if one.score.value is not None]
    passes = [one.score.passed for one in counted if one.score.passed is not None]
    total = sum(weight for weight, _ in weights)
    telling = next((one.score for one in counted if one.score.passed is False), None)
    shown = unread or telling or next((one.score for one in judged), None)
    return {
        "value": sum(weight * value for weight, value in weights) / total if total else None,
        "passed": all(passes) if passes else None,
        "answer": next((one.score.answer for one in judged if one.score.answer is not None), None),
        "explanation": shown and shown.explanation,
        "scores": [_score_json(one) for one in judged] or None,
    }


def _is_unread(one: Judged) -> bool:
    return one.spec.name in JUDGED and one.score.value is None


def _judged(spec: ScorerSpec, answer: Answer, sample: Sample) -> Judged:
    try:
        return Judged(spec, scorers.scorer(spec.name).VERSION, scorers.judge(spec, answer, sample))
    except ConfigError as error:
        return Judged(spec, 0, scorers.unjudged(f"Cannot be judged: {error}"))


def _score_json(judged: Judged) -> dict[str, Any]:
    score = judged.score
    return {
        "scorer": judged.spec.metric or judged.spec.name,
        "name": judged.spec.name,
        "version": judged.version,
        "value": score.value,
        "passed": score.passed,
        "answer": score.answer,
        "explanation": score.explanation,
        "parts": dict(score.parts),
    }
