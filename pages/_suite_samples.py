"""The samples of a suite as a table, and its scorers in words."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from broker.suites import Sample, Suite
from db import benchmarks as tables
from db.session import Database
from pages import _format as fmt
from pages import _import_original as original
from pages._run_answers import question

PAGE = 50
_TEXT = 400


def draw(database: Database, row: tables.Suite, suite: Suite) -> None:
    """How the model is asked, then the samples a page at a time."""
    if suite.system:
        with st.expander("What every model is told first", icon=":material/record_voice_over:"):
            st.text(suite.system)
    table(suite.samples, "suite-samples")
    original.draw(database, row.file_sha256)
    original.draw(database, row.graders_sha256)


def table(samples: Sequence[Sample], key: str) -> None:
    """A page of samples."""
    pages = -(-len(samples) // PAGE)
    number = st.pagination(pages, key=f"{key}-page") if pages > 1 else 1
    shown = samples[(number - 1) * PAGE : number * PAGE]
    st.dataframe(
        pd.DataFrame([_row(sample) for sample in shown]).dropna(axis=1, how="all"),
        hide_index=True,
        placeholder="",
        alt="Samples with what is asked and the right answer",
        column_config={
            "Sample": st.column_config.TextColumn(pinned=True, width=110),
            "Asked": st.column_config.TextColumn(width=480),
            "Right answer": st.column_config.TextColumn(width=260),
        },
    )


def _row(sample: Sample) -> dict[str, Any]:
    return {
        "Sample": sample.id,
        "Asked": fmt.short(question(sample), _TEXT),
        "Right answer": fmt.short(" | ".join(sample.targets), _TEXT) or None,
        "Pictures": _pictures(sample) or None,
        "Choices": " | ".join(sample.choices) or None,
        "Tags": ", ".join(sample.tags) or None,
        "Document": sample.cluster,
        "Judged by": ", ".join(spec.name for spec in sample.scorers) or None,
    }


def _pictures(sample: Sample) -> int:
    return 0 if isinstance(sample.input, str) else sum(len(turn.images) for turn in sample.input)
