"""Every model on every platform: find it, see its price, compare the platforms that sell the same weights."""

from datetime import UTC, datetime

import streamlit as st

from broker import catalog
from pages import _catalogue as view
from pages import _offer_panel as panel
from pages import _ui as ui
from pages._catalogue_filters import filtered
from pages._catalogue_rows import rows

config, now = ui.engine().config, datetime.now(UTC)
known = catalog.catalogue(config)

st.title("Catalogue")
st.caption(view.summary(known, now))
ui.show_problems(config)
found = filtered(known, rows(config, known, now))
if found:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(view.conclusion(found), width="content")
        view.export_button(found, now)
else:
    view.draw_empty()
chosen = view.choose(known, found)
if chosen is not None:
    panel.draw(config, known, chosen, now)
