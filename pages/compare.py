"""The vendor comparison: what is needed above, then which offer to choose, with everything behind it."""

from datetime import UTC, datetime

import streamlit as st

from pages import _ui as ui
from pages import _vendor_answer as answer
from pages import _vendor_data as data
from pages import _vendor_question as question
from pages import _vendor_saved as saved
from pages import _vendor_state as state
from pages import _vendor_views as views

engine, database, user = ui.engine(), ui.database(), ui.user()
ground = data.ground(database, engine.config, datetime.now(UTC))

st.title("Vendor comparison")
ui.show_problems(engine.config)
saved.open_named(database)
first, problems = state.begin(ground.stored)
conclusion = st.container()
wanted = question.draw(first, ground)
state.keep(wanted)
found = data.answer(ground, wanted)
with conclusion:
    answer.draw(found, problems)
    saved.draw(user, found)
views.draw(found)
