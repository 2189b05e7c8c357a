"""What the columns of an uploaded table mean, and how its answers are judged, as a form."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import streamlit as st

from broker.suites import ScorerSpec
from broker.suites.importers.report import ColumnMapping, Imported
from pages import _scorer_form as scorers

_NONE = "None"
_HELP = {
    "targets": "Each of them is right: one suffices.",
    "choices": "The texts of a multiple-choice question, a column each or one with a list.",
    "tags": "Kinds of samples. Results are shown for each of them too.",
    "id": "A name for each sample, by which it is found again when rows move.",
    "cluster": "What several samples share, one contract say: together they are weaker evidence.",
    "metadata": "Kept with the sample and exported, but neither asked nor judged.",
}


def settled(seen: Imported, proposed: ColumnMapping) -> ColumnMapping | None:
    """What each column means, of what the format heeds; `None` while the scorers' settings cannot be used."""
    columns, key = seen.preview.columns, sha256(repr((seen.sha256, proposed)).encode()).hexdigest()[:8]
    with st.container(border=True):
        if seen.preview.prompt_only:
            st.markdown("**What is asked**")
            st.caption("The file holds no prompt: choose a column, or write one with `{{columns}}` in it.")
            mapping = replace(proposed, input=_input("Prompt", columns, proposed, key))
        else:
            st.markdown("**What the columns mean**")
            mapping = _fields(columns, proposed, key)
        specs = _judged(seen, proposed, key)
    return None if specs is None else replace(mapping, scorers=specs)


def _fields(columns: Sequence[str], proposed: ColumnMapping, key: str) -> ColumnMapping:
    with st.container(horizontal=True):
        asked = _input("Question", columns, proposed, key)
        targets = _several("Right answers", columns, proposed.targets, f"{key}-targets", _HELP["targets"])
        choices = _several("Choices", columns, proposed.choices, f"{key}-choices", _HELP["choices"])
    with st.container(horizontal=True):
        tags = _several("Tags", columns, proposed.tags, f"{key}-tags", _HELP["tags"])
        case = _one("Sample id", columns, proposed.id, f"{key}-id", _HELP["id"])
        cluster = _one("Document", columns, proposed.cluster, f"{key}-cluster", _HELP["cluster"])
        kept = _several("Kept beside", columns, proposed.metadata, f"{key}-metadata", _HELP["metadata"])
    return replace(
        proposed, input=asked, targets=targets, choices=choices, tags=tags, id=case, cluster=cluster,
        metadata=tuple(column for column in kept if column != asked),
    )  # fmt: skip


def _judged(seen: Imported, proposed: ColumnMapping, key: str) -> tuple[ScorerSpec, ...] | None:
    """The scorers; there is nothing to choose where the file has the checks of each sample."""
    if proposed.scorers or not any(sample.scorers for sample in seen.suite.samples):
        return scorers.choose(proposed.scorers, key)
    st.caption("How each answer is judged stands in the file.")
    return ()


def _input(label: str, columns: Sequence[str], proposed: ColumnMapping, key: str) -> str:
    options = [*columns, *([proposed.input] if proposed.input not in columns else [])]
    place = options.index(proposed.input)
    return st.selectbox(
        label,
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
