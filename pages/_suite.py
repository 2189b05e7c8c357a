"""One suite: what it tests and how, its samples, its versions, and the form that runs it."""

from collections.abc import Callable, Sequence

import streamlit as st

from broker.config import Config
from broker.suites import Suite
from broker.suites.starters import starters
from broker.suites.store import find_suite, load_suite, save_suite
from db import benchmark_queries as queries
from db import benchmarks as tables
from db.session import Database
from pages import _format as fmt
from pages import _import_results as results
from pages import _run_form as form
from pages import _run_list as runs
from pages import _suite_change as change
from pages import _suite_samples as samples
from pages import _ui as ui
from pages._suites import STARTER, judged_by, scorer_names

_SHOWN_VERSIONS = 8


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
        ran = len(session.scalars(queries.runs(row.id)).all())
    st.title(ui.plain(row.name))
    _facts(row, suite)
    _versions(row, versions)
    views: dict[str, Callable[[], None]] = {
        "Run it": lambda: form.draw(config, database, user, row, suite),
        "Samples": lambda: samples.draw(database, row, suite),
        "Runs": lambda: runs.draw(database, row.id),
        "Edit": lambda: change.draw(database, user, row, suite, ran),
        "Answers made elsewhere": lambda: results.draw(database, user, row, suite),
    }
    tabs = st.tabs(list(views), key="tab", on_change="rerun", bind="query-params")
    for tab, view in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab:
                view()


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


def _versions(row: tables.Suite, versions: Sequence[tables.Suite]) -> None:
    """Links to the other versions, and a word where this is not the latest."""
    if len(versions) < 2:
        return
    if row.id != versions[0].id:
        st.warning("This is an earlier version of the suite.", icon=":material/history:")
    with st.container(horizontal=True):
        for other in versions[:_SHOWN_VERSIONS]:
            if other.id != row.id:
                label = f"Version {other.version}, {ui.when(other.created_at)}"
                st.page_link("benchmarks.py", label=label, query_params={"suite": other.id})


def _facts(row: tables.Suite, suite: Suite) -> None:
    source = "Starter suite" if row.source == STARTER else f"from {row.source}" if row.source else ""
    facts = [
        f"Version {row.version}",
        fmt.plural(row.sample_count, "sample"),
        judged_by(scorer_names(suite.scorers), each=any(sample.scorers for sample in suite.samples)),
        source,
        f"content {row.content_hash[:8]}",
    ]
    if row.description:
        st.markdown(ui.plain(row.description))
    st.caption(" · ".join(ui.plain(fact) for fact in facts if fact))
