"""Making a suite."""

import streamlit as st

ADDRESS = "new"


def draw(database, user):
    st.title("New suite")
