"""One turn of a conversation: the prompt, the panes, the vote, the comparison."""

import html
import itertools
import time
from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from broker import differences, export, playground
from broker.complete import LiveCall
from broker.playground import Question, Turn
from broker.runtime import flush
from broker.types import Completion, Offer
from db import changes
from db.session import Database
from pages import _format as fmt
from pages import _panes as panes
from pages._controls import recall
from pages._markdown import safe_markdown
from pages._ui import engine, plain

FRAME_S = 0.08
KEEP_EVERY = 12  # frames, about a second: how often a partial answer is kept


def draw_empty(place: DeltaGenerator, offers: Sequence[Offer]) -> None:
    """What to do first."""
    names = fmt.listed([f"**{plain(offer.name)}**" for offer in offers]) or "the models you choose above"
    with place.container(border=True):
        st.markdown(f"Type a prompt below. It goes to {names} at once, and the answers arrive side by side.")
        st.caption(
            "Then vote for the better answer: every prompt, answer, figure and vote is kept under History."
        )
        for note in dict.fromkeys(offer.note for offer in offers if offer.note):
            st.caption(f":material/info: {plain(note)}")


def stream(question: Question, calls: Sequence[LiveCall]) -> None:
    """Paint the answers as they arrive until all are done; a stop or a closed tab cancels the calls."""
    _ask_bubble(question.text, question.system)
    st.button("Stop", icon=":material/stop_circle:", shortcut="Escape", help="Keeps what has arrived.")
    boxes = panes.grid(len(calls))
    live = [
        panes.LivePane(box, call, panes.look(call.offer, platform, i, question.blind))
        for i, (box, call) in enumerate(zip(boxes, calls, strict=True))
        for platform in [engine().config.providers[call.offer.provider].name]
    ]
    st.session_state.live = calls
    try:
        for frame in itertools.count():
            for pane in live:
                pane.paint(keep=frame % KEEP_EVERY == 0)
            if all(call.done for call in calls):
                return
            time.sleep(FRAME_S)
    finally:
        wind_up(calls)


def draw(database: Database, turn: Turn, user: str, last: bool) -> None:
    """A finished turn."""
    prompt, vote = turn.prompt, turn.vote_of(user)
    if prompt.text is None:
        st.info("The words of this prompt were deleted. Its figures are kept.")
        return
    _ask_bubble(prompt.text, prompt.system)
    _actions(database, turn, user, last)
    hidden = turn.hidden_from(user)
    boxes = panes.grid(len(turn.answers))
    for i, (box, answer) in enumerate(zip(boxes, turn.answers, strict=True)):
        won = vote is not None and vote.call_id == answer.call_id
        look = panes.look(answer.offer, turn.platforms.get(answer.offer.provider, ""), i, hidden)
        panes.draw(box, answer, look, ":blue-badge[:material/thumb_up: Your vote]" if won else "")
    if len(turn.answers) > 1:
        _vote(database, turn, user)
        if not hidden:
            _strip(turn.answers)
            _difference(turn)
            st.caption(panes.CLOCKS)


def _ask_bubble(text: str, system: str | None) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        st.markdown(safe_markdown(text))
        if system:
            st.caption(f"System prompt: {plain(fmt.short(system, 200))}")


def wind_up(calls: Sequence[LiveCall]) -> None:
    """Cancel what is still running and wait until everything is recorded.

    A page calls it first for what its session left behind: Streamlit starts the next run of a script
    before the one it interrupts has ended.
    """
    for call in calls:
        if not call.done:
            call.cancel()
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline and not all(call.done for call in calls):
        time.sleep(0.01)
    flush()


def _actions(database: Database, turn: Turn, user: str, last: bool) -> None:
    prompt = turn.prompt
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"{plain(prompt.user or 'unknown')} · {fmt.when(prompt.created_at)}")
        if last:
            st.button(
                "Edit and resend", icon=":material/edit:", type="tertiary", on_click=_edit, args=(turn,)
            )
        with st.popover("Save or export", icon=":material/save:", type="tertiary", width="content"):
            rows = export.answer_rows([turn])
            st.download_button(
                "Answers as CSV",
                export.to_csv(rows),
                f"prompt-{prompt.id[:8]}.csv",
                "text/csv",
                on_click="ignore",
                width="stretch",
                icon=":material/table:",
            )
            st.download_button(
                "Answers as JSON",
                export.to_json(rows),
                f"prompt-{prompt.id[:8]}.json",
                "application/json",
                on_click="ignore",
                width="stretch",
                icon=":material/data_object:",
            )
            save_case(database, turn, user)


def save_case(database: Database, turn: Turn, user: str) -> None:
    """The small form that keeps a prompt as a test case."""
    prompt = turn.prompt
    with st.form(f"case-{prompt.id}", border=False):
        name = st.text_input("Keep as a test case named", value=fmt.short(prompt.text or "", 60))
        expected = st.text_area("Expected answer", placeholder="Optional", height=68)
        if st.form_submit_button("Save test case", width="stretch"):
            with database.writer() as session:
                changes.save_case(
                    session,
                    name=name.strip() or "Unnamed",
                    text=prompt.text or "",
                    system=prompt.system,
                    variables=prompt.variables,
                    expected=expected.strip() or None,
                    prompt_id=prompt.id,
                    user=user,
                )
            st.toast("Saved as a test case.")


def _edit(turn: Turn) -> None:
    """Put the prompt back into the input and step back to what it continued."""
    st.session_state.ask = turn.prompt.text
    recall(turn.prompt)
    if turn.prompt.parent_id:
        st.query_params["prompt"] = turn.prompt.parent_id
    else:
        del st.query_params["prompt"]


def _vote(database: Database, turn: Turn, user: str) -> None:
    vote, prompt = turn.vote_of(user), turn.prompt
    reason_key = f"reason-{prompt.id}"

    def cast(choice: changes.Choice, call_id: str | None = None) -> None:
        reason = st.session_state.get(reason_key, "").strip() or None
        with database.writer() as session:
            changes.cast_vote(
                session,
                prompt_id=prompt.id,
                choice=choice,
                call_id=call_id,
                reason=reason,
                blind=prompt.blind and (vote is None or (vote.blind and vote.call_id == call_id)),
                user=user,
            )

    with st.container(border=True):
        st.markdown(
            "**Which answer is better?**" if vote is None else "**Your vote** · choose again to change it"
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for i, answer in enumerate(turn.answers):
                hidden = turn.hidden_from(user)
                name = f"Answer {chr(65 + i)}" if hidden else answer.offer.name
                chosen = vote is not None and vote.call_id == answer.call_id
                st.button(
                    plain(name),
                    key=f"vote-{answer.call_id}",
                    type="primary" if chosen else "secondary",
                    icon=":material/thumb_up:",
                    on_click=cast,
                    args=("one", answer.call_id),
                    disabled=not answer.text,
                )
            for choice, label in (("tie", "Tie"), ("all_bad", "All bad")):
                chosen = vote is not None and vote.choice == choice
                st.button(
                    label,
                    key=f"vote-{choice}-{prompt.id}",
                    type="primary" if chosen else "secondary",
                    on_click=cast,
                    args=(choice,),
                )
        st.text_input(
            "Why? (optional, write it before you vote)",
            value=(vote.reason or "") if vote else "",
            key=reason_key,
        )


def _strip(answers: Sequence[Completion]) -> None:
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
            st.caption(detail.replace("$", "\\$"))


def _difference(turn: Turn) -> None:
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
