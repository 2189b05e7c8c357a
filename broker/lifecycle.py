"""When a platform stops offering a model: the dates it published, and how sure they are.

The dates come with the product (`data/assurance`, whose README says how they were collected). They belong to
a platform: the same weights end on another day behind another door.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

from broker.assurance import COLLECTED_ON
from broker.assurance.platforms import platform_of
from broker.assurance.shipped import rows
from broker.model_identity import model_identity
from broker.types import Offer

Certainty = Literal["vendor", "third party", "price list", "unknown"]
Matched = Literal["id", "identity"]
Event = Literal["deprecated", "retires", "not_before"]

_EVENTS: dict[str, Event] = {
    "deprecated": "deprecated",
    "retired": "retires",
    "retirement_scheduled": "retires",
}
# What genai-prices calls a platform where facts call it something else.
_PRICES_ID = {"gemini_api": "google", "vertex": "google", "bedrock": "aws", "xai": "x-ai"}
_PLACE = re.compile("-(us|eu)$")
_THIRD_PARTY = "/BerriAI/litellm/"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What is known of an offer's end. A date is `None` where none was found: there may be one nevertheless.

    `retires` was published as the last day, before or after today; `not_before` only says that the end comes
    no sooner, and announces nothing. `flagged`: the price list says that the platform is ending it, without
    a day. `source` and `certainty` are those of the most telling of these. `matched` says by what the dates
    were found: the platform's id, or the weights that another id of the same platform stands for.

    `listed` is whether the platform's own list, read on `listed_on`, had it for this account: evidence beside
    the dates, and never a date itself. `successor` is the model id that this list names in its place.
    """

    deprecated: date | None = None
    retires: date | None = None
    not_before: date | None = None
    flagged: bool = False
    source: str | None = None
    as_of: date | None = None
    certainty: Certainty = "unknown"
    matched: Matched | None = None
    listed: bool | None = None
    listed_on: date | None = None
    successor: str | None = None

    def days_left(self, at: date) -> int | None:
        """Days until the published end, negative after it; `None` where no end is published."""
        return None if self.retires is None else (self.retires - at).days

    def lasts_until(self, day: date) -> bool | None:
        """Whether it is still there on that day; `None` where nothing published says so."""
        if self.retires is not None:
            return self.retires > day
        if self.not_before is not None and self.not_before > day and not self.ending:
            return True
        return None

    @property
    def ending(self) -> bool:
        """Whether its end is announced in any way."""
        return self.flagged or self.deprecated is not None or self.retires is not None


class Published(NamedTuple):
    """One published date of a model id."""

    platform: str
    model: str
    event: Event
    on: date
    source: str


Dates = Mapping[tuple[str, Matched, str], tuple[Published, ...]]


def lifecycle_of(offer: Offer, flagged: bool = False, dates: Dates | None = None) -> Lifecycle:
    """What is known of the offer's end; `flagged` is `deprecated` of its entry in the catalogue.

    Ids are compared as written but for small and capital letters, then by the weights that both name. Where
    those have several dates for one event, none is taken. `dates` are the shipped ones.
    """
    dates = _shipped() if dates is None else dates
    platform = platform_of(offer.provider)
    for matched, key in _keys(platform, offer.known_name):
        found = _agreed(dates.get((platform, matched, key), ()))
        if found:
            return _lifecycle(found, matched, flagged)
    return Lifecycle(flagged=flagged, certainty="price list" if flagged else "unknown")


def dated(rows: Iterable[Published]) -> Dates:
    """Published dates by platform and by each key that an offer can be found by."""
    found: dict[tuple[str, Matched, str], list[Published]] = {}
    for row in rows:
        for matched, key in _keys(row.platform, row.model):
            found.setdefault((row.platform, matched, key), []).append(row)
    return {key: tuple(told) for key, told in found.items()}


@lru_cache(maxsize=1)
def _shipped() -> Dates:
    return dated(published())


@lru_cache(maxsize=1)
def published() -> tuple[Published, ...]:
    """Every shipped date."""
    ends = [
        Published(
            row["platform_id"],
            row["model_id"],
            _EVENTS[row["event"]],
            date.fromisoformat(row["date"]),
            row["source_url"],
        )
        for row in rows("lifecycle.csv")
    ]
    earliest = [
        Published(
            row["platform_id"],
            row["model_id"],
            "not_before",
            date.fromisoformat(row["not_before"]),
            row["source_url"],
        )
        for row in rows("lifecycle_not_before.csv")
    ]
    return (*ends, *earliest)


def is_third_party(source: str) -> bool:
    """Whether a source is not the platform's own: whoever keeps it does not say which dates are announced."""
    return _THIRD_PARTY in source


def _spelling(name: str) -> str:
    """An id without capitals; a version that stands after a space is joined by a hyphen."""
    return "-".join(name.lower().split())


def _keys(platform: str, model: str) -> tuple[tuple[Matched, str], ...]:
    """What a model id is found by: its spelling, and the weights that it names where that can be said."""
    spelling = _spelling(model)
    identity = model_identity(spelling, _PRICES_ID.get(platform, platform))
    if identity is None:
        return (("id", spelling),)
    place = _PLACE.search(spelling)  # the same weights served from one place only, which may end first
    return ("id", spelling), ("identity", f"{identity}{place[0]}" if place else identity)


def _agreed(found: Iterable[Published]) -> dict[Event, Published]:
    """One row an event; nothing where rows contradict each other."""
    by_event: dict[Event, Published] = {}
    for row in found:
        if by_event.setdefault(row.event, row).on != row.on:
            return {}
    return by_event


def _lifecycle(found: dict[Event, Published], matched: Matched, flagged: bool) -> Lifecycle:
    order: tuple[Event, ...] = ("retires", "deprecated", "not_before")
    telling = next(found[event] for event in order if event in found)
    days = {event: row.on for event, row in found.items()}
    return Lifecycle(
        deprecated=days.get("deprecated"),
        retires=days.get("retires"),
        not_before=days.get("not_before"),
        flagged=flagged,
        source=telling.source,
        as_of=COLLECTED_ON,
        certainty="third party" if is_third_party(telling.source) else "vendor",
        matched=matched,
    )
