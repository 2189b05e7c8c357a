"""At what volume, or at what price, the choice flips: one offer of a shortlist held against the others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from broker.comparison import Evidence, Ranked, Shortlist
from broker.workload import Unknown
from broker.workload.break_even import Curve, Range, Which, price_factor, ranges

_MANY = Decimal(10)  # from so many times on, a percentage is hard to read
_NAMED = 3  # offers in a sentence
_LEAST = Decimal("0.01")  # percent
_NEVER = {"first": "at no volume", "second": "at every volume", None: "the same cost at every volume"}


@dataclass(frozen=True, slots=True)
class BreakEven:
    """An offer, which is `second` in `ranges` and `cheaper`, against the reference, which is `first`.

    `usd` and `reference_usd` are a year at the workload's volume, and there the factors on all prices of one
    of them say up to which it costs no more than the other: `None` where no price flips the choice. `passes`:
    all must-haves, so that it can be chosen at all.
    """

    offer: Evidence
    ranges: tuple[Range, ...]
    usd: Decimal
    reference_usd: Decimal
    factor: Decimal | None
    reference_factor: Decimal | None
    passes: bool = True

    @property
    def cheaper(self) -> Which | None:
        """Which of the two is cheaper at the workload's volume; `None` where both cost the same."""
        if self.usd == self.reference_usd:
            return None
        return "second" if self.usd < self.reference_usd else "first"


def against(shortlist: Shortlist, curves: Mapping[str, Curve], reference: str) -> tuple[BreakEven, ...]:
    """The reference against each other offer that fails no must-have and whose cost is known, in their order.

    `reference` is an offer's id with a curve; nothing comes back without a workload that asks for something.
    """
    workload = shortlist.gathered.workload
    if workload is None or not workload.requests or reference not in curves:
        return ()
    volume, first = workload.requests, curves[reference]
    others = [one for one in shortlist.ranked if one.outcome != "fail" and one.evidence.id in curves]
    return tuple(
        _held(one, first, curves[one.evidence.id], volume) for one in others if one.evidence.id != reference
    )


def unknown(shortlist: Shortlist) -> Iterator[tuple[Ranked, str]]:
    """The offers that fail no must-have and whose cost under our terms is not known, and why."""
    for ranked in shortlist.ranked:
        cost = ranked.evidence.cost
        if ranked.outcome != "fail" and cost is not None and isinstance(cost.ours, Unknown):
            yield ranked, "; ".join(cost.ours.reasons)


def volumes(found: Sequence[Range]) -> str:
    """Where the second of two is cheaper: `from 50,000 on`, `up to 2,000 and from 50,000 to 90,000`."""
    if len(found) == 1:
        return _NEVER[found[0].cheaper]
    parts = [_between(one) for one in found if one.cheaper == "second"]
    same = [f"the same cost {_between(one)}" for one in found if one.cheaper is None]
    return " and ".join(parts or [_NEVER["first"]]) + "".join(f", {words}" for words in same)


def price(factor: Decimal | None, curve: Curve) -> str:
    """What has to happen to an offer's prices for it to cost as much as the other: `fall by 23 %`."""
    if factor is None:
        return (
            "no price flips it: it has no fee"
            if curve.rate == 0
            else "no price flips it: its commitment costs more"
        )
    if factor == 1:
        return "the same cost"
    if factor < 1:
        return f"would have to fall by {_percent(1 - factor)}"
    return f"may be {factor:,.0f} times as high" if factor >= _MANY else f"may rise by {_percent(factor - 1)}"


def sentences(found: Sequence[BreakEven], reference: str) -> Iterator[str]:
    """What would flip the choice of the reference (its label): volumes, then the price that is nearest.

    Only offers that pass all must-haves can flip it.
    """
    found = [one for one in found if one.passes]
    for one in found:
        if len(one.ranges) > 1:
            yield f"{one.offer.label} is cheaper than {reference} {volumes(one.ranges)} (requests a month)."
    always = [one.offer.label for one in found if len(one.ranges) == 1 and one.ranges[0].cheaper == "second"]
    if always:
        more = f" and {len(always) - _NAMED} more" if len(always) > _NAMED else ""
        yield f"Cheaper than {reference} at every volume: {', '.join(always[:_NAMED])}{more}."
    near = [(one, one.factor) for one in found if one.cheaper == "first" and one.factor is not None]
    if near:
        one, factor = max(near, key=lambda pair: pair[1])
        yield (
            f"At the workload's volume {one.offer.label} comes nearest of the dearer ones: its prices would "
            f"have to fall by {_percent(1 - factor)} to cost as much as {reference}."
        )


def _held(one: Ranked, first: Curve, second: Curve, volume: Decimal) -> BreakEven:
    costs = (curve.cost(Fraction(volume)) for curve in (second, first))
    usd, reference_usd = (Decimal(cost.numerator) / Decimal(cost.denominator) for cost in costs)
    factors = price_factor(second, first, volume), price_factor(first, second, volume)
    passes = one.outcome == "pass"
    return BreakEven(one.evidence, ranges(first, second), usd, reference_usd, *factors, passes)


def _between(one: Range) -> str:
    if one.end is None:
        return f"from {_count(one.start)} on"
    return f"from {_count(one.start)} to {_count(one.end)}" if one.start else f"up to {_count(one.end)}"


def _count(requests: Decimal) -> str:
    return f"{requests:,.0f}" if requests >= _MANY else f"{requests:.2g}"


def _percent(share: Decimal) -> str:
    """Whole percents from ten on, else two digits: 0.3 % is not nothing."""
    percent = share * 100
    if percent < _LEAST:
        return f"less than {_LEAST} %"
    return f"{percent:.0f} %" if percent >= _MANY else f"{percent:.2g} %"
