"""A suite from a file: its format, what its columns mean, what was not taken over; nothing is kept before."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from broker.imports import read_suites
from broker.suites import importers
from broker.suites.importers.report import ColumnMapping, Imported, ImportRefused, Problem
from broker.suites.store import File
from db.session import Database
from pages import _format as fmt
from pages import _import_columns as columns
from pages import _suite_samples as samples
from pages import _suite_save as saving
from pages import _ui as ui

SUFFIXES = ("csv", "tsv", "xlsx", "json", "jsonl", "yaml", "yml")
_SHOWN_PROBLEMS = 1_000


def draw(database: Database, user: str) -> None:
    """Upload, check, keep."""
    file = st.file_uploader("A file of questions with the right answers", SUFFIXES, key="suite-file")
    st.caption(
        "CSV, Excel, JSON, JSON Lines or YAML; also test sets of promptfoo, OpenAI evals, Inspect, GSM8K, "
        "MMLU, Bedrock, Azure and Vertex as they are. Nothing in the file is carried out."
    )
    if file is None:
        return
    with st.expander("How answers are judged is in a second file", icon=":material/attach_file:"):
        second = st.file_uploader("Graders of an OpenAI eval", ("json", "yaml", "yml"), key="graders-file")
    graders = (second.name, second.getvalue()) if second else None
    seen = _read(file.name, file.getvalue(), graders)
    if seen is None:
        return
    mapping = seen.preview.mapping
    st.markdown(f"Read as :blue-badge[{ui.plain(seen.format)}]")
    if mapping is not None:
        _show_head(seen)
        mapping = columns.settled(seen, mapping)
        if mapping is None:
            return
    found = _read(file.name, file.getvalue(), graders, mapping, settled=True)
    if found is None:
        return
    show_problems(found.problems)
    suite = found.suite
    if len(found.suites) > 1:
        names = [one.name for one in found.suites]
        st.info(f"The file gives {fmt.plural(len(names), 'suite')}, one a prompt. Keep them one by one.")
        suite = found.suites[st.selectbox("Suite", range(len(names)), format_func=names.__getitem__)]
    st.markdown(f"**{fmt.plural(len(suite.samples), 'sample')}** will be kept:")
    samples.table(suite.samples, "import")
    key = f"save-{found.sha256[:8]}-{suite.name}"  # the name of another suite is not this one's
    original = File(file.name, file.getvalue(), File(*graders) if graders else None)
    saving.draw(database, user, suite, original, key=key)


def show_problems(problems: Sequence[Problem]) -> None:
    """What was not taken over, by row and field."""
    if not problems:
        st.success("Everything in the file was taken over.", icon=":material/check:")
        return
    n = len(problems)
    told = "was not taken over as it stands" if n == 1 else "were not taken over as they stand"
    st.warning(f"{fmt.plural(n, 'thing')} in the file {told}:")
    rows = [
        {"Row": "" if one.row is None else f"{one.row}", "Field": one.field, "What": one.message}
        for one in problems[:_SHOWN_PROBLEMS]
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=min(240, 38 + 35 * len(rows)),
        alt="What was not taken over, by row and field",
        column_config={
            "Row": st.column_config.TextColumn(width=60),
            "What": st.column_config.TextColumn(width=700),
        },
    )


def _read(
    name: str,
    data: bytes,
    graders: tuple[str, bytes] | None,
    mapping: ColumnMapping | None = None,
    *,
    settled: bool = False,
) -> Imported | None:
    """The file, read once for these settings; `None` once it is said why it cannot be.

    Only what is `settled` has its checks tried: a proposal that judges nothing can still be changed.
    """
    try:
        return _cached(name, data, graders, repr(mapping), settled, mapping)
    except ImportRefused as error:
        st.error(ui.plain(str(error)), icon=":material/error:")
        return None


@st.cache_resource(show_spinner="Reading the file", max_entries=4, scope="session")
def _cached(
    name: str,
    data: bytes,
    graders: tuple[str, bytes] | None,
    shown: str,
    settled: bool,
    _mapping: ColumnMapping | None,
) -> Imported:
    return (read_suites if settled else importers.read)(name, data, _mapping, graders)


def _show_head(found: Imported) -> None:
    st.dataframe(
        pd.DataFrame([dict(row) for row in found.preview.rows[:5]]),
        hide_index=True,
        alt="The first rows of the file",
    )
