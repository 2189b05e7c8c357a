"""The two views of the facts page: one platform's attributes by group, and one attribute on all platforms."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import groupby

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from broker.assurance import Known
from broker.assurance.attributes import ATTRIBUTE, ATTRIBUTES
from pages import _facts_rows as rows
from pages import _facts_words as words
from pages._facts_choices import Asked
from pages._facts_rows import Line

Panel = Callable[[Sequence[Line]], None]
_WIDTHS = (2.5, 4.3, 3.3, 1)
_LONGEST = 140  # characters of a value; all of it stands in the panel


def draw_platform(known: Known, asked: Asked, name: str, at: date, panel: Panel) -> None:
    """A platform's attributes by group; the one that is open has its panel below it."""
    chosen = [one for one in ATTRIBUTES if not asked.groups or one.group.capitalize() in asked.groups]
    told = {one.id: rows.lines(known, asked.platform, one, at) for one in chosen}
    st.markdown(rows.conclusion(words.plain(name), [found[0] for found in told.values()], "attribute"))
    linked = asked.attribute if st.session_state.get("fact-opened") != (name, asked.attribute) else None
    if linked:  # it stands first: in its place in the list it might be far below
        _attribute(rows.lines(known, asked.platform, ATTRIBUTE[linked], at), name, panel)
    shown = {one: found for one, found in told.items() if one != linked and rows.wanted(found, asked.show)}
    if not shown and not linked:
        _nothing_left()
    for group, same in groupby(shown, lambda one: ATTRIBUTE[one].group):
        st.header(group.capitalize(), anchor=False)
        for one in same:
            _attribute(shown[one], name, panel if one == asked.attribute else None)


def draw_attribute(known: Known, asked: Asked, names: Mapping[str, str], at: date) -> None:
    """One attribute on every platform, also where nothing is told of it."""
    attribute = ATTRIBUTE[asked.attribute or ATTRIBUTES[0].id]
    told = {platform: rows.lines(known, platform, attribute, at) for platform in names}
    st.markdown(rows.conclusion(attribute.name, [found[0] for found in told.values()], "platform"))
    st.caption(attribute.sentence)
    shown = [line for found in told.values() for line in rows.wanted(found, asked.show)]
    if not shown:
        _nothing_left()
    for line in shown:
        name = names[line.platform]
        place = _row(line, words.subject(line, name))
        label, key = "Details" if line.facts else "Add", f"go-{line.platform}-{line.scope}"
        if place.button(label, key=key, help=_says(name, attribute.name), width="stretch"):
            to = {"platform": line.platform, "attribute": attribute.id}
            st.switch_page("facts.py", query_params=to)


def _attribute(found: Sequence[Line], name: str, panel: Panel | None) -> None:
    """An attribute of a platform, a row a scope; with a panel, its sources and the form."""
    attribute = found[0].attribute
    for i, line in enumerate(found):
        place = _row(line, words.subject(line, attribute.name), attribute.sentence)
        if i == 0:
            place.button(
                "Close" if panel else "Details" if line.facts else "Add",
                key=f"open-{attribute.id}",
                on_click=_toggle,
                args=(name, attribute.id, panel is not None),
                help=_says(attribute.name, name),
                width="stretch",
            )
    if panel:
        panel(found)


def _row(line: Line, subject: str, sentence: str = "") -> DeltaGenerator:
    """What is told, what it means, and where it comes from; returns the place of a button."""
    first, said, source, place = st.columns(_WIDTHS, vertical_alignment="top")
    first.markdown(subject, help=sentence or None)
    fact = line.standing.fact
    value = words.value(fact, _LONGEST) if fact and line.state != "no evidence" else ""
    with said:
        st.markdown(f"{words.badge(line.state)} {value}")
        if line.reason and fact:
            st.caption(words.plain(line.reason))
    if fact:
        source.caption(f"{words.source(fact)} · {words.dated(fact)}  \n:gray[{words.trust(fact)}]")
    return place


def _nothing_left() -> None:
    st.info(
        "Nothing here needs that: choose “Everything” under Show to see all facts.",
        icon=":material/task_alt:",
    )


def _says(first: str, second: str) -> str:
    return f"{words.plain(first)}, {words.plain(second)}: sources, history, and a form to confirm or correct."


def _toggle(name: str, attribute: str, is_open: bool) -> None:
    """Open an attribute where it stands in the list, or close it."""
    st.session_state["fact-opened"] = None if is_open else (name, attribute)
    if is_open:
        del st.query_params["attribute"]
    else:
        st.query_params["attribute"] = attribute
