"""Everything known about one offer, every number with its source."""

from datetime import UTC, datetime

import streamlit as st

from broker import catalog
from pages import _offer_panel as panel
from pages import _ui as ui

config, now = ui.engine().config, datetime.now(UTC)
known = catalog.catalogue(config)
st.title("Offer")
entry = known.by_id.get(st.query_params.get("id", ""))
if entry is not None:
    panel.draw(config, known, entry, now)
