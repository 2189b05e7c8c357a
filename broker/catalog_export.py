"""The catalogue as a table for other programs: one row an offer, with its source and its instant."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from broker.catalog_entries import Entry, price_of
from broker.price_sheet import later_prices
from broker.types import TokenPrice

COLUMNS = (
    "offer",
    "name",
    "maker",
    "platform",
    "model",
    "availability",
    "deprecated",
    "context_window",
    "takes",
    "gives",
    "input_usd_per_mtok",
    "output_usd_per_mtok",
    "cache_read_usd_per_mtok",
    "cache_write_usd_per_mtok",
    "next_price_from",
    "next_input_usd_per_mtok",
    "next_output_usd_per_mtok",
    "weights",
    "platforms_of_same_weights",
    "price_source",
    "price_taken_from",
    "price_note",
    "as_of",
)


def row(entry: Entry, at: datetime, availability: str, platforms: int | None) -> Mapping[str, Any]:
    """One offer with the columns of `COLUMNS`; its price is the one in force at this instant."""
    offer, line = entry.offer, entry.listing
    price = price_of(entry, at) or TokenPrice()
    later = later_prices(line, at) if line and offer.price is None else ()
    day, following = later[0] if later else (None, TokenPrice())
    return {
        "offer": entry.id,
        "name": offer.name,
        "maker": offer.maker,
        "platform": entry.platform,
        "model": offer.wire_model,
        "availability": availability,
        "deprecated": entry.deprecated,
        "context_window": offer.context_window,
        "takes": ", ".join(sorted(entry.takes)) or None,
        "gives": ", ".join(sorted(entry.gives)) or None,
        "input_usd_per_mtok": price.input_mtok,
        "output_usd_per_mtok": price.output_mtok,
        "cache_read_usd_per_mtok": price.cache_read_mtok,
        "cache_write_usd_per_mtok": price.cache_write_mtok,
        "next_price_from": day,
        "next_input_usd_per_mtok": following.input_mtok,
        "next_output_usd_per_mtok": following.output_mtok,
        "weights": entry.identity,
        "platforms_of_same_weights": platforms,
        "price_source": price.source or None,
        "price_taken_from": entry.lender,
        "price_note": line.price_comments if line else None,
        "as_of": at.isoformat(timespec="seconds"),
    }
