"""The cells of Excel workbooks as texts: a number as its format shows it, where that is the same number."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from broker.suites.importers.report import MAX_COLUMNS

_DIGITS = re.compile(r"(?P<whole>[#0,?]*[#0?])(?:\.(?P<decimals>[#0?]+))?")
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]')
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_EXACT = 15  # digits that Excel keeps
_PLAIN = {"General", "@", "None"}
_KEPT = "\x00"  # stands for a literal, so that nothing in it counts as a digit


def value(cell: Any) -> tuple[Any, str | None]:
    """The cell's value, and how Excel shows it where that says more or less than the value.

    Dates without a time lose the midnight that Excel keeps with them.
    """
    found = cell.value
    if isinstance(found, datetime):
        return found.date() if found.time() == time() and _dated(cell.number_format) else found, None
    if isinstance(found, bool) or not isinstance(found, int | float):
        return found, None
    number, form = Decimal(f"{found:.{_EXACT}g}"), str(cell.number_format)
    if form in _PLAIN:
        return found, None
    shown = as_shown(number, form)
    return (found, f"shown in the format {form!r}") if shown is None else _settled(found, number, *shown)


def as_shown(number: Decimal, form: str) -> tuple[str, Decimal, bool] | None:
    """A number in a format: what is shown, which number that is, and whether digits are all there is.

    `None` where the format is none of plain digits, percents and units, as for fractions and exponents.
    """
    literals: list[str] = []

    def keep(found: re.Match[str]) -> str:
        literals.append(found[1] or found[2] or found[3] or "")
        return _KEPT

    section = _LITERAL.sub(keep, form.split(";", maxsplit=1)[0])
    digits = _DIGITS.search(section)
    if digits is None or re.search(r"[#0?/@Ee]|^,", section[digits.end() :]):
        return None
    before, after = (_filled(part, literals) for part in (section[: digits.start()], section[digits.end() :]))
    percent = 100 if "%" in after else 1
    decimals, whole = digits["decimals"] or "", digits["whole"]
    rounded = (number * percent).quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    text = f"{abs(rounded):,}" if "," in whole else f"{abs(rounded)}"
    if optional := len(decimals) - len(decimals.rstrip("#?")):
        text = text[:-optional] + text[-optional:].rstrip("0")
    text = text.removesuffix(".")
    missing = whole.count("0") - len(text.partition(".")[0])
    sign = "-" if rounded < 0 else ""
    only = not (before + after).replace("%", "").strip()
    return f"{before}{sign}{'0' * missing}{text}{after}".strip(), rounded / percent, only


def merges(sheet: bytes) -> dict[int, list[tuple[int, int]]]:
    """The merged cells of a sheet's XML that span rows: by column from 0, their first and last row from 1."""
    found: dict[int, list[tuple[int, int]]] = {}
    for merge in _MERGE.finditer(sheet):
        column, first, last = _place(merge[1]), int(merge[2]), int(merge[4])
        if last > first and column < MAX_COLUMNS:
            found.setdefault(column, []).append((first, last))
    return found


def filled(
    records: Iterable[Sequence[Any]], spans: dict[int, list[tuple[int, int]]]
) -> Iterator[tuple[Any, ...]]:
    """The records with the value of a merged cell in each of its rows that holds anything else."""
    ends = {(column, first): last for column, rows in spans.items() for first, last in rows}
    open_now: dict[int, tuple[Any, int]] = {}
    for number, record in enumerate(records, 1):
        cells = list(record)
        if any(cell not in {None, ""} for cell in cells):
            for column, (merged, last) in open_now.items():
                cells += [None] * (column + 1 - len(cells))
                if number <= last and cells[column] in {None, ""}:
                    cells[column] = merged
        for column in spans:
            if (last := ends.get((column, number))) and column < len(cells):
                open_now[column] = (cells[column], last)
        yield tuple(cells)


def _settled(
    found: float, number: Decimal, shown: str, rounded: Decimal, only: bool
) -> tuple[Any, str | None]:
    """What is shown where it is the number; else the number, a share in percent as well."""
    told = f"shown as {shown}"
    if not only:
        return found, told
    if rounded == number:
        return shown.replace(",", ""), None
    return f"{(number * 100).normalize():f}%" if shown.endswith("%") else found, told


def _filled(part: str, literals: list[str]) -> str:
    return re.sub(_KEPT, lambda _: literals.pop(0), part)


def _dated(form: str) -> bool:
    from openpyxl.styles.numbers import is_datetime

    return is_datetime(form) == "date"


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1
