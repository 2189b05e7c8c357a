"""Test sets and what came of running them: choose or make a suite, run it over offers, find the verdict."""

import streamlit as st

from pages import _new_suite as making
from pages import _run_list as runs
from pages import _suite as suite
from pages import _suites as suites
from pages import _ui as ui

engine, database, user = ui.engine(), ui.database(), ui.user()
wanted = st.query_params.get("suite")
if wanted == making.ADDRESS:
    making.draw(database, user)
    st.stop()
if wanted:
    suite.draw(engine.config, database, user, wanted)
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    st.title("Benchmarks", width="content")
    if st.button("New suite", type="primary", icon=":material/add:"):
        st.switch_page("benchmarks.py", query_params={"suite": making.ADDRESS})
st.caption(
    "Test sets from your own work, run fairly over any offers. A verdict says how much better, how surely, "
    "and at what cost."
)
ui.show_problems(engine.config)
runs.draw(database)
suites.draw(database)
