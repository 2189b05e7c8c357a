"""The head of a run's page: what was asked of whom, and what its reader has to mind."""

import streamlit as st

from db.benchmarks import Run, Suite
from pages import _format as fmt
from pages import _ui as ui


def draw(run: Run, suite: Suite) -> None:
    """Name, state, and how the run was set up."""
    st.title(ui.plain(run.name))
    samples = run.cell_count // max(1, len(run.offers) * run.epochs)
    facts = [
        f"{ui.plain(suite.name)} v{suite.version}",
        f"{fmt.plural(samples, 'sample')} × {fmt.plural(len(run.offers), 'offer')}"
        + (f" × {run.epochs} times" if run.epochs > 1 else ""),
        f"{run.concurrency} at once",
        f"seed {run.seed}",
        ui.when(run.created_at),
        ui.plain(run.user or fmt.UNKNOWN),
    ]
    st.caption(" · ".join(facts))
