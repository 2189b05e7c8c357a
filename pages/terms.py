"""What work is to be paid for, and what contracts say of its price: workloads and contract terms."""

from datetime import UTC, datetime

import streamlit as st

from broker import catalog
from pages import _terms_list as terms
from pages import _ui as ui
from pages import _workload_list as workloads
from pages._terms_context import Context

config = ui.engine().config
context = Context(ui.database(), config, catalog.catalogue(config), ui.user(), datetime.now(UTC).date())
_PARTS = {"Workloads": workloads.draw, "Contract terms": terms.draw}

st.title("Workloads and terms")
st.caption(
    "A workload is a year of one kind of request: costs are worked out for it, not for a token. Contract "
    "terms turn list prices into yours. The rules, with one invoice worked out, are in docs/costs.md."
)
ui.show_problems(config)
part = st.segmented_control(
    "Part",
    list(_PARTS),
    default="Contract terms" if "term" in st.query_params else "Workloads",  # a link to a term
    required=True,
    key="part",
    bind="query-params",
    label_visibility="collapsed",
)
_PARTS[part](context)
