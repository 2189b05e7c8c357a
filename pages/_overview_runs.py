"""The latest runs with what came of each, in a sentence."""

from collections.abc import Sequence

import streamlit as st

from db import benchmark_queries as queries
from db.benchmarks import Run
from db.session import Database
from pages import _format as fmt
from pages import _run_data as data
from pages import _run_verdict as verdict
from pages import _ui as ui
from pages._overview_links import link
from pages._run_marks import ACTIVE, badges

_SHOWN = 4
_SUMMED = 3_000  # cells: a larger run says on its own page what it comes to


def latest(database: Database) -> list[Run]:
    """The newest runs."""
    with database.reader() as session:
        return list(session.scalars(queries.runs().limit(_SHOWN)))


def draw(database: Database, runs: Sequence[Run]) -> None:
    """Each with its state and its sentence; the name leads to it."""
    st.header("Latest runs", anchor=False)
    with st.container(border=True):
        for run in runs:
            name, words = st.columns([1.6, 5], vertical_alignment="center")
            name.page_link("run.py", label=ui.plain(run.name), query_params={"id": run.id})
            facts = f":small[:gray[{ui.when(run.created_at)} · {fmt.plural(len(run.offers), 'offer')}]]"
            said = fmt.no_formula(ui.plain(_said(database, run)))
            words.markdown("  \n".join(part for part in (said, f"{badges(run)} {facts}") if part))
    link("benchmarks.py", "All runs")


def _said(database: Database, run: Run) -> str:
    if run.status in ACTIVE:
        return ""
    if run.cell_count > _SUMMED:
        return f"{run.cell_count:,} answers: its page says what they come to."
    kept = data.results(database, run)
    return verdict.headline(kept) if kept.by_sample else run.problem or ""
