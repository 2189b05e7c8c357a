"""One suite: what it tests and how, its samples, its versions, and the form that runs it."""

import streamlit as st

from broker.config import Config
from broker.suites import Suite
from broker.suites.starters import starters
from broker.suites.store import find_suite, load_suite, save_suite
from db import benchmark_queries as queries
from db import benchmarks as tables
from db.session import Database
from pages import _format as fmt
from pages import _run_form as form
from pages import _run_list as runs
from pages import _suite_samples as samples
from pages import _ui as ui
from pages._suites import STARTER, judged_by, scorer_names


def draw(config: Config, database: Database, user: str, wanted: str) -> None:
    """The page of a suite: its latest version by name, or the version with this id."""
    st.page_link("benchmarks.py", label="All benchmarks", icon=":material/arrow_back:")
    row = _find(database, user, wanted)
    if row is None:
        st.title("No such suite")
        st.warning("There is no suite behind this link. It may have been made in another installation.")
        return
    with database.reader() as session:
        suite = load_suite(session, row.id)
        versions = list(session.scalars(queries.versions(row.name)))
    st.title(f"{ui.plain(row.name)}")
    _facts(row, suite, len(versions))
    names = ["Run it", f"Samples ({row.sample_count:,})", "Runs"]
    run_it, content, past = st.tabs(names, key=f"tabs-{row.id}", on_change="rerun")
    if run_it.open:
        with run_it:
            form.draw(config, database, user, row, suite)
    if content.open:
        with content:
            samples.draw(database, user, suite)
    if past.open:
        with past:
            runs.draw(database, row.id)


def _find(database: Database, user: str, wanted: str) -> tables.Suite | None:
    """The suite, a starter kept first: a run needs its samples as they are now."""
    with database.reader() as session:
        row = find_suite(session, wanted)
    starter = next((suite for suite in starters() if suite.name == wanted), None)
    if row is not None or starter is None:
        return row
    with database.writer() as session:
        suite_id, _ = save_suite(session, starter, user)
        return session.get(tables.Suite, suite_id)


def _facts(row: tables.Suite, suite: Suite, versions: int) -> None:
    source = "Starter suite" if row.source == STARTER else f"from {row.source}" if row.source else ""
    latest = f"version {row.version}" + (f" of {versions}" if versions > 1 else "")
    facts = [latest, fmt.plural(row.sample_count, "sample"), judged_by(scorer_names(suite.scorers)), source]
    if row.description:
        st.markdown(ui.plain(row.description))
    st.caption(" · ".join(ui.plain(fact) for fact in facts if fact))
