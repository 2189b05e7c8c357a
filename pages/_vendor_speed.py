"""How fast offers answer: the chart of medians and slow calls, then how all calls are spread."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from broker.comparison.waiting import waits_of
from broker.comparison_charts.latency_curve import latency_curve
from db.rollups import Counts
from db.tally import Clock
from pages import _vendor_charts as charts
from pages._vendor_data import Answer

_CLOCKS: Mapping[Clock, str] = {"total": "Whole answer", "ttft": "First token"}


def draw(found: Answer) -> None:
    """Both charts, where anything was timed."""
    charts.speed(found)
    if not any(one.evidence.speed for one in found.shortlist.ranked):
        return
    st.subheader("How calls are spread", anchor=False)
    chosen: Any = st.segmented_control(
        "Time until", list(_CLOCKS), default="total", format_func=_CLOCKS.__getitem__, key="vendor-clock",
        required=True,
    )  # fmt: skip
    clock: Clock = chosen or "total"
    nothing = "No call of these offers has a time for this."
    charts.draw(
        found,
        lambda dark: latency_curve(found.shortlist, _waits(found, clock, found.mark), clock, dark, 900),
        f"latency-{clock}",
        nothing,
    )


@st.cache_resource(show_spinner="Reading times", max_entries=8)
def _waits(_found: Answer, clock: Clock, mark: str) -> Mapping[str, Counts]:
    with _found.ground.database.reader() as session:
        return waits_of(session, _found.shortlist.gathered, clock)
