"""Answers in a table: one row an answer with the model beside it, or wide with a column a model."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from broker.suites.importers.column_names import asks, plain, propose
from broker.suites.importers.report import Row, Source
from broker.suites.importers.values import number, table, text
from broker.suites.results_import.asked import asked_text
from broker.suites.results_import.endings import as_exported
from broker.suites.results_import.report import NO_ANSWER, AnswerColumns, Found

NAME = "table of answers"
_MODEL = (
    "model", "offer", "modelname", "modelid", "provider", "system", "candidate",
    "modell", "anbieter", "modele", "modelo",
)  # fmt: skip
# Without a model beside it, any of these may as well be the right answer.
_EITHER = ("answer", "antwort", "reponse", "respuesta")
_ALONE = (
    "response", "output", "completion", "prediction", "modeloutput", "generation", "modelanswer",
    "modellantwort",
)  # fmt: skip
_ANSWER = (*_EITHER, *_ALONE)
_EPOCH = ("epoch", "repeat", "repetition", "trial")
_TEXTS = ("solution", "text", "output", "answer", "response", "completion")  # of a cell that is an object
_NOT_ASKED = {"groundtruth", "target", "answer", "reference", "expected", "ideal", "solution", "context"}


def matches(source: Source) -> bool:
    """Whether there are rows at all."""
    return bool(source.rows)


def propose_answers(columns: Sequence[str]) -> AnswerColumns:
    """Which columns seem to hold what; what is known as something else is no model's.

    Without a column that finds the samples, each of the others may be that one: then none is taken for a
    model's.
    """
    named = {plain(column): column for column in columns}

    def one(names: Sequence[str]) -> str | None:
        return next((named[name] for name in names if name in named), None)

    model, epoch = one(_MODEL), one(_EPOCH)
    known = propose([column for column in columns if column not in {model, epoch}])
    single = one(_ANSWER if model else _ALONE)
    asked = known.input if asks((known.input,)) else None
    taken = {model, epoch, known.id, asked, known.cluster, *known.targets, *known.tags, *known.choices}
    found_by = known.id or asked
    wide = tuple(c for name, c in named.items() if found_by and c not in taken and name not in _NOT_ASKED)
    return AnswerColumns((single,) if single else wide, model, known.id, asked, epoch)


def answers(source: Source, columns: AnswerColumns) -> Iterator[Found]:
    """An answer for each cell, an empty one too: that model was asked, and gave none."""
    for row in source.rows:
        for column in columns.answers:
            if columns.model or column in row.values:  # records may be of one model's column each
                yield _found(source, row, columns, column, row.values.get(column))


def _found(source: Source, row: Row, columns: AnswerColumns, column: str, cell: Any) -> Found:
    said, foreign = _read(cell)
    epoch = number(row.values.get(columns.epoch)) if columns.epoch else None
    return Found(
        row.number,
        _label(source, row, columns, column),
        said,
        id=text(row.values.get(columns.id)).strip() if columns.id else "",
        input=asked_text(row.values.get(columns.input)) if columns.input else "",
        variables={name: value for name, value in row.values.items() if isinstance(value, str)},
        epoch=int(epoch) if epoch and epoch >= 1 else None,
        error="" if said.strip() else NO_ANSWER,
        outcome=as_exported(row.values, row.values.get("outcome")),
        foreign=foreign,
    )


def _label(source: Source, row: Row, columns: AnswerColumns, column: str) -> str:
    """The model's name: of its column, the wide column's own, or for a lone general one the file's."""
    if columns.model:
        return text(row.values.get(columns.model)).strip() or "unknown model"
    alone = plain(column) in _ANSWER and len(columns.answers) == 1
    return PurePath(source.name).stem if alone else column


def _read(cell: Any) -> tuple[str, Mapping[str, Any]]:
    fields = table(cell)
    said = next((fields[name] for name in _TEXTS if isinstance(fields.get(name), str)), None)
    if said is None:
        return text(cell), {}
    return said, {name: value for name, value in fields.items() if value is not said}
