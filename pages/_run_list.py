"""The runs of the benchmarks page: how far each is, what it cost, and what came of it."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from broker.runs.progress import progress
from broker.runs.snapshot import price_then, priced
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


def spent(run: Run) -> str:
    """What a run has spent, as far as that is known: of answers made elsewhere it is not."""
    asked = [*run.offers, *([run.judge] if run.judge else [])]
    if all(priced(price_then(offer), 1, 1) is not None for offer in asked):
        return spend(run.spent, run.budget)
    return f"at least {spend(run.spent, run.budget)}" if run.spent else fmt.UNKNOWN


def bill(run: Run) -> str:
    """`spent $0.12 of $1.00`, or that nobody knows."""
    known = spent(run)
    return "cost unknown" if known == fmt.UNKNOWN else f"spent {known}"


def _rows(database: Database, ids: Sequence[str]) -> None:
    with database.reader() as session:
        runs = [session.get_one(Run, run_id) for run_id in ids]
        suites = {run.suite_id: session.get_one(Suite, run.suite_id) for run in runs}
    for run in runs:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            _row(database, run, suites[run.suite_id])


def _row(database: Database, run: Run, suite: Suite) -> None:
    with st.container():
        st.markdown(f"**{ui.plain(run.name)}** {badges(run)}")
        facts = [
            f"{ui.plain(suite.name)} v{suite.version}",
            fmt.listed([ui.plain(offer["name"]) for offer in run.offers]),
            _how_far(database, run),
            bill(run),
            ui.when(run.created_at),
            ui.plain(run.user or fmt.UNKNOWN),
        ]
        if run.status not in ACTIVE and run.cell_count <= SUMMED:
            kept = data.results(database, run)
            said = verdict.headline(kept) if kept.by_sample else ""
            st.markdown(fmt.no_formula(ui.plain(said)))
        st.caption(fmt.no_formula(" · ".join(facts)))
    st.page_link(
        "run.py",
        label=f"Open run of {ui.when(run.created_at)}",
        icon=":material/arrow_forward:",
        icon_position="right",
        width="content",
        query_params={"id": run.id},
    )


def _how_far(database: Database, run: Run) -> str:
    if run.status == "done":
        return fmt.plural(run.cell_count, "answer")
    with database.reader() as session:
        found = progress(session, run.id)
    return f"{found.done:,} of {found.total:,} answers"
