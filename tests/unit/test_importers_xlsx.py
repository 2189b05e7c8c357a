"""Excel workbooks: which sheet is read, and that cells mean what Excel shows."""

import io
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from broker.suites.importers import Imported, ImportRefused, read
from broker.suites.importers.xlsx_cells import as_shown

HEAD = ["question", "answer", "topic"]


def workbook(change: Callable[[Any], None], rows: list[list[object]], **others: list[list[object]]) -> bytes:
    """A workbook whose first sheet has these rows, and is changed after; others by their titles."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "First"
    for row in rows:
        sheet.append(row)
    change(sheet)
    for title, more in others.items():
        for row in (other := book.create_sheet(title), more)[1]:
            other.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def targets(result: Imported) -> list[str]:
    """The first target of each sample."""
    return [sample.targets[0] for sample in result.suite.samples]


@pytest.mark.parametrize(
    ("number", "form", "shown", "same", "only"),
    [
        ("0.1", "0%", "10%", True, True),
        ("0.125", "0%", "13%", False, True),
        ("0.1", r"0\ %", "10 %", True, True),
        ("0.125", "0.0%", "12.5%", True, True),
        ("9.9", '0.00 "€"', "9.90 €", True, False),
        ("9.9", r"#,##0.00\ [$€-407]", "9.90 €", True, False),
        ("1234.5", '"$"#,##0.00', "$1,234.50", True, False),
        ("9.9", r'_-* #,##0.00\ "€"_-', "9.90 €", True, False),
        ("1234.5", "#,##0.00", "1,234.50", True, True),
        ("-5", "#,##0;[Red]-#,##0", "-5", True, True),
        ("42", "00000", "00042", True, True),
        ("41.7", "0", "42", False, True),
        ("0.5", "0.0#", "0.5", True, True),
        ("2", "0.##", "2", True, True),
    ],
)
def test_a_number_is_shown_as_its_format_says(
    number: str, form: str, shown: str, same: bool, only: bool
) -> None:
    found = as_shown(Decimal(number), form)
    assert found is not None
    assert (found[0], found[1] == Decimal(number), found[2]) == (shown, same, only)


@pytest.mark.parametrize("form", ["# ?/?", "0.00E+00", '0.0,,"M"', "@"])
def test_other_formats_are_not_guessed(form: str) -> None:
    assert as_shown(Decimal("1.5"), form) is None


def test_cells_are_read_as_they_are_shown_and_what_a_format_hides_is_told() -> None:
    cells: list[tuple[object, str]] = [
        (0.1, "0%"),
        (0.125, "0%"),
        (9.9, '0.00 "€"'),
        (9.9, "0.00"),
        (7, "0000"),
        (1.5, "# ?/?"),
        (date(2026, 11, 1), "yyyy-mm-dd"),
        (datetime(2026, 11, 1), "yyyy-mm-dd h:mm"),
        (3.0, "General"),
    ]

    def formatted(sheet: Any) -> None:
        for row, (_, form) in enumerate(cells, 2):
            sheet.cell(row, 2).number_format = form

    result = read("w.xlsx", workbook(formatted, [HEAD, *([f"{i}?", v] for i, (v, _) in enumerate(cells))]))
    assert targets(result) == [
        "10%", "12.5%", "9.9", "9.90", "0007", "1.5", "2026-11-01", "2026-11-01T00:00:00",
        "3",
    ]  # fmt: skip
    assert [str(problem) for problem in result.problems] == [
        "row 3, answer: shown as 13%, read as 12.5%",
        "row 4, answer: shown as 9.90 €, read as 9.9",
        "row 7, answer: shown in the format '# ?/?', read as 1.5",
    ]


def test_many_numbers_of_a_column_that_are_shown_otherwise_are_counted() -> None:
    def priced(sheet: Any) -> None:
        for row in range(2, 27):
            sheet.cell(row, 2).number_format = '0.00 "€"'

    result = read("w.xlsx", workbook(priced, [HEAD, *([f"{i}?", i] for i in range(25))]))
    assert [problem.row for problem in result.problems] == [*range(2, 22), None]
    assert str(result.problems[-1]) == "answer: 5 more of its numbers are shown otherwise than read"


def test_a_merged_cell_counts_for_each_of_its_rows() -> None:
    rows: list[list[object]] = [
        ["Team questions", None, None], [], HEAD, ["a?", 1, "x"], ["b?", 2, None], [],
        ["c?", 3, None], ["d?", 4],
    ]  # fmt: skip

    def merged(sheet: Any) -> None:
        sheet.merge_cells("A1:C1")
        sheet.merge_cells("C4:C7")

    result = read("w.xlsx", workbook(merged, rows))
    assert [sample.tags for sample in result.suite.samples] == [("x",), ("x",), ("x",), ()]
    assert [str(problem) for problem in result.problems] == [
        "row 1: left out: it stands above row 3, which names the columns: 'Team questions'",
        "row 4, topic: merged down to row 7: its value was taken for each of these rows",
    ]


def test_another_sheet_can_be_read() -> None:
    second = [HEAD, ["Where?", "here", "z"]]
    data = workbook(lambda sheet: None, [HEAD, ["Who?", "me", "y"]], Second=second, Empty=[[]])
    assert targets(read("w.xlsx", data)) == ["me"]
    assert targets(read("w.xlsx", workbook(lambda sheet: None, [["A cover"]], Second=second))) == ["here"]
    result = read("w.xlsx", data, sheet="Second")
    assert (targets(result), result.preview.sheets) == (["here"], ("Second", "First"))
    assert [str(problem) for problem in result.problems] == [
        "sheet First: not read, for Second is; to have it read, choose it or move it to the front"
    ]
    with pytest.raises(ImportRefused, match=r"no sheet 'Empty' with values; it has First, Second"):
        read("w.xlsx", data, sheet="Empty")
