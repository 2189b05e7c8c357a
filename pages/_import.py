"""A suite from a file: its format, what its columns mean, what was not taken over; nothing is kept before."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from broker.imports import read_suites
from broker.suites import importers
from broker.suites.importers.report import MAX_BYTES, ColumnMapping, Imported, ImportRefused, Problem
from broker.suites.store import File
from db.session import Database
from pages import _format as fmt
from pages import _import_columns as columns
from pages import _suite_samples as samples
from pages import _suite_save as saving
from pages import _ui as ui
from pages._suites import rule

MOST_MB = MAX_BYTES // 1_000_000
SUFFIXES = ("csv", "tsv", "xlsx", "json", "jsonl", "yaml", "yml")
_SHOWN_PROBLEMS = 1_000


def draw(database: Database, user: str) -> None:
    """Upload, check, keep."""
    file = st.file_uploader(
        "A file of questions with the right answers", SUFFIXES, key="suite-file", max_upload_size=MOST_MB
    )
    st.caption(
        "CSV, Excel, JSON, JSON Lines or YAML; also test sets of promptfoo, OpenAI evals, Inspect, GSM8K, "
        "MMLU, Bedrock, Azure and Vertex as they are. Nothing in the file is carried out."
    )
    if file is None:
        return
    with st.expander("How answers are judged is in a second file", icon=":material/attach_file:"):
        second = st.file_uploader("Graders of an OpenAI eval", ("json", "yaml", "yml"), key="graders-file")
    graders = (second.name, second.getvalue()) if second else None
    original = File(file.name, file.getvalue(), File(*graders) if graders else None)
    found = _found(original, file.file_id)
    if found is None:
        return
    show_problems(found.problems)
    suite = found.suite
    if len(found.suites) > 1:
        names = [one.name for one in found.suites]
        st.info(f"The file gives {fmt.plural(len(names), 'suite')}, one a prompt. Keep them one by one.")
        suite = found.suites[st.selectbox("Suite", range(len(names)), format_func=names.__getitem__)]
    st.markdown(f"**{fmt.plural(len(suite.samples), 'sample')}** will be kept. {ui.plain(rule(suite))}.")
    samples.table(suite.samples, "import")
    key = f"save-{found.sha256[:8]}-{suite.name}"  # the name of another suite is not this one's
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


def _found(file: File, key: str) -> Imported | None:
    """The file by the sheet and columns that a person settles; `None` while there is something to settle."""
    seen, sheet = _read(file), None
    if seen is not None and len(seen.preview.sheets) > 1:
        sheet = st.selectbox("Sheet", seen.preview.sheets, key=f"{key}-sheet")
        seen = _read(file, sheet=sheet)
    if seen is None:
        return None
    mapping = seen.preview.mapping
    st.markdown(f"Read as :blue-badge[{ui.plain(seen.format)}]")
    if mapping is not None:
        _show_head(seen)
        mapping = columns.settled(seen, mapping, lambda changed: _read(file, changed, sheet=sheet))
        if mapping is None:
            return None
    return _read(file, mapping, sheet=sheet, settled=True)


def _read(
    file: File, mapping: ColumnMapping | None = None, *, sheet: str | None = None, settled: bool = False
) -> Imported | None:
    """The file, read once for these settings; `None` once it is said why it cannot be.

    Only what is `settled` has its checks tried: a proposal that judges nothing can still be changed.
    """
    try:
        graders = (file.graders.name, file.graders.data) if file.graders else None
        return _cached(file.name, file.data, graders, sheet, repr(mapping), mapping, settled=settled)
    except ImportRefused as error:
        st.error(ui.plain(str(error)), icon=":material/error:")
        return None


@st.cache_resource(show_spinner="Reading the file", max_entries=4, scope="session")
def _cached(
    name: str,
    data: bytes,
    graders: tuple[str, bytes] | None,
    sheet: str | None,
    shown: str,
    _mapping: ColumnMapping | None,
    *,
    settled: bool,
) -> Imported:
    return (read_suites if settled else importers.read)(name, data, _mapping, graders, sheet)


def _show_head(found: Imported) -> None:
    st.dataframe(
        pd.DataFrame([dict(row) for row in found.preview.rows[:5]]),
        hide_index=True,
        alt="The first rows of the file",
    )
