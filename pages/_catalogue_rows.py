"""The catalogue as the page sees it now: each entry with its price, whether it can be asked, its doors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from broker.catalog import Catalogue
from broker.catalog_entries import Entry, price_of
from broker.config import Config
from broker.price_sheet import later_prices
from broker.types import TokenPrice
from pages import _format as fmt
from pages import _ui as ui

State = Literal["Ready", "Needs a key", "Compare only", "Not connected"]
STATES: tuple[State, ...] = ("Ready", "Needs a key", "Compare only", "Not connected")

_MODALITIES = ("text", "image", "audio", "video", "document", "embedding")


@dataclass(frozen=True, slots=True)
class Row:
    """An entry now. `platforms` is how many sell the same weights, `None` where that cannot be said."""

    entry: Entry
    price: TokenPrice
    state: State
    platforms: int | None
    later: str

    def amount(self, name: str) -> float | None:
        """One class of the price, for a table."""
        value = getattr(self.price, f"{name}_mtok")
        return None if value is None else float(value)


def rows(config: Config, known: Catalogue, at: datetime) -> list[Row]:
    """Every entry, those that can be asked now first, then those of the most platforms."""
    lacks = ui.missing(config)
    every = [
        Row(
            entry,
            price_of(entry, at) or TokenPrice(),
            state(entry, lacks),
            _platforms(known, entry),
            _later(entry, at),
        )
        for entry in known.entries
    ]
    return sorted(every, key=lambda row: (STATES.index(row.state), -(row.platforms or 0)))


def state(entry: Entry, lacks: Mapping[str, str | None]) -> State:
    """Whether the offer can be asked; `lacks` says what each provider still needs."""
    if not entry.configured:
        return "Not connected"
    if not entry.asked:
        return "Compare only"
    return "Needs a key" if lacks[entry.offer.provider] else "Ready"


def told(modalities: frozenset[str]) -> str:
    """`text, image`; unknown when nothing is known."""
    return ", ".join(name for name in _MODALITIES if name in modalities) or fmt.UNKNOWN


def pair(price: TokenPrice) -> str:
    """`$0.10 in, $0.50 out`."""
    return f"{exact(price.input_mtok)} in, {exact(price.output_mtok)} out"


def exact(amount: Decimal | None) -> str:
    """A price with all its digits and at least two decimals: `$0.0375`, `$15.00`. It is never rounded."""
    if amount is None:
        return fmt.UNKNOWN
    digits = max(2, -int(amount.normalize().as_tuple().exponent))
    return f"{'−' if amount < 0 else ''}${abs(amount):,.{digits}f}"


def _platforms(known: Catalogue, entry: Entry) -> int | None:
    return len({other.platform for other in known.by_identity[entry.identity]}) if entry.identity else None


def _later(entry: Entry, at: datetime) -> str:
    """`from 2027-01-01: $1.50 in, $7.50 out`; empty where no change is announced."""
    dated = later_prices(entry.listing, at) if entry.listing and entry.offer.price is None else ()
    return "; ".join(f"from {day.isoformat()}: {pair(price)}" for day, price in dated)
