"""What the comparison asks, between the address, the controls and the next visit of this session."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from broker.comparison import Wanted
from broker.comparison.state import Params, from_params, to_params
from broker.comparison.stored import Stored

VIEW, SAVED = "view", "saved"
_LAST, _WRITTEN, _LOADED = "vendor-last", "vendor-written", "vendor-loaded"
_MANY = {"suite", "gate", "maker", "platform", "offer"}


def begin(stored: Stored) -> tuple[Wanted, tuple[str, ...]]:
    """What to show: what the address says, else what was shown last, else a start from what was tested.

    Where it is not what this page wrote itself, the controls are set to it. Sentences on what of it makes no
    sense stay until something is asked.
    """
    address = _address()
    drawn = key("suites") in st.session_state  # controls are forgotten once another page was looked at
    if drawn and address and address == st.session_state.get(_WRITTEN):
        return st.session_state[_LOADED]
    told = address or st.session_state.get(_LAST)
    wanted, problems = from_params(told) if told else (starting(stored), ())
    st.session_state[_LOADED] = wanted, problems
    st.session_state["vendor-round"] = st.session_state.get("vendor-round", 0) + 1
    for name in (VIEW, SAVED):
        st.session_state[f"vendor-{name}"] = (told or {}).get(name)
    return wanted, problems


def keep(wanted: Wanted) -> None:
    """Write what is asked into the address."""
    own = {name: found for name in (VIEW, SAVED) if (found := st.session_state.get(f"vendor-{name}"))}
    params: dict[str, Any] = {**to_params(wanted), VIEW: "shortlist", **own}
    st.session_state[_LAST] = st.session_state[_WRITTEN] = params
    if _address() != params:
        st.query_params.from_dict(params)


def last() -> Params:
    """The address as it was written last."""
    return st.session_state[_LAST]


def load(params: Mapping[str, str | Sequence[str]]) -> None:
    """Set the controls to another address in the next run of the page."""
    st.query_params.from_dict(params)
    st.session_state.pop(_WRITTEN, None)


def opened() -> str | None:
    """The id of the saved comparison that is looked at."""
    return st.session_state.get(f"vendor-{SAVED}")


def open_saved(comparison: str) -> None:
    """Look at a saved comparison whose question is asked already."""
    st.session_state[f"vendor-{SAVED}"] = comparison


def key(name: str) -> str:
    """The key of a control: another one once all of them are set anew."""
    return f"vendor-{name}-{st.session_state.get('vendor-round', 0)}"


def starting(stored: Stored) -> Wanted:
    """The suite that a run asked of the most offers, the latest of those, and the first workload."""
    widest = max(stored.runs, key=lambda run: len(run.offers), default=None)
    suites = ((widest.suite, 1),) if widest else ()
    return Wanted(suites=suites, workload=next(iter(stored.workloads), None))


def _address() -> dict[str, Any]:
    found = {name: st.query_params.get_all(name) for name in st.query_params}
    return {name: values if name in _MANY else values[-1] for name, values in found.items()}
