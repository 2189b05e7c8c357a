"""Ranges and marks of axes, worked out here so that it is known where a label comes to stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log10
from typing import Any

# How an axis writes numbers, never as powers of ten. Not its `format`, which Vega rounds to the marks that it
# has in mind itself: 10 becomes 1e+1.
NUMBERS = "format(datum.value, ',~r')"
DOLLARS = "format(datum.value, '$,~r')"
PERCENT = "format(datum.value * 100, '~r') + ' %'"

_WIDE = 5.0  # figures that far apart need a logarithmic axis
_ROOM = 0.06  # of the range, on either side
_GAP = 0.1  # of the range, between 0 and what a logarithmic one begins with


@dataclass(frozen=True, slots=True)
class Span:
    """The range of an axis; `log` is whether it is logarithmic, `zero` where it shows 0, if it has to."""

    low: float
    high: float
    log: bool = False
    zero: float | None = None

    def shown(self, value: float) -> float:
        """The value, or what stands for 0, of which there is no logarithm."""
        return value if value or self.zero is None else self.zero

    def at(self, value: float) -> float:
        """Where a value stands, from 0 to 1."""
        if self.log:
            return log10(value / self.low) / log10(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def clipped(self, value: float) -> float:
        """The value, or the end of the range that is nearest to it."""
        return min(max(value, self.low), self.high)

    @property
    def scale(self) -> dict[str, Any]:
        """As Vega-Lite has it."""
        kind = "log" if self.log else "linear"
        return {"type": kind, "domain": [self.low, self.high], "nice": False, "zero": False}

    @property
    def ticks(self) -> list[float]:
        """Round values within: 1, 2 and 5 of every power of ten, or evenly spaced; and what stands for 0."""
        if not self.log:
            step = _step((self.high - self.low) / 5)
            first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
            return [float(f"{i * step:.10g}") for i in range(first, last + 1)]
        powers = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
        found = [float(f"{lead}e{power}") for power in powers for lead in (1, 2, 5)]
        within = [value for value in found if self._first <= value <= self.high]
        few = within if len(within) <= 9 else [v for v in within if f"{v:e}".startswith("1")]
        return few if self.zero is None else [self.zero, *few]

    @property
    def _first(self) -> float:
        """From where on a logarithmic range has marks of its own: not so near to 0 that one covers it."""
        return self.low if self.zero is None else self.zero * (self.high / self.zero) ** _GAP


def beside(pixels: int) -> list[Any]:
    """The range of an axis that leaves room for words at its right end, however wide the chart is."""
    return [0, {"expr": f"max(80, width - {pixels})"}]


def span(values: Sequence[float], least: float | None = None, most: float | None = None) -> Span:
    """A range around values; logarithmic where they are positive and far apart, but not within limits."""
    low, high = min(values), max(values)
    if least is None and most is None and low > 0 and high > _WIDE * low:
        room = (high / low) ** _ROOM
        return Span(low / room, high * room, log=True)
    room = (high - low) * _ROOM or abs(high) * 0.1 or 1.0
    start, end = low - room, high + room
    return Span(
        start if least is None else max(least, start), end if most is None else max(low, min(most, end))
    )


def span_with_zero(values: Sequence[float]) -> Span:
    """A range around 0 and values above it: where it is logarithmic, 0 stands apart at its left end."""
    above = span([value for value in values if value > 0])
    if not above.log:
        return replace(span([0, *values]), zero=0)
    gap = (above.high / above.low) ** _GAP
    return Span(above.low / gap**1.5, above.high, log=True, zero=above.low / gap)


def _step(rough: float) -> float:
    power = 10.0 ** floor(log10(rough))
    return next(lead * power for lead in (1, 2, 5, 10) if lead * power >= rough * 0.999)
