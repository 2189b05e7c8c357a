"""Ask one prompt of several models side by side."""

import streamlit as st

from broker import playground
from broker.templates import fill
from pages import _controls as controls
from pages import _templates as templates
from pages import _turns as turns
from pages import _ui as ui

engine, database, user = ui.engine(), ui.database(), ui.user()
turns.wind_up(st.session_state.pop("live", ()))
prompt_id = st.query_params.get("prompt")
earlier = playground.thread(database, prompt_id) if prompt_id else []

title, new = st.columns([4, 1], vertical_alignment="bottom")
title.title("Playground")
if earlier and new.button("New conversation", icon=":material/add_comment:", width="stretch"):
    del st.query_params["prompt"]
    st.rerun()
ui.show_problems(engine.config)

offers = controls.choose_offers(engine.config)
with st.container(horizontal=True, vertical_alignment="center"):
    settings = controls.settings()
    templates.manage(database, user, earlier)
    blind = controls.choose_blind(earlier, user)
    controls.show_waiting(engine.config)

if prompt_id and not earlier:
    st.warning("There is no prompt behind this link. It may have been made in another installation.")
for turn in earlier:
    turns.draw(database, turn, user, last=turn is earlier[-1])
welcome = st.empty()
if not earlier:
    turns.draw_empty(welcome, offers)

asked = st.chat_input(
    "Ask the models above", key="ask", submit_mode="disable", disabled=not offers or settings is None
)
if asked:
    st.session_state.draft = asked
draft = st.session_state.get("draft")
form = st.empty()
values = templates.values_for(draft, form) if draft else None
if not draft or values is None or settings is None or not offers:
    st.stop()

del st.session_state["draft"]
welcome.empty()
form.empty()
system, params = settings
before = earlier[-1].prompt.offers if earlier else None
question = playground.Question(
    text=fill(draft, values),
    offers=controls.in_order(offers, blind, before),
    system=fill(system, values) if system else None,
    params=params,
    variables=values,
    blind=blind and len(offers) > 1,
    user=user,
)
st.query_params["prompt"], calls = playground.ask(engine, database, question, earlier)
turns.stream(question, calls)
st.rerun()
