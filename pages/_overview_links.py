"""Links from the overview to the pages where something is done."""

from collections.abc import Mapping

import streamlit as st


def link(page: str, label: str, query: Mapping[str, str | list[str]] | None = None) -> None:
    """A label with an arrow that leads to a page."""
    icon = ":material/arrow_forward:"
    st.page_link(page, label=label, icon=icon, icon_position="right", query_params=dict(query or {}))
