"""The samples of a suite."""

import streamlit as st


def draw(database, user, suite):
    st.caption("samples")
