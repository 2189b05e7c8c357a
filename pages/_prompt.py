"""What was asked, as it was written."""

import streamlit as st

FOLDED_AT = 1_200  # characters


def bubble(text: str, system: str | None) -> None:
    """The user's words, to the letter; a long prompt shows its beginning and unfolds."""
    with st.chat_message("user", avatar=":material/person:"):
        if len(text) > FOLDED_AT or text.count("\n") > 15:
            st.text("\n".join(text[: FOLDED_AT // 2].splitlines()[:8]) + " …")
            with st.expander(f"Whole prompt, {len(text):,} characters"):
                st.text(text)
        else:
            st.text(text)
        if system:
            with st.expander("System prompt", icon=":material/tune:"):
                st.text(system)
