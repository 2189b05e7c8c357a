"""OpenAI's hosted evals: items as `{"item": {…}}`, with the graders of the eval's definition.

The definition (`testing_criteria`) and the run's prompt (`input_messages`) may be in the same document as the
items, in the first line before them, or in a second file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.importers.any_table import by_mapping
from broker.suites.importers.column_names import propose
from broker.suites.importers.messages import conversation
from broker.suites.importers.openai_graders import KEYS, filled, spec
from broker.suites.importers.report import Draft, Problem, Row, Source
from broker.suites.importers.values import items, table, text
from broker.types import Message

NAME = "openai hosted evals"
_DEFINITIONS = {"testing_criteria", "data_source", "data_source_config"}
_READ = {*_DEFINITIONS, "eval", "run", "name", "item", "items"}
_PROMPT = "input_messages"
_ASKED = {"type", "source", _PROMPT}


def matches(source: Source) -> bool:
    """Whether there are items, or a definition with graders."""
    in_document = "testing_criteria" in table(table(source.document).get("eval"))
    return bool({"item", "testing_criteria"} & set(source.columns)) or in_document


def read(source: Source) -> Draft:
    """One suite, judged as the graders say; without any, by the columns of the items."""
    definitions = _definitions(source)
    problems = list(_beside(source, definitions))
    rows = list(_items(source, definitions, problems))
    graders = [table(g) for d in definitions for g in items(d.get("testing_criteria"))]
    problems += _unread(graders)
    turns = _prompt(definitions)
    if not graders or not turns:
        return _as_table(_with_graders(_prompted(rows, turns, problems), graders, problems), source, problems)
    made = [_sample(row, place, turns, graders, problems) for place, row in enumerate(rows, 1)]
    samples = tuple(sample for sample in made if sample is not None)
    title = next((text(d["name"]) for d in definitions if d.get("name")), source.name)
    return Draft((Suite(title, samples, (), source=source.name),), tuple(problems))


def _definitions(source: Source) -> list[Mapping[str, Any]]:
    document = table(source.document)
    lines = [row.values for row in source.rows if _DEFINITIONS & row.values.keys() and row.values != document]
    found = [document, table(document.get("eval")), table(document.get("run")), *lines, table(source.graders)]
    return [definition for definition in found if definition]


def _items(source: Source, definitions: list[Mapping[str, Any]], problems: list[Problem]) -> Iterator[Row]:
    """The items of the records, then those of the definitions; what is none is told."""
    listed = [(row.number, row.values.get("item")) for row in source.rows if not _defines(row, source)]
    for definition in definitions:
        content = items(table(table(definition.get("data_source")).get("source")).get("content"))
        entries = enumerate(content or items(definition.get("items")), 1)
        listed += [(number, table(entry).get("item") or entry) for number, entry in entries]
    for number, item in listed:
        if table(item):
            yield Row(number, table(item))
        else:
            problems.append(Problem(number, "item", "left out: expected an object in braces"))


def _defines(row: Row, source: Source) -> bool:
    whole = row.values == source.document or bool(_DEFINITIONS & row.values.keys())
    return whole and "item" not in row.values


def _beside(source: Source, definitions: list[Mapping[str, Any]]) -> Iterator[Problem]:
    """What the file says more than items and how they are asked and judged."""
    for key in dict.fromkeys((*table(source.document), *source.columns)):
        if key not in _READ and key != source.wrapper:
            yield Problem(None, key, "not imported")
    for key in dict.fromkeys(key for d in definitions for key in table(d.get("data_source"))):
        if key not in _ASKED:
            yield Problem(None, f"data_source.{key}", "not imported")


def _unread(graders: list[Mapping[str, Any]]) -> Iterator[Problem]:
    """What graders are told and their scorers are not; those that are left out are told whole."""
    for i, grader in enumerate(graders):
        for key in grader:
            if grader.get("type") in KEYS and key not in KEYS[grader["type"]]:
                where = f"testing_criteria[{i}] {text(grader.get('name'))}".strip()
                yield Problem(None, f"{where}, {key}", "not imported")


def _prompt(definitions: list[Mapping[str, Any]]) -> list[Any]:
    for definition in definitions:
        source = table(definition.get("data_source")) or definition
        if found := items(table(source.get(_PROMPT)).get("template")):
            return found
    return []


def _as_table(rows: list[Row], source: Source, problems: list[Problem]) -> Draft:
    """The items by their columns; without a prompt, what is asked is one of them."""
    columns = tuple(dict.fromkeys(key for row in rows for key in row.values))
    if not columns:
        return Draft((Suite(source.name, (), ()),), (*problems, Problem(None, "item", "there are no items")))
    proposed = propose(tuple(column for column in columns if column != _PROMPT), rows)
    if _PROMPT in columns:
        proposed = replace(proposed, input=_PROMPT, metadata=(proposed.input, *proposed.metadata))
    return by_mapping(replace(source, rows=tuple(rows), columns=columns), proposed, *problems)


def _prompted(rows: list[Row], turns: list[Any], problems: list[Problem]) -> list[Row]:
    """The items with the prompt filled as one more column; without a prompt, as they are."""
    if not turns:
        message = "there is no prompt (data_source.input_messages); what is asked is one of the items' keys"
        problems.append(Problem(None, _PROMPT, message))
        return rows
    asked = [(row, _asked(row, turns, problems)) for row in rows]
    return [
        replace(row, values={_PROMPT: [{"role": t.role, "content": t.content} for t in said], **row.values})
        for row, said in asked
        if said
    ]


def _with_graders(rows: list[Row], graders: list[Mapping[str, Any]], problems: list[Problem]) -> list[Row]:
    if graders:
        return [replace(row, scorers=_specs(graders, row, problems)) for row in rows]
    message = "there are no graders; how answers are judged is not in the file"
    problems.append(Problem(None, "testing_criteria", message))
    return rows


def _sample(
    row: Row, place: int, turns: list[Any], graders: list[Mapping[str, Any]], problems: list[Problem]
) -> Sample | None:
    asked = _asked(row, turns, problems)
    if not asked:
        return None
    scorers = _specs(graders, row, problems)
    return Sample(str(place), asked, metadata=dict(row.values), scorers=scorers)


def _asked(row: Row, turns: list[Any], problems: list[Problem]) -> tuple[Message, ...]:
    """The prompt with the item's values; nothing, and a problem, where it cannot be asked."""
    try:
        return tuple(replace(t, content=filled(t.content, row.values)) for t in conversation(turns))
    except ValueError as error:
        problems.append(Problem(row.number, _PROMPT, f"the item was left out: {error}"))
        return ()


def _specs(graders: list[Mapping[str, Any]], row: Row, problems: list[Problem]) -> tuple[ScorerSpec, ...]:
    found: list[ScorerSpec] = []
    for i, grader in enumerate(graders):
        try:
            found.append(spec(grader, row.values))
        except ValueError as error:
            where = f"testing_criteria[{i}] {text(grader.get('name'))}".strip()
            problems.append(Problem(row.number, where, f"this grader was left out: {error}"))
    if not found:
        problems.append(Problem(row.number, "testing_criteria", "nothing judges this item's answers"))
    return tuple(found)
