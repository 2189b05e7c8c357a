"""Answers that no rule can judge, of a run without a judge: what was left out, and how to have it judged."""

import streamlit as st

from broker.config import Config
from broker.runs.model_judge import by_model
from broker.suites.store import load_suite
from db import review_queries as queries
from db.benchmarks import Run
from db.session import Database
from pages import _format as fmt
from pages import _run_pairs_form as form
from pages import _run_pairs_live as live
from pages._run_data import Kept


def draw(config: Config, database: Database, user: str, run: Run, kept: Kept) -> None:
    """Nothing where rules judge everything; a judge at work; or what one could still do."""
    with database.reader() as session:
        asked = session.scalars(queries.reviews(run.id, "answers")).first()
    if asked is not None:
        live.draw(database, asked)
    left = _left(database, run.suite_id) & kept.by_sample.keys()
    if run.judge is not None or not left:
        return
    made = "Imported answers are scored by rules" if run.kind == "imported" else "This run had no judge"
    st.warning(
        f"{made}: what only a model can judge was left out, of {fmt.plural(len(left), 'sample')}. What "
        "passes here is what the rules say.",
        icon=":material/gavel:",
    )
    with st.expander("Judge these answers", icon=":material/gavel:"):
        stays = " They stay imported." if run.kind == "imported" else ""
        st.caption(f"The judge is asked about the answers that are there; no offer is asked again.{stays}")
        form.answers(config, database, user, run)


@st.cache_data(show_spinner=False, max_entries=64)
def _left(_database: Database, suite_id: str) -> frozenset[str]:
    """The samples of a version of a suite that are for a model to judge, in whole or in part."""
    with _database.reader() as session:
        suite = load_suite(session, suite_id)
    return frozenset(one.id for one in suite.samples if by_model(one.scorers or suite.scorers))
