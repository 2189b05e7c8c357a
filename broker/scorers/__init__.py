"""Judging answers: one small function a scorer, each with a version that is kept with its scores.

To add a scorer: a module with the names of `Scorer` below, and its line in `SCORERS`. What a model judges
(a rubric, facts) is in `broker.judge`; its grades become scores by the same rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any, Protocol, cast

from broker.errors import ConfigError
from broker.suites import Sample, ScorerSpec

# In the order in which they are offered: the plain rules first.
SCORERS: Mapping[str, str] = {
    "exact": "exact",
    "includes": "includes",
    "starts-with": "starts_with",
    "regex": "pattern",
    "choice": "choice",
    "number": "number",
    "label": "label",
    "json": "json_valid",
    "contains-json": "json_contained",
    "json-fields": "json_fields",
    "tool-call": "tool_call",
    "token-f1": "token_f1",
    "rouge": "rouge",
    "bleu": "bleu",
    "gleu": "gleu",
    "meteor": "meteor",
    "levenshtein": "levenshtein",
    "similarity": "similarity",
    "refusal": "refusal",
    "latency": "latency",
    "cost": "cost",
}
# These may take longer than a few milliseconds for an ordinary answer: not for an event loop.
SLOW = frozenset(
    {
        "regex",
        "json",
        "contains-json",
        "json-fields",
        "levenshtein",
        "rouge",
        "bleu",
        "gleu",
        "meteor",
        "similarity",
    }
)
_ROUNDING = 1e-9  # 0.1 + 0.2 reaches a threshold of 0.3


@dataclass(frozen=True, slots=True)
class Answer:
    """What is judged: the text of an answer, and what is known of the call behind it.

    `total_ms` is the time from send to the last byte, `cost_usd` the call's price; `None` where it is not
    known, as for answers that were made elsewhere. `tool_calls` are name and JSON arguments, in order.
    """

    text: str
    total_ms: float | None = None
    cost_usd: float | None = None
    refused: bool = False
    tool_calls: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """What a scorer found: `value` from 0 (wrong) to 1 (right), and whether that passes.

    `answer` is what it read in the text (a number, a letter, a label), `explanation` one sentence for
    people, `parts` the values of what it is made of (a field each). `passed` is `None`, and `value` too,
    where it cannot be judged: a similarity without a threshold, a cost that is not known.
    """

    value: float | None
    passed: bool | None
    answer: str | None = None
    explanation: str = ""
    parts: Mapping[str, float] = field(default_factory=dict[str, float])


class Scorer(Protocol):
    """A module of this package: `score` judges, `VERSION` changes whenever its judgements may.

    `PASSES` says in words what passes, `SETTINGS` what each setting means.
    """

    VERSION: int
    PASSES: str
    SETTINGS: Mapping[str, str]

    def score(self, answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
        """Judge one answer; raises `ConfigError` for settings that make no sense, or without a target.

        Settings are read before the answer is, so that judging an empty one finds what is wrong with them.
        """
        ...


def verdict(right: bool, answer: str | None, explanation: str) -> Score:
    """The score of a scorer that knows right and wrong only."""
    return Score(float(right), right, answer, explanation)


def unjudged(explanation: str) -> Score:
    """The score where nothing can be said."""
    return Score(None, None, None, explanation)


def scorer(name: str) -> Scorer:
    """The scorer of this name; raises `ConfigError` when there is none."""
    if name not in SCORERS:
        raise ConfigError(f"scorer: expected one of {', '.join(SCORERS)}, found {name!r}")
    return cast(Scorer, import_module(f"broker.scorers.{SCORERS[name]}"))


def judge(spec: ScorerSpec, answer: Answer, sample: Sample) -> Score:
    """Judge one answer as the spec says; raises `ConfigError` where the spec does not fit the sample."""
    module = scorer(spec.name)
    if unknown := sorted(spec.settings.keys() - module.SETTINGS.keys()):
        known = ", ".join(module.SETTINGS) or "none"
        raise ConfigError(f"{spec.name} has no setting {', '.join(unknown)}; its settings: {known}")
    _check_threshold(spec)
    return ruled(module.score(answer, sample, spec.settings), spec)


def check(spec: ScorerSpec, sample: Sample) -> None:
    """Raise the `ConfigError` that judging an answer to this sample would; needs no answer."""
    judge(spec, Answer(""), sample)


def ruled(found: Score, spec: ScorerSpec) -> Score:
    """The score under the spec's threshold and negation; what is not judged stays so.

    The threshold is compared before the negation, whose value is 1 less the value found.
    """
    if found.value is None:
        return found
    passed, explanation = found.passed, found.explanation
    if spec.threshold is not None:
        passed = found.value >= spec.threshold - _ROUNDING
        explanation = f"{explanation} Score {found.value:.2f}, threshold {spec.threshold:.2f}."
    if not spec.negate:
        return replace(found, passed=passed, explanation=explanation)
    opposite = None if passed is None else not passed
    return replace(found, value=1 - found.value, passed=opposite, explanation=f"Must not hold: {explanation}")


def _check_threshold(spec: ScorerSpec) -> None:
    if spec.threshold is not None and not 0 <= spec.threshold <= 1:
        raise ConfigError(f"{spec.name}: expected a threshold from 0 to 1, found {spec.threshold}")
