"""What has changed since somebody last looked: prices, models, their ends, other doors, facts.

A price list brings no history of its own: it comes with a package, and the next version stands in its place.
So what was seen is kept (`seen`), and the catalogue of today is held against it (`changes`). `visits` keeps
one state a person in the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from broker.assurance import Fact, last_day

Kind = Literal[
    "price", "announced", "retires", "retired", "new door", "new", "new platform", "fact", "expired"
]


class Prices(NamedTuple):
    """US dollars per million tokens as text, without trailing zeros; `None` is unknown."""

    input: str | None = None
    output: str | None = None
    cache_read: str | None = None
    cache_write: str | None = None


class Seen(NamedTuple):
    """One offer as it was: its price on that day, its weights, its published end, and announced prices.

    `retires` and the first of each of `later` are days in ISO form; `ending` says that the list marks it so.
    """

    prices: Prices
    identity: str | None = None
    retires: str | None = None
    ending: bool = False
    later: tuple[tuple[str, Prices], ...] = ()


@dataclass(frozen=True)
class State:
    """All offers by id; what is told, in words, by `platform attribute scope`; the day on which it was so."""

    day: date
    offers: Mapping[str, Seen]
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was.

    `about` is an offer's id, of facts and new platforms the platform's. `on` is the day from which it
    counts, where there is one. `in_use`: it concerns an offer that is asked, or its platform.
    """

    kind: Kind
    about: str
    sentence: str
    in_use: bool
    on: date | None = None


def heard(facts: Sequence[Fact]) -> Sequence[Fact]:
    """Of all that is told of one thing, what counts: staff's last word, else everything shipped."""
    return facts[:1] if facts and facts[0].origin == "staff" else facts


def by_scope(facts: Sequence[Fact]) -> dict[str, list[Fact]]:
    """What is told of an attribute, apart for the whole platform (empty) and for each scope."""
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact.scope or "", []).append(fact)
    return found


def ends(facts: Sequence[Fact]) -> date:
    """The last day on which anything told of one thing, in one scope, counts."""
    return max(last_day(fact) for fact in heard(facts))
