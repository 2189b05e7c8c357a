"""Which platforms answer, what is missing, and which models the accounts have."""

import streamlit as st

from broker import checks, connections
from broker.connections import Connection
from pages import _connection_forms as forms
from pages import _connection_models as models
from pages import _connections as rows
from pages import _format as fmt
from pages import _ui as ui

engine, database, user = ui.engine(), ui.database(), ui.user()
config = engine.config
under_way = checks.running()  # before the states are read: one that ends meanwhile draws the page anew
found = connections.connections(config, database)
askable = [connection for connection in found if not connection.missing]

st.title("Connections")
st.caption("The platforms that models are bought from: which of them answer, and what is missing.")
ui.show_problems(config)
forms.offer_undo(database, user)

st.markdown(rows.conclusion(found))
with st.container(horizontal=True, vertical_alignment="center"):
    st.button(
        f"Check {fmt.plural(len(askable), 'platform')}",
        type="primary",
        icon=":material/network_check:",
        on_click=checks.start,
        args=(engine, database, [connection.provider.id for connection in askable], user),
        disabled=bool(under_way),
        help="Those with a key, and those that need none: asks each for its models, then makes its cheapest "
        "real call, for a small fraction of a cent.",
    )
    forms.add_platform(database, config, user)
if under_way:
    rows.show_progress()

chosen = st.query_params.get("provider")
if chosen and chosen not in config.providers:
    st.warning("The platform of this link is not connected here. It may have been removed.")


def card(connection: Connection, is_open: bool) -> None:
    """One platform; when open with its models and settings, those first that are of use now."""
    with st.container(border=True):
        rows.draw(engine, database, connection, user, is_open)
        if is_open:
            names = ["Models", "Settings"]
            listed, about = st.tabs(names, default=names[bool(connection.missing)])
            with listed:
                models.draw(engine, database, connection, user)
            with about:
                forms.about(database, config, connection, user)


linked = [c for c in found if c.provider.id == chosen and not rows.opened_here(c.provider.id)]
for connection in linked:  # below the fold nobody would find what the link is about
    card(connection, is_open=True)
for title, note, group in rows.grouped([connection for connection in found if connection not in linked]):
    st.header(f"{title} ({len(group)})", anchor=False)
    if note:
        st.caption(note)
    with st.container(gap="xsmall"):
        for connection in group:
            card(connection, connection.provider.id == chosen)
st.caption(rows.CLOCKS)
