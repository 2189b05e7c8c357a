"""Figures as people read them in a report; unknown is said, never shown as 0."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from broker.stats import Estimate

UNKNOWN = "unknown"


def share(value: float | None) -> str:
    """`88.5 %`."""
    return UNKNOWN if value is None else f"{value * 100:.1f} %"


def share_between(found: Estimate | None) -> str:
    """`88.5 % (85.5 to 91.0, n = 500)`."""
    if found is None or found.value is None:
        return UNKNOWN
    return share(found.value) + _limits(found, lambda end: f"{end * 100:.1f}")


def usd(value: Decimal | float | None) -> str:
    """Whole dollars from a thousand up, two decimals from ten cents up, else two significant digits; `$0`."""
    if value is None:
        return UNKNOWN
    number = float(value)
    if not number:
        return "$0"
    if abs(number) >= 1000:
        return f"${number:,.0f}"
    return f"${number:,.2f}" if abs(number) >= 0.1 else f"${Decimal(f'{number:.2g}'):f}"


def usd_between(found: Estimate | None) -> str:
    """`$9.70 (8.73 to 10.67, n = 400)`."""
    if found is None or found.value is None:
        return UNKNOWN
    return usd(found.value) + _limits(found, lambda end: usd(end).removeprefix("$"))


def seconds(value: float | None) -> str:
    """Milliseconds as `1.70 s`."""
    return UNKNOWN if value is None else f"{value / 1000:.2f} s"


def seconds_between(found: Estimate) -> str:
    """Milliseconds as `1.70 s (1.53 to 1.96, n = 500)`; few calls set no upper limit.

    Where too many of them timed out it is more than a limit.
    """
    if found.value is None and found.low is not None:
        return f"more than {seconds(found.low)} (n = {found.n:,})"
    if found.high is None and found.low is not None:
        return f"{seconds(found.value)} ({found.low / 1000:.2f} to no limit, n = {found.n:,})"
    return seconds(found.value) + _limits(found, lambda end: f"{end / 1000:.2f}")


def score(value: float | None, low: float | None, high: float | None) -> str:
    """`0.71 (0.68 to 0.74)`, or without limits."""
    if value is None:
        return UNKNOWN
    return f"{value:.2f}" if low is None or high is None else f"{value:.2f} ({low:.2f} to {high:.2f})"


def day(value: date | None) -> str:
    """`1 Sep 2027`."""
    return UNKNOWN if value is None else f"{value.day} {value:%b %Y}"


def _limits(found: Estimate, say: Callable[[float], str]) -> str:
    ends = "" if found.low is None or found.high is None else f"{say(found.low)} to {say(found.high)}, "
    return f" ({ends}n = {found.n:,})"
