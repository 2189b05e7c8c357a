"""A workload month by month, and what is wrong with one that somebody typed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from broker.workload import MONTHS, ONE, Workload

FIRST, LAST = date(2000, 1, 1), date(2100, 12, 1)
"""The months in which a workload may start: calendars end, and so do price lists."""

_SHARES = {
    "cache_read": "The share read from the cache",
    "cache_write": "The share written to the cache",
    "batch": "The share of batches",
}


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a workload: its first day, how many days it has, and its requests to one of the first's."""

    first: date
    days: int
    growth: Decimal

    @property
    def last(self) -> date:
        """Its last day."""
        return self.first + timedelta(days=self.days - 1)


@lru_cache(maxsize=16)
def months(workload: Workload) -> tuple[Month, ...]:
    """The twelve months from the workload's start."""
    starts = [_after(workload.start, i) for i in range(MONTHS + 1)]
    return tuple(
        Month(first, (starts[i + 1] - first).days, (ONE + workload.growth) ** i)
        for i, first in enumerate(starts[:-1])
    )


def is_dated(workload: Workload) -> bool:
    """Whether it starts at a time that can be billed; one that was stored long ago may not."""
    return FIRST <= workload.start <= LAST


def is_over(workload: Workload, day: date) -> bool:
    """Whether all of its twelve months lie before a day, so that only past prices count."""
    return is_dated(workload) and _after(workload.start, MONTHS) <= day


def period(workload: Workload) -> str:
    """The twelve months in words, of a workload that `is_dated`: `December 2026 to November 2027`."""
    return f"{workload.start:%B %Y} to {_after(workload.start, MONTHS - 1):%B %Y}"


def problems(workload: Workload) -> list[str]:
    """What is wrong with a workload, in sentences; empty where it can be billed."""
    return list(_problems(workload))


def _problems(workload: Workload) -> Iterator[str]:
    if not workload.name.strip():
        yield "A workload needs a name."
    if not _at_least(workload.requests, 0):
        yield "The requests a month must be 0 or more."
    if workload.start.day != 1:
        yield "A workload starts on the first day of a month."
    if not is_dated(workload):
        yield f"A workload starts between {FIRST:%B %Y} and {LAST:%B %Y}."
    if (workload.tokens is None) == (workload.run_id is None):
        yield "Say either the tokens of a request or the run that measured them."
    tokens = workload.tokens
    if tokens is not None and not (_at_least(tokens.input, 0) and _at_least(tokens.output, 0)):
        yield "The tokens of a request must be 0 or more."
    shares = {name: getattr(workload, name) for name in _SHARES}
    wrong = [name for name, share in shares.items() if not (_at_least(share, 0) and share <= 1)]
    yield from (f"{_SHARES[name]} must be from 0 to 100 %." for name in wrong)
    if not wrong and workload.cache_read + workload.cache_write > 1:
        yield "No more than 100 % of the input can be read from and written to the cache."
    if not _at_least(workload.growth, -1) or workload.growth == -1:
        yield "The growth must be more than -100 % a month."


def _at_least(amount: Decimal, least: int) -> bool:
    return amount.is_finite() and amount >= least


def _after(start: date, count: int) -> date:
    """The first day of the month that many months later."""
    years, month = divmod(start.month - 1 + count, 12)
    return date(start.year + years, month + 1, 1)
