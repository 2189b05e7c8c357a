"""The parts of the catalogue page: the sentences, the table, the export."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from broker import catalog_export, export
from broker.catalog import Catalogue
from broker.catalog_entries import Entry
from broker.pricing import source
from pages import _format as fmt
from pages import _ui as ui
from pages._catalogue_rows import Row, exact, told

PRICE_FORMAT = "$%.4f"  # one for all, so that the points stand below each other
_ROUNDED = ", to four digits; all of them stand in the offer's details and in the file"
_ROW_HEIGHT = 31  # pixels
_COLUMNS: Mapping[str, Any] = {
    "Model": st.column_config.TextColumn(pinned=True, width=215),
    "Platform": st.column_config.TextColumn(width=170),
    "Availability": st.column_config.TextColumn(
        width=105,
        help="Ready: can be asked in the playground now. Not connected: no such platform is set up here. "
        "Compare only: not a chat model, or a name that the platform does not answer to.",
    ),
    "Input": st.column_config.NumberColumn(
        format=PRICE_FORMAT, width=75, help=f"US dollars per million input tokens, today{_ROUNDED}"
    ),
    "Output": st.column_config.NumberColumn(
        format=PRICE_FORMAT, width=75, help=f"US dollars per million output tokens, today{_ROUNDED}"
    ),
    "Cached": st.column_config.NumberColumn(
        format=PRICE_FORMAT,
        width=75,
        help=f"US dollars per million input tokens read from a cache, today{_ROUNDED}",
    ),
    "Platforms": st.column_config.NumberColumn(
        width=80, help="How many platforms sell the same weights; unknown where the name does not tell"
    ),
    "Context": st.column_config.NumberColumn(
        format="localized", width=90, help="Tokens that fit in one call"
    ),
    "Announced": st.column_config.TextColumn(width=215, help="Price changes that are announced already"),
    "Takes": st.column_config.TextColumn(width=150, help="What is known; more may be possible"),
    "Maker": st.column_config.TextColumn(width=110),
    "Offer": st.column_config.TextColumn(width=280),
}


def summary(known: Catalogue, at: datetime) -> str:
    """What the catalogue covers and where its prices come from."""
    platforms = len({entry.platform for entry in known.entries})
    sold = sum(len({entry.platform for entry in same}) > 1 for same in known.by_identity.values())
    return (
        f"{fmt.plural(len(known.entries), 'offer')} on {fmt.plural(platforms, 'platform')}; "
        f"{fmt.plural(sold, 'model')} can be bought through more than one. Prices are in US dollars per "
        f"million tokens, from {source()}, in force on {at.day} {at:%B %Y}."
    )


def draw_empty() -> None:
    """Nothing to list: what to do."""
    st.info(
        "No offer matches all of these filters. Remove one of them to see more.",
        icon=":material/search_off:",
    )


def conclusion(found: Sequence[Row]) -> str:
    """How many, and what the cheapest and the dearest cost."""
    known = [(row.price.input_mtok, row.entry) for row in found if row.price.input_mtok]
    free = sum(row.price.input_mtok == 0 for row in found)
    parts = [f"**{fmt.plural(len(found), 'offer')}**"]
    parts += [f"{free:,} without a fee"] if free else []
    if known:
        (low, cheapest), (high, _) = min(known, key=_amount), max(known, key=_amount)
        name = f"{ui.plain(cheapest.offer.name)} on {ui.plain(cheapest.platform)}"
        span = f"{exact(low)} ({name}) to {exact(high)}" if low < high else f"{exact(low)} ({name})"
        parts.append(f"a million input tokens cost {'from ' if low < high else ''}{span}")
    return fmt.no_formula(f"{'; '.join(parts)}.")


def export_button(found: Sequence[Row], at: datetime) -> None:
    """The rows of the table as a file."""
    st.download_button(
        "Download CSV",
        lambda: export.to_csv(
            (catalog_export.row(row.entry, at, row.state, row.platforms) for row in found),
            catalog_export.COLUMNS,
        ),
        f"catalogue-{at:%Y-%m-%d}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def choose(known: Catalogue, found: Sequence[Row]) -> Entry | None:
    """The table, and the entry that is chosen in it or named by the URL."""
    linked, ids = st.query_params.get("offer"), [row.entry.id for row in found]
    if linked != st.session_state.get("linked-offer"):  # by a link: what was chosen before gives way
        st.session_state["offer-links"] = st.session_state.get("offer-links", 0) + 1
    if found:
        event: Any = st.dataframe(
            _frame(found),
            # A number of a row means another offer once the rows are others.
            key=f"offers-{st.session_state.get('offer-links', 0)}-{hash(tuple(ids))}",
            hide_index=True,
            height=min(430, _ROW_HEIGHT * (len(found) + 1) + 3),
            row_height=_ROW_HEIGHT,
            on_select="rerun",
            selection_mode="single-row",
            selection_default={"selection": {"rows": [ids.index(linked)] if linked in ids else []}},
            placeholder=fmt.UNKNOWN,
            column_config=_COLUMNS,
            alt="Offers with their platform, availability, prices and context",
        )
        picked = [ids[index] for index in event.selection.rows]
        linked = picked[0] if picked else None if linked in ids else linked
    st.session_state["linked-offer"] = linked
    if linked:
        st.query_params["offer"] = linked
    else:
        st.query_params.pop("offer", None)
        if found:
            st.caption(
                "Choose an offer to see all its prices and the other platforms that sell it: click the box "
                "before it, or go to its row and press Shift and Space."
            )
    if linked and linked not in known.by_id:
        st.warning(
            "The offer of this link is not in the catalogue of this installation.", icon=":material/link_off:"
        )
    return known.by_id.get(linked or "")


def _frame(found: Sequence[Row]) -> pd.DataFrame:
    entries = [row.entry for row in found]
    columns: dict[str, Any] = {
        "Model": [entry.offer.name for entry in entries],
        "Platform": [entry.platform for entry in entries],
        "Availability": [row.state for row in found],
        "Input": pd.array([row.amount("input") for row in found], dtype="Float64"),
        "Output": pd.array([row.amount("output") for row in found], dtype="Float64"),
        "Cached": pd.array([row.amount("cache_read") for row in found], dtype="Float64"),
        "Platforms": pd.array([row.platforms for row in found], dtype="Int64"),
        "Context": pd.array([entry.offer.context_window for entry in entries], dtype="Int64"),
        "Announced": [row.later for row in found],
        "Takes": [told(entry.takes) for entry in entries],
        "Maker": [entry.offer.maker for entry in entries],
        "Offer": [entry.id for entry in entries],
    }
    return pd.DataFrame({name: c for name, c in columns.items() if name != "Announced" or any(c)})


def _amount(priced: tuple[Decimal, Entry]) -> Decimal:
    return priced[0]
