"""Offers as a run keeps them: as they were when it was made, with the price then in force."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from broker.pricing import price_at
from broker.types import Offer, Provider, TokenPrice
from db.shapes import params_json, params_of, price_json, price_of

_TEXTS = ("provider", "model", "wire_model", "maker", "name", "note", "known_as")


def offer_json(offer: Offer, provider: Provider, at: datetime) -> dict[str, Any]:
    """The offer with its id, its price at that instant (`price`, `None` if unknown) and how it is reached."""
    price = price_at(provider, offer, 0, at)
    return {
        "id": offer.id,
        **{name: getattr(offer, name) for name in _TEXTS},
        "defaults": params_json(offer.defaults),
        "context_window": offer.context_window,
        "settings": dict(offer.settings),
        "own_price": offer.price and price_json(offer.price),
        "price": price and price_json(price),
        "platform": provider.name,
        "dialect": provider.dialect,
        "base_url": provider.base_url,
    }


def offer_of(stored: Mapping[str, Any]) -> Offer:
    """The offer of a stored object, to be asked again as it was."""
    known: dict[str, Any] = {name: stored[name] for name in (*_TEXTS, "context_window", "settings")}
    own = stored["own_price"]
    return Offer(**known, defaults=params_of(stored["defaults"]), price=price_of(own) if own else None)


def price_then(stored: Mapping[str, Any]) -> TokenPrice | None:
    """The price in force when the run was made."""
    return price_of(stored["price"]) if stored["price"] else None


def priced(price: TokenPrice | None, input_tokens: int, output_tokens: int) -> Decimal | None:
    """US dollars of so many tokens, none of them cached; `None` where a price is unknown."""
    if price is None or price.input_mtok is None or price.output_mtok is None:
        return None
    return (price.input_mtok * input_tokens + price.output_mtok * output_tokens) / 1_000_000
