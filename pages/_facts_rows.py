"""Assurance facts as the page shows them: a line an attribute and scope, its meaning, what it lacks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from broker.assurance import Fact, Known, expired
from broker.assurance.attributes import ATTRIBUTES, Attribute
from broker.assurance.platforms import PLATFORM, PLATFORMS, platform_of
from broker.assurance.standing import Standing, standing
from broker.assurance.values import UNCLEAR, in_words, reading
from broker.catalog import catalogue
from broker.config import Config
from pages import _format as fmt

State = Literal["satisfied", "conditional", "not satisfied", "told", "amber", "no evidence", "unknown"]
Lack = Literal["Unknown", "Expired", "Low confidence", "Sources disagree"]
LACKS: tuple[Lack, ...] = ("Unknown", "Expired", "Low confidence", "Sources disagree")
EVERYTHING, ATTENTION = "Everything", "Needs attention"
GROUPS = tuple(dict.fromkeys(attribute.group.capitalize() for attribute in ATTRIBUTES))
# What a badge says, its colour and icon, and the same in a sentence.
STATES: Mapping[State, tuple[str, str, str]] = {
    "satisfied": ("Satisfied", "green", "check"),
    "conditional": ("Under a condition", "blue", "rule"),
    "not satisfied": ("Not satisfied", "red", "close"),
    "told": ("Told", "gray", "notes"),
    "amber": ("Amber", "orange", "warning"),
    "no evidence": ("No evidence", "gray", "search_off"),
    "unknown": ("Unknown", "gray", "question_mark"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """What is told of one attribute of one platform, of all of it or of a `scope`, and what it means."""

    platform: str
    attribute: Attribute
    scope: str | None
    standing: Standing
    facts: tuple[Fact, ...]
    at: date

    @property
    def state(self) -> State:
        """The verdict, told apart further: a yes that hangs on something, and what no must-have asks."""
        found, fact = self.standing.verdict, self.standing.fact
        if fact is None:
            return found
        read = reading(fact.value)
        if found == "not satisfied" and read and read.answer == self.attribute.wanted:
            return "conditional"
        if found == "unknown" and self.attribute.kind != "yes/no" and fact.value != UNCLEAR:
            return "amber" if self._values_differ else "told"
        return found

    @property
    def reason(self) -> str:
        """Why, where the value and the badge do not say it all; else empty."""
        if self.state == "amber" and self.standing.verdict != "amber":
            values = dict.fromkeys(f"“{in_words(fact)}”" for fact in self.current)
            return f"Sources disagree: {fmt.listed(list(values))}."
        overruled = "shipped source" in self.standing.reason
        return self.standing.reason if self.state in ("amber", "unknown") or overruled else ""

    @property
    def lacks(self) -> frozenset[Lack]:
        """What somebody should look into."""
        fact = self.standing.fact
        found = {
            "Unknown": self.state in ("unknown", "no evidence"),
            "Expired": fact is not None and expired(fact, self.at),
            "Low confidence": fact is not None and fact.confidence == "low",
            "Sources disagree": "Sources disagree" in self.reason or "sources disagree" in self.reason,
        }
        return frozenset(lack for lack in LACKS if found[lack])

    @property
    def current(self) -> list[Fact]:
        """The facts that count: staff's last word, else the shipped ones that have not expired."""
        if not self.facts or self.facts[0].origin == "staff":
            return list(self.facts[:1])
        return [fact for fact in self.facts if not expired(fact, self.at)] or list(self.facts)

    @property
    def _values_differ(self) -> bool:
        return len({(fact.value, fact.unit) for fact in self.current}) > 1


def lines(known: Known, platform: str, attribute: Attribute, at: date) -> list[Line]:
    """The line of the whole platform, then one a scope; only these where nothing else is told."""
    told = known.get((platform, attribute.id), ())
    scoped = sorted({fact.scope for fact in told if fact.scope})
    whole = not scoped or any(not fact.scope for fact in told)
    scopes: list[str | None] = [*([None] if whole else []), *scoped]
    return [_line(told, platform, attribute, scope, at) for scope in scopes]


def _line(told: Sequence[Fact], platform: str, attribute: Attribute, scope: str | None, at: date) -> Line:
    facts = tuple(fact for fact in told if (fact.scope or None) == scope)
    return Line(platform, attribute, scope, standing(facts, at), facts, at)


def wanted(found: Iterable[Line], show: str) -> list[Line]:
    """The lines that a choice of `Show` leaves: everything, what needs attention, or one lack."""
    return [
        line
        for line in found
        if show == EVERYTHING or (bool(line.lacks) if show == ATTENTION else show in line.lacks)
    ]


def platforms(known: Known, config: Config) -> dict[str, str]:
    """Every platform that facts can be told of, its name by its id: the shipped ones, then one's own."""
    names = {platform.id: platform.name for platform in PLATFORMS}
    others = {
        platform_of(row.id): row.name
        for row in config.providers.values()
        if platform_of(row.id) not in PLATFORM
    }
    names |= dict(sorted(others.items(), key=lambda pair: pair[1].casefold()))
    return names | {platform: platform for platform, _ in known if platform not in names}


def conclusion(subject: str, found: Sequence[Line], noun: str) -> str:
    """How the first lines of so many attributes or platforms fare, as one sentence."""
    n = {state: sum(line.state == state for line in found) for state in STATES}
    said = {
        "conditional": "under a condition",
        "not satisfied": "not satisfied",
        "told": "told in numbers or words",
        "amber": "amber",
        "no evidence": "without public evidence",
        "unknown": "unknown",
    }
    rest = [f"{n[state]} {words}" for state, words in said.items() if n[state]]
    start = f"**{subject}: {n['satisfied']} of {fmt.plural(len(found), noun)} satisfied**"
    return f"{start}; {fmt.listed(rest)}." if rest else f"{start}."


def makers(config: Config, platform: str) -> list[str]:
    """Whose models a platform sells, by the catalogue."""
    sold = (entry.offer for entry in catalogue(config).entries)
    return sorted(
        {offer.maker for offer in sold if platform_of(offer.provider) == platform}, key=str.casefold
    )
