"""Taking a comparison along: files, and keeping it by name with what it showed."""

from collections.abc import Callable

import streamlit as st

from broker.comparison import Shortlist
from broker.comparison.changes import changes
from broker.comparison.saved import Named, delete, listed, load, save
from broker.comparison.snapshots import snapshot
from broker.comparison.state import to_params
from db.session import Database
from pages import _ui as ui
from pages import _vendor_state as state

_OPEN = "vendor-saved"
_MOST = 12  # changes that are shown at once


def draw(database: Database, user: str, found: Shortlist) -> None:
    """The row of what can be done with the answer, then what changed since it was saved."""
    with database.reader() as session:
        kept = listed(session)
    with st.container(horizontal=True):
        _export(found)
        _save(database, user, found)
        if kept:
            _open(database, kept)
    _changes(database, found, kept)


def _export(found: Shortlist) -> None:
    from broker.comparison_export.long import long_csv
    from broker.comparison_export.wide import wide_csv

    day = found.gathered.at
    _file(
        "Download CSV",
        lambda: wide_csv(found),
        f"comparison-{day}.csv",
        "text/csv",
        ":material/download:",
    )
    with st.popover("More formats", icon=":material/folder_open:"):
        _file("CSV, one figure a row", lambda: long_csv(found), f"comparison-long-{day}.csv", "text/csv")
        _file("Excel workbook", lambda: _xlsx(found), f"comparison-{day}.xlsx", _XLSX)
        _file("Report to print", lambda: _report(found), f"comparison-{day}.html", "text/html")


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _file(label: str, data: Callable[[], bytes], name: str, mime: str, icon: str | None = None) -> None:
    st.download_button(label, data, name, mime, icon=icon, on_click="ignore", key=f"vendor-{name}")


def _save(database: Database, user: str, found: Shortlist) -> None:
    with st.popover("Save", icon=":material/bookmark_add:"), st.form("vendor-save", border=False):
        name = st.text_input("Name", placeholder="Letters to customers, spring", max_chars=120)
        again = st.checkbox("Replace the one of this name")
        if st.form_submit_button("Save comparison", type="primary"):
            try:
                with database.writer() as session:
                    st.session_state[_OPEN] = save(session, name, found, user, again)
                st.toast("Saved with the figures it shows now.", icon=":material/bookmark_added:")
            except ValueError as error:
                st.error(ui.plain(str(error)), icon=":material/error:")


def _open(database: Database, kept: tuple[Named, ...]) -> None:
    with st.popover("Saved comparisons", icon=":material/bookmarks:"):
        for one in kept:
            with st.container(horizontal=True, vertical_alignment="center"):
                by = f"{ui.when(one.updated_at)} by {ui.plain(one.user or 'unknown')}"
                st.markdown(f"**{ui.plain(one.name)}**  \n{by}")
                st.button("Open", key=f"vendor-open-{one.id}", on_click=_show, args=(database, one.id))
                st.button("Delete", key=f"vendor-delete-{one.id}", on_click=_forget, args=(database, one.id))


def _show(database: Database, comparison: str) -> None:
    with database.reader() as session:
        state.load(to_params(load(session, comparison).wanted))
    st.session_state[_OPEN] = comparison


def _forget(database: Database, comparison: str) -> None:
    with database.writer() as session:
        delete(session, comparison)


def _changes(database: Database, found: Shortlist, kept: tuple[Named, ...]) -> None:
    """What is otherwise than when the open comparison was saved, while the question is still the same."""
    opened = next((one for one in kept if one.id == st.session_state.get(_OPEN)), None)
    if opened is None:
        return
    with database.reader() as session:
        then = load(session, opened.id)
    if then.wanted != found.gathered.wanted:
        return
    changed = changes(then.snapshot, snapshot(found))
    name = f"**{ui.plain(opened.name)}**, saved {ui.when(opened.updated_at)}"
    if not changed:
        st.caption(f"{name}: nothing has changed since (snapshot {then.snapshot_hash[:12]}).")
        return
    with st.expander(
        f"{len(changed)} changes since {opened.name} was saved", expanded=True, icon=":material/difference:"
    ):
        st.markdown("\n".join(f"- {ui.plain(one.sentence)}" for one in changed[:_MOST]))
        if len(changed) > _MOST:
            st.caption(f"And {len(changed) - _MOST:,} more.")


def _xlsx(found: Shortlist) -> bytes:
    from broker.comparison_export.xlsx import workbook

    return workbook(found)


def _report(found: Shortlist) -> bytes:
    from broker.comparison_export.report import report

    return report(found).encode()
