"""Samples as a table to type into: for a suite made by hand, and for the next version of one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from broker.suites import Sample, Suite
from broker.types import Message
from pages import _suite_cells as cells
from pages import _suite_pictures as pictures
from pages import _ui as ui

MOST = 2_000  # samples in one table
EMPTY = Suite("", (), ())
_COLUMNS = ("id", "input", "targets", "choices", "tags", "cluster", *cells.NAMES)
_CONFIG: Mapping[str, Any] = {
    "id": st.column_config.TextColumn("Sample", width=110, help="Left empty, it gets a number"),
    "input": st.column_config.TextColumn("Question", width=430, required=True),
    "targets": st.column_config.ListColumn("Right answers", width=220, help="Each is right; one suffices"),
    "choices": st.column_config.ListColumn(
        "Choices", width=150, help="Of a multiple-choice question; its answer is a letter"
    ),
    "tags": st.column_config.ListColumn("Tags", width=150),
    "cluster": st.column_config.TextColumn(
        "Document", width=110, help="Samples of one document are no independent evidence"
    ),
    **cells.CONFIG,
}


def edited(suite: Suite, key: str) -> tuple[Sample, ...] | None:
    """The table, and its rows as samples; what it does not show of a sample stays as it was.

    `None` while a cell cannot be read, which the page then says.
    """
    rows = [_row(sample) for sample in suite.samples]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(
        dict.fromkeys(("id", "input", "cluster", *cells.NAMES), "string")
    )
    if f"{key}-table" not in st.session_state:
        pictures.forget(key)
    made = st.data_editor(
        frame,
        key=f"{key}-table",
        num_rows="dynamic",
        hide_index=True,
        column_config=_CONFIG,
        alt="The samples; the last row adds one",
    )
    st.caption(
        "Further right: tags, document and, as JSON, variables, earlier turns, own scorers and metadata."
    )
    try:
        samples = samples_of(made, suite.samples)
    except ValueError as error:
        st.error(ui.plain(str(error)), icon=":material/error:")
        return None
    return pictures.attached(samples, key)


def samples_of(frame: pd.DataFrame, before: Sequence[Sample]) -> tuple[Sample, ...]:
    """The rows of the edited table as samples, empty rows left out; `ValueError` names a wrong cell."""
    made: list[Sample] = []
    taken = {str(value) for value in frame["id"].dropna()}
    for index, row in frame.iterrows():
        asked = _text(row["input"])
        if not asked.strip():
            continue
        old = before[index] if isinstance(index, int) and index < len(before) else None
        case = _text(row["id"]).strip() or _next(taken)
        made.append(_sample(old, case, asked, row))
    return tuple(made)


def _sample(old: Sample | None, case: str, asked: str, row: Any) -> Sample:
    known: dict[str, Any] = {name: _texts(row[name]) for name in ("targets", "choices", "tags")}
    known |= {"id": case, "cluster": _text(row["cluster"]).strip() or None}
    try:
        parts = cells.read(row, old)
        turns: tuple[Message, ...] = parts.pop("turns")
        last = old.input[-1] if old and not isinstance(old.input, str) else Message("user")
        talk = turns or (old is not None and not isinstance(old.input, str))
        known |= {"input": (*turns, replace(last, content=asked)) if talk else asked}
        made = replace(old, **known, **parts) if old else Sample(**known, **parts)
        cells.check(made)
    except ValueError as error:
        raise ValueError(f"Sample {case}, {error}.") from None
    return made


def _row(sample: Sample) -> dict[str, Any]:
    return {
        "id": sample.id,
        "input": _last(sample.input),
        "targets": list(sample.targets),
        "choices": list(sample.choices),
        "tags": list(sample.tags),
        "cluster": sample.cluster,
        **cells.written(sample),
    }


def _last(asked: str | tuple[Message, ...]) -> str:
    return asked if isinstance(asked, str) else asked[-1].content


def _next(taken: set[str]) -> str:
    number = next(n for n in range(1, len(taken) + 2) if str(n) not in taken)
    taken.add(str(number))
    return str(number)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    """A list cell; a text that was typed into it is one."""
    if isinstance(value, str):
        return (value,) if value.strip() else ()
    return tuple(str(one) for one in value) if hasattr(value, "__iter__") else ()
