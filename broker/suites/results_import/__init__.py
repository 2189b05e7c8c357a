"""Reading results made elsewhere: answers of other tools, matched to the samples of a suite.

They are scored here like any other answer, and stay apart as imported for ever: nothing is known of how
they were asked, nor of how long they took. To add a format: a module with `NAME`, `matches` and `answers`,
and its place in `FORMATS`.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from broker.suites import Suite
from broker.suites.importers.json_file import beside
from broker.suites.importers.parsing import parse
from broker.suites.importers.report import ImportRefused, Problem, Source
from broker.suites.results_import import (
    answer_table,
    bedrock_responses,
    inspect_log,
    openai_output,
    promptfoo_results,
)
from broker.suites.results_import.matching import match
from broker.suites.results_import.report import (
    NO_ANSWER,
    AnswerColumns,
    ColumnsUnsettled,
    Found,
    ImportedResults,
)


class Format(Protocol):
    """A way to write results down."""

    @property
    def NAME(self) -> str:  # noqa: N802 (modules have it as a constant)
        """What people call the format."""
        ...

    def matches(self, source: Source) -> bool:
        """Whether this file is of the format, by its keys."""
        ...

    def answers(self, source: Source) -> Iterator[Found]:
        """The answers in the order of the file."""
        ...


# A plain table is read where none of these matches.
FORMATS: tuple[Format, ...] = (promptfoo_results, inspect_log, bedrock_responses, openai_output)
# These read a document of their own shape.
_WHOLE: tuple[Format, ...] = (promptfoo_results, inspect_log)


def read_results(
    name: str,
    data: bytes,
    suite: Suite,
    columns: AnswerColumns | None = None,
    sheet: str | None = None,
) -> ImportedResults:
    """The answers in a file that are to samples of the suite; raises `ImportRefused` where there are none.

    `columns` is what a person made of the proposed ones of a table, `sheet` the one to read of a workbook.
    Where other columns might give answers, it is `ColumnsUnsettled` that is raised.
    """
    if name.lower().endswith(".eval"):
        raise ImportRefused(f"{name}: write it as JSON first (inspect log convert --to json).")
    source = parse(name, data, sheet)
    chosen = None if columns else next((form for form in FORMATS if form.matches(source)), None)
    if chosen is None:
        columns = _usable(source, columns or answer_table.propose_answers(_filled(source)))
        found = list(answer_table.answers(source, columns))
    else:
        found = list(chosen.answers(source))
    answers, unmatched, doubts = match(found, suite)
    if not answers:
        reason = f"; {unmatched[0]}" if unmatched else ""
        told = f"{name}: no answer to a sample of {suite.name}{reason}."
        raise ColumnsUnsettled(told, source.columns, columns) if columns else ImportRefused(told)
    return ImportedResults(
        chosen.NAME if chosen else answer_table.NAME,
        answers,
        unmatched,
        (
            *doubts,
            *source.problems,
            *_empty(found, unmatched),
            *_unread(source, columns),
            *(() if chosen in _WHOLE else beside(source)),
        ),
        hashlib.sha256(data).hexdigest(),
        source.columns,
        columns,
    )


def proposed_columns(
    name: str, data: bytes, answers: Sequence[str], sheet: str | None = None
) -> AnswerColumns:
    """What the columns of a table seem to hold where these hold the answers; raises `ImportRefused`.

    Where no other is called like an id or a question, the first of them is taken for the question.
    """
    source = parse(name, data, sheet)
    others = tuple(column for column in _filled(source) if column not in answers)
    proposed = answer_table.propose_answers(others)
    several = len(set(answers)) > 1  # then each is a model's, whatever else there is
    model = None if several else proposed.model
    asked = proposed.input or next((column for column in others if column != model and not proposed.id), None)
    return replace(proposed, answers=tuple(dict.fromkeys(answers)), model=model, input=asked)


def _filled(source: Source) -> tuple[str, ...]:
    """The columns with anything in them: an empty one is no model's."""
    return tuple(c for c in source.columns if any(row.values.get(c) not in (None, "") for row in source.rows))


def _usable(source: Source, columns: AnswerColumns) -> AnswerColumns:
    """The columns, if they are all there and find both samples and answers."""
    if not answer_table.matches(source):
        raise ImportRefused(f"{source.name}: there is nothing under the header.")
    named = (*columns.answers, columns.model, columns.id, columns.input, columns.epoch)
    if missing := [column for column in named if column and column not in source.columns]:
        raise ImportRefused(f"{source.name}: there is no column {', '.join(missing)}.")
    missing = ([] if columns.answers else ["answers"]) + (
        [] if columns.id or columns.input else ["the sample's id or question"]
    )
    if missing:
        told = f"expected a column with {' and one with '.join(missing)}"
        found = ", ".join(source.columns[:8])
        raise ColumnsUnsettled(f"{source.name}: {told}; its columns: {found}.", source.columns, columns)
    return columns


def _empty(found: Sequence[Found], unmatched: Sequence[Problem]) -> Iterator[Problem]:
    """What was asked and not answered, of all that belongs to a sample."""
    strange = {(problem.row, problem.field) for problem in unmatched}
    message = "there is no answer: it counts as asked, and as not answered"
    for one in found:
        if one.error == NO_ANSWER and (one.row, one.model) not in strange:
            yield Problem(one.row, one.model, message)


def _unread(source: Source, columns: AnswerColumns | None) -> Iterator[Problem]:
    """The columns of a table that hold neither answers nor what finds their samples."""
    if columns is None:
        return
    read = {*columns.answers, columns.model, columns.id, columns.input, columns.epoch}
    for column in source.columns:
        if column not in read:
            yield Problem(None, column, "this column was not imported")
