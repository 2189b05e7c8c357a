"""Forms on what others may change meanwhile: what each began with, so that no change is lost unseen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from db.turns import Overtaken
from pages import _format as fmt
from pages import _ui as ui

T = TypeVar("T")


@dataclass
class Begun(Generic[T]):
    """What a form's fields `shown` at first, and what of it the user is known to have `read` since.

    `read` is `None` where there is nothing to write over: it is new, or somebody removed it.
    """

    shown: T
    read: T | None


def begun(field: str, shown: T, read: T | None) -> Begun[T]:
    """What the form with this `field` (a widget's key) began with: these, where it was not open before.

    Its fields keep what was typed while somebody else saves, so they must go on from where they began.
    """
    kept = _left(field)
    if kept is None:
        kept = st.session_state[_key(field)] = Begun(shown, read)
    return kept


def gone(field: str, what: str) -> Begun[Any] | None:
    """What the form began with that was open until now for `what` somebody removed; `None` without one.

    It says so first, even to whoever has just pressed Save.
    """
    kept = _left(field)
    if kept is None:
        return None
    if kept.read is not None:
        kept.read = None
        st.rerun()
    st.warning(
        f"**Somebody removed this {what} while you were editing it.** Nothing of yours is lost: save it to "
        "add it again, or close the form.",
        icon=":material/sync_problem:",
    )
    return kept


def overtaken(error: Overtaken, kept: Begun[T], says: Callable[[T], str]) -> None:
    """Say who was faster and what they left, as `says` writes it in plain text; the next save passes."""
    now: Any = error.now
    kept.read = now
    if now is None:
        st.rerun()
    st.warning(
        f"**{ui.plain(error.by or 'Somebody')} changed this while you were editing it.** It now says: "
        f"{fmt.no_formula(ui.plain(says(now)))}. Nothing of yours is lost: save again to put what the fields "
        "say in its place, or close the form to keep that.",
        icon=":material/sync_problem:",
    )


def saved(field: str) -> None:
    """The form was saved: where it stays open, it begins anew with what was kept."""
    st.session_state.pop(_key(field), None)


def _left(field: str) -> Begun[Any] | None:
    """What an open form began with; Streamlit forgets the fields of one that was closed."""
    return st.session_state.get(_key(field)) if field in st.session_state else None


def _key(field: str) -> str:
    return f"{field}-begun"
