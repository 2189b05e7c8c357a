"""What the columns of an uploaded table mean, and how its answers are judged, as a form."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256

import streamlit as st

from broker.suites import ScorerSpec
from broker.suites.importers.columns import judged_otherwise
from broker.suites.importers.report import ColumnMapping, Imported
from pages import _scorer_form as scorers

_Read = Callable[[ColumnMapping], Imported | None]
_NONE = "None"
_HELP = {
    "targets": "Each of them is right: one suffices.",
    "choices": "The texts of a multiple-choice question, a column each or one with a list.",
    "tags": "Kinds of samples. Results are shown for each of them too.",
    "id": "A name for each sample, by which it is found again when rows move.",
    "cluster": "What several samples share, one contract say: together they are weaker evidence.",
    "metadata": "Kept with the sample and exported, but neither asked nor judged.",
}


def settled(seen: Imported, proposed: ColumnMapping, read: _Read) -> ColumnMapping | None:
    """What each column means, of what the format heeds, and how answers are judged.

    `read` gives the file by another mapping. `None` while that, or the scorers, cannot be used.
    """
    columns, key = seen.preview.columns, _short((seen.sha256, seen.preview.columns, proposed))
    with st.container(border=True):
        if seen.preview.prompt_only:
            st.markdown("**What is asked**")
            st.caption("The file holds no prompt: choose a column, or write one with `{{columns}}` in it.")
            mapping = replace(proposed, input=_input("Prompt", columns, proposed, key))
        else:
            st.markdown("**What the columns mean**")
            mapping = _fields(columns, proposed, key)
        specs = _judged(seen, proposed, mapping, read, key)
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


def _judged(
    seen: Imported, proposed: ColumnMapping, mapping: ColumnMapping, read: _Read, key: str
) -> tuple[ScorerSpec, ...] | None:
    """The scorers, of which those are proposed that fit the right answers that are chosen.

    There is nothing to choose where the file has the checks of each sample.
    """
    if judged_otherwise(mapping, proposed):
        again = read(replace(mapping, scorers=()))
        if again is None or again.preview.mapping is None:
            return None
        seen, proposed = again, again.preview.mapping
    if not proposed.scorers and any(sample.scorers for sample in seen.suite.samples):
        st.caption("How each answer is judged stands in the file.")
        return ()
    specs = scorers.choose(proposed.scorers, f"{key}-{_short(proposed.scorers)}")
    if specs == () and proposed.scorers:
        st.info("Choose how answers are judged; without right answers, nothing has to judge them.")
        return None
    return specs


def _short(value: object) -> str:
    """A key that changes with the value: a form starts anew then."""
    return sha256(repr(value).encode()).hexdigest()[:8]


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
