"""What the facts page shows, chosen above it and kept in the address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from broker.assurance.attributes import ATTRIBUTE
from pages._facts_rows import ATTENTION, EVERYTHING, GROUPS, LACKS

VIEWS = {"platform": "One platform", "attribute": "One attribute"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The page's question. `attribute` is the one that is open on a platform, or compared across all."""

    view: str
    platform: str
    attribute: str | None
    show: str
    groups: tuple[str, ...] = ()


def draw(names: Mapping[str, str]) -> Asked:
    """The controls; an address with something that is not there shows the first of its kind."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    _follow("view", VIEWS, "platform")
    view = str(
        row.segmented_control(
            "View",
            list(VIEWS),
            required=True,
            format_func=VIEWS.__getitem__,
            key="view-choice",
            on_change=_close,
        )
    )
    st.query_params["view"] = st.session_state["view-seen"] = view
    linked, attribute = st.query_params.get("platform"), st.query_params.get("attribute")
    platform = linked if linked and linked in names else next(iter(names))
    if view == "platform":
        platform = _one(row, "Platform", "platform", names)
        attribute = attribute if attribute in ATTRIBUTE else None
    else:
        every = {one: f"{told.name} ({told.group})" for one, told in ATTRIBUTE.items()}
        attribute = _one(row, "Attribute", "attribute", every)
    show = row.selectbox("Show", [EVERYTHING, ATTENTION, *LACKS], key="show", bind="query-params", width=180)
    groups = _groups(row) if view == "platform" else ()
    return Asked(view, platform, attribute, show, groups)


def _groups(place: Any) -> tuple[str, ...]:
    return tuple(
        place.multiselect(
            "Groups", GROUPS, key="groups", bind="query-params", placeholder="All", select_all=False
        )
    )


def _one(place: Any, label: str, name: str, options: Mapping[str, str]) -> str:
    """One of the options by its id, which stands in the address."""
    _follow(name, options, next(iter(options)))
    chosen = place.selectbox(label, list(options), format_func=options.__getitem__, key=f"{name}-choice")
    st.query_params[name] = st.session_state[f"{name}-seen"] = chosen
    return chosen


def _follow(name: str, options: Iterable[str], first: str) -> None:
    """Let a control take over what the address says, once it says something new."""
    linked, choice = st.query_params.get(name, first), f"{name}-choice"
    news = linked != st.session_state.get(f"{name}-seen") or choice not in st.session_state
    if news and linked in options:
        st.session_state[choice] = linked


def _close() -> None:
    """Back on one platform, the attribute that was compared is not opened there."""
    if st.session_state["view-choice"] == "platform":
        st.query_params.pop("attribute", None)
