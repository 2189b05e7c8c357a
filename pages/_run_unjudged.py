"""Answers that only a model can judge and none has: what was left out, and how to have it judged."""

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
    if run.judge is not None:
        _open(config, database, user, run, _unjudged(kept, left), again=asked is None)
        return
    if not left:
        return
    made = "Imported answers are scored by rules" if run.kind == "imported" else "This run had no judge"
    st.warning(
        f"{made}: what only a model can judge was left out, of {fmt.plural(len(left), 'sample')}. What "
        "passes here is what the rules say.",
        icon=":material/gavel:",
    )
    with st.expander("Judge these answers", icon=":material/gavel:"):
        stays = " They stay imported." if run.kind == "imported" else ""
        st.caption(
            "The judge is asked about the answers that are there; no offer is asked again. Until it has "
            f"graded an answer, that one counts as not judged.{stays}"
        )
        form.answers(config, database, user, run)


def _open(config: Config, database: Database, user: str, run: Run, count: int, *, again: bool) -> None:
    """What a run's judge has not graded, and perhaps how to ask `again`."""
    if not count:
        return
    st.warning(
        f"{fmt.plural(count, 'answer')} of this run {'is' if count == 1 else 'are'} not judged, for the "
        "judge's grade is missing: neither accuracy nor score counts them, whatever the rules say.",
        icon=":material/gavel:",
    )
    if again:
        with st.expander("Ask the judge again", icon=":material/gavel:"):
            st.caption("It is asked about these answers alone; no offer is asked again.")
            form.answers(config, database, user, run)


def _unjudged(kept: Kept, left: frozenset[str]) -> int:
    cells = (cell for key in left for cell in kept.by_sample.get(key, ()))
    return sum(cell.outcome == "answered" and cell.value is None for cell in cells)


@st.cache_data(show_spinner=False, max_entries=64)
def _left(_database: Database, suite_id: str) -> frozenset[str]:
    """The samples of a version of a suite that are for a model to judge, in whole or in part."""
    with _database.reader() as session:
        suite = load_suite(session, suite_id)
    return frozenset(one.id for one in suite.samples if by_model(one.scorers or suite.scorers))
