"""The watch list: what has changed since the user last said that everything was seen."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import streamlit as st

from broker.assurance import Known
from broker.catalog import catalogue
from broker.config import Config
from broker.lifecycle_seen import lists
from broker.watch import Change, Kind, State, visits
from broker.watch.changes import changes
from broker.watch.seen import state
from broker.watch.visits import Visit
from db.session import Database
from pages import _format as fmt
from pages import _ui as ui
from pages._overview_links import link

_SHOWN, _MOST = 6, 200
_ICONS: Mapping[Kind, str] = {
    "retired": ":red[:material/event_busy:]",
    "retires": ":orange[:material/event_upcoming:]",
    "price": ":orange[:material/price_change:]",
    "announced": ":blue[:material/event:]",
    "expired": ":orange[:material/fact_check:]",
    "fact": ":blue[:material/fact_check:]",
    "new door": ":green[:material/meeting_room:]",
    "new platform": ":gray[:material/storefront:]",
    "new": ":gray[:material/fiber_new:]",
}
_KINDS: Mapping[Kind, str] = {
    "retired": "retired",
    "retires": "ending",
    "price": "price",
    "announced": "announced price",
    "expired": "expired fact",
    "fact": "fact",
    "new door": "other door",
    "new platform": "new platform",
    "new": "new offer",
}


def draw(database: Database, config: Config, user: str, facts: Known, used: frozenset[str]) -> None:
    """What changed, of what is in use or of everything; a button moves the mark to now."""
    at, known = datetime.now(UTC), catalogue(config)
    with database.reader() as session:
        now = state(known, facts, at, lists(session), config.providers)
        last = visits.last_visit(session, user)
    if last is None:  # the first look of all is where watching begins
        with database.writer() as session:
            visits.begin(session, user, now)
        last = Visit(at, now)
    found = changes(last.state, now, known, facts, used) if last.state != now else []
    _head(database, user, last, now, found)
    if found:
        _list(found)


def _head(database: Database, user: str, last: Visit, now: State, found: Sequence[Change]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.header("Changes", anchor=False, width="content")
        if found:
            st.button(
                "Mark as seen",
                icon=":material/done_all:",
                on_click=_mark,
                args=(database, user, now),
                help="Only later changes are listed from then on. Until then these stay here.",
            )
    st.caption(_conclusion(found, ui.when(last.at)))


def _conclusion(found: Sequence[Change], since: str) -> str:
    ours = sum(one.in_use for one in found)
    if not found:
        return f"No price, model, end or fact has changed since {since}."
    most = (
        "none of them concerns" if not ours else f"{ours:,} of them {'concern' if ours > 1 else 'concerns'}"
    )
    return f"{fmt.plural(len(found), 'change')} since {since}; {most} offers in use."


def _list(found: Sequence[Change]) -> None:
    ours = [one for one in found if one.in_use]
    others = [one for one in found if not one.in_use]
    if ours:
        with st.container(border=True):
            for one in ours[:_SHOWN]:
                _row(one)
            if len(ours) > _SHOWN:
                with st.expander(f"{len(ours) - _SHOWN:,} more of offers in use"):
                    _lines(ours[_SHOWN:])
    if others:
        with st.expander(f"All others ({len(others):,})"):
            names = list(dict.fromkeys(one.kind for one in others))
            kinds = st.pills(
                "Kinds of change",
                names,
                selection_mode="multi",
                format_func=lambda kind: _KINDS[kind].capitalize(),
            )
            listed = [one for one in others if not kinds or one.kind in kinds]
            _lines(listed[:_MOST])
            if len(listed) > _MOST:
                st.caption(f"The first {_MOST:,} of {len(listed):,}: choose a kind to see others.")


def _row(one: Change) -> None:
    """A change with the way to its offer, or to the facts of its platform."""
    words, action = st.columns([6, 1.2], vertical_alignment="center")
    words.markdown(_words(one))
    with action:
        if one.kind in ("fact", "expired"):
            link("facts.py", "Review facts", {"platform": one.about})
        else:
            link("offer.py", "See the offer", {"id": one.about})


def _words(one: Change) -> str:
    return f"{_ICONS[one.kind]} {fmt.no_formula(ui.plain(one.sentence))}"


def _lines(found: Sequence[Change]) -> None:
    """One block of markdown: hundreds of elements would be slow."""
    st.markdown("\n".join(f"- {_words(one)}" for one in found))


def _mark(database: Database, user: str, now: State) -> None:
    with database.writer() as session:
        visits.mark_seen(session, user, now)
    st.toast("Marked as seen.")
