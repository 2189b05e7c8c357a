"""What a workload costs in a year, not what a token costs: profiles, contract terms, bills, break-even.

Pure functions over a catalogue entry; only `store` and `measured` read the database. Money is `Decimal` US
dollars and never rounded here, shares go from 0 to 1, percentages from 0 to 100, days are UTC.
`docs/costs.md` has the rules in words and one invoice worked out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

ZERO, ONE = Decimal(0), Decimal(1)
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one request, on average. `input` includes what is read from and written to the cache."""

    input: Decimal
    output: Decimal


@dataclass(frozen=True, slots=True)
class Workload:
    """A year of work: `requests` in the month that begins on `start`, `growth` more each month after.

    Either `tokens` are the same for every offer, or each has those measured in the run `run_id`. Of the
    input, `cache_read` is the share found in the cache and `cache_write` the share put there; `batch` is the
    share of requests that may wait for hours. `growth` 0.05 is 5 % more than the month before.
    """

    name: str
    requests: Decimal
    start: date
    tokens: Tokens | None = None
    run_id: str | None = None
    cache_read: Decimal = ZERO
    cache_write: Decimal = ZERO
    batch: Decimal = ZERO
    growth: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Charges:
    """US dollars by class of token; `batch` is everything of the requests that go in batches.

    `shortfall` is what a commitment costs beyond what was used of it.
    """

    fresh_input: Decimal = ZERO
    cache_read: Decimal = ZERO
    cache_write: Decimal = ZERO
    output: Decimal = ZERO
    batch: Decimal = ZERO
    shortfall: Decimal = ZERO

    @property
    def usage(self) -> Decimal:
        """What the tokens cost."""
        return self.fresh_input + self.cache_read + self.cache_write + self.output + self.batch

    @property
    def total(self) -> Decimal:
        """What is to be paid."""
        return self.usage + self.shortfall

    def times(self, factor: Decimal) -> "Charges":
        """Every class times a factor."""
        return Charges(*(getattr(self, field.name) * factor for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why a cost cannot be told, in sentences without a subject: "no price for output tokens is known"."""

    reasons: tuple[str, ...]


def total_of(charges: Iterable[Charges]) -> Charges:
    """The sum, class by class."""
    found = list(charges)
    return Charges(*(sum((getattr(one, field.name) for one in found), ZERO) for field in fields(Charges)))
