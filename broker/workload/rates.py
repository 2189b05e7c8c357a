"""The prices of an entry on each day of a year: the listed ones, with every change that is dated already."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING, Any

from broker.catalog_entries import Entry
from broker.pricing import NO_FEE, OTHER_FEES, token_price
from broker.types import TokenPrice

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

_BATCH = {"processing": "batch"}


@dataclass(frozen=True, slots=True)
class Rates:
    """What an entry's tokens cost on a day; `batch` is `None` where no batch price is listed.

    `fee` names what else is charged for with every request, empty where that is nothing.
    """

    standard: TokenPrice | None
    batch: TokenPrice | None = None
    fee: str = ""


def rates_on(entry: Entry, input_tokens: Decimal, day: date) -> Rates:
    """The prices of requests with that much input; where they depend on the hour, those of the dearest.

    What is only sold in batches has the same price for all requests.
    """
    line = entry.listing
    if entry.offer.price is not None:
        return Rates(entry.offer.price)
    if entry.free:
        return Rates(NO_FEE, NO_FEE)
    if line is None:
        return Rates(None)
    size, instants = ceil(input_tokens), list(_instants(line, day))
    standard = [token_price(line, size, at) for at in instants]
    batch = [token_price(line, size, at, _BATCH) for at in instants if _has_batch(line, at)]
    price = _dearest(standard)
    return Rates(price, price if entry.only_batch else _dearest(batch), _fee(line, instants[0]))


def change_days(entry: Entry) -> set[date]:
    """The days on which the price list starts another price for an entry, past and to come."""
    line = entry.listing
    if line is None or entry.free or entry.offer.price is not None:
        return set()
    dated = [*(line.prices if isinstance(line.prices, list) else ()), *(line.price_variants or ())]
    days: list[date | None] = [getattr(one.constraint, "start_date", None) for one in dated]
    return {day for day in days if day is not None}


def _instants(line: "ModelInfo", day: date) -> Iterator[datetime]:
    """Instants of a day that between them meet every price it has."""
    yield datetime.combine(day, time(), UTC)
    for conditional in line.prices if isinstance(line.prices, list) else ():
        constraint: Any = conditional.constraint
        if hasattr(constraint, "start_time"):
            for edge in (constraint.start_time, constraint.end_time):
                yield datetime.combine(day, edge.replace(tzinfo=edge.tzinfo or UTC))


def _has_batch(line: "ModelInfo", at: datetime) -> bool:
    variants = [variant for variant in line.price_variants or () if variant.when == _BATCH]
    return any(variant.constraint is None or variant.constraint.active(at) for variant in variants)


def _dearest(prices: list[TokenPrice | None]) -> TokenPrice | None:
    known = [price for price in prices if price is not None]
    return max(known, key=lambda price: (price.input_mtok or 0) + (price.output_mtok or 0), default=None)


def _fee(line: "ModelInfo", at: datetime) -> str:
    listed = vars(line.get_prices(at))
    return " and ".join(words for name, words in OTHER_FEES.items() if listed.get(name) is not None)
