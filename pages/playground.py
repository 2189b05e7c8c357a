"""Ask one prompt of several models side by side."""

import streamlit as st

from broker import playground
from broker.templates import fill
from pages import _images as images
from pages import _offers as picker
from pages import _settings as settings_of
from pages import _stream as live
from pages import _templates as templates
from pages import _turns as turns
from pages import _ui as ui

engine, database, user = ui.engine(), ui.database(), ui.user()
live.wind_up(st.session_state.pop("live", ()))
prompt_id = st.query_params.get("prompt")
earlier = playground.thread(database, prompt_id) if prompt_id else []

settings_of.reopen(earlier)
hidden = turns.hidden_from(earlier, user)

with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    st.title("Playground", width="content")
    if earlier and st.button("New conversation", icon=":material/add_comment:"):
        del st.query_params["prompt"]
        st.rerun()
st.caption("Ask one prompt of several models side by side; see what each answer costs and how fast it is.")
ui.show_problems(engine.config)

offers = picker.choose_offers(engine.config, locked=hidden)
with st.container(horizontal=True, vertical_alignment="center"):
    settings = settings_of.settings()
    templates.manage(database, user, earlier)
    blind = settings_of.choose_blind(bool(earlier), hidden)
    picker.show_waiting(engine.config)
picker.show_prices(engine.config, offers)
if settings is None:
    st.error(settings_of.problem(), icon=":material/data_object:")

if trouble := st.session_state.pop("not-recorded", ""):
    st.warning(f"Not everything could be recorded: {ui.plain(trouble)}.", icon=":material/save:")
if prompt_id and not earlier:
    st.warning("There is no prompt behind this link. It may have been made in another installation.")
for turn in earlier:
    turns.draw(database, turn, user, hidden, last=turn is earlier[-1])
if earlier and earlier[-1].running:
    live.follow(database, earlier[-1].prompt.id)
welcome = st.empty()
if not earlier:
    turns.draw_empty(welcome, offers)

missing = "Choose a model first" if not offers else "Mend the settings first" if settings is None else ""
if missing and "draft" in st.session_state:
    st.session_state.returned = st.session_state.pop("draft")
images.put_back()
attached = st.empty()
with attached.container():
    images.show_attached()
st.chat_input(
    missing or "Ask the models above",
    key="ask",
    on_submit=images.take,
    accept_file="multiple",
    file_type=images.SUFFIXES,
    max_upload_size=images.MOST_MB,
    submit_mode="disable",
    disabled=bool(missing),
)
draft = st.session_state.get("draft")
form = st.empty()
values = templates.values_for(draft, form) if draft else None
if not draft or values is None or settings is None or not offers:
    st.stop()

del st.session_state["draft"]
for place in (welcome, attached, form):
    place.empty()
system, params = settings
before = earlier[-1].prompt.offers if earlier else None
question = playground.Question(
    text=fill(draft, values),
    offers=settings_of.in_order(offers, blind, before),
    system=fill(system, values) if system else None,
    params=params,
    variables=values,
    blind=blind and len(offers) > 1,
    user=user,
    images=tuple(st.session_state.pop("attached", ())),
)
asked_id, calls = playground.ask(engine, database, question, earlier)
try:
    st.session_state.opened = st.query_params["prompt"] = asked_id
    live.stream(database, question, calls)
finally:
    live.wind_up(calls)
st.rerun()
