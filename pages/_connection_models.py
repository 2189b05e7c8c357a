"""The models of one platform: what its own list says beside the catalogue, and the models added here."""

from collections.abc import Sequence
from concurrent.futures import TimeoutError as NoAnswerYet

import streamlit as st

from broker import checks, connections, runtime
from broker.config import Config
from broker.connections import Connection
from broker.discovery import Listed, compare, is_the_account, lists_models
from broker.errors import ModelNotFound, ProviderError
from broker.model_facts import chats
from broker.playground import MAX_OFFERS
from broker.runtime import Runtime
from broker.types import Offer, Provider
from db.session import Database
from pages import _connection_advice as advice
from pages import _connection_offers as own_models
from pages import _format as fmt
from pages import _ui as ui

SHOWN = 24
WAIT_S = 60
_BY_NAME = "A model that is missing here can be added by its name."
_DEPLOYMENTS = (
    "What can be asked here are your own deployments: add each as a model, with the name you gave it as the "
    "model id to send."
)


def draw(engine: Runtime, database: Database, connection: Connection, user: str) -> None:
    """Everything about one platform's models."""
    provider, config = connection.provider, engine.config
    offers = [o for o in ui.offers(config) if o.provider == provider.id]
    if offers:
        _draw_offers(connection, offers)
    else:
        first = "read its list of models, or add one by its name" if lists_models(provider) else "add one"
        st.markdown(f"**No model** of this platform can be asked yet: {first}.")
    if lists_models(provider):
        _ask_for_list(engine, database, connection)
        if connection.models is not None:
            _draw_list(config, connection, offers, user)
    elif provider.base_url != "local:":
        note = _BY_NAME if is_the_account(provider) else _DEPLOYMENTS
        st.caption(f"This platform has no list of an account's models. {note}")
    if provider.base_url != "local:":
        own_models.draw(database, config, provider, user)


def _draw_offers(connection: Connection, offers: Sequence[Offer]) -> None:
    """How many can be asked, and the ways to them."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{fmt.plural(len(offers), 'model')}** of this platform can be chosen in the playground"
            f"{' once it is connected' if connection.missing else ''}.",
            width="content",
        )
        if not connection.missing and len(offers) <= MAX_OFFERS:
            st.page_link(
                "playground.py",
                label=f"Ask {'it' if len(offers) == 1 else 'them'}",
                icon=":material/forum:",
                query_params={"offers": [offer.id for offer in offers]},
            )
        st.page_link(
            "catalogue.py",
            label=f"See {'it' if len(offers) == 1 else 'them'} in the catalogue",
            icon=":material/storefront:",
            query_params={"platforms": connection.provider.name},
        )


def _ask_for_list(engine: Runtime, database: Database, connection: Connection) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        asked = st.button(
            "Read the list again" if connection.listed_at else "Read its list of models",
            key="discover",
            icon=":material/sync:",
            disabled=bool(connection.missing),
            help="Asks the platform which models this account has. It costs nothing.",
        )
        if connection.listed_at:
            st.caption(f"Read {ui.when(connection.listed_at)}")
    if asked and _refreshed(engine, database, connection.provider):
        st.rerun()


def _refreshed(engine: Runtime, database: Database, provider: Provider) -> bool:
    """Whether the list could be read; what went wrong is said."""
    future = engine.submit(checks.refresh(engine, database, provider.id))
    try:
        with st.spinner("Reading the list"):
            future.result(WAIT_S)
    except ModelNotFound:
        st.error(advice.no_list(provider), icon=":material/error:")
        return False
    except ProviderError as error:
        st.error(f"{error.title}: {ui.plain(error.message)}. {error.advice}", icon=":material/error:")
        return False
    except NoAnswerYet:
        st.error("The platform takes too long. Try again in a minute.", icon=":material/error:")
        return False
    finally:
        future.cancel()
    return True


def _draw_list(config: Config, connection: Connection, offers: Sequence[Offer], user: str) -> None:
    """The list beside the catalogue: what both have, and what only one has."""
    provider = connection.provider
    found = compare(provider, connection.models or (), offers)
    if not is_the_account(provider):
        st.caption(f"The list is that of the whole region. {_DEPLOYMENTS}")
    if not connection.models:
        st.info("The list is empty: this account has no model that could be asked.")
        return
    had = f" Of the {len(offers):,} in the catalogue, it has {len(found.had):,}." if offers else ""
    others = sum(not chats(model.id) for model in connection.models)
    aside = f", {others:,} of them not for chat" if others else ""
    st.markdown(f"The platform lists {fmt.plural(len(connection.models), 'model')}{aside}.{had}")
    if found.new and is_the_account(provider):
        _draw_new(config, provider.id, found.new, user)
    _table(config, f"In the catalogue and in the list ({len(found.had)})", found.had)
    _table(config, f"In the catalogue, but not in this account ({len(found.absent)})", found.absent)


def _draw_new(config: Config, provider_id: str, new: Sequence[Listed], user: str) -> None:
    """Models that the catalogue does not have: each can be added with one click."""
    st.markdown(f"**Not in the catalogue ({len(new)})**")
    st.caption("Choose one to add it to the models that can be asked. Its price is unknown until you set it.")
    words = ""
    if len(new) > SHOWN:
        words = st.text_input("Search these models", key="new-models", icon=":material/search:")
    matching = [m for m in new if all(w in f"{m.id} {m.name}".lower() for w in (words or "").lower().split())]
    with st.container(horizontal=True):
        for model in matching[:SHOWN]:
            st.button(
                ui.plain(model.id),
                key=f"add-{model.id}",
                icon=":material/add:",
                on_click=_add,
                args=(config, provider_id, model, user),
                help=_described(model),
            )
    if len(matching) > SHOWN:
        st.caption(f"and {len(matching) - SHOWN:,} more: search to see them")
    if not matching:
        st.caption("No model matches.")


def _described(model: Listed) -> str:
    name = f"Adds {model.name or model.id}"
    return ui.plain(f"{name}, {model.context_window:,} tokens of context" if model.context_window else name)


def _add(config: Config, provider_id: str, model: Listed, user: str) -> None:
    row = {"provider": provider_id, "model": model.id}
    row |= {"name": model.name} if model.name else {}
    context = {"context_window": model.context_window} if model.context_window else {}
    wrong = connections.save_offer(ui.database(), config, {**row, **context}, user)
    if wrong:
        st.toast(f"{model.id} cannot be added: {'; '.join(wrong.values())}.", icon=":material/error:")
        return
    runtime.reconfigure()
    st.toast(f"Added {model.id}.", icon=":material/check:")


def _table(config: Config, title: str, offers: Sequence[Offer]) -> None:
    if not offers:
        return
    with st.expander(title):
        st.dataframe(
            {
                "Model": [offer.name for offer in offers],
                "Asked for as": [offer.wire_model for offer in offers],
                "Price per million tokens, in / out": [ui.price_text(config, offer) for offer in offers],
                "Context, tokens": [fmt.count(offer.context_window) for offer in offers],
            },
            hide_index=True,
            width="stretch",
        )
