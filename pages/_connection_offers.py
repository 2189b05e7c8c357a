"""The models added on the connections page: forms to add, change and remove them."""

from typing import Any

import streamlit as st

from broker import connections, runtime
from broker.config import Config
from broker.connections import Table
from broker.types import Provider
from db.session import Database
from pages import _format as fmt
from pages import _ui as ui
from pages._connection_forms import saved


def draw(database: Database, config: Config, provider: Provider, user: str) -> None:
    """The models added here, each to be changed or removed, and the form for a new one."""
    for offer_id, table in connections.custom_offers(database, provider.id).items():
        with st.expander(f"{ui.plain(table.get('name') or table['model'])} · added here"):
            changed = _offer_form(offer_id, table, "Save changes")
            if changed is not None:
                changed["provider"] = provider.id
                if saved(connections.save_offer(database, config, changed, user)):
                    st.rerun()
            st.button(
                "Remove this model",
                key=f"remove-{offer_id}",
                on_click=_remove_offer,
                args=(database, offer_id),
            )
    n = st.session_state.setdefault("offers-added", 0)
    with st.expander("Add a model by its name", key=f"add-offer-{n}"):
        table = _offer_form(f"new-{n}", None, "Add model")
        if table is None:
            return
        if saved(connections.save_offer(database, config, {"provider": provider.id, **table}, user)):
            st.session_state["offers-added"] = n + 1
            st.rerun()


def _offer_form(key: str, known: Table | None, submit: str) -> dict[str, Any] | None:
    """The model's table once it is sent, without its provider; `None` before."""
    stated = known or {}
    price = stated.get("price", {})
    with st.form(f"offer-{key}", border=False, enter_to_submit=False):
        left, right = st.columns(2)
        model = stated.get("model", "")
        if known is None:
            model = left.text_input(
                "Model", placeholder="acme-large", help="The platform's name for it."
            ).strip()
        table = {
            "name": right.text_input("Name", stated.get("name", ""), placeholder="Acme Large"),
            "wire_model": left.text_input(
                "Model id to send", stated.get("wire_model", ""), placeholder="The same as the model"
            ),
            "maker": right.text_input("Maker", stated.get("maker", ""), placeholder="Acme"),
            "context_window": left.number_input(
                "Context, tokens", 1, None, stated.get("context_window"), step=1, placeholder="Unknown"
            ),
        }
        st.caption(fmt.no_formula("Price in US dollars per million tokens; empty: that of the price list."))
        left, right = st.columns(2)
        amounts = {
            "input_mtok": left.text_input("Price in", str(price.get("input_mtok", "")), placeholder="1.20"),
            "output_mtok": right.text_input(
                "Price out", str(price.get("output_mtok", "")), placeholder="4.80"
            ),
        }
        if not st.form_submit_button(submit, type="primary"):
            return None
    amounts = {**price, **{name: amount.strip() for name, amount in amounts.items()}}
    table["price"] = {name: amount for name, amount in amounts.items() if amount != ""}
    return {"model": model, **{name: value for name, value in table.items() if value not in ("", None, {})}}


def _remove_offer(database: Database, offer_id: str) -> None:
    st.session_state.removed = (offer_id, connections.remove_offer(database, offer_id))
    runtime.reconfigure()
