"""How much hangs on one maker or one platform, and what is lost if one fails."""

from datetime import UTC, datetime

import streamlit as st

from broker import catalog
from broker.dependence import LAYERS
from broker.dependence.declared import load
from broker.dependence.reading import gather, platform_name
from db import rollups
from pages import _dependence_charts as charts
from pages import _dependence_declared as declared
from pages import _dependence_tables as tables
from pages import _dependence_words as words
from pages import _ui as ui

config, database, today = ui.engine().config, ui.database(), datetime.now(UTC).date()

st.title("Dependence")
st.caption("How much of what you pay hangs on one maker or one platform, and what is lost if one fails.")
name = st.selectbox("Period", list(words.PERIODS), 3, key="period", bind="query-params", width=200)
with database.reader() as session:
    known, said = rollups.months(session), load(session)
    first, until = words.period(name, today, [*known, *(one.first for one in said)])
    found = gather(session, config, first, until)

if found.uses:
    st.markdown(words.conclusion(found))
    for place, layer in zip(st.columns(2, gap="large"), LAYERS, strict=True):
        with place:
            shares = found.shares(layer)
            st.header(f"Spend by {layer}", anchor=False)
            st.markdown(words.concentration(shares, layer))
            charts.draw(shares, layer)
    st.caption(words.basis(found))
    with st.expander("What the index means, and whose bands these are"):
        st.markdown(words.BANDS)
    tables.draw(found)
elif known or said:
    st.info(f"Nothing was recorded or declared from {words.days(found)}. Choose another period.")
else:
    with st.container(border=True):
        st.markdown(
            "**Nothing to share yet.** Each call that is made here counts with what it cost; what is paid "
            "elsewhere can be declared below."
        )
        with st.container(horizontal=True):
            st.page_link("playground.py", label="Ask some models", icon=":material/forum:")
            st.page_link("benchmarks.py", label="Run a benchmark", icon=":material/balance:")

platforms = sorted({platform_name(config, row) for row in config.providers}, key=str.casefold)
makers = sorted({entry.offer.maker for entry in catalog.catalogue(config).entries}, key=str.casefold)
declared.draw(database, said, (platforms, makers), ui.user())
