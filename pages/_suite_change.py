"""The next version of a suite: its words, scorers and samples, changed in the page."""

from dataclasses import replace

import streamlit as st

from broker.suites import Suite
from broker.suites.store import describe
from db import benchmarks as tables
from db.benchmark_changes import archive_suite
from db.session import Database
from pages import _format as fmt
from pages import _scorer_form as scorers
from pages import _suite_editor as editor
from pages import _suite_save as saving
from pages._suites import STARTER


def remove(database: Database, row: tables.Suite) -> None:
    """Take a suite off the list, or put it back; its runs stay."""
    gone = row.archived_at is not None
    label = "Put the suite back on the list" if gone else "Take the suite off the list"
    if st.button(label, icon=":material/inventory_2:", help="All versions and all runs are kept."):
        with database.writer() as session:
            archive_suite(session, row.name, not gone)
        st.switch_page("benchmarks.py", query_params={"suite": row.id} if gone else {})


def draw(database: Database, user: str, row: tables.Suite, suite: Suite, runs: int) -> None:
    """Everything about a suite that can be changed, and the button that keeps it as a new version."""
    ran = f", with {fmt.plural(runs, 'run')}" if runs else ""
    st.caption(
        f"A version never changes: what you save becomes the next one. Version {row.version}{ran} stays as "
        "it is."
    )
    if len(suite.samples) > editor.MOST:
        st.info(f"With more than {editor.MOST:,} samples, change the file and upload it under the same name.")
        return
    key = f"edit-{row.id}"
    description = st.text_input("What it tests", suite.description, key=f"{key}-description").strip()
    system = st.text_area("What every model is told first", suite.system, key=f"{key}-system")
    template = st.text_input(
        "Around every question", suite.template, key=f"{key}-template", placeholder="{{input}}"
    )
    specs = scorers.choose(suite.scorers, key)
    samples = editor.edited(suite, key)
    if specs is None or samples is None:
        return
    made = replace(
        suite, description=description, system=system, template=template, scorers=specs, samples=samples
    )
    if replace(made, description=suite.description) != suite:
        if st.button("Save as the next version", type="primary", icon=":material/save:"):
            saving.keep(database, user, made)
    else:
        _describe(database, row, suite.description, description)
    if row.source != STARTER:
        remove(database, row)


def _describe(database: Database, row: tables.Suite, before: str, description: str) -> None:
    """The button where nothing but the description is another: that makes no version."""
    label = "Nothing has changed yet" if description == before else "Save the description"
    if st.button(label, type="primary", icon=":material/save:", disabled=description == before):
        with database.writer() as session:
            describe(session, row.id, description)
        st.toast("The description is kept.")
        st.switch_page("benchmarks.py", query_params={"suite": row.id})
