"""What reading a file gives: suites, and everything in it that could not be taken over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from broker.errors import BrokerError
from broker.suites import ScorerSpec, Suite

MAX_BYTES = 50_000_000
MAX_SAMPLES = 100_000
MAX_COLUMNS = 1_000
MAX_DEPTH = 64
MAX_NODES = 5_000_000


class ImportRefused(BrokerError):
    """A file that cannot be imported at all; one sentence that names file, row and field where there are."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the file that was not taken over as it stands.

    `row` counts as the file's own program does: in tables the header is row 1, in JSON Lines it is the line,
    in JSON and YAML lists the place from 1. `None` is the whole file.
    """

    row: int | None
    field: str
    message: str

    def __str__(self) -> str:
        where = [
            *([f"row {self.row}"] if self.row is not None else []),
            *([self.field] if self.field else []),
        ]
        return f"{', '.join(where)}: {self.message}" if where else self.message


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which columns of a table mean what; a column that is named nowhere is reported.

    `input` is a column, or a text with the columns' names in it as `{{name}}`. A cell of `targets`, `choices`
    or `tags` may hold a list in JSON; cells of `tags` may also be parted by commas or semicolons. `images`
    hold data URLs. `scorers` judge every sample; empty where the columns alone do not tell.
    """

    input: str
    targets: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    cluster: str | None = None
    id: str | None = None
    images: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    scorers: tuple[ScorerSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """The head of a table for a person to check; `mapping` is `None` where the format leaves no choice.

    Where it has `prompt_only`, the format heeds nothing of a mapping but its `input` and `scorers`.
    `sheets` are those of a workbook that may be read instead.
    """

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    mapping: ColumnMapping | None = None
    prompt_only: bool = False
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file and its number, as `Problem.row` counts.

    `scorers` are the checks that the file has for this row alone; `None` where it has none for single rows,
    empty where it has and none of them can be kept.
    """

    number: int
    values: Mapping[str, Any]
    scorers: tuple[ScorerSpec, ...] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A file after parsing: the records of a list or table, or one document.

    `header` is the row that names a table's columns as it stands, `columns` the names made of it. `wrapper`
    is the key of the document whose list holds the records, empty where it is the one record itself.
    `graders` is what a second file says about judging, `mapping` what a person made of the columns that the
    format proposed. `sheets` are those of a workbook that have values, the one that was read first.
    """

    name: str
    kind: str
    rows: tuple[Row, ...] = ()
    columns: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    document: Mapping[str, Any] | None = None
    wrapper: str = ""
    graders: Mapping[str, Any] | None = None
    mapping: ColumnMapping | None = None
    problems: tuple[Problem, ...] = field(default=())
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What a format made of a file, before it is checked as a whole.

    `source` is the table that `mapping` speaks of, where the format made another one of the file's;
    `prompt_only` is the preview's.
    """

    suites: tuple[Suite, ...]
    problems: tuple[Problem, ...] = ()
    mapping: ColumnMapping | None = None
    source: Source | None = None
    prompt_only: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """A file as suites. There is one, but a promptfoo configuration gives one a prompt.

    `sha256` is of the bytes as they were uploaded.
    """

    format: str
    suites: tuple[Suite, ...]
    problems: tuple[Problem, ...]
    preview: Preview
    sha256: str

    @property
    def suite(self) -> Suite:
        """The first suite."""
        return self.suites[0]
