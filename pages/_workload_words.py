"""A workload in words."""

from datetime import date
from decimal import Decimal

from broker.workload import Workload
from pages import _format as fmt


def in_words(workload: Workload) -> str:
    """`10,000 requests a month from December 2026, 1,500 tokens in and 300 out, half …`."""
    parts = [f"{number(workload.requests)} requests a month from {month(workload.start)}", _tokens(workload)]
    parts += [f"{percent(workload.growth)} growth a month"] if workload.growth else []
    parts += [f"{percent(workload.cache_read)} of the input from the cache"] if workload.cache_read else []
    parts += [f"{percent(workload.cache_write)} written to it"] if workload.cache_write else []
    parts += [f"{percent(workload.batch)} in batches"] if workload.batch else []
    return ", ".join(parts)


def month(first: date) -> str:
    """`December 2026`."""
    return f"{first:%B %Y}"


def number(amount: Decimal) -> str:
    """A count with its digits: `1,500`, `1,500.5`."""
    whole = amount == amount.to_integral_value()
    return f"{int(amount):,}" if whole else f"{amount.normalize():,f}"


def percent(share: Decimal) -> str:
    """A share from 0 to 1: `12.5 %`."""
    return f"{(share * 100).normalize():f} %"


def many(amount: Decimal) -> str:
    """A large count in three digits: `1.8 million`, `216 million`, `2.16 billion`."""
    for size, name in ((10**12, "trillion"), (10**9, "billion"), (10**6, "million")):
        if amount >= size:
            return f"{float(amount / size):.3g} {name}"
    return fmt.count(round(amount))


def _tokens(workload: Workload) -> str:
    if workload.tokens is None:
        return "tokens as a run measured them"
    return f"{number(workload.tokens.input)} tokens in and {number(workload.tokens.output)} out"
