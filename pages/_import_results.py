"""Answers made elsewhere: matched to a suite's samples, scored here, and marked as imported for ever."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from broker.runs.imported import keep_imported, scored
from broker.suites import Suite
from broker.suites.importers.parsing import sheets
from broker.suites.importers.report import ImportRefused
from broker.suites.results_import import read_results
from broker.suites.results_import.report import AnswerColumns, ColumnsUnsettled, ImportedResults
from broker.suites.store import File
from db import benchmarks as tables
from db.session import Database
from pages import _format as fmt
from pages import _ui as ui
from pages._import import MOST_MB, SUFFIXES, show_problems

_CHOOSE = (
    "Choose above which columns hold the answers, and which one the samples' ids or their questions, "
    "as they stand in this suite."
)


def draw(database: Database, user: str, row: tables.Suite, suite: Suite) -> None:
    """Upload, check, keep as a run."""
    st.caption(
        "Answers that other tools or people collected: a row an answer, a column a model, or the results of "
        "promptfoo, Inspect, OpenAI evals or Bedrock. They are scored here by this suite's rules and "
        "compared in quality, never in speed."
    )
    file = st.file_uploader(
        "A file of answers to this suite", SUFFIXES, key="answers-file", max_upload_size=MOST_MB
    )
    if file is None:
        return
    found = _settled(file.name, file.getvalue(), suite, file.file_id)
    if found is None:
        return
    models = fmt.listed([ui.plain(model) for model in found.models])
    empty = sum(bool(answer.error) for answer in found.answers)
    without = f", and {fmt.plural(empty, 'question')} without one" if empty else ""
    n = fmt.plural(len(found.answers) - empty, "answer")
    st.markdown(f"Read as :blue-badge[{ui.plain(found.format)}]: **{n}** of {models}{without}")
    show_problems((*found.unmatched, *found.problems))
    name = st.text_input("Name of the run", f"{suite.name}, {file.name}", key="answers-name").strip()
    if st.button("Score and keep", type="primary", icon=":material/save:", disabled=not name):
        with st.spinner("Scoring the answers"):
            cells = scored(suite, found)
        with database.writer() as session:
            kept = File(file.name, file.getvalue())
            run_id = keep_imported(session, cells, found, row.id, name=name, user=user, file=kept)
        st.switch_page("run.py", query_params={"id": run_id})


def _settled(name: str, data: bytes, suite: Suite, key: str) -> ImportedResults | None:
    """The answers by the sheet and columns that a person settles; `None` once it is said what is amiss."""
    sheet = _sheet(name, data, key)
    key = f"{key}-{sheet}"
    found = _read(name, data, suite, sheet)
    if found is not None and found.chosen is not None:
        found = _read(name, data, suite, sheet, _columns(found.columns, found.chosen, key))
    if isinstance(found, ColumnsUnsettled):
        st.info(f"{ui.plain(str(found))} {_CHOOSE}", icon=":material/view_column:")
        return None
    return found


def _sheet(name: str, data: bytes, key: str) -> str | None:
    """Which sheet of a workbook with several holds the answers."""
    try:
        found = _sheets(name, data)
    except ImportRefused:  # reading the answers says why
        return None
    return st.selectbox("Sheet", found, key=f"{key}-sheet") if len(found) > 1 else None


@st.cache_resource(show_spinner="Reading the file", max_entries=4, scope="session")
def _sheets(name: str, data: bytes) -> tuple[str, ...]:
    return sheets(name, data)


def _read(
    name: str, data: bytes, suite: Suite, sheet: str | None, columns: AnswerColumns | None = None
) -> ImportedResults | ColumnsUnsettled | None:
    try:
        return read_results(name, data, suite, columns, sheet)
    except ColumnsUnsettled as unsettled:
        return unsettled
    except ImportRefused as error:
        st.error(ui.plain(str(error)), icon=":material/error:")
        return None


def _columns(names: Sequence[str], chosen: AnswerColumns, key: str) -> AnswerColumns:
    """Which column is what."""
    with st.container(border=True, horizontal=True):
        answers = st.multiselect(
            "Answers", names, list(chosen.answers), key=f"{key}-answers", select_all=False,
            help="One column where each row names its model, else one column a model.",
        )  # fmt: skip
        model = _one("Model", names, chosen.model, f"{key}-model")
        case = _one("Sample id", names, chosen.id, f"{key}-id")
        asked = _one("Question", names, chosen.input, f"{key}-input")
        epoch = _one("Repetition", names, chosen.epoch, f"{key}-epoch")
    return replace(chosen, answers=tuple(answers), model=model, id=case, input=asked, epoch=epoch)


def _one(label: str, names: Sequence[str], chosen: str | None, key: str) -> str | None:
    options = [None, *names]
    place = options.index(chosen) if chosen in names else 0
    return st.selectbox(label, options, place, format_func=lambda name: name or "None", key=key)
