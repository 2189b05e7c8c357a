"""Calls that failed this month, where they are many: of which offers of a platform, how often and how."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from broker.catalog_entries import Entry
from broker.config import Config
from broker.errors import BY_KIND
from db import rollups
from db.models import Call
from pages import _format as fmt
from pages._overview_attention import Item

LEAST, LEAST_SHARE, GRAVE = 10, 0.05, 0.5
_LATEST = 1_000  # calls of an offer that are looked through for how they failed
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Failing:
    """An offer of whose calls many failed; `kinds` counts the ways in which the latest of them did."""

    offer: str
    provider: str
    calls: int
    failed: int
    kinds: Counter[str]


def failing(session: Session, today: date) -> list[Failing]:
    """The offers of which ten calls and one in twenty failed in the month of a day, by platform."""
    found = rollups.totals(session, today, today).values()
    many = [one for one in found if one.failed >= LEAST and one.failed >= LEAST_SHARE * one.calls]
    return [
        Failing(one.offer, one.provider, one.calls, one.failed, _kinds(session, one.offer, today))
        for one in sorted(many, key=lambda one: (one.provider, -one.failed, one.offer))
    ]


def of_failures(found: Iterable[Failing], known: Mapping[str, Entry], config: Config) -> Iterator[Item]:
    """One line a platform, with the way to its connection."""
    for provider, group in groupby(found, lambda one: one.provider):
        offers = list(group)
        failed, calls = (sum(getattr(one, name) for one in offers) for name in ("failed", "calls"))
        names = [known[one.offer].offer.name if one.offer in known else one.offer for one in offers]
        more = [f"{len(names) - _NAMED} others"] if len(names) > _NAMED + 1 else names[_NAMED:]
        row = config.providers.get(provider)
        to = f"{fmt.listed([*names[:_NAMED], *more])} on {row.name if row else provider}"
        share = failed / calls
        sentence = (
            f"{failed:,} of {calls:,} calls to {to} failed this month ({100 * share:.0f} %){_mostly(offers)}."
        )
        query = {"provider": provider} if row else dict[str, str]()
        urgency = "now" if share >= GRAVE else "soon"
        yield Item(urgency, "error", sentence, "connections.py", "Check it", query)


def _mostly(offers: Iterable[Failing]) -> str:
    """The most frequent way to fail, as people read it."""
    kinds = sum((one.kinds for one in offers), Counter[str]())
    if not kinds:
        return ""
    [(kind, count)] = kinds.most_common(1)
    title = BY_KIND[kind].title if kind in BY_KIND else kind
    rest = f", {count:,} of the latest {kinds.total():,}" if count < kinds.total() else ""
    return f": “{title}”{rest}"


def _kinds(session: Session, offer: str, today: date) -> Counter[str]:
    """How the failures among an offer's latest calls of the month failed, however many calls there were."""
    since = datetime.combine(today.replace(day=1), time(), UTC)
    latest = select(Call.status, Call.error_kind).where(Call.offer == offer, Call.started_at >= since)
    rows = session.execute(latest.order_by(Call.started_at.desc()).limit(_LATEST))
    return Counter(kind for status, kind in rows if status == "error" and kind)
