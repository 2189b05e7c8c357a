"""Find past prompts with their answers and votes; open, keep, export or delete them."""

import streamlit as st

from broker import playground
from db import queries
from pages import _format as fmt
from pages import _history as history
from pages import _ui as ui

PAGE = 20

database, user = ui.database(), ui.user()
st.title("History")

st.caption("Every prompt with its answers and votes: find one, open it, ask it again, keep it or export it.")
wanted = history.filters(playground.offers_asked(database))
with database.reader() as session:
    total = session.scalar(queries.history_count(wanted)) or 0
if not total:
    history.draw_empty(wanted)
    history.draw_cases(database)
    st.stop()

with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.caption(f"{fmt.plural(total, 'prompt')}, newest first")
    history.export_buttons(database, wanted, user)

pages = -(-total // PAGE)
entries = st.container()
number = st.pagination(pages, key="history-page") if pages > 1 else 1
with database.reader() as session:
    prompts = list(session.scalars(queries.history(wanted, PAGE, (number - 1) * PAGE)))
with entries:
    for turn in playground.turns(database, prompts):
        history.draw(database, turn, user)
history.draw_cases(database)
