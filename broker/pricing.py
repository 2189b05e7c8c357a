"""What a call costs: the price in force at the call, per billed class.

Prices come from an offer's own price (broker.toml), else from genai-prices, which carries dated prices,
tiers and cache classes. A tier applies to all tokens of a call once its input passes the threshold.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from broker.types import Cost, Offer, Provider, TokenPrice, Usage

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo

MILLION = Decimal(1_000_000)
ZERO = Decimal(0)
NO_FEE = TokenPrice(ZERO, ZERO, ZERO, ZERO, "no fee per token: own hardware")


def price_at(provider: Provider, offer: Offer, input_tokens: int, at: datetime) -> TokenPrice | None:
    """The price of an offer at an instant for a call with that many input tokens; `None` if unknown."""
    if offer.price is not None:
        return offer.price
    if provider.free:
        return NO_FEE
    return _priced(line_of(provider, offer), input_tokens, at)


def listed_price(prices_id: str, model: str, input_tokens: int, at: datetime) -> TokenPrice | None:
    """The price that genai-prices lists for a model of a platform, tier resolved; `None` if not listed.

    A model with a fee for something that `Usage` does not count has no price here: the sum would be too low.
    """
    return _priced(listed_model(prices_id, model), input_tokens, at)


def token_price(
    info: "ModelInfo", input_tokens: int, at: datetime, context: Mapping[str, str] | None = None
) -> TokenPrice | None:
    """What a line of the price list says of tokens, whatever else it charges for; `None` if nothing.

    `context` asks for a variant, as in `{"processing": "batch"}`.
    """
    listed = vars(info.get_prices(at, context))
    classes = [_tier(listed.get(name), input_tokens) for name in CLASSES]
    return None if classes[0] is None and classes[1] is None else TokenPrice(*classes, source=source())


def line_of(provider: Provider, offer: Offer) -> "ModelInfo | None":
    """The line of the price list for an offer; `None` if there is none.

    A name of the account's own, a deployment's say, tells nothing: it may be that of another model.
    """
    if provider.prices_id is None:
        return None
    return listed_model(provider.prices_id, offer.known_name) or listed_model(provider.prices_id, offer.model)


@lru_cache(maxsize=4096)
def listed_model(prices_id: str, model: str) -> "ModelInfo | None":
    """The line of the price list for a model of a platform; `None` if there is none."""
    try:
        _, info = price_list().find_provider_model(model, None, prices_id, None)
    except LookupError:
        return None
    return info


def cost_of(usage: Usage, price: TokenPrice | None) -> Cost | None:
    """The cost of a call's tokens; `None` where a count or the price of a class in use is unknown.

    A cache class without a price of its own is billed as fresh input, as genai-prices does.
    """
    fresh, output = usage.fresh_input_tokens, usage.output_tokens
    if price is None or fresh is None or output is None:
        return None
    read, write = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
    parts = (
        _amount(fresh, price.input_mtok),
        _amount(read, price.cache_read_mtok if price.cache_read_mtok is not None else price.input_mtok),
        _amount(write, price.cache_write_mtok if price.cache_write_mtok is not None else price.input_mtok),
        _amount(output, price.output_mtok),
    )
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    return Cost(*known, price=price)


@lru_cache(maxsize=1)
def price_list() -> "DataSnapshot":
    """The shipped price list. Reading it takes some 300 ms the first time: keep that off an event loop."""
    from genai_prices.data_snapshot import get_snapshot

    return get_snapshot()


def is_loaded() -> bool:
    """Whether `price_list`, and so a price, comes at once."""
    return price_list.cache_info().currsize > 0


def platforms() -> tuple[str, ...]:
    """The ids under which the price list has platforms, sorted."""
    return tuple(sorted(row.id for row in price_list().providers))


@lru_cache(maxsize=1)
def source() -> str:
    """What the price list is called, with its version: `genai-prices 0.2.3`."""
    from importlib.metadata import version

    return f"genai-prices {version('genai-prices')}"


# What the price list may charge for beside the classes of `Usage`, and what that is in words.
OTHER_FEES = {
    "requests_kcount": "requests",
    "output_reasoning_mtok": "reasoning",
    "output_citation_mtok": "citations",
}
CLASSES = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok")


def _priced(info: "ModelInfo | None", input_tokens: int, at: datetime) -> TokenPrice | None:
    if info is None or any(vars(info.get_prices(at)).get(name) is not None for name in OTHER_FEES):
        return None
    return token_price(info, input_tokens, at)


def _amount(tokens: int, price_mtok: Decimal | None) -> Decimal | None:
    if tokens == 0:
        return ZERO
    return None if price_mtok is None else price_mtok * tokens / MILLION


def _tier(price: object, input_tokens: int) -> Decimal | None:
    """The price per million tokens that applies at this input size."""
    if price is None or isinstance(price, Decimal):
        return price
    from genai_prices.types import TieredPrices

    assert isinstance(price, TieredPrices)
    passed = [tier.price for tier in price.tiers if input_tokens > tier.start]
    return passed[-1] if passed else price.base
