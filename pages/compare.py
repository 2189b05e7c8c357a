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
now = datetime.now(UTC)
stored = data.stored(database)

st.title("Vendor comparison")
ui.show_problems(engine.config)
first, problems = state.begin(stored)
conclusion = st.container()
wanted = question.draw(first, stored, engine.config)
state.keep(wanted)
found = data.shortlist(database, engine.config, wanted, now)
with conclusion:
    answer.draw(found, [*problems, *found.gathered.problems])
    saved.draw(database, user, found)
views.draw(database, engine.config, found)
