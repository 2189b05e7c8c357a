"""How far an offer can be relied on: its end, its platform's facts, other doors, what is lost on the wire."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime

import streamlit as st

from broker import catalog
from broker.assurance import Known
from broker.assurance.attributes import ATTRIBUTES, Attribute
from broker.assurance.platforms import platform_of
from broker.assurance.standing import Standing, standing_of
from broker.catalog_entries import Entry, price_of
from broker.comparison.door_features import FEATURES, Recorded, Support, supports
from broker.config import Config, settle
from broker.lifecycle import Lifecycle
from pages import _facts_words as words
from pages import _format as fmt
from pages import _offer_page_rivals as rivals
from pages import _offer_panel as panel
from pages import _ui as ui
from pages._facts_rows import Line, State
from pages._offer_page_data import About
from pages._overview_links import link

_CERTAINTY = {
    "vendor": "published by the platform",
    "third party": "from a third party's list",
    "price list": "from the price list",
    "unknown": "unknown",
}
_SUPPORT: Mapping[Support, str] = {
    "yes": ":green-badge[:material/check: Sent]",
    "adapted": ":blue-badge[:material/swap_horiz: Sent in another way]",
    "no": ":orange-badge[:material/block: Not sent]",
    "unknown": ":gray-badge[:material/question_mark: Unknown]",
}


def draw(config: Config, about: About, at: datetime) -> None:
    """The sections."""
    entry = about.evidence.entry
    st.header("Lifecycle", anchor=False)
    st.markdown("\n".join(f"- {line}" for line in lifecycle(about.evidence.lifecycle, at.date())))
    st.header("Assurance facts of the platform", anchor=False)
    _facts(about.gathered.facts, entry, at.date())
    st.header("Same weights through other doors", anchor=False)
    known = catalog.catalogue(config)
    panel.draw_doors(config, entry, catalog.doors(known, entry, at), at)
    st.header("Other makers' offers that could take its place", anchor=False)
    rivals.draw(known, about)
    st.header("On the wire", anchor=False)
    row = config.providers.get(entry.offer.provider) if entry.configured else None
    _wire(supports(row and settle(row), entry, price_of(entry, at)), about.wire)


def lifecycle(found: Lifecycle, today: date) -> Iterator[str]:
    """What is published of its end, with source and certainty."""
    left = found.days_left(today)
    if found.retires and left is not None:
        when = f"{fmt.plural(left, 'day')} left" if left >= 0 else f"{fmt.plural(-left, 'day')} ago"
        yield f"**Retirement: {words.day(found.retires)}** ({when})"
    if found.deprecated:
        yield f"Deprecated on {words.day(found.deprecated)}"
    if found.not_before:
        yield f"Not retired before {words.day(found.not_before)}; that announces no end"
    if found.flagged:
        yield "The price list says that the platform is ending it, without a day"
    yield from _seen(found)
    if not found.ending and not found.not_before:
        yield "No end is published; that is no promise that there is none"
        return
    by = ", found by the weights that the name stands for" if found.matched == "identity" else ""
    as_of = f", as of {words.day(found.as_of)}" if found.as_of else ""
    yield f"Source: {_source(found.source)}, {_CERTAINTY[found.certainty]}{as_of}{by}"


def _seen(found: Lifecycle) -> Iterator[str]:
    """What the platform's own list says: evidence beside the dates, no date itself."""
    if found.listed_on is not None and found.listed is not None:
        on = words.day(found.listed_on)
        gone = (
            f"Not in the platform's list on {on}: this account may no longer have it, which announces no end"
        )
        yield f"Listed by the platform on {on}" if found.listed else gone
    if found.successor:
        yield f"Successor: {_text(found.successor)}, named in the platform's list"
    elif found.ending:
        yield (
            "Successor: unknown. The published dates name none; one is taken from the platform's own list, "
            "which the page Connections reads"
        )


def _source(address: str | None) -> str:
    return words.link(address) or "no address given"


def _facts(known: Known, entry: Entry, today: date) -> None:
    """How each attribute stands for this very offer."""
    platform = platform_of(entry.offer.provider)
    found = [(one, standing_of(known, entry.offer, one.id, today)) for one in ATTRIBUTES]
    states: dict[str, State] = {one.id: _state(platform, standing, one, today) for one, standing in found}
    count = Counter(states.values())
    if all(standing.fact is None for _, standing in found):
        st.caption("Nothing is known about this platform: unknown, never no.")
    else:
        st.markdown(" ".join(f"{words.badge(state)} {n}" for state, n in count.items()))
        with st.expander(f"All {len(found)} attributes with their sources"):
            for attribute, standing in found:
                _fact(attribute.name, states[attribute.id], standing)
    link("facts.py", "Review and correct facts", {"platform": platform})


def _fact(name: str, state: State, standing: Standing) -> None:
    what, told, source = st.columns((2, 4, 3))
    fact = standing.fact
    what.markdown(f":small[{ui.plain(name)}]")
    value = words.value(fact, 120) if fact else words.plain(standing.reason)
    told.markdown(f"{words.badge(state)} :small[{value}]")
    if fact:
        source.caption(f"{words.source(fact)} · {words.dated(fact)} · {words.trust(fact)}")


def _state(platform: str, standing: Standing, attribute: Attribute, today: date) -> State:
    facts = (standing.fact, *standing.also) if standing.fact else ()
    return Line(platform, attribute, None, standing, facts, today).state


def _wire(found: Mapping[str, Support], calls: Recorded) -> None:
    """Which features calls of the offer have, and what became of real ones."""
    for support, said in _SUPPORT.items():
        if names := [FEATURES[name] for name, one in found.items() if one == support]:
            st.markdown(f"{said} {_text(fmt.listed(names))}")
    st.caption(_text(_recorded(calls)))


def _recorded(calls: Recorded) -> str:
    rules = "Worked out from the rules by which calls to this platform and model are written."
    if not calls.calls:
        return f"{rules} No call has been recorded yet."
    told = [f"{name} left out of {count:,}" for name, count in calls.dropped.items()]
    told += [f"{name} sent in another way in {count:,}" for name, count in calls.adapted.items()]
    return (
        f"{rules} Of the newest {fmt.plural(calls.calls, 'call')}: {fmt.listed(told) or 'nothing left out'}."
    )


def _text(text: str) -> str:
    return fmt.no_formula(ui.plain(text))
