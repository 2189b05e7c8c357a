"""Which of the offers to look at: makers, platforms, words, and single ones that are shown in any case."""

from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from broker.comparison import Wanted
from pages._vendor_data import Ground
from pages._vendor_state import key


def narrow(wanted: Wanted, ground: Ground) -> Wanted:
    """The controls and what they say now."""
    makers, platforms, offers = _names(ground, ground.mark)
    return replace(
        wanted,
        makers=_several("Makers", wanted.makers, makers),
        platforms=_several("Platforms", wanted.platforms, platforms),
        search=_search(wanted.search),
        offers=_several("Show in any case", wanted.offers, offers, "None"),
    )


def _search(first: str) -> str:
    return st.text_input(
        "Words in the name",
        first,
        key=key("search"),
        placeholder="As in: sonnet bedrock",
        icon=":material/search:",
    )


@st.cache_resource(show_spinner=False, max_entries=2)
def _names(_ground: Ground, mark: str) -> tuple[list[str], list[str], list[str]]:
    """Makers, platforms and offers of the catalogue, each in the order of the alphabet."""
    entries = _ground.known.entries
    return (
        _sorted(entry.offer.maker for entry in entries),
        _sorted(entry.platform for entry in entries),
        _sorted(entry.id for entry in entries),
    )


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(set(names), key=str.casefold)


def _several(label: str, chosen: tuple[str, ...], known: list[str], nothing: str = "Any") -> tuple[str, ...]:
    unknown = [name for name in chosen if name not in known]
    found = st.multiselect(
        label,
        [*unknown, *known],
        default=list(chosen),
        key=key(label),
        placeholder=nothing,
        select_all=False,
        wrap=True,
    )
    return tuple(found)
