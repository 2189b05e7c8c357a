"""Figures of a run in words: shares, waiting times and money, each with its interval where there is one."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from broker.results.leaderboard import Standing
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
_NO_BREAK = "\u00a0"  # an interval stays on one line, which may be below its figure
_FINE = 200  # from so many samples on a tenth of a percent means something


def percent(found: Estimate) -> str:
    """`61 % (52 to 69)`."""
    digits = 1 if found.n >= _FINE else 0
    return _with_interval(found, lambda share: f"{share * 100:.{digits}f}", f"{_NO_BREAK}%")


def money(found: Estimate) -> str:
    """`$1.20 ($1.10 to $1.31)`; `(at least $1.10)` where only one limit can be given."""
    return _with_interval(found, lambda amount: fmt.usd(Decimal(str(round(amount, 10)))))


def wait(found: Estimate | None, usual: int) -> str:
    """`420 ms (400 ms to 450 ms)`, with its n where that is not the usual one."""
    return _of(found, usual, fmt.ms)


def rate(found: Estimate | None, usual: int) -> str:
    """`52 (48 to 55)` tokens a second, with its n where that is not the usual one."""
    return _of(found, usual, fmt.rate)


def _of(found: Estimate | None, usual: int, show: Callable[[float], str]) -> str:
    if found is None or (found.value is None and found.low is None):
        return fmt.UNKNOWN
    n = "" if found.n == usual else f", n{_NO_BREAK}={_NO_BREAK}{found.n:,}"
    return _with_interval(found, show) + n


def outcomes(standing: Standing) -> str:
    """`46 answered, 2 cut short, 1 not judged`; the last is among those that were answered."""
    known = [(name, standing.outcomes.get(key, 0)) for key, name in OUTCOMES.items()]
    known.append(("not judged", standing.unjudged))
    return ", ".join(f"{count:,} {name}" for name, count in known if count) or "nothing yet"


def kappa(found: Estimate) -> str:
    """Cohen's kappa with its interval, in a sentence."""
    if found.value is None:
        return "Beyond chance nothing can be said: all verdicts are the same."
    return f"Beyond chance (Cohen's kappa): {_with_interval(found, lambda value: f'{value:.2f}')}."


def _with_interval(found: Estimate, show: Callable[[float], str], unit: str = "") -> str:
    if found.value is None:  # calls that timed out may have taken any time
        return fmt.UNKNOWN if found.low is None else f"more than {show(found.low)}".replace(" ", _NO_BREAK)
    low, high = (None if end is None else show(end) for end in (found.low, found.high))
    match low, high:
        case None, None:
            limits = ""
        case None, _:
            limits = f"(at most {high})"
        case _, None:
            limits = f"(at least {low})"
        case _:
            limits = f"({low} to {high})"
    return f"{show(found.value)}{unit} {limits.replace(' ', _NO_BREAK)}".rstrip()
