"""Where a table begins: the row with the names of its columns, and the mark that parts its cells."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Any

from broker.suites.importers.column_names import asks
from broker.suites.importers.values import text

LOOKED_AT = 50  # records
_SEPARATORS = ",;\t|"


def trimmed(record: Sequence[Any]) -> Sequence[Any]:
    """The record up to its last cell with anything in it."""
    width = len(record)
    while width and text(record[width - 1]) == "":
        width -= 1
    return record[:width]


def place_of_header(records: Sequence[Sequence[Any]]) -> int:
    """Which of the first records names the columns: the first that is more than half as wide as most are.

    A narrower one is taken where a cell of it is called like a question. The last one names nothing.
    """
    widths = [len(trimmed(record)) for record in records]
    usual = _usual(widths)
    fits = (
        i
        for i, record in enumerate(records[:-1])
        if 2 * widths[i] > usual or asks([text(cell) for cell in record])
    )
    return next(fits, 0)


def separator_of(content: str) -> str:
    """The mark under which most of the first rows have the same number of cells, and most cells."""
    return max(_SEPARATORS, key=lambda mark: _fit(content, mark))


def _fit(content: str, separator: str) -> tuple[float, int]:
    """The share of the rows that are as wide as most, and that width; 0 where nothing is parted."""
    reader = csv.reader(io.StringIO(content[:1_000_000], newline=""), delimiter=separator)
    try:
        widths = [len(record) for record in islice(filter(any, reader), LOOKED_AT)]
    except csv.Error:
        return 0, 0
    usual = _usual(widths)
    return (widths.count(usual) / len(widths), usual) if usual > 1 else (0, 0)


def _usual(widths: Sequence[int]) -> int:
    """The commonest width, of several the greatest; 0 of nothing."""
    counts = Counter(widths)
    return max(counts, key=lambda width: (counts[width], width), default=0)
