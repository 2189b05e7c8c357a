"""What needs attention: ends, facts, runs, keys, contracts and prices of what is in use, the worst first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Literal

import streamlit as st

from broker.assurance import Known
from broker.assurance.platforms import PLATFORM, platform_of
from broker.catalog_entries import Entry
from broker.config import Config, missing_key, to_connect
from broker.lifecycle import Lifecycle
from broker.lifecycle_seen import PlatformList, end_of
from broker.price_sheet import later_prices
from broker.types import Provider
from broker.watch import by_scope, ends
from broker.workload.terms import Term
from db.benchmarks import Run
from pages import _format as fmt
from pages import _ui as ui
from pages._catalogue_rows import pair
from pages._overview_links import link
from pages._term_words import party

Urgency = Literal["now", "soon", "later"]

RETIRES_DAYS, SOON_DAYS, TERM_DAYS = 180, 30, 60
_SHOWN, _NAMED = 6, 3
_ORDER: tuple[Urgency, ...] = ("now", "soon", "later")
_COLOURS: Mapping[Urgency, str] = {"now": "red", "soon": "orange", "later": "blue"}
_RUNS: Mapping[str, tuple[Urgency, str]] = {
    "failed": ("now", "failed"),
    "budget": ("soon", "stopped at its budget"),
    "paused": ("soon", "is paused"),
    "queued": ("later", "waits to be started"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to see to: a sentence, and where to do it."""

    urgency: Urgency
    icon: str
    sentence: str
    page: str
    label: str
    query: dict[str, str] = field(default_factory=dict[str, str])


def of_offers(
    entries: Iterable[Entry], at: datetime, lists: Mapping[str, PlatformList], rows: Mapping[str, Provider]
) -> Iterator[Item]:
    """Ends and price changes of offers in use; `lists` and `rows` are those of `end_of`."""
    for entry in entries:
        yield from _ending(entry, end_of(entry, lists, rows), at.date())
        yield from _repriced(entry, at)


def _ending(entry: Entry, life: Lifecycle, today: date) -> Iterator[Item]:
    left = life.days_left(today)
    if left is not None and left <= RETIRES_DAYS:
        told = "published by the platform" if life.certainty == "vendor" else "from a third party's list"
        urgency: Urgency = "now" if left <= SOON_DAYS else "soon" if left <= TERM_DAYS else "later"
        yield _of_offer(entry, urgency, "event_busy", f"{_end(left, life.retires)} ({told})")
    elif left is None and life.flagged:
        yield _of_offer(entry, "soon", "event_busy", "is marked as ending, without a published day")


def _repriced(entry: Entry, at: datetime) -> Iterator[Item]:
    if entry.listing is None or entry.offer.price is not None:
        return
    for day, price in later_prices(entry.listing, at):
        urgency: Urgency = "soon" if (day - at.date()).days <= SOON_DAYS else "later"
        said = f"will cost {pair(price)} per million tokens from {_day(day)}"
        yield _of_offer(entry, urgency, "price_change", said)


def _of_offer(entry: Entry, urgency: Urgency, icon: str, said: str) -> Item:
    sentence = f"{entry.offer.name} on {entry.platform} {said}."
    return Item(urgency, icon, sentence, "offer.py", "See the offer", {"id": entry.id})


def of_facts(known: Known, providers: Iterable[str], today: date) -> Iterator[Item]:
    """Facts of platforms in use whose last day has passed, one line a platform."""
    used = {platform_of(provider) for provider in providers}
    past = sorted(
        platform
        for (platform, _), facts in known.items()
        if platform in used and any(ends(same) < today for same in by_scope(facts).values())
    )
    for platform, group in groupby(past):
        count = len(list(group))
        name = PLATFORM[platform].name if platform in PLATFORM else platform
        facts = f"{fmt.plural(count, 'fact')} about {name} {'has' if count == 1 else 'have'} expired"
        sentence = f"{facts} and no longer {'settles' if count == 1 else 'settle'} a must-have."
        yield Item("soon", "fact_check", sentence, "facts.py", "Review facts", {"platform": platform})


def of_runs(runs: Iterable[Run]) -> Iterator[Item]:
    """Runs that failed, or that wait for somebody."""
    for run in runs:
        if run.status in _RUNS:
            urgency, what = _RUNS[run.status]
            because = f": {fmt.short(run.problem, 90)}" if run.problem else ""
            sentence = f"The run {run.name} of {ui.when(run.created_at)} {what}{because.rstrip('.')}."
            yield Item(urgency, "balance", sentence, "run.py", "Open the run", {"id": run.id})


def of_keys(config: Config, providers: Iterable[str]) -> Iterator[Item]:
    """Platforms that were asked and cannot be asked now: the one, or how many and which."""
    asked = (config.providers[name] for name in sorted(set(providers)) if name in config.providers)
    lacking = [provider for provider in asked if missing_key(provider)]
    if len(lacking) == 1:
        sentence = f"{lacking[0].name} was asked, but cannot be now: {to_connect(lacking[0])}."
        yield Item("now", "key_off", sentence, "connections.py", "Connect it", {"provider": lacking[0].id})
    elif lacking:
        names = [provider.name for provider in lacking]
        rest = [f"{len(names) - _NAMED} others"] if len(names) > _NAMED + 1 else names[_NAMED:]
        named = fmt.listed([*names[:_NAMED], *rest])
        sentence = (
            f"{len(lacking)} platforms were asked, but cannot be now, for their keys are missing: {named}."
        )
        yield Item("now", "key_off", sentence, "connections.py", "Connect them")


def of_terms(terms: Iterable[Term], config: Config, today: date) -> Iterator[Item]:
    """Contract terms that end soon; nothing of those that have ended."""
    for term in terms:
        left = (term.last - today).days if term.last else None
        if left is not None and 0 <= left <= TERM_DAYS:
            provider = config.providers.get(term.provider)
            scope = party(term.provider, provider.name if provider else term.provider)
            scope = term.offer or (f"{term.maker} on {scope}" if term.maker else scope)
            what = term.kind.replace("_", " ")
            sentence = f"The {what} agreed for {scope} ends {_in(left)}, on {_day(term.last or today)}."
            urgency: Urgency = "soon" if left <= SOON_DAYS else "later"
            yield Item(urgency, "contract", sentence, "terms.py", "See the terms")


def ordered(items: Iterable[Item]) -> list[Item]:
    """The most urgent first."""
    return sorted(items, key=lambda item: _ORDER.index(item.urgency))


def draw(items: Sequence[Item]) -> None:
    """A line each; after the first ones the rest on request."""
    st.header(f"Needs attention{f' ({len(items):,})' if items else ''}", anchor=False)
    if not items:
        st.caption(
            "Nothing: no offer in use ends within 180 days, few calls fail, no key is missing, no run waits, "
            "and neither a fact nor a contract term runs out."
        )
        return
    with st.container(border=True):
        for item in items[:_SHOWN]:
            _line(item)
        if len(items) > _SHOWN:
            with st.expander(f"{len(items) - _SHOWN:,} more"):
                for item in items[_SHOWN:]:
                    _line(item)


def _line(item: Item) -> None:
    words, action = st.columns([6, 1.2], vertical_alignment="center")
    icon = f":{_COLOURS[item.urgency]}[:material/{item.icon}:]"
    words.markdown(f"{icon} {fmt.no_formula(ui.plain(item.sentence))}")
    with action:
        link(item.page, item.label, item.query)


def _end(left: int, day: date | None) -> str:
    on = _day(day) if day else fmt.UNKNOWN
    return f"was to be retired on {on}" if left < 0 else f"retires {_in(left)}, on {on}"


def _in(days: int) -> str:
    return "today" if days == 0 else f"in {fmt.plural(days, 'day')}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
