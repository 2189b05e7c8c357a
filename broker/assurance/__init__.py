"""What is known of platforms beside price and quality: attestations, data handling, contract terms.

Here is the noun, Fact. `attributes` says what may be told, `platforms` about whom, `values` how a value
reads, `shipped` what comes with the product, `staff` what people confirmed, `standing` what it means for a
must-have.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

Confidence = Literal["high", "medium", "low"]
Origin = Literal["shipped", "staff"]

COLLECTED_ON = date(2026, 11, 22)
LASTS = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement about a platform, with where it comes from and how far to trust it.

    `scope` is a maker's name or a family of models; `None` is the whole platform. `as_of` is the date that
    the source shows. A person checked it (`checked_by`, `checked_on`), or nobody of this house did. `user`
    entered it at `created_at` in place of the fact `replaces`, whose value `was` another: only staff's.
    """

    id: str
    platform: str
    attribute: str
    value: str
    origin: Origin
    confidence: Confidence
    unit: str | None = None
    scope: str | None = None
    source_url: str | None = None
    source_kind: str | None = None
    as_of: date | None = None
    note: str = ""
    checked_by: str | None = None
    checked_on: date | None = None
    expires: date | None = None
    created_at: datetime | None = None
    user: str | None = None
    replaces: str | None = None
    was: str | None = None

    @property
    def conflicting(self) -> bool:
        """Whether its note says that sources disagree; a person who checks a fact settles that."""
        return self.origin == "shipped" and "CONFLICT" in self.note

    @property
    def behind(self) -> str:
        """What stands behind it: the address of its source, else who checked or entered it."""
        if self.source_url:
            return self.source_url
        if self.checked_by:
            return f"checked by {self.checked_by}"
        return f"entered by {self.user}" if self.user else "no source given"

    @property
    def told_on(self) -> date | None:
        """The date of its source, else when somebody checked or entered it."""
        return self.as_of or self.checked_on or (self.created_at and self.created_at.date())


Known = Mapping[tuple[str, str], tuple[Fact, ...]]


def last_day(fact: Fact) -> date:
    """The last day on which the fact counts.

    Where it names none: 365 days after it was checked or after the date of its source, whichever is later.
    What shows no date counts from the day it was collected.
    """
    if fact.expires is not None:
        return fact.expires
    seen = [day for day in (fact.as_of, fact.checked_on) if day is not None]
    return max(seen, default=COLLECTED_ON) + LASTS


def expired(fact: Fact, at: date) -> bool:
    """Whether the fact's last day has passed."""
    return last_day(fact) < at


def doubts(fact: Fact, at: date) -> tuple[str, ...]:
    """Why the fact does not settle anything on that day, in words; empty for a sound one."""
    found = (
        (expired(fact, at), f"it expired on {last_day(fact)}"),
        (fact.confidence == "low", "confidence in it is low"),
        (fact.conflicting, "sources disagree"),
    )
    return tuple(words for true, words in found if true)


def known(facts: Iterable[Fact]) -> Known:
    """Facts by platform and attribute, in each the newest of staff's first, then the shipped ones."""
    found: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        found.setdefault((fact.platform, fact.attribute), []).append(fact)
    return {question: tuple(newest_first(told)) for question, told in found.items()}


def newest_first(facts: Iterable[Fact]) -> list[Fact]:
    """Staff's facts, the last word first, then the shipped ones in their order: also the history of one."""
    facts = tuple(facts)
    staff = [(fact.created_at, fact.id, fact) for fact in facts if fact.created_at is not None]
    last_word_first = sorted(staff, key=lambda row: row[:2], reverse=True)
    return [*(row[2] for row in last_word_first), *(fact for fact in facts if fact.created_at is None)]
