"""A run as files: made when asked for."""

import re
from collections.abc import Callable

import streamlit as st

from broker.benchmark_export import FORMATS, Format
from broker.results import RunResults
from db.benchmarks import Run
from db.session import Database
from pages import _import_original as original

_ONE_MODEL = "inspect"  # its logs are of one model each


def draw(database: Database, run: RunResults) -> None:
    """A button a file."""
    with st.popover("Export", icon=":material/download:", width="content"):
        st.caption("Every answer with its score, reason, cost and times; the summary has a row an offer.")
        for key, form in FORMATS.items():
            if key == _ONE_MODEL:
                continue
            _button(database, run, form, None)
        for offer in run.offers:
            _button(database, run, FORMATS[_ONE_MODEL], offer)
        if run.kind == "imported":
            original.draw(database, _file(database, run.id), "stretch")


def _file(database: Database, run_id: str) -> str | None:
    """The key of the file that a run of answers made elsewhere was read from."""
    with database.reader() as session:
        offers = session.get_one(Run, run_id).offers
    return offers[0]["file"]["sha256"] if offers else None


def _button(database: Database, run: RunResults, form: Format, offer: str | None) -> None:
    of = f" of {run.labels[offer]}" if offer else ""
    st.download_button(
        f"{form.title}{of}",
        _writer(database, run.id, form, offer),
        f"{_file_name(run.name, run.labels[offer] if offer else '')}{form.suffix}",
        form.media_type,
        key=f"export-{form.suffix}-{offer}",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )


def _writer(database: Database, run_id: str, form: Format, offer: str | None) -> Callable[[], bytes]:
    def write() -> bytes:
        with database.reader() as session:
            return b"".join(form.write(session, run_id, offer))

    return write


def _file_name(*parts: str) -> str:
    return "-".join(filter(None, (re.sub(r"[^\w.]+", "-", part).strip("-").lower() for part in parts)))
