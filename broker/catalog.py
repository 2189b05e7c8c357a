"""Every offer there is: this machine's, those of `broker.toml`, and the price list's, platform by platform.

What is configured comes first. Platforms of the price list that nobody has configured follow, so that prices
can be compared with theirs too; they cannot be asked.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from broker.catalog_entries import Entry, listed, listed_one, own, price_of, searchable
from broker.config import Config, settle
from broker.local import LOCAL_OFFERS
from broker.model_facts import maker_of
from broker.pricing import price_list
from broker.types import Offer, Provider, TokenPrice


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries in order; by offer id; and by identity those of the same weights."""

    entries: tuple[Entry, ...]
    by_id: Mapping[str, Entry]
    by_identity: Mapping[str, tuple[Entry, ...]]


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more another price is: US dollars per million tokens, and percent (`None` of nothing)."""

    amount: Decimal
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Door:
    """Another offer of the same weights; a difference is `None` where one of the prices is unknown."""

    entry: Entry
    price: TokenPrice | None
    input: Difference | None
    output: Difference | None


def offers(config: Config) -> tuple[Offer, ...]:
    """Every offer that can be asked, this machine's first, then the file's; an id occurs once."""
    return tuple(entry.offer for entry in catalogue(config).entries if entry.asked)


def find(config: Config, offer_id: str) -> Offer | None:
    """The offer with this id; `None` for an unknown provider. A model in no list is taken at its word."""
    provider_id, _, model = offer_id.partition("/")
    provider = config.providers.get(provider_id)
    if provider is None or not model:
        return None
    mine = next((offer for offer in (*LOCAL_OFFERS, *config.offers) if offer.id == offer_id), None)
    like = listed_one(settle(provider), model)
    if mine is not None or provider_id == "local":
        return mine and own(mine, provider, like).offer
    if like is not None and like.asked:
        return like.offer
    return Offer(provider_id, model, model, maker_of(model, provider.maker), model)


def catalogue(config: Config) -> Catalogue:
    """The catalogue of a configuration, built once: the first time in a process takes some 0.5 s."""
    global _latest  # noqa: PLW0603
    rows = tuple(settle(provider) for provider in config.providers.values())
    with _lock:
        if _latest is None or _latest[:2] != (rows, config.offers):
            _latest = rows, config.offers, _build(rows, config.offers)
        return _latest[2]


def search(entries: Iterable[Entry], text: str) -> list[Entry]:
    """The entries in which each word of the text occurs: in id, name, maker, platform or identity."""
    words = searchable(text).split()
    return [entry for entry in entries if all(word in entry.words for word in words)]


def doors(known: Catalogue, entry: Entry, at: datetime) -> list[Door]:
    """The other offers of an entry's weights, the cheapest first, unknown prices last."""
    same = known.by_identity.get(entry.identity, ()) if entry.identity else ()
    mine = price_of(entry, at) or TokenPrice()
    found: list[Door] = []
    for other in same:
        if other.id != entry.id:
            price = price_of(other, at)
            theirs = price or TokenPrice()
            more_in = _difference(mine.input_mtok, theirs.input_mtok)
            found.append(Door(other, price, more_in, _difference(mine.output_mtok, theirs.output_mtok)))
    return sorted(found, key=_cheapest_first)


def _difference(mine: Decimal | None, theirs: Decimal | None) -> Difference | None:
    if mine is None or theirs is None:
        return None
    return Difference(theirs - mine, (theirs - mine) / mine * 100 if mine else None)


def _cheapest_first(door: Door) -> tuple[bool, Decimal]:
    """By the sum of both prices: of the same weights, who is cheaper in one is cheaper in the other."""
    amounts = (door.price.input_mtok, door.price.output_mtok) if door.price else ()
    known = [amount for amount in amounts if amount is not None]
    return len(known) < 2, sum(known, Decimal(0))


def _build(rows: tuple[Provider, ...], mine: tuple[Offer, ...]) -> Catalogue:
    providers = {row.id: row for row in rows}
    of_list = {entry.id: entry for row in rows for entry in listed(row)}
    first = (
        own(offer, providers[offer.provider], of_list.get(offer.id))
        for offer in (*LOCAL_OFFERS, *mine)
        if offer.provider in providers
    )
    found = {entry.id: entry for entry in first}
    found |= {entry.id: entry for entry in of_list.values() if entry.id not in found}
    found |= {entry.id: entry for row in _not_configured(rows) for entry in listed(row, configured=False)}
    same: dict[str, list[Entry]] = {}
    for entry in found.values():
        if entry.identity:
            same.setdefault(entry.identity, []).append(entry)
    return Catalogue(tuple(found.values()), found, {name: tuple(entries) for name, entries in same.items()})


def _not_configured(rows: tuple[Provider, ...]) -> Iterator[Provider]:
    """Stand-ins for the platforms of the price list that no row names."""
    known = {row.prices_id for row in rows} | {row.id for row in rows}
    for platform in price_list().providers:
        if platform.id not in known:
            yield Provider(platform.id, platform.name, "openai", "", prices_id=platform.id)


_lock = threading.Lock()
_latest: tuple[tuple[Provider, ...], tuple[Offer, ...], Catalogue] | None = None
