"""Where the choice between two offers flips: at what volume, or at what price of one of them.

A year's cost over the requests a month is a line with kinks where commitments are used up, so crossings are
solved for, not searched. Fractions keep them exact until they are given back as `Decimal`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from broker.workload.ledger import Ledger

Which = Literal["first", "second"]


@dataclass(frozen=True, slots=True)
class Curve:
    """A year's cost over the requests v in its first month: `rate` × v + Σ max(0, amount - usage × v).

    `commitments` are these pairs of amount and usage.
    """

    rate: Fraction
    commitments: tuple[tuple[Fraction, Fraction], ...] = ()

    def cost(self, requests: Fraction) -> Fraction:
        """US dollars a year."""
        missing = (max(Fraction(0), amount - usage * requests) for amount, usage in self.commitments)
        return self.rate * requests + sum(missing, Fraction(0))

    @property
    def kinks(self) -> list[Fraction]:
        """The volumes at which a commitment is used up, the smallest first."""
        return sorted({amount / usage for amount, usage in self.commitments if amount and usage})


@dataclass(frozen=True, slots=True)
class Range:
    """Requests in the first month from `start` to `end` (`None`: without end) and which offer is cheaper.

    `cheaper` is `None` where both cost the same.
    """

    start: Decimal
    end: Decimal | None
    cheaper: Which | None


def curve_of(ledger: Ledger) -> Curve:
    """The yearly cost of a ledger over the volume."""
    rate = sum((Fraction(month.total) for month in ledger.months), Fraction(0))
    pairs = ((Fraction(one.amount), Fraction(one.usage)) for one in ledger.commitments)
    return Curve(rate, tuple(pairs))


def ranges(first: Curve, second: Curve) -> tuple[Range, ...]:
    """Which of two is cheaper at every volume from 0 on: the choice flips where one range ends.

    Where they only touch, nothing flips. Every volume belongs to a range.
    """
    found: list[Range] = []
    for start, end in _open_ended(_edges(first, second)):
        cheaper, until = _cheaper(first, second, _inside(start, end)), None if end is None else _decimal(end)
        if found and found[-1].cheaper == cheaper:
            found[-1] = replace(found[-1], end=until)
        else:
            found.append(Range(_decimal(start), until, cheaper))
    return tuple(found)


def price_factor(curve: Curve, other: Curve, requests: Decimal) -> Decimal | None:
    """The factor on all of an offer's prices up to which it costs no more than another at a volume.

    Below 1 it has to become cheaper, above 1 it may become dearer; its commitments stay. `None` where
    no price flips the choice: a commitment alone costs more than the other, or usage costs nothing.
    """
    volume, target = Fraction(requests), other.cost(Fraction(requests))
    if volume == 0 or curve.cost(Fraction(0)) > target:
        return None
    for start, end in reversed(_open_ended([Fraction(0), *curve.kinks])):  # the cost never falls
        at_start = curve.cost(start)
        slope = curve.cost(_inside(start, end)) - at_start
        if at_start <= target:
            width = _inside(start, end) - start
            return _decimal((start + (target - at_start) * width / slope) / volume) if slope else None
    return None


def points(curve: Curve, most: Decimal, extra: Iterable[Decimal] = ()) -> tuple[tuple[Decimal, Decimal], ...]:
    """The corners of a curve from 0 to `most` requests as (volume, US dollars a year): all a chart needs.

    `extra` volumes, crossings say, get a point too.
    """
    end = Fraction(most)
    volumes = {Fraction(0), end, *curve.kinks, *map(Fraction, extra)}
    return tuple((_decimal(v), _decimal(curve.cost(v))) for v in sorted(volumes) if v <= end)


def _edges(first: Curve, second: Curve) -> list[Fraction]:
    """0, the kinks of both, and where they cross between those."""
    kinks = sorted({Fraction(0), *first.kinks, *second.kinks})
    return sorted({*kinks, *_roots(first, second, kinks)})


def _roots(first: Curve, second: Curve, kinks: Sequence[Fraction]) -> list[Fraction]:
    """Where the difference, straight between kinks, is 0."""
    found: list[Fraction] = []
    for start, end in _open_ended(kinks):
        at = start + 1 if end is None else end
        before, after = (first.cost(v) - second.cost(v) for v in (start, at))
        if before != after:
            root = start - before * (at - start) / (after - before)
            if start < root and (end is None or root < end):
                found.append(root)
    return found


def _open_ended(edges: Sequence[Fraction]) -> list[tuple[Fraction, Fraction | None]]:
    return [*pairwise(edges), (edges[-1], None)]


def _inside(start: Fraction, end: Fraction | None) -> Fraction:
    return start + 1 if end is None else (start + end) / 2


def _cheaper(first: Curve, second: Curve, at: Fraction) -> Which | None:
    one, other = first.cost(at), second.cost(at)
    return None if one == other else "first" if one < other else "second"


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
