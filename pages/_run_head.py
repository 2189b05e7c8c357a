"""The head of a run's page: what was asked of whom, and what its reader has to mind."""

import streamlit as st

from db.benchmarks import Run, Suite
from pages import _format as fmt
from pages import _ui as ui


def draw(run: Run, suite: Suite) -> None:
    """Name, state, and how the run was set up."""
    st.title(ui.plain(run.name))
    facts = [
        f"{ui.plain(suite.name)} v{suite.version}",
        *_order(run),
        ui.when(run.created_at),
        ui.plain(run.user or fmt.UNKNOWN),
    ]
    st.caption(" · ".join(facts))


def _order(run: Run) -> list[str]:
    """What was asked, and how; of answers that were made elsewhere that is not known."""
    offers = fmt.plural(len(run.offers), "offer")
    if run.kind == "imported":
        return [offers]
    samples = run.cell_count // max(1, len(run.offers) * run.epochs)
    times = f" × {run.epochs} times" if run.epochs > 1 else ""
    asked = f"{fmt.plural(samples, 'sample')} × {offers}{times}"
    return [asked, f"{run.concurrency} at once", f"seed {run.seed}"]
