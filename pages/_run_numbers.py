"""Figures of a run in words: shares, waiting times and money, each with its interval where there is one."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from broker.results.leaderboard import Standing, Waits
from broker.stats import Estimate
from pages import _format as fmt

OUTCOMES: Mapping[str, str] = {
    "answered": "answered",
    "refused": "refused",
    "filtered": "filtered",
    "truncated": "cut short",
    "error": "failed",
    "timeout": "timed out",
    "stopped": "stopped",
}
_NO_BREAK = "\u00a0"  # an interval stays on one line
_FINE = 200  # from so many samples on a tenth of a percent means something


def percent(found: Estimate) -> str:
    """`61 % (52 to 69)`."""
    digits = 1 if found.n >= _FINE else 0
    return _with_interval(found, lambda share: f"{share * 100:.{digits}f}", f"{_NO_BREAK}%")


def money(found: Estimate) -> str:
    """`$1.20 ($1.10 to $1.31)`."""
    return _with_interval(found, lambda amount: fmt.usd(Decimal(str(round(amount, 10)))))


def waits(found: Waits | None) -> str:
    """`420 ms, 95 % below 1.24 s`: the median, and what only one call in twenty takes longer than."""
    if found is None or found.p50.value is None:
        return fmt.UNKNOWN
    return f"{fmt.ms(found.p50.value)} / {fmt.ms(found.p95.value)}"


def outcomes(standing: Standing) -> str:
    """`46 answered, 2 cut short`."""
    known = [(name, standing.outcomes.get(key, 0)) for key, name in OUTCOMES.items()]
    return ", ".join(f"{count:,} {name}" for name, count in known if count) or "nothing yet"


def kappa(found: Estimate) -> str:
    """Cohen's kappa with its interval, in a sentence."""
    if found.value is None:
        return "Beyond chance nothing can be said: all verdicts are the same."
    return f"Beyond chance (Cohen's kappa): {_with_interval(found, lambda value: f'{value:.2f}')}."


def _with_interval(found: Estimate, show: Callable[[float], str], unit: str = "") -> str:
    if found.value is None:
        return fmt.UNKNOWN
    value = f"{show(found.value)}{unit}"
    if found.low is None or found.high is None:
        return value
    return f"{value} ({show(found.low)}{_NO_BREAK}to{_NO_BREAK}{show(found.high)})"
