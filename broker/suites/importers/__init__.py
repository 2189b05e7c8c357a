"""Reading test sets that others wrote: spreadsheets, promptfoo, OpenAI evals, Inspect, clouds, benchmarks.

`read` sniffs the format by what is in the file. Nothing in a file is ever executed, opened or fetched, and
nothing is left out without a `Problem` that says where. To add a format: a module with `NAME`, `matches` and
`read`, and its place in `FORMATS`.
"""

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import PurePath
from typing import Protocol

from broker.suites import Sample, Suite
from broker.suites.importers import (
    any_table,
    gsm8k,
    inspect_dataset,
    mmlu,
    openai_hosted,
    openai_samples,
    promptfoo_config,
    promptfoo_tests,
)
from broker.suites.importers.clouds import AZURE, BEDROCK, VERTEX
from broker.suites.importers.json_file import beside
from broker.suites.importers.parsing import parse, parse_graders
from broker.suites.importers.report import (
    MAX_SAMPLES,
    ColumnMapping,
    Draft,
    Imported,
    ImportRefused,
    Preview,
    Problem,
    Source,
)
from broker.suites.importers.values import text

_SHOWN_ROWS = 20
_SHOWN_TEXT = 500


class Format(Protocol):
    """A way to read test sets: a module, or one row of `clouds`."""

    @property
    def NAME(self) -> str:  # noqa: N802 (modules have it as a constant)
        """What people call the format."""
        ...

    def matches(self, source: Source) -> bool:
        """Whether this file is of the format, by its keys or columns."""
        ...

    def read(self, source: Source) -> Draft:
        """Its suites; raises `ImportRefused`."""
        ...


# The first that matches reads; the plain table takes what none of the others knows.
FORMATS: tuple[Format, ...] = (
    promptfoo_config,
    promptfoo_tests,
    openai_hosted,
    openai_samples,
    inspect_dataset,
    gsm8k,
    BEDROCK,
    AZURE,
    VERTEX,
    mmlu,
    any_table,
)
# These read a document themselves, and tell what they leave out of it.
_WHOLE: tuple[Format, ...] = (promptfoo_config, openai_hosted)


def read(
    name: str,
    data: bytes,
    mapping: ColumnMapping | None = None,
    graders: tuple[str, bytes] | None = None,
    sheet: str | None = None,
) -> Imported:
    """The suites in a file; raises `ImportRefused` with one sentence where there are none.

    `mapping` is what a person made of the proposed one; its columns are the preview's. `graders` is a second
    file that says how answers are judged, for the formats of OpenAI: name and bytes. `sheet` is the
    one to read of a workbook, else the first of two rows or more.
    """
    source = parse(name, data, sheet)
    if not source.rows:
        raise ImportRefused(f"{name}: there is nothing under the header.")
    known = parse_graders(*graders) if graders else None
    source = replace(source, graders=known, mapping=mapping)
    chosen = next((form for form in FORMATS if form.matches(source)), None)
    if chosen is None:
        keys = ", ".join(list(source.document or ())[:5])
        raise ImportRefused(f"{name}: this format is not known (its keys: {keys}).")
    draft = chosen.read(source)
    unread = () if chosen in _WHOLE else tuple(beside(source))
    table = draft.source or source
    suites, problems = _checked(name, draft, [*table.problems, *unread, *draft.problems])
    preview = Preview(table.columns, tuple(_shown(table)), draft.mapping, draft.prompt_only, source.sheets)
    return Imported(chosen.NAME, suites, problems, preview, hashlib.sha256(data).hexdigest())


def _checked(
    name: str, draft: Draft, problems: list[Problem]
) -> tuple[tuple[Suite, ...], tuple[Problem, ...]]:
    """The suites with ids that are unique; raises `ImportRefused` for none, or for too many samples."""
    suites: list[Suite] = []
    for suite in draft.suites:
        if not suite.samples:
            reason = next((f"; {problem}" for problem in problems if problem.row is not None), "")
            raise ImportRefused(f"{name}: no sample could be read{reason}.")
        if len(suite.samples) > MAX_SAMPLES:
            raise ImportRefused(f"{name}: more than {MAX_SAMPLES:,} samples.")
        title = PurePath(suite.name).stem if suite.name == name else suite.name
        suites.append(replace(suite, name=title, samples=_unique(suite.samples, problems)))
    return tuple(suites), tuple(dict.fromkeys(problems))


def _unique(samples: tuple[Sample, ...], problems: list[Problem]) -> tuple[Sample, ...]:
    counts = Counter(sample.id for sample in samples)
    if len(counts) == len(samples):
        return samples
    seen: Counter[str] = Counter()
    made: list[Sample] = []
    for sample in samples:
        seen[sample.id] += 1
        again = seen[sample.id]
        new = sample.id if again == 1 else f"{sample.id} ({again})"
        while again > 1 and new in counts:
            new += "'"
        if new != sample.id:
            problems.append(Problem(None, "id", f"{sample.id} stands for several samples; one became {new}"))
        made.append(replace(sample, id=new))
    return tuple(made)


def _shown(source: Source) -> list[dict[str, str]]:
    rows = source.rows[:_SHOWN_ROWS]
    return [{key: text(value)[:_SHOWN_TEXT] for key, value in row.values.items()} for row in rows]
