"""A prompt under way: its panes are painted as the answers arrive, and can be stopped."""

import itertools
import time
from collections.abc import Sequence

import streamlit as st

from broker.complete import LiveCall
from broker.playground import Question, thread
from broker.record import RecordError
from broker.runtime import flush
from db.session import Database
from db.shapes import image_key
from pages import _panes as panes
from pages._prompt import bubble
from pages._ui import engine

FRAME_S = 0.08
KEEP_EVERY = 12  # frames, about a second: how often a partial answer is kept


def stream(database: Database, question: Question, calls: Sequence[LiveCall]) -> None:
    """Paint the answers as they arrive until all are done; the caller winds up whatever ends it."""
    bubble(database, question.text, question.system, [image_key(image) for image in question.images])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Stop", icon=":material/stop_circle:", shortcut="Escape", help="Keeps what has arrived.")
        st.caption("Changing a model or a setting stops the answers too.")
    boxes = panes.grid(len(calls))
    providers = engine().config.providers
    live = [
        panes.LivePane(
            box, call, panes.look(call.offer, providers[call.offer.provider].name, i, question.blind)
        )
        for i, (box, call) in enumerate(zip(boxes, calls, strict=True))
    ]
    for frame in itertools.count():
        st.session_state.live = calls  # each time: Streamlit ends a script only when it calls Streamlit
        for pane in live:
            pane.paint(keep=frame % KEEP_EVERY == 0)
        if all(call.done for call in calls):
            return
        time.sleep(FRAME_S)


def wind_up(calls: Sequence[LiveCall]) -> None:
    """Cancel what is still running and wait until everything is recorded.

    A page calls it first for what its session left behind: Streamlit starts the next run of a script
    before the one it interrupts has ended.
    """
    if not calls:
        return
    for call in calls:
        if not call.done:
            call.cancel()
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline and not all(call.done for call in calls):
        time.sleep(0.01)
    try:
        flush()
    except RecordError as error:
        st.session_state["not-recorded"] = str(error)


@st.fragment(run_every=1.0)
def follow(database: Database, prompt_id: str) -> None:
    """A prompt that is still being answered, for another page: look again every second."""
    if not thread(database, prompt_id)[-1].running:
        st.rerun()
    st.caption(":material/sync: Still arriving; the page shows the answers when they are complete.")
