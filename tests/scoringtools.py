"""Offers with evidence made up for a test, and what is gathered of them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from broker.assurance import Known
from broker.catalog_entries import Entry
from broker.comparison import Evidence, Gathered, Speed, Wanted
from broker.stats import Estimate
from broker.types import Offer
from broker.workload import Charges, Unknown, Workload
from broker.workload.yearly import Bill, YearlyCost

TODAY = date(2026, 11, 22)
_OF_OFFER = ("takes", "context_window", "wire_model", "price")
WORK = Workload("Support", Decimal(10_000), date(2027, 1, 1))


def estimate(value: float, low: float | None = None, high: float | None = None, n: int = 100) -> Estimate:
    return Estimate(value, low, high, n, "made up")


def times(
    p50: float, p95: tuple[float, float | None, float | None] = (2000, 1800, 2200), **other: Any
) -> Speed:
    """A speed whose first token comes in half the time."""
    value, low, high = p95
    half = Estimate(value / 2, low and low / 2, high and high / 2, 100, "made up")
    whole = Estimate(value, low, high, 100, "made up")
    given = {"tokens_per_s": None, "reliable": True, **other}
    return Speed("runs", estimate(p50 / 2), half, estimate(p50), whole, **given)


def offer(name: str, platform: str = "openai", maker: str = "Acme", **other: Any) -> Entry:
    takes = other.pop("takes", frozenset())
    given = {"wire_model": name, **other}
    return Entry(Offer(platform, name, maker=maker, name=name, **given), platform.title(), takes=takes)


def evidence(name: str, platform: str = "openai", maker: str = "Acme", **other: Any) -> Evidence:
    """An offer of which nothing is known but what is said; `doors` and `rivals` are how many there are."""
    for kind in ("doors", "rivals"):
        if isinstance(other.get(kind), int):
            other[kind] = tuple(f"{kind}-{i}/{name}" for i in range(other[kind]))
    of_offer = {key: other.pop(key) for key in _OF_OFFER if key in other}
    return Evidence(offer(name, platform, maker, **of_offer), **other)


def proven(
    name: str,
    quality: float | Estimate,
    per_1000: float | Estimate = 1.0,
    ms: float | Estimate = 1000.0,
    **other: Any,
) -> Evidence:
    """An offer of which all that has a weight is known; a bare number is sure: its interval is itself."""
    told = (quality, per_1000, ms)
    right, dollars, whole = (estimate(x, x, x) if isinstance(x, float) else x for x in told)
    given = {"speed": replace(times(1000), total_p50=whole), "doors": 1, "rivals": 0, **other}
    return evidence(name, quality=right, per_1000=dollars, **given)


def yearly(dollars: str | None) -> YearlyCost:
    """A year's cost, or one that is not known."""
    charges = Charges(fresh_input=Decimal(dollars or 0))
    bill = Unknown(("no price for output tokens is known",)) if dollars is None else Bill((), charges)
    return YearlyCost("", bill, bill, ())


def gathered(
    *offers: Evidence, facts: Known | None = None, workload: Workload | None = None, **wanted: Any
) -> Gathered:
    return Gathered(TODAY, Wanted(**wanted), offers, facts or {}, workload)
