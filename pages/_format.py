"""Numbers and names as people read them, the same everywhere. Unknown is said, never shown as 0."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

UNKNOWN = "unknown"


def ms(value: float | None) -> str:
    """A duration: `85 ms`, `1.24 s`, `2 min 5 s`."""
    if value is None:
        return UNKNOWN
    if value < 1000:
        return f"{value:.0f} ms"
    if value < 60_000:
        return f"{value / 1000:.2f} s" if value < 10_000 else f"{value / 1000:.1f} s"
    return f"{int(value // 60_000)} min {int(value % 60_000 // 1000)} s"


def usd(value: Decimal | None) -> str:
    """Money: two decimals from ten cents up, else two significant digits; `$0` only for exactly nothing."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "$0"
    if value >= Decimal("0.1"):
        return f"${value:,.2f}"
    digits = 1 - value.adjusted()
    return f"${value:.{digits}f}"


def count(value: int | None) -> str:
    """A whole number with thousands separators."""
    return UNKNOWN if value is None else f"{value:,}"


def rate(value: float | None) -> str:
    """Tokens a second."""
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def when(value: datetime) -> str:
    """An instant: `14:05` today, else `18 Nov 2026 14:05`, in UTC and said so."""
    value = value.astimezone(UTC)
    form = "%H:%M UTC" if value.date() == datetime.now(UTC).date() else "%-d %b %Y, %H:%M UTC"
    return value.strftime(form)


def plural(n: int, noun: str) -> str:
    """`1 model`, `3 models`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def short(text: str, length: int) -> str:
    """The text on one line, cut at a word with an ellipsis."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[:length].rsplit(" ", 1)[0] + "…"
