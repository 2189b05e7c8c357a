"""What a file of answers gives: who said what to which sample."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from broker.suites.importers.report import ImportRefused, Problem
from broker.types import Outcome

KIND = "imported"  # what these runs are for ever: of use for quality, never for speed

NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class AnswerColumns:
    """Which columns of a table hold answers. Without `model`, every column of `answers` is a model's.

    Samples are found by `id`, or else by the text of `input`. `epoch` counts from 1.
    """

    answers: tuple[str, ...]
    model: str | None = None
    id: str | None = None
    input: str | None = None
    epoch: str | None = None


class ColumnsUnsettled(ImportRefused):
    """A table of answers in which the `chosen` columns find none; others of its `columns` may.

    Where too little is known of the columns, `chosen` lacks what is missing.
    """

    def __init__(self, message: str, columns: tuple[str, ...], chosen: AnswerColumns) -> None:
        super().__init__(message)
        self.columns = columns
        self.chosen = chosen


@dataclass(frozen=True, slots=True)
class Found:
    """An answer as it stands in the file, before its sample is known.

    `error` is why there is none, `outcome` what came of it where the file says so (`endings`). `foreign` is
    what its makers made of it: scores, costs, times.
    """

    row: int
    model: str
    text: str
    id: str = ""
    input: str = ""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    epoch: int | None = None
    error: str = ""
    outcome: Outcome | None = None
    foreign: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class ImportedAnswer:
    """One cell of an imported run; epochs count from 1.

    `error` is why there is no answer, `outcome` what came of it where that is known; else its words say
    whether it is a refusal. `foreign` is kept for reading only: answers are scored anew here.
    """

    model: str
    sample_id: str
    epoch: int
    text: str
    error: str = ""
    outcome: Outcome | None = None
    foreign: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class ImportedResults:
    """The answers of a file that belong to samples of a suite; `unmatched` says which do not, and why.

    `columns` are the file's, `chosen` which of them were read; `sha256` is of the bytes as uploaded.
    """

    format: str
    answers: tuple[ImportedAnswer, ...]
    unmatched: tuple[Problem, ...]
    problems: tuple[Problem, ...]
    sha256: str
    columns: tuple[str, ...] = ()
    chosen: AnswerColumns | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """The models in order of their first answer."""
        return tuple(dict.fromkeys(answer.model for answer in self.answers))

    @property
    def epochs(self) -> int:
        """How often a sample was answered at most."""
        return max((answer.epoch for answer in self.answers), default=0)
