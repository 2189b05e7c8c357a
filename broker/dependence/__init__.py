"""How much hangs on one maker or one platform: shares of spend, concentration, what is lost if one fails.

Two layers, for they fail apart: the **maker** who trained a model, and the **platform** that sells it. Spend
is what recorded calls cost at the prices of their days, and what people declare to pay elsewhere. Money is in
US dollars; shares go from 0 to 1; what cannot be said is `None`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Layer = Literal["maker", "platform"]
LAYERS: tuple[Layer, ...] = ("maker", "platform")
Band = Literal["low", "moderate", "high"]

# Borrowed from merger control, where they describe markets, not what one customer buys. Above 1,800: US
# Department of Justice and Federal Trade Commission, Merger Guidelines, 18 December 2023, section 2.1. From
# 1,000: how the Department explains the index beside them.
MODERATE, HIGH = 1_000, 1_800
SOURCE = (
    "US Department of Justice and Federal Trade Commission, Merger Guidelines, 18 December 2023, section 2.1"
)
SOURCE_URL = "https://www.justice.gov/atr/herfindahl-hirschman-index"


@dataclass(frozen=True, slots=True)
class Door:
    """Another offer of the same weights. `owner` is the maker whose own the platform is, `None` for others.

    `ready`: it can be asked now.
    """

    offer: str
    platform: str
    owner: str | None = None
    ready: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """What was spent on one offer in a period, or declared (`offer` is `None` then, and so are `calls`).

    `cost` is the sum of known costs; `cost_unknown` of the calls have none, `failed` of these because they
    failed. `doors` lead to the same weights; `None` where it is not known which weights these are.
    """

    maker: str
    platform: str
    cost: Decimal
    offer: str | None = None
    name: str = ""
    calls: int | None = None
    cost_unknown: int = 0
    failed: int = 0
    doors: tuple[Door, ...] | None = None

    def on(self, layer: Layer) -> str:
        """Its maker, or its platform."""
        return self.maker if layer == "maker" else self.platform


@dataclass(frozen=True, slots=True)
class Share:
    """What one maker or platform has of all spend, and of all recorded calls."""

    name: str
    recorded: Decimal
    declared: Decimal
    share: float | None
    calls: int
    share_of_calls: float | None
    cost_unknown: int

    @property
    def spend(self) -> Decimal:
        """Recorded and declared."""
        return self.recorded + self.declared


@dataclass(frozen=True, slots=True)
class Loss:
    """What is gone if a maker or a platform fails.

    `offers` were in use; `movable` of them have another door to the same weights that stays open, `ready` of
    these one that can be asked now. `movable_share` is what the movable ones have of all that is lost in
    spend; what was declared names no model, so that it never counts as movable.
    """

    share: Share
    offers: tuple[Use, ...]
    movable: tuple[Use, ...]
    ready: tuple[Use, ...]
    movable_share: float | None


@dataclass(frozen=True)
class Dependence:
    """Everything about a period: from the first day of `first`'s month to `until`, a day of the last."""

    first: date
    until: date
    uses: tuple[Use, ...]

    def shares(self, layer: Layer) -> list[Share]:
        """Makers or platforms by their spend, the largest first."""
        return shares(self.uses, layer)

    def losses(self, layer: Layer) -> list[Loss]:
        """The same with what is lost if one fails."""
        return [_loss(share, self.uses, layer) for share in self.shares(layer)]

    @property
    def spend(self) -> Decimal:
        """All of it, as far as it is known."""
        return sum((use.cost for use in self.uses), Decimal(0))


def shares(uses: Iterable[Use], layer: Layer) -> list[Share]:
    """Makers or platforms with what each has of all, the largest spend first."""
    uses = list(uses)
    spend = sum((use.cost for use in uses), Decimal(0))
    calls = sum(use.calls or 0 for use in uses)
    grouped: dict[str, list[Use]] = {}
    for use in uses:
        grouped.setdefault(use.on(layer), []).append(use)
    found = [_share(name, group, spend, calls) for name, group in grouped.items()]
    return sorted(found, key=lambda one: (-one.spend, -one.calls, one.name))


def hhi(amounts: Iterable[Decimal]) -> float | None:
    """The Herfindahl-Hirschman index: the sum of squared percentages, 10,000 for one alone.

    `None` where there is nothing to share.
    """
    known = list(amounts)
    total = sum(known, Decimal(0))
    if not total:
        return None
    return float(sum(amount * amount for amount in known) * 10_000 / (total * total))


def band(index: float) -> Band:
    """What an index of a market would be called (`SOURCE`)."""
    return "high" if index > HIGH else "moderate" if index >= MODERATE else "low"


def as_even_as(index: float) -> float:
    """How many equal shares have this index: 10,000 divided by it (Adelman 1969, REStat 51:99)."""
    return 10_000 / index


def _share(name: str, uses: Sequence[Use], spend: Decimal, calls: int) -> Share:
    recorded = sum((use.cost for use in uses if use.offer is not None), Decimal(0))
    declared = sum((use.cost for use in uses if use.offer is None), Decimal(0))
    mine = sum(use.calls or 0 for use in uses)
    return Share(
        name,
        recorded,
        declared,
        float((recorded + declared) / spend) if spend else None,
        mine,
        mine / calls if calls else None,
        sum(use.cost_unknown for use in uses),
    )


def _loss(share: Share, uses: Iterable[Use], layer: Layer) -> Loss:
    gone = [use for use in uses if use.on(layer) == share.name]
    offers = tuple(use for use in gone if use.offer is not None)
    left = {use.offer: open_doors(use, layer) for use in offers}
    movable = tuple(use for use in offers if left[use.offer])
    ready = tuple(use for use in movable if any(door.ready for door in left[use.offer]))
    moved = sum((use.cost for use in movable), Decimal(0))
    return Loss(share, offers, movable, ready, float(moved / share.spend) if share.spend else None)


def open_doors(use: Use, layer: Layer) -> list[Door]:
    """The doors to an offer's weights that stay open when its platform fails, or its maker.

    A maker takes its own platforms along. Whether others may go on with its weights is for contracts to say.
    """
    if layer == "platform":
        return [door for door in use.doors or () if door.platform != use.platform]
    return [door for door in use.doors or () if door.owner != use.maker]
