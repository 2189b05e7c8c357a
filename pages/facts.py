"""What is known of platforms beside price and quality, where it comes from, and how far to trust it."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from broker.assurance import COLLECTED_ON, staff
from pages import _facts_choices as choices
from pages import _facts_panel as panel
from pages import _facts_questionnaire as questionnaire
from pages import _facts_rows as rows
from pages import _facts_view as view
from pages import _facts_words as words
from pages import _ui as ui

config, database, at = ui.engine().config, ui.database(), datetime.now(UTC).date()
with database.reader() as session:
    known = staff.known_facts(session)
names = rows.platforms(known, config)

st.title("Assurance facts")
st.caption(
    f"Shipped facts were read on public pages and collected on {words.day(COLLECTED_ON)}; none was checked "
    "against a contract. What staff enter goes before them. Nothing told is unknown, never no."
)
words.draw_legend()
ui.show_problems(config)
asked = choices.draw(names)
if asked.view == "attribute":
    view.draw_attribute(known, asked, names, at)
else:
    makers = rows.makers(config, asked.platform)
    draw_panel = partial(panel.draw, database, ui.user(), makers=makers)
    questionnaire.draw(database, ui.user(), known, asked.platform, at)
    view.draw_platform(known, asked, names[asked.platform], at, draw_panel)
