"""The state of today, and a state as bytes: prices of the day, ends, weights, facts in words."""

import threading
import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import orjson

from broker.assurance import Known
from broker.assurance.values import in_words
from broker.catalog import Catalogue
from broker.catalog_entries import Entry
from broker.lifecycle import Lifecycle
from broker.lifecycle_seen import PlatformList, end_of
from broker.price_sheet import later_prices
from broker.types import Provider, TokenPrice
from broker.watch import Prices, Seen, State, by_scope, heard
from broker.workload.rates import rates_on

Lists = Mapping[str, PlatformList]
_NOTHING = Decimal(0)


def state(known: Catalogue, facts: Known, at: datetime, lists: Lists, rows: Mapping[str, Provider]) -> State:
    """What somebody sees who looks now; `lists` and `rows` are those of `end_of`."""
    return State(at.astimezone(UTC).date(), _offers(known, at, lists, rows), told(facts))


def told(facts: Known) -> dict[str, str]:
    """What counts of every attribute of every platform, in words; several sources stand side by side."""
    return {
        f"{platform} {attribute} {scope}".rstrip(): " / ".join(dict.fromkeys(map(in_words, heard(same))))
        for (platform, attribute), every in facts.items()
        for scope, same in by_scope(every).items()
    }


def pack(found: State) -> bytes:
    """The state as compressed JSON: some 40 kB for 2,300 offers."""
    offers = {
        offer: [*seen[0], *seen[1:4], [[day, *prices] for day, prices in seen.later]]
        for offer, seen in found.offers.items()
    }
    return zlib.compress(orjson.dumps([found.day.isoformat(), offers, dict(found.facts)]))


def unpack(data: bytes) -> State:
    """The state that `pack` made these bytes of."""
    day, offers, facts = orjson.loads(zlib.decompress(data))
    read = {
        offer: Seen(
            Prices(*row[:4]),
            row[4],
            row[5],
            row[6],
            tuple((later[0], Prices(*later[1:])) for later in row[7]),
        )
        for offer, row in offers.items()
    }
    return State(date.fromisoformat(day), read, facts)


def _offers(known: Catalogue, at: datetime, lists: Lists, rows: Mapping[str, Provider]) -> Mapping[str, Seen]:
    """Kept for the day, as long as the catalogue and the platforms' own lists are the same.

    Looking at every offer takes some 40 ms.
    """
    global _latest  # noqa: PLW0603
    day = at.astimezone(UTC).date()
    with _lock:
        if _latest is None or _latest[0] is not known or _latest[1:3] != (day, lists):
            found = {entry.id: _seen(entry, at, end_of(entry, lists, rows)) for entry in known.entries}
            _latest = known, day, lists, found
        return _latest[3]


def _seen(entry: Entry, at: datetime, life: Lifecycle) -> Seen:
    # Where the price depends on the hour, the dearest of the day: looking at another hour is no change.
    price = rates_on(entry, _NOTHING, at.astimezone(UTC).date()).standard
    listed = entry.listing if entry.offer.price is None else None
    later = later_prices(listed, at) if listed else ()
    return Seen(
        _prices(price),
        entry.identity,
        life.retires.isoformat() if life.retires else None,
        life.flagged,
        tuple((day.isoformat(), _prices(price)) for day, price in later),
    )


def _prices(price: TokenPrice | None) -> Prices:
    if price is None:
        return Prices()
    amounts = (price.input_mtok, price.output_mtok, price.cache_read_mtok, price.cache_write_mtok)
    return Prices(*(None if amount is None else f"{amount.normalize():f}" for amount in amounts))


_lock = threading.Lock()
_latest: tuple[Catalogue, date, Lists, Mapping[str, Seen]] | None = None
