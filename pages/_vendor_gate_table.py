"""Every must-have of every offer: passed, failed or unknown, with the reason and the source behind it."""

from contextlib import nullcontext
from typing import Any

import pandas as pd
import streamlit as st

from broker.comparison import GateResult, Shortlist
from broker.comparison.gates import in_words
from pages import _format as fmt
from pages import _ui as ui
from pages import _vendor_conditions as conditions

_REGIONS = "broker.toml"  # is named in the reasons of must-haves that need a region
_MARKS = {"pass": "✓", "fail": "✗", "unknown": "?"}
_ROW_HEIGHT, _MOST_HEIGHT = 31, 560  # pixels


def draw(found: Shortlist) -> None:
    """How many pass each, then each offer with its reasons."""
    gates = found.gathered.wanted.gates
    if not gates:
        st.info(
            "No must-haves are set, so every offer qualifies. Choose some above: HIPAA BAA, EU processing, "
            "no training on our data, a context, a response time.",
            icon=":material/rule:",
        )
        return
    for index, (gate, waits) in enumerate(conditions.counted(found)):
        counts = [one.gates[index].outcome for one in found.ranked]
        st.markdown(
            f"**{ui.plain(in_words(gate))}**: {counts.count('pass'):,} pass, {counts.count('fail'):,} "
            f"fail, {counts.count('unknown'):,} unknown"
        )
        with st.container(horizontal=True) if waits else nullcontext():
            for condition, offers in waits.most_common():
                conditions.button(gate, condition, "table", offers)
        if any(_REGIONS in one.gates[index].reason for one in found.ranked):
            st.caption(
                f"Where the region is not known, {_REGIONS} tells it, as region or location of the platform "
                "or by an address that names one: the reasons say which."
            )
    rows = [
        {
            "Offer": one.evidence.label,
            "Must-have": in_words(result.gate),
            "Stands": f"{_MARKS[result.outcome]} {_word(result)}",
            "Reason": result.reason,
            "As of": fmt.UNKNOWN if result.as_of is None else str(result.as_of),
            "Source": result.source or fmt.UNKNOWN,
            "Link": result.source if (result.source or "").startswith("https://") else None,
        }
        for one in found.ranked
        for result in one.gates
    ]
    columns: dict[str, Any] = {
        "Offer": st.column_config.TextColumn(pinned=True, width=200),
        "Must-have": st.column_config.TextColumn(width=165),
        "Stands": st.column_config.TextColumn(width=90),
        "Reason": st.column_config.TextColumn(width=240),
        "As of": st.column_config.TextColumn(width=90),
        "Source": st.column_config.TextColumn(width=155),
        "Link": st.column_config.LinkColumn(width=50, display_text="Open"),
    }
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=min(_MOST_HEIGHT, _ROW_HEIGHT * (len(rows) + 1) + 3),
        row_height=_ROW_HEIGHT,
        column_config=columns,
        placeholder="–",  # no link
        alt="Each must-have of each offer with its reason and source",
    )
    st.caption(
        "Unknown never passes. Not relied on: something is told, but it has expired, its confidence is low, "
        "or sources disagree. Assurance facts is where staff confirm and correct what is told."
    )


def _word(result: GateResult) -> str:
    if result.outcome != "unknown":
        return {"pass": "passes", "fail": "fails"}[result.outcome]
    return "not relied on" if result.amber else "unknown"
