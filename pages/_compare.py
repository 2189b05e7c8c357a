"""What sets the answers of one prompt apart: the vote, who leads in what, and the words."""

import html
from collections.abc import Callable, Sequence
from typing import Any, Literal

import streamlit as st

from broker import differences, playground
from broker.playground import Turn
from broker.types import Completion
from db import changes
from db.session import Database
from pages import _format as fmt
from pages._panes import look
from pages._ui import plain

_OTHERS: tuple[tuple[changes.Choice, str], ...] = (("tie", "Tie"), ("all_bad", "All bad"))


def vote(database: Database, turn: Turn, user: str, hidden: bool) -> None:
    """Which answer is better, and why; a second click on the same choice withdraws it."""
    cast, prompt = turn.vote_of(user), turn.prompt
    reason_key = f"reason-{prompt.id}"

    def cast_one(choice: changes.Choice, call_id: str | None, blind: bool) -> None:
        reason = st.session_state.get(reason_key, "").strip() or None
        vote: dict[str, Any] = {
            "choice": choice,
            "call_id": call_id,
            "reason": reason,
            "blind": blind,
            "user": user,
        }
        try:
            with database.writer() as session:
                changes.cast_vote(session, prompt_id=prompt.id, **vote)
        except ValueError:
            st.toast("This prompt was deleted meanwhile, so the vote does not count.")

    def choose(choice: changes.Choice, call_id: str | None = None) -> None:
        if cast is not None and not prompt.blind and (cast.choice, cast.call_id) == (choice, call_id):
            with database.writer() as session:
                changes.withdraw_vote(session, prompt_id=prompt.id, user=user)
        else:
            cast_one(choice, call_id, hidden)

    def explain() -> None:
        if cast is not None:
            cast_one(cast.choice, cast.call_id, cast.blind)  # type: ignore[arg-type]

    with st.container(border=True):
        # A blind vote stays: the names have been shown, and could not be hidden again.
        change = "choose again to change it" if prompt.blind else "choose again to change or withdraw it"
        st.markdown("**Which answer is better?**" if cast is None else f"**Your vote** · {change}")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for i, answer in enumerate(turn.answers):
                st.button(
                    plain(look(answer.offer, "", i, hidden).title),
                    key=f"vote-{answer.call_id}",
                    type=_emphasis(cast is not None and cast.call_id == answer.call_id),
                    icon=":material/thumb_up:",
                    on_click=choose,
                    args=("one", answer.call_id),
                    disabled=not (answer.text or answer.tool_calls),
                )
            for choice, label in _OTHERS:
                chosen = cast is not None and cast.choice == choice
                key = f"vote-{choice}-{prompt.id}"
                st.button(label, key=key, type=_emphasis(chosen), on_click=choose, args=(choice,))
        written = cast.reason or "" if cast else ""
        st.text_input("Why? (optional)", value=written, key=reason_key, on_change=explain)


def _emphasis(chosen: bool) -> Literal["primary", "secondary"]:
    return "primary" if chosen else "secondary"


def strip(answers: Sequence[Completion]) -> None:
    """Who is fastest, cheapest, shortest."""
    best = playground.strip(answers)
    if not best.fastest:
        st.caption("Fastest, cheapest and shortest are named once two answers are complete.")
        return
    facts: dict[str, tuple[tuple[int, ...], Callable[[Completion], str]]] = {
        "Fastest": (best.fastest, lambda a: f"{fmt.ms(a.timing.total_ms)} in all"),
        "Cheapest": (best.cheapest, lambda a: f"{fmt.usd(a.cost.total if a.cost else None)} a call"),
        "Shortest": (best.shortest, lambda a: fmt.plural(len(a.text.split()), "word")),
    }
    for column, (title, (positions, figure)) in zip(st.columns(3, gap="small"), facts.items(), strict=True):
        with column.container(border=True, height="stretch"):
            names = fmt.listed([plain(answers[i].offer.name) for i in positions])
            detail = figure(answers[positions[0]]) if positions else "not known for every answer"
            st.caption(title)
            st.markdown(f"**{names or 'Cannot be said'}**")
            st.caption(fmt.no_formula(detail))


def difference(turn: Turn) -> None:
    """What two answers do not share, word by word."""
    answers = [answer for answer in turn.answers if answer.text]
    if len(answers) < 2:
        return
    with st.expander("Differences, word by word", icon=":material/difference:"):
        names = [f"{i + 1}. {answer.offer.name}" for i, answer in enumerate(answers)]
        left, right = st.columns(2)
        one = left.selectbox(
            "Compare", range(len(answers)), 0, format_func=names.__getitem__, key=f"left-{turn.prompt.id}"
        )
        two = right.selectbox(
            "with", range(len(answers)), 1, format_func=names.__getitem__, key=f"right-{turn.prompt.id}"
        )
        pieces = differences.words(answers[one].text, answers[two].text)
        shared = differences.similarity(pieces)
        st.caption(
            f"{shared:.0%} of the words are shared. Struck out: only in the first. Underlined: in the second."
        )
        if max(len(answers[i].text.split()) for i in (one, two)) > differences.MAX_WORDS:
            st.caption(f"Only the first {differences.MAX_WORDS:,} words of each are compared.")
        st.html(f"<div class='diff'>{''.join(_piece(piece) for piece in pieces)}</div>")


def _piece(piece: differences.Piece) -> str:
    text = html.escape(piece.text).replace("\n", "<br>")
    tag = {"both": "span", "left": "del", "right": "ins"}[piece.where]
    return f"<{tag}>{text}</{tag}>"
