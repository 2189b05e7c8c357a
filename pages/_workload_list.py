"""The workloads of the page: what each means in a line; the one that is open with its form and its cost."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import streamlit as st

from broker.workload import Tokens, Workload
from broker.workload.store import load_workloads
from db import workloads as tables
from db.session import Database
from db.turns import Overtaken
from pages import _facts_words as words
from pages import _meanwhile as meanwhile
from pages import _workload_form as form
from pages import _workload_preview as preview
from pages import _workload_save as saving
from pages import _workload_words as say
from pages._meanwhile import Begun
from pages._terms_context import Context

NEW = "new"


def draw(context: Context) -> None:
    """The list; below a workload that is open its form and what it costs."""
    with context.database.reader() as session:
        found = load_workloads(session)
    asked = st.query_params.get("workload")
    opened = next((key for key, one in found.items() if one.name == asked), asked)  # links may name it
    if opened != asked:
        _show(opened)  # so that it stays open under another name
    if opened and opened != NEW and opened not in found:
        _draw_gone(context, opened)
    elif not found and opened != NEW:
        _draw_empty(context)
        return
    for key, workload in found.items():
        with st.container(border=True):
            _row(context, key, found, key == opened)
            if key == opened:
                _open(context, key, meanwhile.begun(_field(key), workload, workload))
    if opened == NEW:
        with st.container(border=True):
            fresh = replace(example(context.at), name="")
            _open(context, NEW, meanwhile.begun(_field(NEW), fresh, None))
            st.button("Cancel", on_click=_show, args=(None,))
    else:
        st.button("New workload", icon=":material/add:", on_click=_show, args=(NEW,))


def example(at: date) -> Workload:
    """A workload to start from, beginning next month."""
    start = date(at.year + at.month // 12, at.month % 12 + 1, 1)
    return Workload("Example: short letters", Decimal(10_000), start, Tokens(Decimal(1_500), Decimal(300)))


def _draw_empty(context: Context) -> None:
    with st.container(border=True):
        st.markdown(
            "**No workload yet.** Say how many requests a month you expect and how large they are, and see "
            "what offers would cost you in a year."
        )
        with st.container(horizontal=True):
            st.button(
                "Start with an example",
                type="primary",
                icon=":material/play_arrow:",
                on_click=_keep_example,
                args=(context,),
                help="10,000 requests a month, 1,500 tokens in, 300 out; change what does not fit.",
            )
            st.button("Describe your own", icon=":material/add:", on_click=_show, args=(NEW,))


def _row(context: Context, key: str, found: Mapping[str, Workload], is_open: bool) -> None:
    workload = found[key]
    said, actions = st.columns([5, 3], vertical_alignment="center")
    said.markdown(f"**{words.plain(workload.name)}**")
    said.caption(words.plain(say.in_words(workload)))
    with actions, st.container(horizontal=True, horizontal_alignment="right"):
        name = words.plain(workload.name)
        st.button(
            "Close" if is_open else "Open",
            key=f"open-{key}",
            help=f"{name}: change it and see what it costs",
            on_click=_show,
            args=(None if is_open else key,),
        )
        st.button(
            "Duplicate",
            key=f"copy-{key}",
            help=f"A copy of {name} to change",
            on_click=_duplicate,
            args=(context, workload, found),
        )
        with st.popover("Delete", width="content", key=f"delete-{key}"):
            st.markdown(f"Delete {name}? Saved comparisons that use it will say that it is gone.")
            st.button("Delete it", key=f"really-{key}", on_click=_delete, args=(context.database, key))


def _draw_gone(context: Context, key: str) -> None:
    """A workload that is not here any more; the form that was open for it until now can be saved anew."""
    begun = meanwhile.gone(_field(key), "workload")
    if begun is None:
        st.warning("The workload of this link is not here any more.", icon=":material/link_off:")
        return
    with st.container(border=True):
        _open(context, key, begun)
        st.button("Cancel", on_click=_show, args=(None,))


def _open(context: Context, form_key: str, begun: Begun[Workload]) -> None:
    """The form, what is wrong or can be saved, and the cost of what the form says now."""
    key = form_key if begun.read else None
    changed = form.draw(context.database, form_key, begun.shown, context.at)
    wrong = saving.problems(context.database, key, changed)
    same = key is not None and changed == begun.shown
    if key is None and not changed.name:
        st.caption("Give it a name to keep it.")
    elif wrong:
        st.warning(words.plain(" ".join(wrong)), icon=":material/edit:")
    label = "Nothing has changed yet" if same else "Save"
    asked = st.button(
        label, type="primary", icon=":material/save:", key=f"save-{form_key}", disabled=same or bool(wrong)
    )
    if asked and _kept(context, key, changed, begun):
        meanwhile.saved(_field(form_key))
        st.toast(f"Saved {words.plain(changed.name)}.", icon=":material/check:")
        st.rerun()
    preview.draw(context, form_key, changed)


def _field(key: str) -> str:
    """The key of a field that every form of a workload has."""
    return f"{key}-name"


def _show(key: str | None) -> None:
    if key is None:
        st.query_params.pop("workload", None)
    else:
        st.query_params["workload"] = key


def _keep_example(context: Context) -> None:
    _kept(context, None, example(context.at))


def _duplicate(context: Context, workload: Workload, found: Mapping[str, Workload]) -> None:
    taken = {one.name for one in found.values()}
    names = (f"{workload.name} ({n})" for n in range(2, len(taken) + 3))
    name = next(name for name in names if name not in taken)
    _kept(context, None, replace(workload, name=name))


def _kept(
    context: Context, key: str | None, workload: Workload, begun: Begun[Workload] | None = None
) -> bool:
    """Keep it and show it, or say that somebody was faster with it or with its name."""
    try:
        _show(saving.keep(context.database, key, workload, context.user, begun and begun.read))
    except Overtaken as error:
        if begun:
            meanwhile.overtaken(error, begun, lambda now: f"{now.name}, {say.in_words(now)}")
        return False
    except ValueError as error:
        st.toast(words.plain(str(error)), icon=":material/error:")
        return False
    return True


def _delete(database: Database, key: str) -> None:
    with database.writer() as session:
        tables.delete_workload(session, key)
    if st.query_params.get("workload") == key:
        _show(None)
    st.toast("Deleted.", icon=":material/delete:")
