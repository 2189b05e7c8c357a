"""Making a suite: from a file, from the playground's test cases, or by hand."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from broker.suites import Sample, Suite
from broker.suites.importers.scoring import usual
from broker.types import Message
from db import queries
from db.models import SavedCase
from db.session import Database
from pages import _import as importing
from pages import _scorer_form as scorers
from pages import _suite_editor as editor
from pages import _suite_save as saving

ADDRESS = "new"


def draw(database: Database, user: str) -> None:
    """The three ways."""
    st.page_link("benchmarks.py", label="All benchmarks", icon=":material/arrow_back:")
    st.title("New suite")
    st.caption("A suite is a set of samples: what is asked, and what a right answer is.")
    upload, cases, hand = st.tabs(
        ["Upload a file", "From saved test cases", "By hand"],
        key="from",
        on_change="rerun",
        bind="query-params",
    )
    if upload.open:
        with upload:
            importing.draw(database, user)
    if cases.open:
        with cases:
            _from_cases(database, user)
    if hand.open:
        with hand:
            _by_hand(database, user)


def _from_cases(database: Database, user: str) -> None:
    with database.reader() as session:
        found = list(session.scalars(queries.saved_cases()))
    if not found:
        st.info(
            "No test case is saved yet. In the playground, a prompt can be saved with its right answer.",
            icon=":material/fact_check:",
        )
        return
    frame = pd.DataFrame(
        {
            "Take": [case.expected is not None for case in found],
            "Name": [case.name for case in found],
            "Prompt": [case.text for case in found],
            "Right answer": [case.expected for case in found],
        }
    )
    chosen = st.data_editor(
        frame,
        key="cases",
        hide_index=True,
        disabled=["Name", "Prompt", "Right answer"],
        placeholder="",
        alt="Saved test cases; mark those to take",
    )
    cases = [case for case, take in zip(found, chosen["Take"], strict=True) if take]
    if cases:
        _save(database, user, Suite("Saved cases", of_cases(cases), ()), "cases")


def of_cases(cases: Sequence[SavedCase]) -> tuple[Sample, ...]:
    """The test cases as samples, their names as ids where these tell them apart."""
    names = [case.name for case in cases]
    return tuple(
        Sample(
            id=case.name if names.count(case.name) == 1 else f"{case.name} {i}",
            input=(Message("system", case.system), Message("user", case.text)) if case.system else case.text,
            targets=(case.expected,) if case.expected else (),
            variables={name: str(value) for name, value in case.variables.items()},
        )
        for i, case in enumerate(cases, 1)
    )


def _by_hand(database: Database, user: str) -> None:
    st.caption("Type into the last row to add a sample; paste from a spreadsheet works too.")
    made = editor.edited(editor.EMPTY, "hand")
    if made:
        _save(database, user, Suite("", made, ()), "hand")


def _save(database: Database, user: str, suite: Suite, key: str) -> None:
    proposed = usual(suite.samples)
    specs = scorers.choose(proposed, f"{key}-{'-'.join(spec.name for spec in proposed)}")
    if specs:
        saving.draw(database, user, replace(suite, scorers=specs), key=key)
