"""What is needed: the work, the offers, the must-haves side by side, and below them what matters."""

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
        left, middle, right = st.columns(3, gap="medium")
        with left:
            wanted = _work(first, ground)
        with middle:
            wanted = _scope(wanted, ground)
        with right:
            wanted = replace(wanted, gates=gates.draw(first.gates))
        return replace(wanted, weights=_weights(first.weights))


def _work(first: Wanted, ground: Ground) -> Wanted:
    """The suites with their shares, and the workload."""
    chosen, known = [name for name, _ in first.suites], {run.suite for run in ground.stored.runs}
    names = st.multiselect(
        "Suites",
        sorted({*known, *chosen}, key=str.casefold),
        default=chosen,
        key=key("suites"),
        placeholder="Choose what quality is measured on",
        wrap=True,
        help="Test sets with a finished run. Of each offer its newest run of a suite counts.",
    )
    weights = dict(first.suites)  # of a single suite it is kept: it counts again beside another one
    alone = tuple((name, weights.get(name, 1)) for name in names)
    suites = _shares(names, weights) if len(names) > 1 else alone
    asked = [first.workload] if first.workload else []
    workloads = [None, *dict.fromkeys([*ground.stored.workloads, *asked])]
    workload = st.selectbox(
        "Workload",
        workloads,
        index=workloads.index(first.workload),
        key=key("workload"),
        format_func=lambda name: name or "None: cost per 1,000 tasks as measured",
        help="What a year costs depends on how much is asked. Workloads and terms has them.",
    )
    return replace(first, suites=suites, workload=workload)


def _shares(names: Sequence[str], weights: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """How much of the work each suite stands for."""
    columns = st.columns(2, vertical_alignment="bottom")
    return tuple(
        (
            name,
            int(
                columns[i % len(columns)].number_input(
                    f"Share of {ui.plain(name)}",
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
    """Which offers to look at, and how much worse counts as no worse."""
    scopes = list(SCOPES)
    scope = st.selectbox(
        "Offers",
        scopes,
        index=scopes.index(wanted.scope),
        key=key("scope"),
        format_func=SCOPES.__getitem__,
        help="The same weights through another cloud are another offer, with other prices and terms.",
    )
    left, right = st.columns(2, vertical_alignment="bottom")
    margin = left.number_input(
        "Margin, points",
        min_value=0.0,
        max_value=100.0,
        value=wanted.margin * 100,
        step=1.0,
        format="%.1f",
        key=key("margin"),
        help="An offer is no worse where its quality is shown to be at most this much lower (95 %).",
    )
    with right.popover("Narrow", width="stretch"):
        narrowed = offers.narrow(wanted, ground)
    return replace(narrowed, scope=scope, margin=round(margin / 100, 6))


def _weights(first: Weights) -> Weights:
    """How much each criterion matters, each with its formula."""
    st.markdown("**What matters**")
    columns = st.columns(len(CRITERIA), gap="medium")
    found = {
        name: column.slider(
            name.capitalize(),
            0,
            _MOST_WEIGHT,
            asdict(first)[name],
            step=5,
            key=key(f"weight-{name}"),
            help=ui.plain(SCALES[name]),
        )
        for name, column in zip(CRITERIA, columns, strict=True)
    }
    return Weights(**found)
