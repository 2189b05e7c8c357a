"""Columns about the offer itself: who sells what, at which price, until when."""

from datetime import UTC, datetime, time
from functools import partial

from broker.catalog_entries import price_of
from broker.comparison_export.columns import NOTHING, Column, Kind, Line, Told, Value
from broker.price_sheet import later_prices
from broker.pricing import source
from broker.types import TokenPrice

OWN, FAMILY = "as it was configured", "what its maker says of the family"
_CLASSES = {
    "input": "fresh input",
    "output": "output",
    "cache_read": "input read from the cache",
    "cache_write": "input written to the cache",
}


def _context(line: Line) -> Told:
    entry = line.evidence.entry
    size = entry.offer.context_window
    listed = entry.listing is not None and entry.listing.context_window == size
    return NOTHING if size is None else Told(size, source=source() if listed else OWN)


def _modalities(line: Line, name: str) -> Told:
    entry = line.evidence.entry
    found: frozenset[str] = getattr(entry, name)
    told = f"{source()} and {FAMILY}" if entry.listing else FAMILY
    return Told(", ".join(sorted(found)), source=told) if found else NOTHING


def _ids(offers: tuple[str, ...] | None) -> str | None:
    return None if offers is None else ", ".join(offers) or "none"


IDENTITY = (
    Column("offer", "text", "The offer's id, platform/model: unique.", lambda line: line.evidence.id),
    Column("name", "text", "The model as people call it.", lambda line: line.evidence.entry.offer.name),
    Column("maker", "text", "Who trained the model.", lambda line: line.evidence.entry.offer.maker),
    Column("platform", "text", "Where it is bought and runs.", lambda line: line.evidence.entry.platform),
)
DETAILS = (
    Column("model", "text", "What the platform calls it.", lambda line: line.evidence.entry.offer.wire_model),
    Column(
        "weights",
        "text",
        "The weights, the same behind every door.",
        lambda line: line.evidence.entry.identity,
    ),
    Column("region", "text", "The region that is configured.", lambda line: line.evidence.region),
    Column("context_tokens", "count", "Most tokens it takes.", _context, ("source",)),
    Column("takes", "text", "What it takes.", partial(_modalities, name="takes"), ("source",)),
    Column("gives", "text", "What it gives.", partial(_modalities, name="gives"), ("source",)),
    Column(
        "other_doors",
        "count",
        "Other platforms with the same weights, no worse within the margin as far as tested.",
        lambda line: line.evidence.other_platforms,
    ),
    Column(
        "other_door_offers",
        "text",
        "The offers there, by id.",
        lambda line: _ids(line.evidence.doors),
    ),
    Column(
        "rivals",
        "count",
        "Other makers' offers that were no worse within the margin, have not ended and fail no must-have.",
        lambda line: line.evidence.rival_count,
    ),
    Column("rival_offers", "text", "Which these are, by id.", lambda line: _ids(line.evidence.rivals)),
)


def instant(line: Line) -> datetime:
    """The instant whose prices count: the comparison's day as it begins, UTC."""
    return datetime.combine(line.shortlist.gathered.at, time(), UTC)


def _price(line: Line, name: str) -> Told:
    price = price_of(line.evidence.entry, instant(line)) or TokenPrice()
    return Told(getattr(price, f"{name}_mtok"), source=price.source or None, as_of=line.shortlist.gathered.at)


def _next_price(line: Line, name: str) -> Told:
    """The next change that the price list announces: its day, or a price from then on."""
    entry = line.evidence.entry
    if entry.listing is None or entry.offer.price is not None or entry.free:
        return NOTHING
    for day, price in later_prices(entry.listing, instant(line)):
        value: Value = day if name == "day" else getattr(price, f"{name}_mtok")
        return Told(value, source=price.source or None, as_of=line.shortlist.gathered.at)
    return NOTHING


PRICES = (
    *(
        Column(
            f"{name}_usd_per_mtok",
            "usd",
            f"List price of a million tokens of {words}.",
            partial(_price, name=name),
        )
        for name, words in _CLASSES.items()
    ),
    Column("price_source", "text", "Where these prices stand.", lambda line: _price(line, "input").source),
    Column(
        "price_taken_from",
        "text",
        "The platform whose price it is, where it is another's.",
        lambda line: line.evidence.entry.lender,
    ),
    Column(
        "next_price_from",
        "day",
        "First day (UTC) of the next announced price.",
        partial(_next_price, name="day"),
    ),
    Column(
        "next_input_usd_per_mtok",
        "usd",
        "List price of input from then on.",
        partial(_next_price, name="input"),
    ),
    Column(
        "next_output_usd_per_mtok",
        "usd",
        "List price of output from then on.",
        partial(_next_price, name="output"),
    ),
)


def _life(line: Line, name: str) -> Told:
    found = line.evidence.lifecycle
    value: Value = (
        found.days_left(line.shortlist.gathered.at) if name == "days_left" else getattr(found, name)
    )
    return Told(value, source=found.source, as_of=found.as_of)


def _listed_there(line: Line) -> Told:
    found = line.evidence.lifecycle
    return Told("unknown" if found.listed is None else "yes" if found.listed else "no", as_of=found.listed_on)


def _successor(line: Line) -> Told:
    found = line.evidence.lifecycle
    return Told(found.successor, as_of=found.listed_on)


_LIFE: tuple[tuple[str, str, Kind, str], ...] = (
    ("deprecated_on", "deprecated", "day", "The day from which the platform advises against it."),
    ("retires_on", "retires", "day", "The last day that was published."),
    ("days_left", "days_left", "days", "Days until then, negative afterwards."),
    ("retires_not_before", "not_before", "day", "A day before which it does not end; announces nothing."),
    ("ending", "ending", "text", "yes where its end is announced in any way, else no."),
    ("lifecycle_certainty", "certainty", "text", "vendor, third party, price list or unknown."),
    ("lifecycle_source", "source", "text", "Where the dates stand."),
    ("lifecycle_as_of", "as_of", "day", "When they were read."),
    ("lifecycle_matched_by", "matched", "text", "id, or identity: found by another id of the same weights."),
)
LIFECYCLE = (
    *(Column(header, kind, about, partial(_life, name=name)) for header, name, kind, about in _LIFE),
    Column("listed", "text", "Whether the platform's own list had it: yes, no, or unknown.", _listed_there),
    Column("listed_on", "day", "When that list was read.", lambda line: line.evidence.lifecycle.listed_on),
    Column("successor", "text", "The model that this list names in its place.", _successor),
)
