"""What is needed, asked in four small panels: the work, the must-haves, what matters, which offers."""

from collections.abc import Sequence
from dataclasses import asdict, replace

import streamlit as st

from broker.comparison import CRITERIA, Scope, Wanted, Weights
from broker.comparison.scores import SCALES
from pages import _ui as ui
from pages import _vendor_gates as gates
from pages import _vendor_offers as offers
from pages._vendor_data import Ground
from pages._vendor_state import key

SCOPES: dict[Scope, str] = {
    "tested": "Tested",
    "doors": "Tested, and other doors to the same weights",
    "ready": "Ready to ask",
    "catalogue": "Whole catalogue",
}
_MOST_WEIGHT = 100


def draw(first: Wanted, ground: Ground) -> Wanted:
    """The controls, set to `first` when they are drawn for the first time; what they say now."""
    with st.container(border=True):
        left, middle, right = st.columns([5, 5, 4], gap="large")
        with left:
            wanted = _work(first, ground)
            wanted = _scope(wanted, ground)
        with middle:
            wanted = replace(wanted, gates=gates.draw(first.gates))
        with right:
            return replace(wanted, weights=_weights(first.weights))


def _work(first: Wanted, ground: Ground) -> Wanted:
    """The suites with their weights, the workload, the margin."""
    st.markdown("**The work**")
    chosen, known = [name for name, _ in first.suites], {run.suite for run in ground.stored.runs}
    names = st.multiselect(
        "Suites",
        sorted({*known, *chosen}, key=str.casefold),
        default=chosen,
        key=key("suites"),
        placeholder="Choose what quality is measured on",
        help="Test sets with a finished run. Of each offer its newest run of a suite counts.",
    )
    suites = _shares(names, dict(first.suites)) if len(names) > 1 else tuple((name, 1) for name in names)
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    workloads = [
        None,
        *dict.fromkeys([*ground.stored.workloads, *([first.workload] if first.workload else [])]),
    ]
    workload = left.selectbox(
        "Workload",
        workloads,
        index=workloads.index(first.workload),
        key=key("workload"),
        format_func=lambda name: name or "None: cost per 1,000 tasks as measured",
        help="What a year costs depends on how much is asked. Workloads and terms has them.",
    )
    margin = right.number_input(
        "Margin, points",
        min_value=0.0,
        max_value=100.0,
        value=first.margin * 100,
        step=1.0,
        format="%.1f",
        key=key("margin"),
        help="An offer is no worse where its quality is shown to be at most this much lower (95 %).",
    )
    return replace(first, suites=suites, workload=workload, margin=round(margin / 100, 6))


def _shares(names: Sequence[str], weights: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """How much of the work each suite stands for."""
    columns = st.columns(min(3, len(names)))
    return tuple(
        (
            name,
            int(
                columns[i % len(columns)].number_input(
                    f"Share of {name}",
                    min_value=0,
                    max_value=1_000_000,
                    value=weights.get(name, 1),
                    key=key(f"suite-{name}"),
                    help="How much of the work is like this suite; only proportions count.",
                )
            ),
        )
        for i, name in enumerate(names)
    )


def _scope(wanted: Wanted, ground: Ground) -> Wanted:
    """Which offers to look at."""
    scopes = list(SCOPES)
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    scope = left.selectbox(
        "Offers",
        scopes,
        index=scopes.index(wanted.scope),
        key=key("scope"),
        format_func=SCOPES.__getitem__,
        help="The same weights through another cloud are another offer, with other prices and terms.",
    )
    with right.popover("Narrow", icon=":material/filter_list:", width="stretch"):
        return replace(offers.narrow(wanted, ground), scope=scope)


def _weights(first: Weights) -> Weights:
    """How much each criterion matters, each with its formula."""
    st.markdown("**What matters**")
    found = {
        name: st.slider(
            name.capitalize(),
            0,
            _MOST_WEIGHT,
            asdict(first)[name],
            step=5,
            key=key(f"weight-{name}"),
            help=ui.plain(SCALES[name]),
        )
        for name in CRITERIA
    }
    return Weights(**found)
