"""What lies behind the answer, one view at a time, so that only what is looked at is drawn."""

from collections.abc import Callable, Mapping

import streamlit as st

from broker.comparison import Ranked, Shortlist
from broker.workload.profile import is_dated, period
from pages import _format as fmt
from pages import _vendor_break_even as break_even
from pages import _vendor_card as card
from pages import _vendor_charts as charts
from pages import _vendor_doors as doors
from pages import _vendor_gate_table as gate_table
from pages import _vendor_honesty as honesty
from pages import _vendor_speed as speed
from pages import _vendor_stability as stability
from pages import _vendor_table as table
from pages import _vendor_tasks as tasks
from pages._vendor_data import Answer
from pages._vendor_state import VIEW

_NAMES: Mapping[str, str] = {
    "shortlist": "Shortlist",
    "tasks": "By task",
    "gates": "Must-haves",
    "stability": "How stable",
    "cost": "Yearly cost",
    "finished": "Cost per finished task",
    "speed": "Speed",
    "prices": "Prices",
    "lifecycle": "Lifecycle",
    "doors": "Same weights, other doors",
}


def draw(found: Answer) -> None:
    """The view that is chosen."""
    key = f"vendor-{VIEW}"
    if st.session_state.get(key) not in _NAMES:
        st.session_state[key] = "shortlist"
    chosen = st.segmented_control(
        "View",
        list(_NAMES),
        format_func=_NAMES.__getitem__,
        key=key,
        label_visibility="collapsed",
        required=True,
    )
    if not found.shortlist.ranked:
        st.info(
            "No offer is left. Choose more offers above, or run a suite under Benchmarks first.",
            icon=":material/search_off:",
        )
        return
    drawn: Mapping[str, Callable[[], None]] = {
        "tasks": lambda: tasks.draw(found),
        "gates": lambda: gate_table.draw(found.shortlist),
        "stability": lambda: stability.draw(found.shortlist),
        "cost": lambda: break_even.draw(found),
        "finished": lambda: honesty.draw(found),
        "speed": lambda: speed.draw(found),
        "prices": lambda: charts.prices(found),
        "lifecycle": lambda: charts.lifecycle(found),
        "doors": lambda: doors.draw(found),
    }
    drawn.get(chosen or "", lambda: _shortlist(found))()


def _shortlist(found: Answer) -> None:
    """The chart, the table that a choice in it filters, and the offer that is chosen there."""
    picked, listed = charts.quality(found), found.shortlist
    shown = [one for one in listed.ranked if not picked or one.evidence.id in picked]
    chosen = table.draw(listed, shown)
    st.caption(_caption(listed, shown))
    if chosen is not None:
        card.draw(listed, chosen)


def _caption(found: Shortlist, shown: list[Ranked]) -> str:
    passing = sum(one.outcome == "pass" for one in shown)
    workload = found.gathered.workload
    rated = any(one.rating for one in (each.evidence for each in shown))
    parts = [
        fmt.plural(len(shown), "offer"),
        f"{passing:,} with all must-haves" if found.gathered.wanted.gates else "",
        f"as of {found.gathered.at}",
        f"a year is {period(workload)}" if workload and is_dated(workload) else "",
        "intervals are 95 %",
        "ratings compare only offers that votes link, directly or through others" if rated else "",
        "choose a row (or press Shift and Space on it) for the reasons behind it",
    ]
    return f"{'; '.join(part for part in parts if part)}."
