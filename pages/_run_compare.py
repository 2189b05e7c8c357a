"""A run against another of its suite: what was fixed, what was broken, who is better."""

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from broker.results import RunResults
from broker.results.regressions import Regression, regressions
from broker.results.versions import Shared, shared
from db import benchmark_queries as queries
from db.benchmarks import Run, Suite
from db.session import Database
from pages import _format as fmt
from pages import _run_data as data
from pages import _ui as ui
from pages._run_data import Kept
from pages._run_marks import ACTIVE

_SHOWN = 30


def draw(database: Database, run: Run, kept: Kept) -> None:
    """Choose the other run, then every offer that is in both."""
    others = _others(database, run)
    if not others:
        st.caption("There is no other run of this suite yet.")
        return
    chosen = st.selectbox(
        "Compare with the run of",
        list(others),
        format_func=lambda run_id: _label(*others[run_id]),
        key="before",
    )
    before, after = sorted([others[chosen][0], run], key=lambda one: one.created_at)
    with database.reader() as session:
        common = shared(session, before, after)
    _say(common)
    if not common.samples:
        return
    one, two = (kept.run if one is run else data.results(database, one).run for one in (before, after))
    changes = regressions(one, two, alike=common.samples)
    if not changes:
        st.info("No offer is in both runs.")
    for change in changes:
        _draw_one(two, change)
    with st.expander("One offer against another, across the two runs", expanded=not changes):
        _across(one, two, common)


def _others(database: Database, run: Run) -> Mapping[str, tuple[Run, int]]:
    """The other runs of the suite, each with its version; those of the same version come first."""
    with database.reader() as session:
        name = session.get_one(Suite, run.suite_id).name
        found = [(other, version) for other, version in session.execute(queries.runs_of(name))]
    found = [(one, version) for one, version in found if one.id != run.id and one.status not in ACTIVE]
    found.sort(key=lambda row: row[0].suite_id != run.suite_id)
    return {other.id: (other, version) for other, version in found}


def _say(common: Shared) -> None:
    """How much of the two is the same: what differs is left out, or may be the cause."""
    most = max(common.before, common.after)
    if not common.samples:
        st.info("No sample is the same in both versions of the suite, so these runs cannot be compared.")
        return
    if len(common.samples) < most:
        st.markdown(
            f"Compared on the **{len(common.samples):,} of {fmt.plural(most, 'sample')}** whose question and "
            "right answers are the same in both versions of the suite; the others are left out."
        )
    if common.differs:
        st.markdown(
            f":orange[:material/warning:] The runs also differ in {fmt.listed(common.differs)}: what changed "
            "may come from that."
        )


def _across(one: RunResults, two: RunResults, common: Shared) -> None:
    """Two offers that were never asked in one run; answers that were made elsewhere among them."""
    left, right = st.columns(2)
    then = _offer(left, "Offer of the earlier run", one, "before-offer")
    now = _offer(right, "Offer of the later run", two, "after-offer")
    [found] = regressions(one, two, [(then, now)], common.samples)
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


def _label(run: Run, version: int) -> str:
    names = fmt.listed([offer["name"] for offer in run.offers])
    return f"{ui.when(run.created_at)} · {run.name} · version {version} · {fmt.short(names, 80)}"


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
