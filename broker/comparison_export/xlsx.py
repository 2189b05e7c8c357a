"""A workbook for spreadsheets: typed cells, a header that stays, no cell that is a formula."""

import io
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from broker.comparison import Shortlist
from broker.comparison.tasks import ByTask
from broker.comparison_export.about import CAVEATS, question
from broker.comparison_export.columns import Kind, Value
from broker.comparison_export.parts import ABOUT, FACTS, GATES, TASKS, Row, fact_rows, gate_rows, task_rows
from broker.comparison_export.table import columns, lines
from broker.export import safe_cell

_FORMATS: Mapping[Kind, str] = {
    "day": "yyyy-mm-dd",
    "count": "#,##0",
    "number": "0.000",
    "share": "0.0%",
    "usd": "$#,##0.00##",
    "ms": '#,##0 "ms"',
    "tokens/s": "#,##0.0",
    "days": "#,##0",
    "Elo": "0",
}
# What a workbook's XML cannot hold, and what a spreadsheet would read as the code of a character.
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_MOST = 32_767  # characters in a cell
_WIDEST, _NARROWEST, _LOOKED_AT = 48, 9, 200
_JUDGED = ("outcome", "gates_outcome")
_INKS = {"pass": "FF1D543D", "fail": "FF7A2E29", "unknown": "FF6B5412"}


def workbook(shortlist: Shortlist, tasks: ByTask | None = None) -> bytes:
    """The XLSX file with the sheets Offers, Gates, Facts, Tasks and About; `tasks` adds its marks."""
    from openpyxl import Workbook

    book = Workbook()
    sheets: tuple[tuple[str, Mapping[str, Kind], Iterable[Row]], ...] = (
        ("Offers", _offer_kinds(shortlist), _offer_rows(shortlist)),
        ("Gates", GATES, gate_rows(shortlist)),
        ("Facts", FACTS, fact_rows(shortlist)),
        ("Tasks", TASKS, task_rows(shortlist, tasks)),
        ("About", ABOUT, _about_rows(shortlist)),
    )
    for i, (title, kinds, rows) in enumerate(sheets):
        sheet: Any = book.active if i == 0 else book.create_sheet()
        sheet.title = title
        _fill(sheet, kinds, list(rows))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _offer_kinds(shortlist: Shortlist) -> dict[str, Kind]:
    return {
        header: column.kind_of(part)
        for column in columns(shortlist)
        for header, part in column.headers.items()
    }


def _offer_rows(shortlist: Shortlist) -> Iterable[Row]:
    asked = columns(shortlist)
    for line in lines(shortlist):
        told = [(column, column.told(line)) for column in asked]
        yield {header: one.part(part) for column, one in told for header, part in column.headers.items()}


def _about_rows(shortlist: Shortlist) -> Iterable[Row]:
    yield from ({"about": name, "value": value} for name, value in question(shortlist))
    yield from ({"about": None if i else "How to read it", "value": told} for i, told in enumerate(CAVEATS))


def _fill(sheet: Any, kinds: Mapping[str, Kind], rows: list[Row]) -> None:
    """A header that stays in view with the first column, a filter, and the rows."""
    from openpyxl.utils import get_column_letter

    for i, (header, kind) in enumerate(kinds.items(), start=1):
        _head(sheet.cell(1, i), header)
        _column(sheet, i, [row.get(header) for row in rows], kind)
        if header in _JUDGED or re.fullmatch("gate:[^:]*", header):
            _colour(sheet, i)
        shown = [len(str(row.get(header) or "")) for row in rows[:_LOOKED_AT]]
        sheet.column_dimensions[get_column_letter(i)].width = _width(max([len(header) / 2, *shown]), kind)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(kinds))}{len(rows) + 1}"


def _head(cell: Any, header: str) -> None:
    from openpyxl.styles import Alignment, Font

    _text(cell, header)
    cell.font, cell.alignment = Font(bold=True), Alignment(vertical="top", wrap_text=True)


def _column(sheet: Any, i: int, values: list[Value], kind: Kind) -> None:
    for at, value in enumerate(values, start=2):
        if value is not None:
            _write(sheet.cell(at, i), value, kind)


def _colour(sheet: Any, i: int) -> None:
    """Outcomes in their colours."""
    from openpyxl.styles import Font

    inks = {outcome: Font(color=colour) for outcome, colour in _INKS.items()}
    for (cell,) in sheet.iter_rows(2, None, i, i):
        if cell.value in inks:
            cell.font = inks[cell.value]


def _width(characters: float, kind: Kind) -> float:
    widest = _WIDEST if kind == "text" else 14
    return max(_NARROWEST, min(widest, characters + 2))


def _write(cell: Any, value: Value, kind: Kind) -> None:
    """A number as one, with its format; everything else as a text, whatever it starts with."""
    match value:
        case bool():
            _text(cell, "yes" if value else "no")
        case datetime():
            cell.value, cell.number_format = value.astimezone(UTC).replace(tzinfo=None), "yyyy-mm-dd hh:mm"
        case str():
            _text(cell, value)
        case Decimal() | int() | float():
            cell.value, cell.number_format = value, _FORMATS.get(kind, "General")
        case _:
            cell.value, cell.number_format = value, _FORMATS["day"]


def _text(cell: Any, text: str) -> None:
    """A text that stays one, also once somebody edits it."""
    cell.value = fitting(text)
    cell.data_type = "s"
    if safe_cell(text) != text:
        cell.quotePrefix = True


def fitting(text: str) -> str:
    """The text as a cell can hold it: a box for what is no character there, an ellipsis where it is cut."""
    kept = _LOOKS_CODED.sub("_x005F_", _NO_CHARACTER.sub("\ufffd", text))
    return kept if len(kept) <= _MOST else f"{kept[: _MOST - 1]}…"
