"""The file that a suite or a run came from, as it was uploaded."""

from typing import Literal

import streamlit as st

from db import benchmark_queries as queries
from db import benchmarks as tables
from db.session import Database
from pages import _ui as ui


def draw(database: Database, sha256: str | None, width: Literal["content", "stretch"] = "content") -> None:
    """A button that gives it; nothing where no file was kept."""
    with database.reader() as session:
        name = session.scalar(queries.file_name(sha256)) if sha256 else None
    if sha256 is None or name is None:
        return

    def data() -> bytes:
        with database.reader() as session:
            return session.get_one(tables.SuiteFile, sha256).data

    st.download_button(
        f"The file it came from, {ui.plain(name)}",
        data,
        name,
        icon=":material/download:",
        on_click="ignore",
        width=width,
        key=f"original-{sha256}",
    )
