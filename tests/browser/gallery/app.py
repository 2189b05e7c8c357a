"""Launcher of the gallery: the product's headers, theme and fonts around one page of sample elements."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from pages._security import SecurityHeaders

STATIC = Path(__file__).parents[3] / "pages" / "static"

app = st.App(
    "gallery.py",
    middleware=[Middleware(SecurityHeaders)],
    routes=[Mount("/app/static", app=StaticFiles(directory=STATIC))],
)
