"""Keeping a suite: its name and description, and which version it becomes."""

from dataclasses import replace

import streamlit as st

from broker.suites import Suite
from broker.suites.store import File, find_suite, save_suite
from db.session import Database
from pages import _format as fmt
from pages import _ui as ui


def draw(database: Database, user: str, suite: Suite, file: File | None = None, *, key: str = "save") -> None:
    """The form that keeps a suite and opens it."""
    with st.container(border=True):
        name = st.text_input("Name of the suite", suite.name, key=f"{key}-name").strip()
        description = st.text_input(
            "What it tests", suite.description, key=f"{key}-description", placeholder="One sentence"
        )
        with database.reader() as session:
            same = find_suite(session, name) if name else None
        if same is not None:
            st.info(
                f"There is a suite of this name: this becomes version {same.version + 1}, if anything "
                "differs. Runs of earlier versions stay as they are.",
                icon=":material/history:",
            )
        settled = _settled(suite, key)
        if st.button(
            "Keep the suite",
            type="primary",
            icon=":material/save:",
            key=f"{key}-keep",
            disabled=not settled,
        ):
            keep(database, user, replace(suite, name=name, description=description.strip()), file)


def _settled(suite: Suite, key: str) -> bool:
    """Whether something judges the answers, or a person wants them unjudged."""
    left, n = suite.unjudged, len(suite.samples)
    if not left:
        return True
    if left < n:
        st.warning(f"Nothing judges the answers to {left:,} of {fmt.plural(n, 'sample')}.")
        return True
    st.warning(
        "Nothing judges the answers to this suite: a run would show them, but not how many are right. Say "
        "above which column holds the right answers, or how answers are judged.",
        icon=":material/rule:",
    )
    return st.checkbox("Keep it to look at answers; nothing will be judged", key=f"{key}-unjudged")


def keep(database: Database, user: str, suite: Suite, file: File | None = None) -> None:
    """Keep it and open it; a sentence where it cannot be kept."""
    try:
        with database.writer() as session:
            suite_id, version = save_suite(session, suite, user, file)
    except ValueError as error:
        st.error(ui.plain(str(error)), icon=":material/error:")
        return
    st.toast(f"Kept as version {version} of {suite.name}.")
    st.switch_page("benchmarks.py", query_params={"suite": suite_id})
