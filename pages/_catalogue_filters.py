"""What of the catalogue to list: the filters above the table, kept in the URL."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from broker import catalog
from broker.catalog import Catalogue
from broker.catalog_entries import Entry
from pages._catalogue_rows import STATES, Row, State

_CONTEXTS = {"Any": 0, "32,000": 32_000, "128,000": 128_000, "200,000": 200_000, "1,000,000": 1_000_000}
_KINDS = {
    "Chat": "text",
    "Any": None,
    "Embeddings": "embedding",
    "Images": "image",
    "Speech": "audio",
    "Video": "video",
    "Unknown": "",
}
_AVAILABLE: Mapping[str, tuple[State, ...]] = {
    "Any": STATES,
    "Ready to ask": ("Ready",),
    "Needs a key": ("Needs a key",),
    "Ready or needs a key": ("Ready", "Needs a key"),
    "Not connected": ("Not connected",),
}


def filtered(known: Catalogue, every: Sequence[Row]) -> list[Row]:
    """The rows that pass the filters."""
    left, middle, right = st.columns(3)  # below each other in a narrow window
    text = left.text_input(
        "Search the catalogue",
        key="search",
        bind="query-params",
        icon=":material/search:",
        placeholder="Model, maker or platform, as in: sonnet bedrock",
    )
    makers = _several(middle, "Maker", "makers", {row.entry.offer.maker for row in every})
    platforms = _several(right, "Platform", "platforms", {row.entry.platform for row in every})
    second = st.container(horizontal=True, vertical_alignment="bottom")
    kind = _one(second, "Kind", "kind", _KINDS, 125)
    takes = _several(second, "Takes", "takes", {"image", "audio", "video", "document"}, 150)
    context = _CONTEXTS[_one(second, "Context at least", "context", _CONTEXTS, 130)]
    limit = second.number_input(
        "Input price at most",
        min_value=0.0,
        value=None,
        key="price",
        bind="query-params",
        placeholder="Any",
        width=150,
        help="US dollars per million tokens. Offers without a known price are then left out.",
    )
    states = _AVAILABLE[_one(second, "Availability", "state", _AVAILABLE, 165)]
    several = second.toggle("On several platforms", key="several", bind="query-params")
    deprecated = second.toggle("Deprecated", key="deprecated", bind="query-params")
    hits = {entry.id for entry in catalog.search(known.entries, text or "")}
    return [
        row
        for row in every
        if row.entry.id in hits
        and (not makers or row.entry.offer.maker in makers)
        and (not platforms or row.entry.platform in platforms)
        and _is_kind(row.entry, _KINDS[kind])
        and row.entry.takes.issuperset(takes)
        and (row.entry.offer.context_window or 0) >= context
        and (limit is None or _at_most(row, limit))
        and row.state in states
        and (not several or (row.platforms or 0) > 1)
        and (deprecated or not row.entry.deprecated)
    ]


def _is_kind(entry: Entry, wanted: str | None) -> bool:
    return wanted is None or (wanted in entry.gives if wanted else not entry.gives)


def _at_most(row: Row, limit: float) -> bool:
    amount = row.amount("input")
    return amount is not None and amount <= limit


def _several(place: Any, label: str, key: str, options: set[str], width: int | str = "stretch") -> list[str]:
    return place.multiselect(
        label,
        sorted(options, key=str.casefold),
        key=key,
        bind="query-params",
        placeholder="Any",
        select_all=False,
        width=width,
    )


def _one(place: Any, label: str, key: str, options: Mapping[str, object], width: int) -> str:
    """The chosen option, the first one at the start."""
    return place.selectbox(label, list(options), key=key, bind="query-params", width=width)
