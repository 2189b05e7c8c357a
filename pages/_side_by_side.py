"""Things side by side as a table of words: a column each, what is compared down the side."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from pages import _format as fmt
from pages import _ui as ui


def side_by_side(heads: Sequence[str], lines: Mapping[str, Sequence[str]], alt: str = "") -> None:
    """A table that screen readers can read; `heads` are markdown, lines are shown as they are."""
    columns: dict[str, list[str]] = {"What": [f"**{ui.plain(name)}**" for name in lines]}
    for index, head in enumerate(heads):
        name = head if head not in columns else f"{head} ({index + 1})"
        columns[name] = [fmt.no_formula(ui.plain(line[index])) for line in lines.values()]
    st.table(pd.DataFrame(columns), border="horizontal", hide_index=True, alt=alt or "Side by side")
