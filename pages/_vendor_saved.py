"""Taking a comparison along: files, and keeping it by name with what it showed."""

from collections.abc import Callable, Sequence

import streamlit as st

from broker.comparison.changes import Change, changes
from broker.comparison.saved import Named, Saved, delete, listed, load, save
from broker.comparison.snapshots import snapshot
from broker.comparison.state import to_params
from db.session import Database
from pages import _format as fmt
from pages import _ui as ui
from pages import _vendor_data as data
from pages import _vendor_state as state
from pages._vendor_data import Answer

_MOST = 8  # changes that are shown at once
_NAME, _AGAIN, _WRONG, _ASKED = "vendor-name", "vendor-again", "vendor-name-wrong", "vendor-delete"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def draw(user: str, found: Answer) -> None:
    """The row of what can be done with the answer, then what changed since it was saved."""
    database = found.ground.database
    with database.reader() as session:
        kept = listed(session)
    with st.container(horizontal=True):
        if found.shortlist.ranked:
            _export(found)
        _save(user, found)
        if kept:
            _open(database, kept)
    opened = next((one for one in kept if one.id == state.opened()), None)
    if opened is not None:
        _changes(database, found, opened)


def open_named(database: Database) -> None:
    """Ask what the saved comparison asks that an address names alone."""
    comparison = state.named_alone()
    if comparison is None:
        return
    try:
        _ask(database, comparison)
    except LookupError:
        st.query_params.clear()
        st.warning(
            "The saved comparison that this address names does not exist. It may have been deleted.",
            icon=":material/link_off:",
        )


def _export(found: Answer) -> None:
    """The files, none of which is made before it is asked for."""
    from broker.comparison_export.long import long_csv
    from broker.comparison_export.wide import wide_csv

    name = f"comparison-{found.shortlist.gathered.at}"
    _file("Download CSV", lambda: wide_csv(found.shortlist), f"{name}.csv", "text/csv", ":material/download:")
    with st.popover("More formats", icon=":material/folder_open:"):
        _file("CSV, one figure a row", lambda: long_csv(found.shortlist), f"{name}-long.csv", "text/csv")
        _file("Excel workbook", lambda: _xlsx(found), f"{name}.xlsx", _XLSX)
        _file("Report to print", lambda: _report(found), f"{name}.html", "text/html")


def _file(label: str, made: Callable[[], bytes], name: str, mime: str, icon: str | None = None) -> None:
    st.download_button(label, made, name, mime, icon=icon, on_click="ignore", key=f"vendor-{label}")


def _xlsx(found: Answer) -> bytes:
    from broker.comparison_export.xlsx import workbook

    return workbook(found.shortlist, data.tasks(found))


def _report(found: Answer) -> bytes:
    from broker.comparison_charts.yearly_cost import curves
    from broker.comparison_export.report import html_report

    return html_report(found.shortlist, data.tasks(found), curves(found.shortlist, *data.billing(found)))


def _save(user: str, found: Answer) -> None:
    with st.popover("Save", icon=":material/bookmark_add:"), st.form("vendor-save", border=False):
        st.text_input("Name", placeholder="Letters to customers, spring", max_chars=120, key=_NAME)
        st.checkbox("Replace the one of this name", key=_AGAIN)
        st.form_submit_button("Save comparison", type="primary", on_click=_keep, args=(user, found))
        if wrong := st.session_state.pop(_WRONG, None):
            st.error(ui.plain(wrong), icon=":material/error:")


def _keep(user: str, found: Answer) -> None:
    """Save what was shown when the button was pressed."""
    name, again = st.session_state[_NAME], st.session_state[_AGAIN]
    try:
        with found.ground.database.writer() as session:
            state.open_saved(save(session, name, found.shortlist, user, again))
    except ValueError as error:
        st.session_state[_WRONG] = str(error)
    else:
        st.toast(f"Saved as {ui.plain(name)}.", icon=":material/bookmark_added:")


def _open(database: Database, kept: tuple[Named, ...]) -> None:
    with st.popover("Saved comparisons", icon=":material/bookmarks:"):
        for one in kept:
            with st.container(horizontal=True, vertical_alignment="center"):
                by = f"{ui.when(one.updated_at)} by {ui.plain(one.user or 'unknown')}"
                st.markdown(f"**{ui.plain(one.name)}**  \n{by}")
                act = (database, one.id)
                st.button(f"Open {ui.plain(one.name)}", key=f"vendor-open-{one.id}", on_click=_show, args=act)
                sure = st.session_state.get(_ASKED) == one.id
                label = "Delete for good" if sure else "Delete"
                st.button(label, key=f"vendor-delete-{one.id}", on_click=_forget, args=act)


def _show(database: Database, comparison: str) -> None:
    try:
        _ask(database, comparison)
    except LookupError:
        st.toast("Somebody has just deleted this comparison.", icon=":material/bookmark_remove:")


def _ask(database: Database, comparison: str) -> None:
    with database.reader() as session:
        found = load(session, comparison)
    state.load(to_params(found.wanted) | {state.SAVED: comparison})


def _forget(database: Database, comparison: str) -> None:
    """Ask again before it is deleted."""
    if st.session_state.get(_ASKED) != comparison:
        st.session_state[_ASKED] = comparison
        return
    with database.writer() as session:
        delete(session, comparison)


def _changes(database: Database, found: Answer, opened: Named) -> None:
    """What is otherwise than when the open comparison was saved, while the question is still the same."""
    try:
        with database.reader() as session:
            then = load(session, opened.id)
    except LookupError:  # deleted since the list was read
        return
    name = f"**{ui.plain(opened.name)}**, saved {ui.when(opened.updated_at)}"
    if then.problems:
        lines = "\n".join(f"- {ui.plain(problem)}" for problem in then.problems)
        st.warning(f"Part of {name} is no longer understood:\n\n{lines}", icon=":material/link_off:")
    if then.wanted != found.shortlist.gathered.wanted:
        st.caption(f"{name}: the question is another one now, so what changed since is not told.")
        return
    changed = _since(then, found, f"{then.snapshot_hash} {found.mark}")
    if not changed:
        st.caption(f"{name}: nothing has changed since (snapshot {then.snapshot_hash[:12]}).")
        return
    title = f"{fmt.plural(len(changed), 'change')} since {ui.plain(opened.name)} was saved"
    with st.container(border=True):
        st.markdown(f":material/difference: **{title}**")
        st.caption(f"Saved {ui.when(opened.updated_at)} (snapshot {then.snapshot_hash[:12]}).")
        _lines(changed[:_MOST])
        if len(changed) > _MOST:
            with st.expander(f"{len(changed) - _MOST:,} more, of less weight"):
                _lines(changed[_MOST:])


def _lines(changed: Sequence[Change]) -> None:
    """One block of markdown: hundreds of elements would be slow."""
    st.markdown("\n".join(f"- {fmt.no_formula(ui.plain(one.sentence))}" for one in changed))


@st.cache_resource(show_spinner=False, max_entries=4)
def _since(_then: Saved, _found: Answer, mark: str) -> list[Change]:
    return changes(_then.snapshot, snapshot(_found.shortlist))
