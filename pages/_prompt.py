"""What was asked, as it was written."""

from collections.abc import Sequence

import streamlit as st

from db.session import Database
from pages import _images as images

FOLDED_AT = 1_200  # characters


def bubble(database: Database, text: str, system: str | None, keys: Sequence[str]) -> None:
    """The user's words, to the letter, and pictures; a long prompt shows its beginning and unfolds."""
    with st.chat_message("user", avatar=":material/person:"):
        if len(text) > FOLDED_AT or text.count("\n") > 15:
            st.text("\n".join(text[: FOLDED_AT // 2].splitlines()[:8]) + " …")
            with st.expander(f"Whole prompt, {len(text):,} characters"):
                st.text(text)
        else:
            st.text(text)
        images.show(database, keys)
        if system:
            with st.expander("System prompt", icon=":material/tune:"):
                st.text(system)
