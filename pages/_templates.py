"""Prompt templates in the page: pick, save, remove, and the form that fills in `{{variables}}`."""

from collections.abc import Collection, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from broker.playground import Turn
from broker.templates import variables
from db import changes, queries
from db.session import Database
from pages import _ui as ui


def manage(database: Database, user: str, earlier: Sequence[Turn]) -> None:
    """The popover that uses, saves and removes templates."""
    with st.popover("Templates", icon=":material/article:", width="content"):
        with database.reader() as session:
            known = {template.name: template for template in session.scalars(queries.templates())}
        if known:
            name = st.selectbox("Template", list(known), key="template")
            st.code(known[name].text, language=None, wrap_lines=True)
            left, right = st.columns(2)
            left.button(
                "Use",
                type="primary",
                width="stretch",
                on_click=_use,
                args=(known[name].text, known[name].system),
            )
            right.button("Remove", width="stretch", on_click=_remove, args=(database, name))
            st.divider()
        else:
            st.caption(
                "A template is a prompt to use again. Write {{name}} where something changes each time."
            )
        with st.form("new-template", border=False, clear_on_submit=True):
            name = st.text_input("Name of a new template")
            text = st.text_area(
                "Its text",
                value=earlier[-1].prompt.text or "" if earlier else "",
                placeholder="Summarise for {{audience}}: {{text}}",
            )
            if st.form_submit_button("Save template", width="stretch") and _fits(name, text, known):
                _save(database, name, text, user)
                st.rerun()


def values_for(draft: str, place: DeltaGenerator) -> dict[str, str] | None:
    """The values for the variables of a draft; `None` while the form that asks for them is open."""
    names = variables(draft, st.session_state.get("system"))
    if not names:
        return {}
    with place.form("variables", enter_to_submit=False):
        st.markdown("**Fill in the prompt**")
        st.text(draft)
        values = {name: _field(name) for name in names}
        with st.container(horizontal=True):
            send = st.form_submit_button("Send", type="primary", icon=":material/send:")
            as_written = st.form_submit_button("Send as written", help="Keeps {{…}} as it stands.")
            st.form_submit_button("Cancel", on_click=lambda: st.session_state.pop("draft", None))
        empty = [name for name in names if not values[name].strip()]
        if send and empty:
            st.error(f"Still empty: {ui.plain(', '.join(empty))}.")
            return None
    return {} if as_written else values if send else None


def _field(name: str) -> str:
    return st.text_area(name, key=f"variable-{name}", persist_state="session", height=68)


def _use(text: str, system: str | None) -> None:
    st.session_state.ask = text
    if system:
        st.session_state.system = system


def _remove(database: Database, name: str) -> None:
    with database.writer() as session:
        changes.delete_template(session, name)
    st.toast(f"Removed the template {name}.")


def _save(database: Database, name: str, text: str, user: str) -> None:
    with database.writer() as session:
        system = st.session_state.get("system", "").strip() or None
        changes.save_template(session, name=name.strip(), text=text, system=system, user=user)
    st.toast(f"Saved the template {name.strip()}.")


def _fits(name: str, text: str, known: Collection[str]) -> bool:
    if not name.strip() or not text.strip():
        st.error("A template needs a name and a text.")
    elif name.strip() in known:
        st.error("There is a template of this name. Choose another name, or remove that one first.")
    else:
        return True
    return False
