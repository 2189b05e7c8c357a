"""How much of an expected JSON value another one holds, from 0 to 1: fields, lists, numbers, dates, texts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any, cast

from broker.scorers.numerals import alone
from broker.scorers.texts import folded

_DATES = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%d. %B %Y", "%d.%m.%Y", "%Y/%m/%d")
_MATCHED = 60  # objects of a list that are matched with each other; longer lists are compared in order


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts as the same. `folds` are settings of `broker.scorers.texts.folded`."""

    tolerance: Fraction = Fraction(0)
    relative: Fraction = Fraction(0)
    decimal: str = "."
    ordered: bool = False
    exact_fields: bool = False
    folds: Mapping[str, Any] = field(default_factory=dict[str, Any])


def alike(expected: Any, found: Any, rules: Rules) -> float:
    """The share of the expected value that was found; 1 is all of it."""
    match expected:
        case dict():
            return _fields(cast("dict[str, Any]", expected), found, rules)
        case list():
            return _lists(cast("list[Any]", expected), found, rules)
        case bool() | None:
            return float(found is expected)
        case int() | float():
            return float(_same_number(str(expected), found, rules))
        case str():
            return float(_same_text(expected, found, rules))
        case _:
            return 0.0


def _fields(expected: dict[str, Any], found: Any, rules: Rules) -> float:
    if not isinstance(found, dict):
        return 0.0
    there = cast("dict[str, Any]", found)
    right = sum(alike(value, there[name], rules) for name, value in expected.items() if name in there)
    extra = len(there.keys() - expected.keys()) if rules.exact_fields else 0
    return right / (len(expected) + extra) if expected or extra else 1.0


def _lists(expected: list[Any], found: Any, rules: Rules) -> float:
    """The share of items that have their like, of the longer list; each item is used once."""
    if not isinstance(found, list):
        return 0.0
    there = cast("list[Any]", found)
    longer = max(len(expected), len(there))
    if not longer:
        return 1.0
    if rules.ordered or longer > _MATCHED:
        if not rules.ordered and not any(isinstance(item, dict | list) for item in (*expected, *there)):
            return (_bag(expected, rules) & _bag(there, rules)).total() / longer
        return sum(alike(a, b, rules) for a, b in zip(expected, there, strict=False)) / longer
    pairs = [(alike(a, b, rules), i, j) for i, a in enumerate(expected) for j, b in enumerate(there)]
    left, right, total = set[int](), set[int](), 0.0
    for value, i, j in sorted(pairs, key=lambda pair: -pair[0]):  # the best pairs first
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
            total += value
    return total / longer


def _bag(items: list[Any], rules: Rules) -> Counter[str]:
    return Counter(folded(str(item), rules.folds) for item in items)


def _same_number(expected: str, found: Any, rules: Rules) -> bool:
    """Whether the value is this number, be it written as a text: `1,200.00` or `€1200`."""
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return False
    # JSON's own numbers have a point, whatever the texts use.
    read = alone(found, rules.decimal) if isinstance(found, str) else alone(str(found))
    wanted = alone(expected)
    return wanted is not None and read is not None and read.equals(wanted, rules.tolerance, rules.relative)


def _same_text(expected: str, found: Any, rules: Rules) -> bool:
    """Whether the texts are the same; an expected date may be written in another way, a number as one."""
    if isinstance(found, str):
        if folded(expected, rules.folds) == folded(found, rules.folds):
            return True
        day = _date(expected, iso_only=True)
        return day is not None and day == _date(found)
    plain = expected.strip()
    return isinstance(found, int | float) and plain != "" and _same_number(plain, found, rules)


def _date(text: str, iso_only: bool = False) -> date | None:
    """The day that a text names. `03/04/2026` is none: day and month cannot be told apart."""
    text = text.strip()[:40]
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for form in () if iso_only else _DATES:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None
