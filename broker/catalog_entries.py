"""One offer with what is known of it: from the price list, platform by platform, or from the file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from broker.model_facts import UNKNOWN, Modalities, can_be_asked, chats, maker_of, modalities
from broker.model_identity import model_identity
from broker.pricing import NO_FEE, line_of, listed_model, price_list, token_price
from broker.types import Offer, Provider, TokenPrice

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo
    from genai_prices.types import Provider as Platform


@dataclass(frozen=True, slots=True)
class Entry:
    """An offer with what is known of it.

    `configured`: its platform is; `asked`: it can be, once the platform has a key. `identity` names the
    weights, `None` where that cannot be said. `takes` and `gives` hold the modalities that are known.
    `listing` is its line in the price list, `lender` the platform of that line where it is another's.
    """

    offer: Offer
    platform: str
    configured: bool = True
    asked: bool = True
    free: bool = False
    identity: str | None = None
    takes: Modalities = frozenset()
    gives: Modalities = frozenset()
    lender: str | None = None
    listing: "ModelInfo | None" = field(default=None, repr=False, compare=False)
    words: str = field(default="", repr=False)

    @property
    def id(self) -> str:
        """The offer's id."""
        return self.offer.id

    @property
    def only_batch(self) -> bool:
        """Whether it answers within hours alone: OpenRouter lists what models cost in batches as offers."""
        return self.offer.model.endswith(":batch")

    @property
    def deprecated(self) -> bool:
        """Whether the price list says that the platform is ending it."""
        return bool(self.listing and self.listing.deprecated)


def price_of(entry: Entry, at: datetime) -> TokenPrice | None:
    """The price of a short call's tokens at an instant, whatever else is charged; `None` if unknown."""
    if entry.offer.price is not None:
        return entry.offer.price
    if entry.free:
        return NO_FEE
    return token_price(entry.listing, 0, at) if entry.listing else None


def listed(provider: Provider, configured: bool = True) -> tuple[Entry, ...]:
    """What the price list has for a settled row, kept after the first time."""
    row = _row(provider, configured)
    return () if row is None else _listed(row)


def listed_one(provider: Provider, model: str) -> Entry | None:
    """The first of `listed` with this model: where only one is asked for, the others need not be made."""
    row = _row(provider, True)
    return None if row is None else _listed_one(row, model)


def _row(provider: Provider, configured: bool) -> "_Row | None":
    if provider.prices_id is None:
        return None
    responses = next((rule.models for rule in provider.rules if rule.models and not rule.asks), None)
    return _Row(
        provider.id,
        provider.name,
        provider.prices_id,
        provider.maker,
        provider.models,
        responses,
        _geography(provider.settings.get("region", "")),
        configured,
    )


def own(offer: Offer, provider: Provider, like: Entry | None) -> Entry:
    """An offer of the file; what it leaves open comes from the listed one, else from the model's id."""
    listing = line_of(provider, offer)
    takes, gives = modalities(offer.model, _classes(listing), True)
    known = like.offer if like else replace(offer, maker=maker_of(offer.model))
    offer = replace(
        offer,
        maker=known.maker if offer.maker == UNKNOWN else offer.maker,
        name=known.name if offer.name == offer.model else offer.name,
        context_window=offer.context_window or known.context_window,
    )
    entry = Entry(
        offer,
        provider.name,
        free=provider.free,
        identity=model_identity(offer.model, provider.prices_id),
        takes=takes,
        gives=gives,
        listing=listing,
    )
    return _with_words(entry)


def searchable(text: str) -> str:
    """Small letters; 4.5 and 4-5 are the same version."""
    return re.sub(r"(?<=\d)\.(?=\d)", "-", text.lower())


@dataclass(frozen=True, slots=True)
class _Row:
    """What of a provider decides its entries; `responses` are the models asked in that dialect."""

    provider: str
    platform: str
    prices_id: str
    maker: str | None
    models: str
    responses: str | None
    geography: str | None
    configured: bool


@lru_cache(maxsize=128)
def _listed(row: _Row) -> tuple[Entry, ...]:
    return tuple(_entry(row, line, lender) for line, lender in _taken(row))


@lru_cache(maxsize=1024)
def _listed_one(row: _Row, model: str) -> Entry | None:
    return next((_entry(row, line, lender) for line, lender in _taken(row) if line.id == model), None)


def _taken(row: _Row) -> Iterator[tuple["ModelInfo", str | None]]:
    """The lines of the price list that are this row's; those it has from another come with its name."""
    for line, lender in _lines(row.prices_id, lent=bool(row.models)):
        if re.search(row.models, line.id):
            yield line, lender


def _entry(row: _Row, line: "ModelInfo", lender: str | None) -> Entry:
    wire = _wire_model(row, line)
    identity, maker = model_identity(line.id, row.prices_id), maker_of(line.id, row.maker)
    takes, gives = modalities(line.id, _classes(line), chats(line.id))
    responses = row.responses is not None and re.search(row.responses, line.id) is not None
    named = can_be_asked(wire, responses) and line.is_match(wire)  # some ids only head a family
    asked = row.configured and named and {"input_mtok", "output_mtok"} <= set(_classes(line))
    offer = Offer(
        provider=row.provider,
        model=line.id,
        wire_model=wire,
        maker=maker_of(identity) if maker == UNKNOWN and identity else maker,
        name=line.name or _name(line.id, identity),
        context_window=line.context_window,
    )
    entry = Entry(
        offer,
        row.platform,
        configured=row.configured,
        asked=asked,
        identity=identity,
        takes=takes,
        gives=gives,
        lender=lender,
        listing=(listed_model(row.prices_id, wire) if asked else None) or line,
    )
    return _with_words(entry)


def _name(model: str, identity: str | None) -> str:
    """What other lines of the price list call these weights; the id itself where none has a name."""
    known = _names().get(identity or "")
    profile = re.match("(global|regional)[.]", model)  # Bedrock's, which have prices of their own
    return model if known is None else f"{known} ({profile[1]})" if profile else known


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    named: dict[str, str] = {}
    for platform in price_list().providers:
        for line in platform.models:
            identity = model_identity(line.id, platform.id) if line.name and "(" not in line.name else None
            if identity:
                named.setdefault(identity, line.name or "")
    return named


def _wire_model(row: _Row, line: "ModelInfo") -> str:
    """What the platform calls a model of the price list, where that can be told."""
    name = re.sub(r"^regional\.", f"{row.geography}.", line.id) if row.geography else line.id
    if line.is_match(name):
        return name
    clauses: list[Any] = getattr(line.match, "or_", [line.match])
    names: list[str] = [getattr(clause, "equals", "") for clause in clauses]
    return next((full for full in names if full.endswith(f"/{name}")), name)  # accounts/fireworks/models/…


def _lines(prices_id: str, lent: bool) -> Iterator[tuple["ModelInfo", str | None]]:
    """A platform's lines of the price list; then those `lent` by platforms that it falls back to."""
    platforms: dict[str, Platform] = {platform.id: platform for platform in price_list().providers}
    platform = platforms.get(prices_id)
    if platform is None:
        return
    yield from ((line, None) for line in platform.models)
    for lender in (platforms[name] for name in platform.fallback_model_providers or () if lent):
        for line in lender.models:
            if platform.find_model(line.id) is None:
                yield line, lender.name


def _geography(region: str) -> str | None:
    """How Bedrock calls the group of regions: the price list says `regional` for all of them."""
    names = (("us-gov-", "us-gov"), ("us-", "us"), ("eu-", "eu"), ("ap-", "apac"))
    return next((name for start, name in names if region.startswith(start)), None)


def _classes(line: "ModelInfo | None") -> tuple[str, ...]:
    """What a line of the price list has prices for, in its latest version."""
    if line is None:
        return ()
    prices = line.prices[-1].prices if isinstance(line.prices, list) else line.prices
    return tuple(name for name, price in vars(prices).items() if price is not None)


def _with_words(entry: Entry) -> Entry:
    offer = entry.offer
    told = f"{offer.id} {offer.name} {offer.maker} {entry.platform} {entry.identity or ''}"
    return replace(entry, words=searchable(told))
