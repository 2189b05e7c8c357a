"""Contract terms: those in force, those to come, those that ended; each can be changed, ended or deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

import streamlit as st

from broker.workload.store import load_terms
from broker.workload.terms import Term
from db import workloads as tables
from db.session import Database
from pages import _facts_words as words
from pages import _format as fmt
from pages import _terms_form as form
from pages._meanwhile import Begun
from pages._terms_context import Context

NEW = "new"
When = Literal["in force", "coming", "ended"]
_BADGES: Mapping[When, str] = {
    "in force": ":green-badge[:material/check: In force]",
    "coming": ":blue-badge[:material/event: Coming]",
    "ended": ":gray-badge[Ended]",
}


def draw(context: Context) -> None:
    """A sentence, the terms in order, and the form for another."""
    at = context.at
    with context.database.reader() as session:
        found = load_terms(session)
    opened = st.query_params.get("term")
    if found:
        st.markdown(_conclusion(found, at))
        ended = [term for term in found if when(term, at) == "ended"]
        with_ended = bool(ended) and st.toggle(f"Show {fmt.plural(len(ended), 'ended term')}", key="ended")
        for term in sorted(found, key=lambda term: _order(term, at)):
            if when(term, at) != "ended" or with_ended or term.id == opened:
                with st.container(border=True):
                    _row(context, term, term.id == opened)
    elif opened != NEW:
        _draw_empty()
    if opened and opened not in {NEW, *(term.id for term in found)}:
        form.draw_gone(context, opened)
    if opened == NEW:
        with st.container(border=True):
            st.markdown("**A new term**")
            form.draw(context, None)
    elif found:
        st.button("Add a term", icon=":material/add:", on_click=show, args=(NEW,))


def when(term: Term, at: date) -> When:
    """Whether it counts on a day, later or no more."""
    if term.last is not None and term.last < at:
        return "ended"
    return "in force" if term.first <= at else "coming"


def show(key: str | None) -> None:
    """Open a term's form, or leave it."""
    if key is None:
        st.query_params.pop("term", None)
    else:
        st.query_params["term"] = key


def _order(term: Term, at: date) -> tuple[int, str, str, date]:
    return list(_BADGES).index(when(term, at)), term.provider, term.kind, term.first


def _conclusion(found: Sequence[Term], at: date) -> str:
    n = {state: sum(when(term, at) == state for term in found) for state in _BADGES}
    verb = "is" if n["in force"] == 1 else "are"
    start = f"**{fmt.plural(n['in force'], 'term')} {verb} in force today**"
    return f"{start}; {n['coming']} to come." if n["coming"] else f"{start}."


def _draw_empty() -> None:
    with st.container(border=True):
        st.markdown(
            "**No contract terms yet**, so every cost is at list price. Add what was agreed with a platform: "
            "a discount, a regional surcharge, a lower price for batches, or an amount that you committed to."
        )
        st.button("Add the first term", type="primary", icon=":material/add:", on_click=show, args=(NEW,))


def _row(context: Context, term: Term, is_open: bool) -> None:
    state, name = when(term, context.at), f"{amount(term)} on {scope(context, term)}"
    said, actions = st.columns([5, 3], vertical_alignment="center")
    said.markdown(f"{_BADGES[state]} **{amount(term)}** on {scope(context, term)}")
    said.caption(f"{_days(term)}{f' · {words.plain(term.note)}' if term.note else ''}")
    with actions, st.container(horizontal=True, horizontal_alignment="right"):
        st.button(
            "Close" if is_open else "Edit",
            key=f"edit-{term.id}",
            on_click=show,
            args=(None if is_open else term.id,),
            help=name,
        )
        if state != "ended":
            _end(context, term)
        with st.popover("Delete", width="content", key=f"delete-{term.id}"):
            st.markdown("Delete this term, as if it had never been agreed? To stop it from a day on, end it.")
            st.button("Delete it", key=f"really-{term.id}", on_click=_delete, args=(context.database, term))
    if is_open:
        form.draw(context, term)


def amount(term: Term) -> str:
    """`10 % discount`, `$9,000.00 a year committed`."""
    if term.kind == "commitment":
        return fmt.no_formula(f"{fmt.usd(term.value)} a {term.period} committed")
    return f"{term.value.normalize():f} % {term.kind.replace('_', ' ')}"


def scope(context: Context, term: Term) -> str:
    """What it holds for, in words."""
    platform = words.plain(context.platform(term.provider))
    if term.offer:
        entry = context.known.by_id.get(term.offer)
        return f"{words.plain(entry.offer.name if entry else term.offer)} on {platform}"
    return f"{words.plain(term.maker)} models on {platform}" if term.maker else f"all of {platform}"


def _days(term: Term) -> str:
    return f"From {words.day(term.first)} {f'to {words.day(term.last)}' if term.last else 'without end'}"


def _end(context: Context, term: Term) -> None:
    with st.popover("End", width="content", key=f"end-{term.id}"):
        day = st.date_input(
            "Last day",
            max(context.at, term.first),
            min_value=term.first,
            format="YYYY-MM-DD",
            key=f"last-{term.id}",
        )
        asked = st.button("End it on that day", key=f"ending-{term.id}")
        if asked and form.saved(context, replace(term, last=day), Begun(term, term)):
            st.toast("Its last day is set.", icon=":material/event_busy:")
            st.rerun()


def _delete(database: Database, term: Term) -> None:
    with database.writer() as session:
        tables.delete_term(session, term.id)
    if st.query_params.get("term") == term.id:
        show(None)
    st.toast("Deleted.", icon=":material/delete:")
