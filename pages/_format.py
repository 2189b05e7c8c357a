"""Numbers and names as people read them, the same everywhere. Unknown is said, never shown as 0."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Context, Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UNKNOWN = "unknown"
_TWO_DIGITS = Context(prec=2)


def ms(value: float | None) -> str:
    """A duration: `85 ms`, `1.24 s`, `12.4 s`, `2 min 5 s`."""
    if value is None:
        return UNKNOWN
    if 0 < value < 1:
        return "<1 ms"
    if value < 999.5:
        return f"{round(value)} ms"
    if value < 59_950:
        return f"{value / 1000:.2f} s" if value < 9_995 else f"{value / 1000:.1f} s"
    minutes, seconds = divmod(round(value / 1000), 60)
    return f"{minutes} min {seconds} s"


def usd(value: Decimal | None) -> str:
    """Money: two decimals from ten cents up, else two significant digits; `$0` only for exactly nothing."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "$0"
    sign, amount = "-" if value < 0 else "", abs(value)
    small = _TWO_DIGITS.plus(amount)
    digits = max(2, 1 - small.adjusted())
    return f"{sign}${small if digits > 2 else amount:,.{digits}f}"


def count(value: int | None) -> str:
    """A whole number with thousands separators."""
    return UNKNOWN if value is None else f"{value:,}"


def rate(value: float | None) -> str:
    """Tokens a second."""
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}"


def when(value: datetime, zone: str | None = None) -> str:
    """An instant: `14:05` today, else `18 Nov 2026, 14:05`; in UTC, and said so, without a time zone."""
    here = zone_of(zone)
    value = value.astimezone(here)
    day = "" if value.date() == datetime.now(here).date() else f"{value.day} {value:%b %Y}, "
    return f"{day}{value:%H:%M}{' UTC' if here is UTC else ''}"


def zone_of(name: str | None) -> tzinfo:
    """The time zone of this name; UTC when it has none or is not known."""
    try:
        return ZoneInfo(name) if name and name != "UTC" else UTC
    except (ValueError, ZoneInfoNotFoundError):
        return UTC


def no_formula(markdown: str) -> str:
    """Markdown in which every `$` is a dollar sign: a pair of bare ones would be a formula."""
    return re.sub(r"(?<!\\)\$", r"\\$", markdown)


def plural(n: int, noun: str) -> str:
    """`1 model`, `3 models`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def short(text: str, length: int) -> str:
    """The text on one line, at most `length` long; cut with an ellipsis, at a word if there is one near."""
    flat = " ".join(text.split())
    if len(flat) <= length:
        return flat
    space = flat.rfind(" ", length // 2, length)
    return flat[: space if space > 0 else length - 1] + "…"
