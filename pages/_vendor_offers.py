"""Which of the offers to look at: makers, platforms, words, and single ones that are shown in any case."""

from dataclasses import replace

import streamlit as st

from broker import catalog
from broker.comparison import Wanted
from broker.config import Config
from pages._vendor_state import key


def narrow(wanted: Wanted, config: Config) -> Wanted:
    """The controls and what they say now."""
    entries = catalog.catalogue(config).entries
    makers = _several("Makers", wanted.makers, {entry.offer.maker for entry in entries})
    platforms = _several("Platforms", wanted.platforms, {entry.platform for entry in entries})
    search = st.text_input(
        "Words in the name",
        wanted.search,
        key=key("search"),
        placeholder="As in: sonnet bedrock",
        icon=":material/search:",
    )
    always = _several("Show in any case", wanted.offers, {entry.id for entry in entries})
    return replace(wanted, makers=makers, platforms=platforms, search=search or "", offers=always)


def _several(label: str, chosen: tuple[str, ...], known: set[str]) -> tuple[str, ...]:
    found = st.multiselect(
        label,
        sorted({*known, *chosen}, key=str.casefold),
        default=list(chosen),
        key=key(label),
        placeholder="Any" if label != "Show in any case" else "None",
        select_all=False,
    )
    return tuple(found)
