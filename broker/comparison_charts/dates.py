"""Days on an axis."""

from collections.abc import Iterable
from datetime import date, timedelta
from math import ceil
from typing import Any

from broker.comparison_charts.axes import beside

_MOST = 7  # names of months that fit beside each other


def range_of(days: Iterable[date], at: date) -> tuple[date, date]:
    """The first and the last day to show: today and these, with some room."""
    known = [*days, at]
    room = max(timedelta(days=20), (max(known) - min(known)) / 20)
    return min(known) - room, max(known) + room


def scale(alt: Any, days: tuple[date, date], room: int) -> Any:
    """A scale over them, in UTC: a day is the same wherever it is read. Words have `room` at its right."""
    return alt.Scale(type="utc", domain=[day.isoformat() for day in days], range=beside(room), nice=False)


def months(days: tuple[date, date]) -> dict[str, Any]:
    """How an axis marks them: by whole months, so that none is named twice."""
    count = (days[1].year - days[0].year) * 12 + days[1].month - days[0].month
    return {"format": "%b %Y", "tickCount": {"interval": "month", "step": max(1, ceil(count / _MOST))}}


def day(value: date) -> str:
    """`1 Sep 2027`."""
    return f"{value.day} {value:%b %Y}"


def today(alt: Any, at: date, colour: str) -> Any:
    """An upright line, and the word over it."""
    base = alt.Chart(alt.InlineData(values=[{"at": at.isoformat(), "words": "today"}])).encode(x="at:T")
    line = base.mark_rule(color=colour, strokeDash=[2, 3], aria=False)
    return line + base.mark_text(align="center", baseline="bottom", y=-3, color=colour, aria=False).encode(
        text="words:N"
    )
