"""One row for each thing known of an offer."""

from collections.abc import Iterator

from broker.comparison import Shortlist
from broker.comparison_export.columns import Column, Line, Told, Value
from broker.comparison_export.table import columns, lines
from broker.comparison_export.written import plain
from broker.export import to_csv

COLUMNS = ("offer", "attribute", "value", "low", "high", "n", "unit", "source", "as_of")


def long_csv(shortlist: Shortlist) -> bytes:
    """The table as `docs/exports.md` describes it: UTF-8 with a byte order mark, CRLF."""
    return to_csv(long_rows(shortlist), COLUMNS)


def long_rows(shortlist: Shortlist) -> Iterator[dict[str, Value]]:
    """The rows with the columns of `COLUMNS`; what is not known has none, but for those that say so."""
    asked = columns(shortlist)
    for line in lines(shortlist):
        for column in asked:
            if column.header != "offer":
                yield from _rows(line, column, column.told(line))


def _rows(line: Line, column: Column, told: Told) -> Iterator[dict[str, Value]]:
    offer = line.evidence.id
    origin = {"source": told.source, "as_of": plain(told.as_of)}
    if told.value is not None:
        limits = {"low": plain(told.low), "high": plain(told.high), "n": told.n}
        unit = None if column.kind in ("text", "day") else column.kind
        row = {"offer": offer, "attribute": column.header, "value": plain(told.value), "unit": unit}
        yield row | limits | origin
    for part, more in told.more.items():
        if more is not None:
            yield {"offer": offer, "attribute": column.header_of(part), "value": plain(more)} | origin
