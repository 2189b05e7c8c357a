"""JSON and JSON Lines: the records of a list, a line each, or one document."""

import json
from collections.abc import Iterator
from typing import Any, cast

from broker.suites.importers.report import MAX_SAMPLES, ImportRefused, Problem, Row, Source
from broker.suites.importers.values import Cleaner, items, table, text

_WRAPPERS = ("samples", "examples", "rows", "records", "cases", "tests", "data")
_NO_OBJECT = "left out: expected an object in braces"


def read_json(name: str, content: str) -> Source:
    """A JSON file; where there is more than one value in it, or it is called so, every line is one."""
    if name.lower().endswith((".jsonl", ".ndjson")):
        return _lines(name, content)
    try:
        value = loads(content)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return _lines(name, content)
        place = f"line {error.lineno}, column {error.colno}"
        raise ImportRefused(f"{name}: no JSON at {place}: {error.msg}.") from None
    except (ValueError, RecursionError) as error:
        raise ImportRefused(f"{name}: {_why(error)}.") from None
    return of_value(name, "json", value)


def of_value(name: str, kind: str, value: Any) -> Source:
    """The records of a list, or an object as a document with the list of records in it."""
    cleaner = Cleaner(name)
    if isinstance(value, dict):
        return _document(name, kind, cleaner.clean(value, None), cleaner)
    if not isinstance(value, list) or not value:
        raise ImportRefused(f"{name}: expected an object or a list of objects, found {text(value)[:40]!r}.")
    return _of_entries(name, kind, list(enumerate(cast("list[Any]", value), 1)), cleaner)


def _document(name: str, kind: str, document: dict[str, Any], cleaner: Cleaner) -> Source:
    """The object, and as records what it wraps in a list or, where it wraps none, itself."""
    wrapper = next((key for key in _WRAPPERS if any(map(table, items(document.get(key))))), "")
    entries: list[Any] = items(document[wrapper]) if wrapper else [document]
    rows = tuple(Row(i, table(entry)) for i, entry in enumerate(entries, 1) if isinstance(entry, dict))
    columns = tuple(dict.fromkeys(key for row in rows for key in row.values))
    return Source(
        name, kind, rows, columns, document=document, wrapper=wrapper, problems=tuple(cleaner.problems)
    )


def beside(source: Source) -> Iterator[Problem]:
    """What a document holds and its records do not: for formats that read the records alone."""
    if not source.wrapper:
        return
    for key, value in table(source.document).items():
        if key != source.wrapper:
            yield Problem(None, key, "not imported")
            continue
        others = (i for i, entry in enumerate(items(value), 1) if not isinstance(entry, dict))
        yield from (Problem(i, key, _NO_OBJECT) for i in others)


def loads(content: str) -> Any:
    """A JSON value; raises `ValueError` also for keys that stand twice."""
    return json.loads(content, object_pairs_hook=_unique)


def _lines(name: str, content: str) -> Source:
    cleaner = Cleaner(name)
    entries: list[tuple[int, Any]] = []
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            entries.append((number, loads(line)))
        except (ValueError, RecursionError) as error:
            cleaner.problems.append(Problem(number, "", f"the line was left out: {_why(error)}"))
    if not entries:
        raise ImportRefused(f"{name}: no line is JSON; {cleaner.problems[0]}.")
    if len(entries) == 1 and isinstance(entries[0][1], dict):
        return _document(name, "jsonl", cleaner.clean(entries[0][1], entries[0][0]), cleaner)
    return _of_entries(name, "jsonl", entries, cleaner)


def _of_entries(name: str, kind: str, entries: list[tuple[int, Any]], cleaner: Cleaner) -> Source:
    if len(entries) > MAX_SAMPLES:
        raise ImportRefused(f"{name}: more than {MAX_SAMPLES:,} records.")
    rows: list[Row] = []
    for number, entry in entries:
        if isinstance(entry, dict):
            rows.append(Row(number, cleaner.clean(entry, number)))
        else:
            cleaner.problems.append(Problem(number, "", _NO_OBJECT))
    if not rows:
        raise ImportRefused(f"{name}: expected a list of objects in braces.")
    columns = tuple(dict.fromkeys(key for row in rows for key in row.values))
    return Source(name, kind, tuple(rows), columns, problems=tuple(cleaner.problems))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} stands twice")
    return found


def _why(error: Exception) -> str:
    match error:
        case json.JSONDecodeError():
            return f"no JSON at column {error.colno}: {error.msg}"
        case RecursionError():
            return "nested too deep"
        case _:
            return str(error)
