"""Everything known about one offer, every number with its source."""

from datetime import UTC, datetime

import streamlit as st

from broker import catalog
from pages import _offer_page_data as data
from pages import _offer_page_evidence as evidence
from pages import _offer_page_head as head
from pages import _offer_page_price as price
from pages import _offer_page_trust as trust
from pages import _ui as ui

engine, database, now = ui.engine(), ui.database(), datetime.now(UTC)
wanted = st.query_params.get("id", "")
with database.reader() as session:
    about = data.about(session, engine.config, wanted, now) if wanted else None
    misleading = data.misleading(session, engine.config, about, now) if about else {}
if about is None:
    head.draw_unknown(catalog.catalogue(engine.config), wanted)
    st.stop()

head.draw(engine.config, about, now)
price.draw(about, now, misleading)
evidence.draw(about)
trust.draw(engine.config, about, now)
