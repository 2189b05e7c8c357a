"""A comparison as a workbook: typed cells, and no text of anybody's that a spreadsheet would run."""

import io
import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from broker.comparison.tasks import ByTask, Task
from broker.comparison_export.parts import FACTS, GATES, TASKS, fact_rows, gate_rows, task_rows
from broker.comparison_export.wide import wide_rows
from broker.comparison_export.xlsx import fitting, workbook
from tests.made_up_shortlist import FORMULAS, renamed, shortlist


def read(data: bytes) -> Workbook:
    return load_workbook(io.BytesIO(data))


def table(book: Workbook, title: str) -> list[dict[str, object]]:
    header, *rows = book[title].iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def test_offers_hold_what_the_wide_file_holds() -> None:
    found = shortlist()
    for row, expected in zip(table(read(workbook(found)), "Offers"), wide_rows(found), strict=True):
        assert list(row) == list(expected)
        for header, value in expected.items():
            cell = row[header]
            if isinstance(cell, datetime):
                assert str(value).startswith(cell.date().isoformat()), header
            elif isinstance(value, float | int | Decimal) and not isinstance(value, bool):
                assert float(str(cell)) == pytest.approx(float(value)), header
            else:
                assert cell == {True: "yes", False: "no"}.get(value, value), header  # type: ignore[call-overload]


def test_numbers_have_formats_and_the_header_stays() -> None:
    sheet = read(workbook(shortlist()))["Offers"]
    headers = [str(cell.value) for cell in sheet[1]]
    formats = {header: sheet.cell(2, i).number_format for i, header in enumerate(headers, start=1)}
    assert formats["quality_share"] == "0.0%"
    assert formats["yearly_cost_our_usd"].startswith("$#,##0.00")
    assert formats["total_p95_ms"] == '#,##0 "ms"'
    assert formats["retires_on"] == "yyyy-mm-dd"
    column = headers.index("gate:p95<=6s") + 1
    colours = {str(cell.value): cell.font.color.rgb for (cell,) in sheet.iter_rows(2, 8, column, column)}
    assert len(set(colours.values())) == len(colours) == 3
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", sheet.dimensions)
    assert all(9 <= column.width <= 48 for column in sheet.column_dimensions.values())


def test_every_sheet_is_there() -> None:
    book = read(workbook(shortlist()))
    assert book.sheetnames == ["Offers", "Gates", "Facts", "Tasks", "About"]
    assert (len(table(book, "Gates")), len(table(book, "Tasks"))) == (7 * 5, 2 * 4 + 1)
    about = {row["about"]: row["value"] for row in table(book, "About")}
    assert about["Must-haves"].split("; ")[0] == "HIPAA BAA"  # type: ignore[union-attr]
    assert about["Suites"] == "Invoices 75 %, Contracts 25 %"


def test_deeper_tables_have_the_columns_they_declare() -> None:
    found = shortlist()
    for columns, rows in ((GATES, gate_rows(found)), (FACTS, fact_rows(found)), (TASKS, task_rows(found))):
        assert all(row.keys() <= columns.keys() for row in rows)


def test_the_best_value_of_a_task_is_marked() -> None:
    task = Task("Invoices", 3, {}, "ember/reason", {}, 0.95, (), "acme/large-4", ())
    marks = {
        row["offer"]: row["mark"] for row in task_rows(shortlist(), ByTask((task,), None)) if row["mark"]
    }
    assert marks == {"ember/reason": "best", "acme/large-4": "best value"}


def test_facts_of_a_platform_stand_once() -> None:
    rows = [row for row in fact_rows(shortlist()) if row["platform"] == "Bolt API"]
    assert [row["attribute"] for row in rows] == list(dict.fromkeys(row["attribute"] for row in rows))
    (expired,) = [
        row
        for row in fact_rows(shortlist())
        if row["platform"] == "Cirrus API" and row["attribute"] == "trains_on_customer_data_default"
    ]
    assert (expired["standing"], expired["value"]) == ("amber", "no, after opting out")


TEXT = st.text(st.characters(codec="utf-8"), min_size=1) | st.builds(
    str.__add__, st.sampled_from((*FORMULAS, "#N/A", "_x0041_")), st.text()
)


@settings(max_examples=30, deadline=None)
@given(TEXT)
def test_no_text_becomes_a_formula_or_an_error(text: str) -> None:
    found = renamed(shortlist(), text)
    data = workbook(replace(found, ranked=found.ranked[:1]))
    sheets = [name for name in ZipFile(io.BytesIO(data)).namelist() if name.startswith("xl/worksheets")]
    for name in sheets:
        assert not re.search(rb"<f[ >]|t=\"e\"", ZipFile(io.BytesIO(data)).read(name))
    cell = read(data)["Offers"]["D2"]
    assert cell.data_type == "s" or cell.value is None
    assert (cell.value or "").replace("\r\n", "\n") == fitting(text).replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith(FORMULAS):
        assert cell.quotePrefix


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("plain", "plain"),
        ("a\x00b\x1f", "a\ufffdb\ufffd"),
        ("half \ud83d", "half \ufffd"),
        ("_x0041_", "_x005F_x0041_"),
        ("_x00_", "_x00_"),
        ("tab\tline\n", "tab\tline\n"),
        ("x" * 32_767, "x" * 32_767),
        ("x" * 32_768, "x" * 32_766 + "…"),
    ],
)
def test_texts_fit_into_cells(text: str, cell: str) -> None:
    assert fitting(text) == cell
