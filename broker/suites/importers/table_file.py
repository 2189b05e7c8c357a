"""Tables: comma-separated text, and the records of any table with a header."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
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
from broker.suites.importers.values import Cleaner, text

_SEPARATORS = ",;\t|"


def read_csv(name: str, content: str) -> Source:
    """A CSV file by its header; the separator is the one that parts its first two rows best."""
    declared = re.match(r"sep=(.)\r?\n", content)  # a first line that Excel writes and understands
    content = content[declared.end() :] if declared else content
    separator = declared[1] if declared else max(_SEPARATORS, key=lambda mark: _fit(content, mark))
    return of_records(name, "csv", _records(name, content, separator))


def of_records(name: str, kind: str, records: Iterable[Sequence[Any]]) -> Source:
    """A table whose first record is the header; rows without any value are passed over."""
    cleaner = Cleaner(name)
    numbered = ((i, record) for i, record in enumerate(records, 1) if any(text(cell) for cell in record))
    first = next(numbered, None)
    if first is None:
        raise ImportRefused(f"{name}: the file is empty.")
    number, head = first
    header = tuple(cleaner.clean(text(cell), number, "header").strip() for cell in _trimmed(head))
    if len(header) > MAX_COLUMNS:
        raise ImportRefused(
            f"{name}, row {number}: {len(header):,} columns; at most {MAX_COLUMNS:,} are read."
        )
    columns, problems = _names(header, number)
    rows: list[Row] = []
    for number, record in numbered:
        if len(rows) == MAX_SAMPLES:
            raise ImportRefused(f"{name}: more than {MAX_SAMPLES:,} rows.")
        cells = _trimmed(record)
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


def _fit(content: str, separator: str) -> tuple[bool, int]:
    """Whether the second row has as many cells as the first, and how many."""
    reader = csv.reader(io.StringIO(content[:1_000_000], newline=""), delimiter=separator)
    try:
        widths = [len(record) for _, record in zip(range(2), reader, strict=False)]
    except csv.Error:
        return False, 0
    if not widths or widths[0] == 1:
        return False, 0
    return len(widths) == 1 or widths[0] == widths[1], widths[0]


def _trimmed(record: Sequence[Any]) -> Sequence[Any]:
    width = len(record)
    while width and text(record[width - 1]) == "":
        width -= 1
    return record[:width]


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
