"""One thing that is otherwise than when a comparison was saved, and figures of a snapshot in words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

Kind = Literal[
    "winner", "offer", "gate", "fact", "price", "cost", "quality", "speed", "lifecycle", "switching",
    "rating", "rank", "score", "other",
]  # fmt: skip
Figures = Mapping[str, Any]
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed; `offer` is the id of the one it is about, `None` where it is not about one.

    Of a fact it is an offer of the platform that the fact is about.
    """

    kind: Kind
    sentence: str
    offer: str | None = None


def shared(before: Figures, after: Figures) -> Iterator[tuple[str, Any, Any]]:
    """What both tell of, in the order of the later one."""
    return ((name, before[name], after[name]) for name in after if name in before)


def price(amount: str | None) -> str:
    """As a price list has it: `$3`, `$2.50`, `$0.075`."""
    if amount is None:
        return UNKNOWN
    whole, _, cents = amount.partition(".")
    return f"${whole}.{cents:0<2}" if cents else f"${whole}"


def dollars(amount: str | None) -> str:
    """`$1,234.50`."""
    return UNKNOWN if amount is None else f"${Decimal(amount):,.2f}"


def number(told: Any) -> str:
    """A count or a text."""
    return UNKNOWN if told is None else f"{told:,}" if isinstance(told, int) else str(told)


def scale(told: float | None) -> str:
    """`0.71`."""
    return UNKNOWN if told is None else f"{told:.2f}"


def share(told: Figures | None) -> str:
    """`88.5 % (85.5 to 91.0, n = 500)`."""
    return _between(told, "{} %", lambda end: f"{100 * end:.1f}")


def usd(told: Figures | None) -> str:
    """`$9.70 (8.73 to 10.67, n = 400)`; below ten cents two significant digits."""
    return _between(told, "${}", lambda end: f"{end:,.2f}" if end >= 0.1 or not end else f"{end:.2g}")


def seconds(told: Figures | None) -> str:
    """Milliseconds as `1.70 s (1.53 to 1.96, n = 500)`."""
    return _between(told, "{} s", lambda end: f"{end / 1000:.2f}")


def elo(told: Figures | None) -> str:
    """`1,540 (1,490 to 1,590, n = 64)`."""
    return _between(told, "{}", lambda end: f"{end:,.0f}")


def _between(told: Figures | None, words: str, say: Callable[[float], str]) -> str:
    """A figure with its limits, as far as they are known, and what it rests on."""
    if told is None or told["value"] is None:
        return UNKNOWN
    ends = [told["low"], told["high"]]
    limits = "" if None in ends else f"{say(ends[0])} to {say(ends[1])}, "
    return f"{words.format(say(told['value']))} ({limits}n = {told['n']:,})"
