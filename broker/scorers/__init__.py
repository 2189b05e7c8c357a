"""Judging answers: one small function a scorer, each with a version that is kept with its scores."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from broker.suites import Sample


@dataclass(frozen=True, slots=True)
class Answer:
    """What is judged: the text of an answer, and what is known of the call behind it.

    `total_ms` is the time from send to the last byte, `cost_usd` the call's price; `None` where it is not
    known, as for answers that were made elsewhere.
    """

    text: str
    total_ms: float | None = None
    cost_usd: float | None = None
    refused: bool = False


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
    """A module of this package: `score` judges, `VERSION` changes whenever its judgements may."""

    VERSION: int

    def score(self, answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
        """Judge one answer; raises `ConfigError` for settings that make no sense."""
        ...
