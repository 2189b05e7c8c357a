"""Excel workbooks: the values of the first sheet that has any. Nothing is computed."""

import io
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from broker.suites.importers.report import MAX_COLUMNS, ImportRefused, Problem, Source
from broker.suites.importers.table_file import of_records

_MAX_UNPACKED = 200_000_000
_MAX_ENTRIES = 2_000


def read_xlsx(name: str, data: bytes) -> Source:
    """The first sheet with values; cells with formulas give the value that was stored with them."""
    _check_package(name, data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl speaks of styles and validation that it leaves out
            return _read(name, data)
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
                    if b"<!DOCTYPE" in file.read(4096).replace(b"\x00", b"").upper():
                        raise ImportRefused(f"{name}: {entry.filename} declares a document type.")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ImportRefused(f"{name}: the workbook is damaged or encrypted ({error}).") from None


def _read(name: str, data: bytes) -> Source:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    filled = [sheet for sheet in book.worksheets if any(map(_has_value, _records(name, sheet)))]
    if not filled:
        raise ImportRefused(f"{name}: the workbook holds no values.")
    source = of_records(name, "xlsx", _records(name, filled[0]))
    message = "this sheet was not read: only the first one with values is"
    others = [Problem(None, f"sheet {sheet.title}", message) for sheet in filled[1:]]
    formulas = load_workbook(io.BytesIO(data), read_only=True)[filled[0].title]
    unknown = _without_result(_records(name, filled[0]), _records(name, formulas), source)
    return replace(source, problems=(*source.problems, *others, *unknown))


def _records(name: str, sheet: Any) -> Iterator[tuple[Any, ...]]:
    """The rows of a sheet, whatever size it says it has."""
    sheet.reset_dimensions()
    for number, record in enumerate(sheet.iter_rows(values_only=True), 1):
        if len(record) > MAX_COLUMNS and any(cell is not None for cell in record[MAX_COLUMNS:]):
            raise ImportRefused(f"{name}, row {number}: more than {MAX_COLUMNS:,} columns.")
        yield record[:MAX_COLUMNS]


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
