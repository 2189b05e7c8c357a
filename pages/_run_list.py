"""The runs of the benchmarks page: how far each is, what it cost, and what came of it."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from broker.runs.progress import progress
from db import benchmark_queries as queries
from db.benchmarks import Run, Suite
from db.session import Database
from pages import _format as fmt
from pages import _run_data as data
from pages import _run_verdict as verdict
from pages import _ui as ui
from pages._run_marks import ACTIVE, badges

SHOWN = 6
SUMMED = 20_000  # cells: of larger runs the page of the run says what they come to


def draw(database: Database, suite_id: str | None = None) -> None:
    """The latest runs, all or of one version of a suite; they move while one is under way."""
    with database.reader() as session:
        found = list(session.scalars(queries.runs(suite_id)))
    if not found:
        if suite_id:
            st.caption("This version has not been run yet.")
        return
    if not suite_id:
        st.header(f"Runs ({len(found):,})", anchor=False)
    pages = -(-len(found) // SHOWN)
    number = st.pagination(pages, key="runs-page") if pages > 1 else 1
    ids = [run.id for run in found[(number - 1) * SHOWN : number * SHOWN]]
    moving = any(run.status in ACTIVE for run in found)
    st.fragment(_rows, run_every=1.0 if moving else None)(database, ids)


def spend(spent: Any, budget: Any) -> str:
    """`$0.12 of $1.00`."""
    return f"{fmt.usd(spent)} of {fmt.usd(budget)}" if budget is not None else fmt.usd(spent)


def _rows(database: Database, ids: Sequence[str]) -> None:
    with database.reader() as session:
        runs = [session.get_one(Run, run_id) for run_id in ids]
        suites = {run.suite_id: session.get_one(Suite, run.suite_id) for run in runs}
    for run in runs:
        with st.container(border=True):
            _row(database, run, suites[run.suite_id])


def _row(database: Database, run: Run, suite: Suite) -> None:
    words, action = st.columns([6, 1], vertical_alignment="center")
    with words:
        st.markdown(f"**{ui.plain(run.name)}** {badges(run)}")
        facts = [
            f"{ui.plain(suite.name)} v{suite.version}",
            fmt.listed([ui.plain(offer["name"]) for offer in run.offers]),
            _how_far(database, run),
            spend(run.spent, run.budget),
            ui.when(run.created_at),
            ui.plain(run.user or fmt.UNKNOWN),
        ]
        if run.status not in ACTIVE and run.cell_count <= SUMMED:
            kept = data.results(database, run)
            said = verdict.headline(kept) if kept.by_sample else ""
            st.markdown(fmt.no_formula(ui.plain(said)))
        st.caption(fmt.no_formula(" · ".join(facts)))
    with action:
        label = f"Open run of {ui.when(run.created_at)}"
        icon = ":material/arrow_forward:"
        st.page_link("run.py", label=label, icon=icon, icon_position="right", query_params={"id": run.id})


def _how_far(database: Database, run: Run) -> str:
    if run.status == "done":
        return fmt.plural(run.cell_count, "answer")
    with database.reader() as session:
        found = progress(session, run.id)
    return f"{found.done:,} of {found.total:,} answers"
