"""What the comparison asks, between the address, the controls and the next visit of this session."""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

import streamlit as st

from broker.comparison import Wanted
from broker.comparison.state import Params, from_params, to_params
from broker.comparison.stored import Stored, without_missing

VIEW, SAVED = "view", "saved"
_LAST, _WRITTEN, _LOADED = "vendor-last", "vendor-written", "vendor-loaded"
_LEFT, _SAID = "vendor-left", "vendor-said"
_ECHO_S = 1.0  # how long after an address was replaced a browser may still send it
_MANY = {"suite", "gate", "maker", "platform", "offer"}


def begin(stored: Stored) -> tuple[Wanted, tuple[str, ...]]:
    """What to show: what the address says, else what was shown last, else a start from what was tested.

    Where it is not what this page wrote itself, the controls are set to it. Sentences on what of it makes no
    sense stay until something is asked.
    """
    address, written = _address(), st.session_state.get(_WRITTEN)
    drawn = key("suites") in st.session_state  # controls are forgotten once another page was looked at
    if drawn and address and written and (address == written or _is_older(address)):
        return st.session_state[_LOADED]
    told = address or st.session_state.get(_LAST)
    wanted, problems = from_params(told) if told else (starting(stored), ())
    wanted, gone = without_missing(wanted, stored)
    problems = (*problems, *gone)
    st.session_state[_LOADED] = wanted, problems
    st.session_state["vendor-round"] = st.session_state.get("vendor-round", 0) + 1
    for name in (VIEW, SAVED):
        st.session_state[f"vendor-{name}"] = (told or {}).get(name)
    return wanted, problems


def keep(wanted: Wanted) -> None:
    """Write what is asked into the address."""
    own = {name: found for name in (VIEW, SAVED) if (found := st.session_state.get(f"vendor-{name}"))}
    params: dict[str, Any] = {**to_params(wanted), VIEW: "shortlist", **own}
    _leave(params)
    st.session_state[_LAST] = st.session_state[_WRITTEN] = params
    st.session_state[_SAID] = _controls()
    if _address() != params:
        st.query_params.from_dict(params)


def last() -> Params:
    """The address as it was written last."""
    return st.session_state[_LAST]


def load(params: Mapping[str, str | Sequence[str]]) -> None:
    """Set the controls to another address in the next run of the page."""
    _leave(params)
    st.query_params.from_dict(params)
    st.session_state.pop(_WRITTEN, None)


def named_alone() -> str | None:
    """The id of a saved comparison that the address names without asking anything: ours have a view, too."""
    address = _address()
    return address[SAVED] if address.keys() == {SAVED} else None


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


def _is_older(address: Mapping[str, Any]) -> bool:
    """Whether it is one that the browser sent before it heard of the latest: what controls say is newer.

    Whoever is quick changes a control again before that; who goes back in the browser changes none.
    """
    left, at = st.session_state.get(_LEFT, (None, 0.0))
    return _controls() != st.session_state.get(_SAID) or (address == left and monotonic() - at < _ECHO_S)


def _controls() -> dict[str, Any]:
    """What every control says, by its key, and which view is chosen."""
    last = f"-{st.session_state.get('vendor-round', 0)}"
    names = ((str(name), value) for name, value in st.session_state.items())
    said = {name: value for name, value in names if name.startswith("vendor-") and name.endswith(last)}
    return said | {VIEW: st.session_state.get(f"vendor-{VIEW}") or "shortlist"}


def _leave(params: Mapping[str, Any]) -> None:
    """Note which address these take the place of, and when."""
    written = st.session_state.get(_WRITTEN)
    if written is not None and written != params:
        st.session_state[_LEFT] = written, monotonic()


def _address() -> dict[str, Any]:
    found = {name: st.query_params.get_all(name) for name in st.query_params}
    return {name: values if name in _MANY else values[-1] for name, values in found.items()}
