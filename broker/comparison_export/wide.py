"""One row an offer, one fact a column."""

from broker.comparison import Shortlist
from broker.comparison_export.columns import Value
from broker.comparison_export.table import columns, lines
from broker.comparison_export.written import plain
from broker.export import to_csv


def wide_csv(shortlist: Shortlist) -> bytes:
    """The table as `docs/exports.md` describes it: UTF-8 with a byte order mark, CRLF."""
    headers = [header for column in columns(shortlist) for header in column.headers]
    return to_csv(wide_rows(shortlist), headers)


def wide_rows(shortlist: Shortlist) -> list[dict[str, Value]]:
    """One mapping an offer, by header; unknown is `None`."""
    asked = columns(shortlist)
    return [
        {
            header: plain(told.part(part))
            for column in asked
            for told in (column.told(line),)
            for header, part in column.headers.items()
        }
        for line in lines(shortlist)
    ]
