"""Which platforms answer, what is missing, and which models the accounts have."""

import streamlit as st

from broker import checks, connections
from pages import _connection_forms as forms
from pages import _connection_models as models
from pages import _connections as rows
from pages import _format as fmt
from pages import _ui as ui

engine, database, user = ui.engine(), ui.database(), ui.user()
config = engine.config
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
        disabled=bool(checks.running()),
        help="Those with a key, and those that need none: asks each for its models, then makes its cheapest "
        "real call, for a small fraction of a cent.",
    )
    forms.add_platform(database, config, user)
if checks.running():
    rows.show_progress()

chosen = st.query_params.get("provider")
if chosen and chosen not in config.providers:
    st.warning("The platform of this link is not connected here. It may have been removed.")
for title, group in rows.grouped(found):
    st.header(f"{title} ({len(group)})", anchor=False)
    for connection in group:
        is_open = connection.provider.id == chosen
        with st.container(border=True):
            rows.draw(engine, database, connection, user, is_open)
            if is_open:
                about, listed = st.tabs(["About this platform", "Models"])
                with listed:
                    models.draw(engine, database, connection, user)
                with about:
                    forms.about(database, config, connection, user)
st.caption(rows.CLOCKS)
