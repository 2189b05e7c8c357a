"""Tables as samples: a mapping of their columns carried out, row by row."""

import re
import string
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from broker.suites import Sample
from broker.suites.importers.messages import conversation, image
from broker.suites.importers.report import ColumnMapping, Problem, Row
from broker.suites.importers.scoring import needs_target
from broker.suites.importers.values import text, texts
from broker.templates import variables
from broker.types import Image, Message


def apply(mapping: ColumnMapping, rows: Sequence[Row]) -> tuple[tuple[Sample, ...], tuple[Problem, ...]]:
    """The samples of a table, and what could not be taken over: the cell is left out, or the row."""
    problems: list[Problem] = []
    samples = [_sample(mapping, row, place, problems) for place, row in enumerate(rows, 1)]
    return tuple(sample for sample in samples if sample is not None), tuple(problems)


def judged_otherwise(mapping: ColumnMapping, proposed: ColumnMapping) -> bool:
    """Whether other scorers than the proposed ones may fit the right answers of this mapping."""
    return (mapping.targets, mapping.choices) != (proposed.targets, proposed.choices)


def renamed(proposed: ColumnMapping, **named: Any) -> ColumnMapping:
    """The proposed mapping with these fields instead; no column keeps two meanings.

    One that is left without any is kept as metadata. The scorers are to be proposed anew where need be.
    """
    asked = replace(ColumnMapping(proposed.input), **named)
    taken = {*_named(replace(asked, input=named.get("input", "")))}
    rest: dict[str, Any] = {
        name: tuple(column for column in getattr(proposed, name) if column not in taken)
        for name in ("targets", "choices", "tags", "images", "metadata")
    }
    rest |= {name: None for name in ("id", "cluster") if getattr(proposed, name) in taken}
    made = replace(proposed, **(rest | named))
    left = tuple(column for column in _named(proposed) if column not in _named(made))
    made = replace(made, metadata=(*made.metadata, *left))
    return replace(made, scorers=()) if judged_otherwise(made, proposed) else made


def unused(mapping: ColumnMapping, columns: Sequence[str]) -> tuple[Problem, ...]:
    """A problem for each column that the mapping does not name."""
    return tuple(
        Problem(None, c, "this column was not imported") for c in columns if c not in _named(mapping)
    )


def unknown_columns(mapping: ColumnMapping, columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that the mapping names and the table does not have."""
    return tuple(column for column in _named(mapping) if column not in columns)


def _named(mapping: ColumnMapping) -> tuple[str, ...]:
    several = (*mapping.targets, *mapping.choices, *mapping.tags, *mapping.images, *mapping.metadata)
    single = tuple(column for column in (mapping.id, mapping.cluster) if column)
    return tuple(dict.fromkeys((*_inputs(mapping), *single, *several)))


def _inputs(mapping: ColumnMapping) -> tuple[str, ...]:
    return variables(mapping.input) if "{{" in mapping.input else (mapping.input,)


def _sample(mapping: ColumnMapping, row: Row, place: int, problems: list[Problem]) -> Sample | None:
    asked = _asked(mapping, row, problems)
    if asked is None:
        return None
    named = _inputs(mapping) if "{{" in mapping.input else ()
    sample = Sample(
        id=(text(row.values.get(mapping.id)).strip() if mapping.id else "") or str(place),
        input=asked,
        targets=_of(mapping.targets, row),
        choices=_of(mapping.choices, row),
        variables={name: text(row.values.get(name)) for name in named},
        tags=tuple(tag for column in mapping.tags for tag in _tags(row.values.get(column))),
        cluster=(text(row.values.get(mapping.cluster)) or None) if mapping.cluster else None,
        metadata={c: row.values[c] for c in mapping.metadata if row.values.get(c) not in (None, "")},
        scorers=row.scorers or (),
    )
    compared = row.scorers is None and (not mapping.scorers or any(map(needs_target, mapping.scorers)))
    if mapping.targets and not sample.targets and compared:
        problems.append(Problem(row.number, mapping.targets[0], "the row was left out: it has no target"))
        return None
    return _with_letters(sample, row, problems) if sample.choices else sample


def _asked(mapping: ColumnMapping, row: Row, problems: list[Problem]) -> str | tuple[Message, ...] | None:
    """What the row asks; nothing where it asks nothing."""
    value: Any = mapping.input if "{{" in mapping.input else row.values.get(mapping.input)
    images = _images(mapping, row, problems)
    try:
        asked = conversation(value) if isinstance(value, list) else text(value)
    except ValueError as error:
        problems.append(Problem(row.number, mapping.input, f"the row was left out: {error}"))
        return None
    if isinstance(asked, str) and not asked.strip():
        problems.append(Problem(row.number, mapping.input, "the row was left out: it asks nothing"))
        return None
    if not images:
        return asked
    turns = asked if isinstance(asked, tuple) else (Message("user", asked),)
    return (*turns[:-1], replace(turns[-1], images=(*turns[-1].images, *images)))


def _images(mapping: ColumnMapping, row: Row, problems: list[Problem]) -> tuple[Image, ...]:
    found: list[Image] = []
    for column in mapping.images:
        for url in texts(row.values.get(column)):
            try:
                found.append(image(url))
            except ValueError as error:
                problems.append(Problem(row.number, column, f"left out: {error}"))
    return tuple(found)


def _of(columns: tuple[str, ...], row: Row) -> tuple[str, ...]:
    return tuple(found for column in columns for found in texts(row.values.get(column)))


def _tags(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) and not value.lstrip().startswith("["):
        return tuple(tag for tag in (part.strip() for part in re.split("[,;]", value)) if tag)
    return texts(value)


def _with_letters(sample: Sample, row: Row, problems: list[Problem]) -> Sample | None:
    """The sample with its targets as letters: they may stand there as letters or as the choices' texts."""
    letters = [*string.ascii_uppercase[: len(sample.choices)]]
    if len(sample.choices) > len(letters):
        message = "the row was left out: there are more choices than letters"
        problems.append(Problem(row.number, "choices", message))
        return None
    by_text = dict(zip(sample.choices, letters, strict=True))
    targets: list[str] = []
    for target in sample.targets:
        letter = target.strip().upper()
        found = letter if letter in letters else by_text.get(target)
        if found is None:
            message = f"its target {target[:40]!r} is no letter and no text of a choice"
            problems.append(Problem(row.number, "target", f"the row was left out: {message}"))
            return None
        targets.append(found)
    return replace(sample, targets=tuple(targets))
