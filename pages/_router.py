"""The entry script, run before every page: the frame, the navigation and the page asked for."""

from pathlib import Path

import streamlit as st

from broker.garbage import set_aside

STATIC = Path(__file__).parent / "static"

set_aside()
# The icon comes before the navigation: without it the browser fetches the page's own from a foreign host.
st.set_page_config(page_icon=STATIC / "favicon.png", layout="wide", initial_sidebar_state=264)
st.logo(STATIC / "logo.svg", icon_image=STATIC / "mark.svg")
st.html(STATIC / "shell.css")
# Dialogs and popovers hang outside Streamlit's themed element; from here they inherit its colour scheme.
st.html(f"<style>:root {{ color-scheme: {st.context.theme.type or 'light'} }}</style>")

page = st.navigation(
    {
        "Decide": [
            st.Page("overview.py", title="Overview", icon=":material/dashboard:", url_path="", default=True),
            st.Page("compare.py", title="Vendor comparison", icon=":material/scale:"),
            st.Page("dependence.py", title="Dependence", icon=":material/account_tree:"),
            st.Page("offer.py", title="Offer", visibility="hidden"),
            # The default page lives at `/`; its name works as an address too.
            st.Page("overview.py", title="Overview", url_path="overview", visibility="hidden"),
        ],
        "Evaluate": [
            st.Page("playground.py", title="Playground", icon=":material/forum:"),
            st.Page("history.py", title="History", icon=":material/history:"),
            st.Page("benchmarks.py", title="Benchmarks", icon=":material/balance:"),
            st.Page("run.py", title="Run", visibility="hidden"),
        ],
        "Platforms": [
            st.Page("catalogue.py", title="Catalogue", icon=":material/storefront:"),
            st.Page("connections.py", title="Connections", icon=":material/hub:"),
            st.Page("facts.py", title="Assurance facts", icon=":material/verified_user:"),
            st.Page("terms.py", title="Workloads and terms", icon=":material/contract:"),
        ],
    }
)
st.set_page_config(page_title=f"{page.title} · Model Broker")
page.run()
