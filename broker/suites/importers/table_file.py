"""Tables: comma-separated text, and the records of any table with a header."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any

from broker.suites.importers.report import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_SAMPLES,
    ImportRefused,
    Problem,
    Row,
    Source,
)
from broker.suites.importers.table_head import LOOKED_AT, place_of_header, separator_of, trimmed
from broker.suites.importers.values import Cleaner, text


def read_csv(name: str, content: str) -> Source:
    """A CSV file by its header; the separator is the one that parts its first rows best."""
    declared = re.match(r"sep=(.)\r?\n", content)  # a first line that Excel writes and understands
    content = content[declared.end() :] if declared else content
    separator = declared[1] if declared else separator_of(content)
    return of_records(name, "csv", _records(name, content, separator))


def of_records(name: str, kind: str, records: Iterable[Sequence[Any]]) -> Source:
    """A table with the row that names its columns; rows without any value are passed over.

    What stands above that row is left out, and told.
    """
    cleaner = Cleaner(name)
    numbered = ((i, record) for i, record in enumerate(records, 1) if any(text(cell) for cell in record))
    begun = list(islice(numbered, LOOKED_AT))
    if not begun:
        raise ImportRefused(f"{name}: the file is empty.")
    place = place_of_header([record for _, record in begun])
    number, head = begun[place]
    header = tuple(cleaner.clean(text(cell), number, "header").strip() for cell in trimmed(head))
    if len(header) > MAX_COLUMNS:
        raise ImportRefused(
            f"{name}, row {number}: {len(header):,} columns; at most {MAX_COLUMNS:,} are read."
        )
    columns, twice = _names(header, number)
    problems = [*_above(begun[:place], number), *twice]
    rows: list[Row] = []
    for number, record in chain(begun[place + 1 :], numbered):
        if len(rows) == MAX_SAMPLES:
            raise ImportRefused(f"{name}: more than {MAX_SAMPLES:,} rows.")
        cells = trimmed(record)
        if len(cells) > len(columns):
            message = f"{len(cells)} cells under {len(columns)} columns; the last ones were left out"
            problems.append(Problem(number, "", message))
        padded = [*cells, *[""] * (len(columns) - len(cells))]
        values = {c: cleaner.clean(text(v), number, c) for c, v in zip(columns, padded, strict=False)}
        rows.append(Row(number, values))
    return Source(name, kind, tuple(rows), columns, header, problems=(*problems, *cleaner.problems))


def _records(name: str, content: str, separator: str) -> Iterable[list[str]]:
    csv.field_size_limit(MAX_BYTES)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=True)
    done = 0
    try:
        for record in reader:
            yield record
            done += 1
    except csv.Error as error:
        raise ImportRefused(f"{name}, row {done + 1}: {error}; check its quotation marks.") from None


def _above(records: Sequence[tuple[int, Sequence[Any]]], number: int) -> Iterable[Problem]:
    """What stands over the header, a row each."""
    for above, record in records:
        said = " ".join(cell for cell in map(text, record) if cell)
        message = f"left out: it stands above row {number}, which names the columns: {said[:80]!r}"
        yield Problem(above, "", message)


def _names(header: tuple[str, ...], number: int) -> tuple[tuple[str, ...], list[Problem]]:
    names: list[str] = []
    problems: list[Problem] = []
    taken: set[str] = set()
    for place, title in enumerate(header, 1):
        name = title or f"column {place}"
        if name in taken:
            problems.append(
                Problem(number, name, f"this column stands twice; the later one is column {place}")
            )
            name = f"{name} (column {place})"
        taken.add(name)
        names.append(name)
    return tuple(names), problems
