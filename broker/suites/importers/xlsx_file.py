"""Excel workbooks: the values of one sheet. Nothing is computed."""

import io
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from broker.suites.importers import xlsx_cells as cells
from broker.suites.importers.report import MAX_COLUMNS, MAX_SAMPLES, ImportRefused, Problem, Source
from broker.suites.importers.table_file import of_records
from broker.suites.importers.values import text

_MAX_UNPACKED = 200_000_000
_MAX_ENTRIES = 2_000
_TOLD = 20  # numbers of a column that are shown otherwise: the rest is counted
_MAX_ROWS = 1_048_576
_ROW = re.compile(rb"<(?:\w+:)?row\b")


def read_xlsx(name: str, data: bytes, sheet: str | None = None) -> Source:
    """That sheet, else the first of two rows or more; cells with formulas give the value stored with them."""
    _check_package(name, data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl speaks of styles and validation that it leaves out
            return _read(name, data, sheet)
    except ImportRefused:
        raise
    except Exception as error:  # whatever openpyxl meets in a damaged file: it has no error of its own
        raise ImportRefused(f"{name}: the workbook cannot be read ({type(error).__name__}).") from None


def _check_package(name: str, data: bytes) -> None:
    """Refuse an archive that unpacks to too much, is no workbook or declares entities of its own."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            if len(entries) > _MAX_ENTRIES or sum(entry.file_size for entry in entries) > _MAX_UNPACKED:
                raise ImportRefused(f"{name}: the workbook unpacks to more than {_MAX_UNPACKED:,} bytes.")
            if "xl/workbook.xml" not in package.namelist():
                raise ImportRefused(f"{name}: a ZIP archive that is no Excel workbook.")
            for entry in entries:
                with package.open(entry) as file:
                    head = file.read(4096)
                    if b"<!DOCTYPE" in head.replace(b"\x00", b"").upper():
                        raise ImportRefused(f"{name}: {entry.filename} declares a document type.")
                    # openpyxl goes through all rows before it gives the first one.
                    if _rows(head + file.read()) > _MAX_ROWS:
                        raise ImportRefused(f"{name}: {entry.filename} has more rows than Excel itself.")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ImportRefused(f"{name}: the workbook is damaged or encrypted ({error}).") from None


def _rows(sheet: bytes) -> int:
    return sum(1 for _ in _ROW.finditer(sheet))


def _read(name: str, data: bytes, wanted: str | None) -> Source:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    rows = {sheet.title: _filled_rows(name, sheet) for sheet in book.worksheets}
    filled = {sheet.title: sheet for sheet in book.worksheets if rows[sheet.title]}
    if not filled:
        raise ImportRefused(f"{name}: the workbook holds no values.")
    title = max(filled, key=lambda one: rows[one]) if wanted is None else wanted
    if title not in filled:
        raise ImportRefused(f"{name}: no sheet {title!r} with values; it has {', '.join(filled)}.")
    message = f"not read, for {title} is; to have it read, choose it or move it to the front"
    others = [Problem(None, f"sheet {one}", message) for one in filled if one != title]
    notes: list[tuple[int, int, str]] = []
    spans = cells.merges(_xml(filled[title]))
    below: list[Problem] = []
    source = of_records(name, "xlsx", cells.filled(_values(name, filled[title], notes, below), spans))
    formulas = load_workbook(io.BytesIO(data), read_only=True)[title]
    unknown = _without_result(_values(name, filled[title]), _values(name, formulas), source)
    told = (*others, *source.problems, *below, *_merged(spans, source), *_shown(notes, source), *unknown)
    return replace(source, problems=told, sheets=(title, *(one for one in filled if one != title)))


def _values(
    name: str,
    sheet: Any,
    notes: list[tuple[int, int, str]] | None = None,
    below: list[Problem] | None = None,
) -> Iterator[tuple[Any, ...]]:
    """The rows of a sheet, whatever size it says it has.

    With `notes`, numbers and dates are as `cells.value` has them, and what it tells goes there: row from 1,
    column from 0, words. Nothing is read below so many empty rows that no table has them; `below` says so.
    """
    sheet.reset_dimensions()
    empty = 0
    for number, record in enumerate(sheet.iter_rows(values_only=notes is None), 1):
        if notes is None:
            values = record
        else:
            pairs = [cells.value(cell) for cell in record]
            notes += [(number, place, told) for place, (_, told) in enumerate(pairs) if told]
            values = tuple(value for value, _ in pairs)
        if len(values) > MAX_COLUMNS and any(value is not None for value in values[MAX_COLUMNS:]):
            raise ImportRefused(f"{name}, row {number}: more than {MAX_COLUMNS:,} columns.")
        empty += all(value is None or value == "" for value in values)
        if empty > MAX_SAMPLES:
            if below is not None:
                message = f"not read from here on: there are more than {MAX_SAMPLES:,} empty rows"
                below.append(Problem(number, "", message))
            return
        yield values[:MAX_COLUMNS]


def _xml(sheet: Any) -> bytes:
    """The sheet as it is stored: read row by row, nothing else tells which cells are merged."""
    with sheet._get_source() as file:
        return file.read()


def _merged(spans: Mapping[int, Sequence[tuple[int, int]]], source: Source) -> Iterator[Problem]:
    """Each merged cell whose value was taken for several rows of the table."""
    for number, place, last in sorted(
        (first, column, last) for column, rows in spans.items() for first, last in rows
    ):
        if source.rows and number >= source.rows[0].number and place < len(source.columns):
            message = f"merged down to row {last}: its value was taken for each of these rows"
            yield Problem(number, source.columns[place], message)


def _shown(notes: Sequence[tuple[int, int, str]], source: Source) -> Iterator[Problem]:
    """Numbers whose formats say more or less than their values: the first of a column, and how many more."""
    rows, seen = {row.number: row for row in source.rows}, Counter[str]()
    for number, place, told in notes:
        if number in rows and place < len(source.columns):
            column = source.columns[place]
            seen[column] += 1
            if seen[column] <= _TOLD:
                yield Problem(number, column, f"{told}, read as {text(rows[number].values[column])}")
    for column, n in seen.items():
        if n > _TOLD:
            yield Problem(None, column, f"{n - _TOLD:,} more of its numbers are shown otherwise than read")


def _filled_rows(name: str, sheet: Any) -> int:
    """How many rows have any value, up to the two that a table has at least."""
    return sum(1 for _ in islice(filter(_has_value, _values(name, sheet)), 2))


def _has_value(record: tuple[Any, ...]) -> bool:
    return any(cell not in {None, ""} for cell in record)


def _without_result(
    stored: Iterator[tuple[Any, ...]], written: Iterator[tuple[Any, ...]], source: Source
) -> Iterator[Problem]:
    """Formulas that no program has computed yet, so that the file holds no value of theirs."""
    message = "a formula without a stored value was read as empty; open and save the file in Excel"
    for number, (values, formulas) in enumerate(zip(stored, written, strict=False), 1):
        for place, (value, formula) in enumerate(zip(values, formulas, strict=False)):
            if value is None and formula is not None and place < len(source.columns):
                yield Problem(number, source.columns[place], message)
