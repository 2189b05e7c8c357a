"""What calls add to the rollups: sums by offer and month, and how many took how long.

Only arithmetic: the recorder, the rebuilding and migration 0007 count alike because they count here.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from math import floor, log
from typing import Any, Literal, NamedTuple

STEP = 1.04  # a bucket ends 4 % above its beginning: its middle is off by less than 2 %
_SHORTEST_MS, _LONGEST_MS = 0.1, 86_400_000.0  # a day; beyond, a bucket has no end
_LOG_STEP = log(STEP)

Clock = Literal["total", "ttft"]  # until the whole answer, until its first token


# What of a call is counted, the columns of `call` in this order; `status` is how it ended.
FIGURES = (
    "offer", "provider", "maker", "model", "started_at", "status",
    "cost_total", "input_tokens", "output_tokens", "ttft_ms", "total_ms",
)  # fmt: skip
Figures = tuple[
    str, str, str, str, datetime, str, Decimal | None, int | None, int | None, float | None, float | None
]


class Key(NamedTuple):
    """What calls are summed up by; provider and model follow from the offer."""

    month: date
    offer: str
    maker: str
    status: str
    provider: str
    model: str


@dataclass(slots=True)
class Sums:
    """Totals of calls. Where a cost or count of tokens is unknown it is missing in the sum, and counted.

    `total` and `ttft` count waiting times by bucket: until the whole answer, and until its first token.
    """

    calls: int = 0
    cost: Decimal = Decimal(0)
    cost_unknown: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    tokens_unknown: int = 0
    total: dict[int, int] = field(default_factory=dict[int, int])
    ttft: dict[int, int] = field(default_factory=dict[int, int])


_TOTALS = ("calls", "cost", "cost_unknown", "input_tokens", "output_tokens", "tokens_unknown")
_CLOCKS: tuple[Clock, ...] = ("total", "ttft")

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Tally:
    """Calls counted so far, or taken back. Times are counted of calls that ended well."""

    sums: dict[tuple[Any, ...], Sums] = field(default_factory=dict[tuple[Any, ...], Sums])

    def add(self, calls: Iterable[Figures], sign: int = 1) -> int:
        """Count calls that are over, or with -1 take them back; returns how many."""
        n = 0
        for n, figures in enumerate(calls, 1):  # noqa: B007 - how many there were
            self._add(figures, sign)
        return n

    def rows(self) -> tuple[Rows, Rows]:
        """Totals, and times by bucket: each row with its key, in the order of keys, none that says nothing.

        One order for all who write, so that two of them never wait for each other.
        """
        found = [(Key(*key), sums) for key, sums in sorted(self.sums.items(), key=lambda item: item[0])]
        totals = [{**key._asdict(), **{name: getattr(sums, name) for name in _TOTALS}} for key, sums in found]
        return [row for row in totals if any(row[name] for name in _TOTALS)], _times(found)

    def _add(self, figures: Figures, sign: int) -> None:
        offer, provider, maker, model, started_at, status, cost, sent, got, ttft_ms, total_ms = figures
        key = (month_of(started_at), offer, maker, status, provider, model)
        sums = self.sums.get(key)
        if sums is None:
            sums = self.sums[key] = Sums()
        sums.calls += sign
        if cost is None:
            sums.cost_unknown += sign
        else:
            sums.cost += sign * cost
        if sent is None or got is None:
            sums.tokens_unknown += sign
        else:
            sums.input_tokens += sign * sent
            sums.output_tokens += sign * got
        if status == "ok":
            _count(sums.total, total_ms, sign)
            _count(sums.ttft, ttft_ms, sign)


def _count(buckets: dict[int, int], value_ms: float | None, sign: int) -> None:
    if value_ms is not None:
        bucket = bucket_of(value_ms)
        buckets[bucket] = buckets.get(bucket, 0) + sign


def _times(found: list[tuple[Key, Sums]]) -> Rows:
    """Makers do not matter here: those of one offer are added up."""
    counts = Counter[tuple[date, str, str, int]]()
    for key, sums in found:
        for clock in _CLOCKS:
            for bucket, n in getattr(sums, clock).items():
                counts[key.month, key.offer, clock, bucket] += n
    names = ("month", "offer", "clock", "bucket", "calls")
    return [dict(zip(names, (*key, n), strict=True)) for key, n in sorted(counts.items()) if n]


def month_of(instant: datetime) -> date:
    """The first day of the instant's month in UTC."""
    there = instant.astimezone(UTC)
    return _first_day(there.year, there.month)


def bucket_of(value_ms: float) -> int:
    """The bucket of a duration: bucket b holds from `STEP`^b up to `STEP`^(b+1) milliseconds."""
    if not _SHORTEST_MS <= value_ms <= _LONGEST_MS:
        value_ms = min(max(value_ms, _SHORTEST_MS), _LONGEST_MS)
    return floor(log(value_ms) / _LOG_STEP)


@cache
def _first_day(year: int, month: int) -> date:
    return date(year, month, 1)


@cache
def middle_ms(bucket: int) -> float:
    """What stands for every duration in a bucket: less than 2 % off each of them."""
    return STEP ** (bucket + 0.5)
