"""All that the price list says of one offer: today, by size of a call, by hour, later, and for extras."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from broker.catalog_entries import Entry, price_of
from broker.pricing import CLASSES, token_price
from broker.types import TokenPrice

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

# How the price list ends the name of a price: what it is a price for.
_PER = {
    "mtok": "per million tokens",
    "kcount": "per 1,000",
    "hours": "per hour",
    "kpages": "per 1,000 pages",
    "mchars": "per million characters",
}


_BATCH = {"processing": "batch"}


@dataclass(frozen=True, slots=True)
class Fee:
    """A price beside those of tokens in, out and cached: "web searches", US dollars, "per 1,000"."""

    what: str
    amount: Decimal
    per: str


@dataclass(frozen=True, slots=True)
class PriceSheet:
    """The prices of one offer at an instant; `None` and empty where the list says nothing.

    `above`: for calls with more input tokens than this. `hours`: each day in UTC. `later`: from this day on,
    UTC. `batch`: for answers that may take hours.
    """

    now: TokenPrice | None
    above: tuple[tuple[int, TokenPrice], ...] = ()
    hours: tuple[tuple[time, time, TokenPrice], ...] = ()
    later: tuple[tuple[date, TokenPrice], ...] = ()
    batch: TokenPrice | None = None
    fees: tuple[Fee, ...] = ()


def price_sheet(entry: Entry, at: datetime) -> PriceSheet:
    """Everything that the list says; an offer's own price stands alone."""
    now, line = price_of(entry, at), entry.listing
    if line is None or entry.offer.price is not None or entry.free:
        return PriceSheet(now)
    return PriceSheet(
        now,
        above=tuple(_above(line, at)),
        hours=tuple(_hours(line, at)),
        later=later_prices(line, at),
        batch=token_price(line, 0, at, _BATCH) if _has_batch(line) else None,
        fees=tuple(_fees(line, at)),
    )


def later_prices(line: "ModelInfo", at: datetime) -> tuple[tuple[date, TokenPrice], ...]:
    """The changes that the list dates after this instant, with their first day (UTC)."""
    listed = line.prices if isinstance(line.prices, list) else []
    starts: list[date | None] = [
        getattr(conditional.constraint, "start_date", None) for conditional in listed
    ]
    today, before = at.astimezone(UTC).date(), token_price(line, 0, at)
    found: list[tuple[date, TokenPrice]] = []
    for start in sorted({start for start in starts if start is not None and start > today}):
        price = token_price(line, 0, datetime.combine(start, time(), UTC))
        if price is not None and price != before:
            found.append((start, price))
            before = price
    return tuple(found)


def _above(line: "ModelInfo", at: datetime) -> Iterator[tuple[int, TokenPrice]]:
    prices: list[Any] = list(vars(line.get_prices(at)).values())
    starts = {tier.start for price in prices for tier in getattr(price, "tiers", ())}
    for start in sorted(starts):
        price = token_price(line, start + 1, at)
        if price is not None:
            yield start, price


def _hours(line: "ModelInfo", at: datetime) -> Iterator[tuple[time, time, TokenPrice]]:
    today = at.astimezone(UTC).date()
    for conditional in line.prices if isinstance(line.prices, list) else ():
        constraint: Any = conditional.constraint
        if hasattr(constraint, "start_time"):
            instant = datetime.combine(today, constraint.start_time)
            price = token_price(line, 0, instant)
            if price is not None and line.get_prices(instant) is conditional.prices:  # else a later one wins
                yield constraint.start_time, constraint.end_time, price


def _has_batch(line: "ModelInfo") -> bool:
    return any(variant.when == _BATCH for variant in line.price_variants or ())


def _fees(line: "ModelInfo", at: datetime) -> Iterator[Fee]:
    for name, price in vars(line.get_prices(at)).items():
        words, _, unit = name.rpartition("_")
        amount: Decimal | None = getattr(price, "base", price)
        if name not in CLASSES and amount is not None and unit in _PER:
            yield Fee(words.replace("_", " "), amount, _PER[unit])
