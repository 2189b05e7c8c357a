"""One run: how far it is while it is under way, then what it says of the offers."""

import streamlit as st

from db.benchmarks import Run, Suite
from pages import _run_head as head
from pages import _run_live as live
from pages import _run_results as results
from pages import _run_so_far as so_far
from pages import _ui as ui
from pages._run_marks import ACTIVE

engine, database, user = ui.engine(), ui.database(), ui.user()
st.page_link("benchmarks.py", label="All benchmarks", icon=":material/arrow_back:")
with database.reader() as session:
    run = session.get(Run, st.query_params.get("id", ""))
    suite = session.get(Suite, run.suite_id) if run else None
if run is None or suite is None:
    st.title("Run")
    st.info("There is no run behind this address. Benchmarks lists them all.", icon=":material/search_off:")
    st.stop()

head.draw(run, suite)
live.draw(database, run.id)
if run.status in ACTIVE:
    so_far.draw(database, run)
else:
    results.draw(engine.config, database, user, run, suite)
