"""What may be told of an offer: one `Column` each, from which every format is made.

A column's header carries its unit. Beside it stand its parts, `_low`, `_high` and the like: those that it
declares have columns of their own in the wide form; the long form always has what an offer's `Told` holds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from broker.comparison import Evidence, Ranked, Shortlist
from broker.stats import Estimate

Value = str | bool | int | float | Decimal | date | datetime | None
Kind = Literal["text", "day", "count", "number", "share", "usd", "ms", "tokens/s", "days", "Elo"]

LIMITS = ("low", "high", "n")
ORIGIN = ("source", "as_of")
_DAYS = frozenset({"as_of", "checked_on", "expires"})


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one offer in one column; `more` has further parts by name, texts and days."""

    value: Value
    low: Value = None
    high: Value = None
    n: int | None = None
    source: str | None = None
    as_of: date | datetime | None = None
    more: Mapping[str, str | date | None] = field(default_factory=dict[str, "str | date | None"])

    def part(self, name: str) -> Value:
        """One of its parts."""
        return self.more[name] if name in self.more else getattr(self, name, None)


NOTHING = Told(None)


@dataclass(frozen=True, slots=True)
class Line:
    """An offer in its shortlist. `rank` counts those that pass with a score from 1; others have none."""

    shortlist: Shortlist
    ranked: Ranked
    rank: int | None
    snapshot: str

    @property
    def evidence(self) -> Evidence:
        """What is known of it."""
        return self.ranked.evidence


@dataclass(frozen=True, slots=True)
class Column:
    """One fact: its header with the unit, its kind, what it means, how it is read, and its parts."""

    header: str
    kind: Kind
    about: str
    read: Callable[[Line], Told | Value]
    parts: tuple[str, ...] = ()
    joint: str = "_"

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the wide form with the part that each holds."""
        return {self.header: "value"} | {self.header_of(part): part for part in self.parts}

    def header_of(self, part: str) -> str:
        """The header of a part."""
        return f"{self.header}{self.joint}{part}"

    def kind_of(self, part: str) -> Kind:
        """What kind of value a part is."""
        if part in ("value", "low", "high"):
            return self.kind
        return "count" if part == "n" else "day" if part in _DAYS else "text"

    def told(self, line: Line) -> Told:
        """What is known of an offer; `NOTHING` where nothing is."""
        found = self.read(line)
        return found if isinstance(found, Told) else Told(found)


def estimated(
    found: Estimate | None, source: str | None = None, as_of: date | datetime | None = None
) -> Told:
    """A measured number with its interval."""
    if found is None:
        return NOTHING
    return Told(found.value, found.low, found.high, found.n, source, as_of)
