"""The turns of a conversation: each prompt with its panes, its vote and what can be done with it."""

from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from broker import export
from broker.playground import Turn, images
from broker.types import Offer
from db import changes
from db.session import Database
from pages import _compare as compare
from pages import _format as fmt
from pages import _panes as panes
from pages import _ui as ui
from pages._images import attach
from pages._prompt import bubble
from pages._settings import recall

_SETTINGS = {
    "json_schema": "JSON schema",
    "max_tokens": "at most {} tokens",
    "reasoning_effort": "effort {}",
    "reasoning_budget": "reasoning budget {} tokens",
    "logprobs": "token probabilities {}",
}
EXAMPLES = (
    "Write a short, friendly email that tells a supplier their invoice is late.",
    "Name three risks of buying software from a single supplier.",
)


def draw_empty(place: DeltaGenerator, offers: Sequence[Offer]) -> None:
    """What to do first."""
    names = fmt.listed([f"**{ui.plain(offer.name)}**" for offer in offers]) or "the models you choose above"
    with place.container(border=True):
        st.markdown(f"Type a prompt below. It goes to {names} at once, and the answers arrive side by side.")
        st.caption(
            "Then vote for the better answer. Prompts, answers, figures and votes are kept in History."
        )
        with st.container(horizontal=True):
            for example in EXAMPLES:
                st.button(example, icon=":material/lightbulb:", on_click=_suggest, args=(example,))
        for offer in offers:
            if offer.note:
                st.caption(f"**{ui.plain(offer.name)}** · {ui.plain(offer.note)}")


def hidden_from(turns: Sequence[Turn], user: str) -> bool:
    """Whether names and figures are still hidden: until a turn of the conversation has shown them."""
    return bool(turns) and all(turn.hidden_from(user) for turn in turns)


def draw(database: Database, turn: Turn, user: str, hidden: bool, last: bool) -> None:
    """A turn as it was recorded."""
    prompt, vote = turn.prompt, turn.vote_of(user)
    if prompt.text is None:
        st.info("The words of this prompt were deleted. Its figures are kept.")
        return
    bubble(database, prompt.text, prompt.system, prompt.images or ())
    _actions(database, turn, user, hidden, last)
    if not turn.answers:
        st.warning("No answer to this prompt was recorded. Edit and resend it to ask again.")
    for i, (box, answer) in enumerate(zip(panes.grid(len(turn.answers)), turn.answers, strict=True)):
        won = vote is not None and vote.call_id == answer.call_id
        look = panes.look(answer.offer, turn.platforms.get(answer.offer.provider, ""), i, hidden)
        panes.draw(box, answer, look, ":blue-badge[:material/thumb_up: Your vote]" if won else "")
    if len(turn.answers) > 1 and not turn.running:
        compare.vote(database, turn, user, hidden)
        if not hidden:
            compare.strip(turn.answers)
            compare.difference(turn)
    if last and not hidden:
        st.caption(panes.CLOCKS)


def save_case(database: Database, turn: Turn, user: str) -> None:
    """The small form that keeps a prompt as a test case."""
    prompt = turn.prompt
    with st.form(f"case-{prompt.id}", border=False):
        name = st.text_input("Keep as a test case named", value=fmt.short(prompt.text or "", 60))
        if prompt.images:
            st.caption("A test case keeps the words, without the images.")
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
            st.toast("Saved as a test case. The history page lists them.")


def _actions(database: Database, turn: Turn, user: str, hidden: bool, last: bool) -> None:
    prompt = turn.prompt
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"{ui.plain(prompt.user or 'unknown')} · {ui.when(prompt.created_at)}{_settings(turn)}")
        if last:
            edit: dict[str, Any] = {
                "icon": ":material/edit:",
                "type": "tertiary",
                "on_click": _edit,
                "args": (database, turn),
            }
            st.button("Edit and resend", **edit)
        with st.popover("Save or export", icon=":material/save:", type="tertiary", width="content"):
            if hidden:
                st.caption("Answers can be exported once you have voted: the files name the models.")
            else:
                _downloads(turn)
            save_case(database, turn, user)


def _downloads(turn: Turn) -> None:
    name = f"prompt-{turn.prompt.id[:8]}"

    def csv() -> bytes:
        return export.to_csv(export.answer_rows([turn]))

    def json() -> bytes:
        return export.to_json(export.answer_rows([turn]))

    look: dict[str, Any] = {"on_click": "ignore", "width": "stretch"}
    st.download_button("Answers as CSV", csv, f"{name}.csv", "text/csv", icon=":material/table:", **look)
    st.download_button(
        "Answers as JSON", json, f"{name}.json", "application/json", icon=":material/data_object:", **look
    )


def _settings(turn: Turn) -> str:
    """The parameters a prompt was asked with, for its caption."""
    shown = ", ".join(_setting(name, value) for name, value in turn.prompt.params.items())
    return f" · {ui.plain(shown)}" if shown else ""


def _setting(name: str, value: Any) -> str:
    if name == "tools":
        return fmt.plural(len(value), "tool")
    pattern = _SETTINGS.get(name, f"{name.replace('_', ' ')} {{}}")
    return pattern.format(value)


def _suggest(text: str) -> None:
    st.session_state.ask = text


def _edit(database: Database, turn: Turn) -> None:
    """Put the prompt back into the input and step back to what it continued."""
    st.session_state.ask = turn.prompt.text
    attach(images(database, turn.prompt.images))
    recall(turn.prompt)
    st.session_state.opened = turn.prompt.parent_id
    if turn.prompt.parent_id:
        st.query_params["prompt"] = turn.prompt.parent_id
    else:
        del st.query_params["prompt"]
