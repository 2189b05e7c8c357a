"""A run against another of the same version of its suite: what was fixed, what was broken, who is better."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from broker.results import RunResults
from broker.results.regressions import Regression, regressions
from db import benchmark_queries as queries
from db.benchmarks import Run
from db.session import Database
from pages import _format as fmt
from pages import _run_data as data
from pages import _ui as ui
from pages._run_data import Kept
from pages._run_marks import ACTIVE

_SHOWN = 30


def draw(database: Database, run: Run, kept: Kept) -> None:
    """Choose the other run, then every offer that is in both."""
    with database.reader() as session:
        found = session.scalars(queries.runs(run.suite_id))
        others = {other.id: other for other in found if other.id != run.id and other.status not in ACTIVE}
    if not others:
        st.caption("There is no other run of this version of the suite yet.")
        return
    chosen = st.selectbox(
        "Compare with the run of",
        list(others),
        format_func=lambda run_id: _label(others[run_id]),
        key="before",
    )
    one, two = data.results(database, others[chosen]).run, kept.run
    if others[chosen].created_at > run.created_at:
        one, two = two, one
    changes = regressions(one, two)
    if not changes:
        st.info("No offer is in both runs.")
    for change in changes:
        _draw_one(two, change)
    with st.expander("One offer against another, across the two runs", expanded=not changes):
        _across(one, two)


def _across(one: RunResults, two: RunResults) -> None:
    """Two offers that were never asked in one run; answers that were made elsewhere among them."""
    left, right = st.columns(2)
    then = _offer(left, "Offer of the earlier run", one, "before-offer")
    now = _offer(right, "Offer of the later run", two, "after-offer")
    [found] = regressions(one, two, [(then, now)])
    st.markdown(fmt.no_formula(ui.plain(found.verdict.sentence)))
    st.markdown(f":green[:material/check:] Only the latter is better on {_listed(found.fixed)}")
    st.markdown(f":red[:material/close:] Only the former is better on {_listed(found.broken)}")
    st.caption(
        "On the samples that were judged of both; asked at different times, so only quality is compared."
    )


def _offer(place: DeltaGenerator, label: str, run: RunResults, key: str) -> str:
    return place.selectbox(
        label, list(run.offers), format_func=lambda offer: run.labels[offer], key=f"{key}-{run.id}"
    )


def _label(run: Run) -> str:
    names = fmt.listed([offer["name"] for offer in run.offers])
    return f"{ui.when(run.created_at)} · {run.name} · {fmt.short(names, 80)}"


def _draw_one(run: RunResults, change: Regression) -> None:
    with st.container(border=True):
        st.markdown(f"**{ui.plain(run.labels[change.offer])}**")
        st.markdown(fmt.no_formula(ui.plain(change.verdict.sentence)))
        st.markdown(f":green[:material/check:] Fixed {_listed(change.fixed)}")
        st.markdown(f":red[:material/close:] Broken {_listed(change.broken)}")


def _listed(keys: tuple[str, ...]) -> str:
    shown = ", ".join(ui.plain(key) for key in keys[:_SHOWN])
    more = f" and {len(keys) - _SHOWN:,} more" if len(keys) > _SHOWN else ""
    return f"{len(keys):,}: {shown}{more}" if keys else "none"
