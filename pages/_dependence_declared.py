"""Spend that does not pass through this app: the list, its form, and removing with a way back."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from broker.dependence.declared import Declared, problems, remove, save
from db.session import Database
from db.turns import Overtaken
from pages import _dependence_words as words
from pages import _format as fmt
from pages import _meanwhile as meanwhile
from pages import _ui as ui
from pages._meanwhile import Begun

NEW = "new"
_UNDO = "declared-removed"


def draw(
    database: Database, declared: Sequence[Declared], names: tuple[list[str], list[str]], user: str
) -> None:
    """The section; `names` are the platforms and makers to choose from, others can be typed."""
    st.header("Spend outside this app", anchor=False)
    st.caption(
        "What is paid for models without a call being recorded here: other applications, seats, commitments. "
        "Leave out what passes through this app, or it counts twice."
    )
    _offer_undo(database, user)
    opened = st.query_params.get("declared")
    for one in declared:
        with st.container(border=True):
            _row(database, one, one.id == opened)
            if one.id == opened:
                _form(database, meanwhile.begun(_field(one.id), one, one), names, user)
    if opened and opened not in {NEW, *(one.id for one in declared)}:
        begun = meanwhile.gone(_field(opened), "spend")
        if begun is not None:
            _form(database, begun, names, user)  # saved, it is put back
    if opened == NEW:
        with st.container(border=True):
            st.markdown("**New declared spend**")
            _form(database, Begun(None, None), names, user)
    else:
        st.button("Declare spend", icon=":material/add:", on_click=_show, args=(NEW,))


def _row(database: Database, one: Declared, is_open: bool) -> None:
    said, actions = st.columns([5, 2], vertical_alignment="center")
    amount = fmt.no_formula(fmt.usd(one.amount))
    said.markdown(f"**{amount} a month** on {ui.plain(one.platform)} for models of {ui.plain(one.maker)}")
    until = f"to {words.day(one.last)}" if one.last else "on, without end"
    said.caption(f"From {words.day(one.first)} {until}{f' · {ui.plain(one.note)}' if one.note else ''}")
    with actions, st.container(horizontal=True, horizontal_alignment="right"):
        label, to = ("Close", None) if is_open else ("Edit", one.id)
        st.button(label, key=f"edit-{one.id}", on_click=_show, args=(to,))
        with st.popover("Remove", width="content", key=f"remove-{one.id}"):
            st.markdown(
                "Remove it, as if it had never been paid? If it only ended, set its last day instead."
            )
            st.button("Remove it", key=f"really-{one.id}", on_click=_remove, args=(database, one.id))


def _form(
    database: Database, begun: Begun[Declared | None], names: tuple[list[str], list[str]], user: str
) -> None:
    made = _fields(begun.shown, names)
    if made is None:
        return
    if wrong := problems(made):
        st.error("\n\n".join(map(ui.plain, wrong)), icon=":material/error:")
        return
    try:
        with database.writer() as session:
            save(session, made, user, begun.read)
    except Overtaken as error:
        meanwhile.overtaken(error, begun, lambda now: _says(now) if now else "")
        return
    _show(None)
    st.toast("Saved.", icon=":material/check:")
    st.rerun()


def _field(declared_id: str) -> str:
    """The key of a field that the form has."""
    return f"declared-{declared_id}-note"


def _says(one: Declared) -> str:
    """All of it in plain text."""
    until = f"to {words.day(one.last)}" if one.last else "on, without end"
    note = f", noted “{one.note}”" if one.note else ""
    paid = f"{fmt.usd(one.amount)} a month on {one.platform} for models of {one.maker}"
    return f"{paid}, from {words.day(one.first)} {until}{note}"


def _fields(one: Declared | None, names: tuple[list[str], list[str]]) -> Declared | None:
    """What was typed, once it is sent."""
    key = f"declared-{one.id if one else NEW}"
    with st.form(key, border=False, enter_to_submit=False):
        first, second = st.columns(3), st.columns(3)
        platform = _choice(first[0], "Platform", names[0], one.platform if one else None, key)
        maker = _choice(first[1], "Maker of the models", names[1], one.maker if one else None, key)
        amount = first[2].number_input(
            "US dollars a month",
            0.0,
            None,
            float(one.amount) if one else None,
            step=100.0,
            key=f"{key}-amount",
        )
        start = second[0].date_input(
            "First day",
            one.first if one else date.today().replace(day=1),
            format="YYYY-MM-DD",
            key=f"{key}-first",
        )
        end = second[1].date_input(
            "Last day", one.last if one else None, format="YYYY-MM-DD", key=f"{key}-last",
            help="Empty: without end. Months that are not covered whole count by their days.",
        )  # fmt: skip
        note = second[2].text_input(
            "Note", one.note if one else "", key=f"{key}-note", placeholder="Invoice, contract, who said so"
        )
        sent = st.form_submit_button("Save", type="primary", icon=":material/save:")
    st.button("Cancel", key=f"{key}-cancel", on_click=_show, args=(None,))
    if not sent:
        return None
    value = Decimal(str(amount or 0))
    return Declared(platform, maker, value, start, end, note.strip(), one.id if one else "")


def _choice(place: DeltaGenerator, label: str, known: list[str], begun: str | None, key: str) -> str:
    options = list(dict.fromkeys([*([begun] if begun else []), *known]))
    chosen = place.selectbox(
        label, options, 0 if begun else None, key=f"{key}-{label}", accept_new_options=True,
        placeholder="Choose, or type another",
    )  # fmt: skip
    return str(chosen or "").strip()


def _offer_undo(database: Database, user: str) -> None:
    removed: Declared | None = st.session_state.get(_UNDO)
    if removed is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        amount = fmt.no_formula(fmt.usd(removed.amount))
        st.markdown(f"Removed {amount} a month on {ui.plain(removed.platform)}.")
        st.button("Undo", icon=":material/undo:", on_click=_undo, args=(database, removed, user))
        st.button("Dismiss", on_click=lambda: st.session_state.pop(_UNDO, None))


def _remove(database: Database, declared_id: str) -> None:
    with database.writer() as session:
        removed = remove(session, declared_id)
    if removed is not None:
        st.session_state[_UNDO] = removed
    _show(None)


def _undo(database: Database, removed: Declared, user: str) -> None:
    with database.writer() as session:
        save(session, removed, user)
    st.session_state.pop(_UNDO, None)


def _show(key: str | None) -> None:
    """Open a form, or leave it."""
    if key is None:
        st.query_params.pop("declared", None)
    else:
        st.query_params["declared"] = key
