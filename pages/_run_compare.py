"""A run against an earlier one of the same version of its suite: what was fixed, what was broken."""

import streamlit as st

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
