"""One attribute of one platform opened: every source that tells of it, what was told before, the form."""

from collections.abc import Sequence

import streamlit as st

from broker.assurance import Fact
from db.session import Database
from pages import _facts_form as form
from pages import _facts_words as words
from pages import _format as fmt
from pages import _ui as ui
from pages._facts_rows import Line


def draw(database: Database, user: str, found: Sequence[Line], makers: Sequence[str]) -> None:
    """The sources of all scopes, the last word first; below them what staff can do."""
    attribute = found[0].attribute
    with st.container(border=True):
        st.caption(f"{attribute.sentence} A buyer usually wants {_wanted(found[0])}.")
        for line in found:
            for i, fact in enumerate(line.facts):
                _told(
                    fact,
                    in_force=i == 0 and fact.origin == "staff",
                    overruled=line.facts[0].origin == "staff",
                )
            if not line.facts:
                st.markdown("Nothing is told of it: that is unknown, which is not the same as no.")
        form.draw(database, user, found, makers)


def _wanted(line: Line) -> str:
    if line.attribute.kind == "yes/no":
        return line.attribute.wanted
    return "to know it" if line.attribute.kind in ("text", "list") else "a number that is good enough"


def _told(fact: Fact, in_force: bool, overruled: bool) -> None:
    """One source or one entry of the history: what it says, whose it is, what it replaces."""
    with st.container(border=True):
        st.markdown(f"{_origin(fact, in_force, overruled)} **{words.value(fact)}**{_scope(fact)}")
        if fact.note:
            st.markdown(words.plain(fact.note))
        st.caption(f"{words.source(fact)} · {words.dated(fact)} · :gray[{words.trust(fact)}{_entered(fact)}]")


def _origin(fact: Fact, in_force: bool, overruled: bool) -> str:
    if fact.origin == "shipped":
        return f":gray-badge[{'Shipped, overruled by staff' if overruled else 'Shipped'}]"
    return ":green-badge[Staff, in force]" if in_force else ":gray-badge[Staff, replaced]"


def _scope(fact: Fact) -> str:
    return f" for {words.plain(fact.scope)}" if fact.scope else ""


def _entered(fact: Fact) -> str:
    """Who entered it when, and what it stands in place of."""
    if fact.created_at is None:
        return ""
    was = (
        f", in place of “{words.plain(fmt.short(fact.was, 80))}”"
        if fact.was is not None
        else ", as a new fact"
    )
    return f" · entered by {words.plain(fact.user or fmt.UNKNOWN)}, {ui.when(fact.created_at)}{was}"
