"""Links from the overview to the pages where something is done."""

from collections.abc import Mapping
from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError


def link(page: str, label: str, query: Mapping[str, str | list[str]] | None = None) -> None:
    """An arrow to a page; nothing where the navigation has no such page."""
    with suppress(StreamlitPageNotFoundError):
        icon = ":material/arrow_forward:"
        st.page_link(page, label=label, icon=icon, icon_position="right", query_params=dict(query or {}))
