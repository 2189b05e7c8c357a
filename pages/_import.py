"""A suite from a file: its format, what its columns mean, what was not taken over; nothing is kept before."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import pandas as pd
import streamlit as st

from broker.imports import read_suites
from broker.suites import ScorerSpec, importers
from broker.suites.importers.report import ColumnMapping, Imported, ImportRefused, Problem
from broker.suites.store import File
from db.session import Database
from pages import _format as fmt
from pages import _scorer_form as scorers
from pages import _suite_samples as samples
from pages import _suite_save as saving
from pages import _ui as ui

SUFFIXES = ("csv", "tsv", "xlsx", "json", "jsonl", "yaml", "yml")
_SHOWN_PROBLEMS = 1_000
_NONE = "None"
_HELP = {
    "targets": "Each of them is right: one suffices.",
    "choices": "The texts of a multiple-choice question, a column each or one with a list.",
    "tags": "Kinds of samples. Results are shown for each of them too.",
    "id": "A name for each sample, by which it is found again when rows move.",
    "cluster": "What several samples share, one contract say: together they are weaker evidence.",
    "metadata": "Kept with the sample and exported, but neither asked nor judged.",
}


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
        mapping = _mapping(seen, mapping)
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
    key = f"save-{_key(found.sha256, suite.name)}"  # the name of another suite is not this one's
    saving.draw(database, user, suite, File(file.name, file.getvalue()), key=key)


def show_problems(problems: Sequence[Problem]) -> None:
    """What was not taken over, by row and field."""
    if not problems:
        st.success("Everything in the file was taken over.", icon=":material/check:")
        return
    n = len(problems)
    st.warning(
        f"{fmt.plural(n, 'thing')} in the file {'was' if n == 1 else 'were'} not taken over as it stands:"
    )
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


def _key(*parts: object) -> str:
    """A short key for widgets: other parts, other widgets."""
    return sha256(repr(parts).encode()).hexdigest()[:8]


def _mapping(seen: Imported, proposed: ColumnMapping) -> ColumnMapping | None:
    """What each column means; `None` while the scorers' settings cannot be used."""
    columns, key = seen.preview.columns, _key(seen.sha256, proposed)
    with st.container(border=True):
        st.markdown("**What the columns mean**")
        with st.container(horizontal=True):
            asked = _input(columns, proposed, key)
            targets = _several("Right answers", columns, proposed.targets, f"{key}-targets", _HELP["targets"])
            choices = _several("Choices", columns, proposed.choices, f"{key}-choices", _HELP["choices"])
        with st.container(horizontal=True):
            tags = _several("Tags", columns, proposed.tags, f"{key}-tags", _HELP["tags"])
            case = _one("Sample id", columns, proposed.id, f"{key}-id", _HELP["id"])
            cluster = _one("Document", columns, proposed.cluster, f"{key}-cluster", _HELP["cluster"])
            kept = _several("Kept beside", columns, proposed.metadata, f"{key}-metadata", _HELP["metadata"])
        specs = _judged(seen, proposed, key)
    if specs is None:
        return None
    return replace(
        proposed, input=asked, targets=targets, choices=choices, tags=tags, id=case, cluster=cluster,
        metadata=tuple(column for column in kept if column != asked), scorers=specs,
    )  # fmt: skip


def _judged(seen: Imported, proposed: ColumnMapping, key: str) -> tuple[ScorerSpec, ...] | None:
    """The scorers; there is nothing to choose where the file has the checks of each sample."""
    if proposed.scorers or not any(sample.scorers for sample in seen.suite.samples):
        return scorers.choose(proposed.scorers, key)
    st.caption("How each answer is judged stands in the file.")
    return ()


def _input(columns: Sequence[str], proposed: ColumnMapping, key: str) -> str:
    options = [*columns, *([proposed.input] if proposed.input not in columns else [])]
    place = options.index(proposed.input)
    return st.selectbox(
        "Question",
        options,
        place,
        key=f"{key}-input",
        accept_new_options=True,
        help="A column, or a text of your own with columns in it: Translate {{text}} into {{language}}",
    )


def _several(
    label: str, columns: Sequence[str], chosen: Sequence[str], key: str, hint: str
) -> tuple[str, ...]:
    known = [c for c in chosen if c in columns]
    return tuple(
        st.multiselect(label, columns, known, key=key, placeholder="None", select_all=False, help=hint)
    )


def _one(label: str, columns: Sequence[str], chosen: str | None, key: str, hint: str) -> str | None:
    options = [None, *columns]
    return st.selectbox(
        label,
        options,
        options.index(chosen) if chosen in columns else 0,
        format_func=lambda c: c or _NONE,
        key=key,
        help=hint,
    )
