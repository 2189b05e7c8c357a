"""Which models to ask: the picker, what a link could not bring, prices, and those that need a key."""

from collections.abc import Sequence

import streamlit as st

from broker.config import Config, to_connect
from broker.playground import MAX_OFFERS
from broker.types import Offer
from pages import _format as fmt
from pages import _ui as ui

SHOWN_FOUND, SHOWN_UNASKED = 25, 4


def choose_offers(config: Config, locked: bool) -> tuple[Offer, ...]:
    """The models to ask, from those that can be asked now; the URL names them by id."""
    ready = ui.ready_offers(config)
    labels = {offer.id: f"{offer.name} · {config.providers[offer.provider].name}" for offer in ready.values()}
    linked = st.query_params.get_all("offers")
    if linked != st.session_state.get("linked-offers"):
        wanted = linked or [offer_id for offer_id in ready if offer_id.startswith("local/")]
        st.session_state.offers = [offer_id for offer_id in wanted if offer_id in ready][:MAX_OFFERS]
        st.session_state["left-out"] = [i for i in linked if i not in st.session_state.offers]
    chosen = st.multiselect(
        f"Models to compare, up to {MAX_OFFERS}",
        list(ready),
        format_func=lambda offer_id: labels.get(offer_id) or str(offer_id),
        max_selections=MAX_OFFERS,
        key="offers",
        persist_state="session",
        placeholder="Search a model or platform",
        select_all=False,
        disabled=locked,
        help="Locked until you have voted: the hidden answers belong to these models."
        if locked
        else "The models that can be asked now. Those that need a key are greyed in the list below.",
    )
    if chosen != linked:
        st.query_params["offers"] = chosen
    if chosen != st.session_state.get("linked-offers") and linked == st.session_state.get("linked-offers"):
        st.session_state["left-out"] = []
    st.session_state["linked-offers"] = chosen
    _say_left_out(config, st.session_state.get("left-out", []))
    return tuple(ready[offer_id] for offer_id in chosen)


def _say_left_out(config: Config, offer_ids: Sequence[str]) -> None:
    """Why models that a link names are not chosen."""
    reasons: list[str] = []
    for offer_id in offer_ids:
        provider = config.providers.get(offer_id.partition("/")[0])
        wanted = to_connect(provider) if provider else None
        known = offer_id in ui.ready_offers(config)
        why = f"at most {MAX_OFFERS} models" if known else "it is not configured here"
        reasons.append(f"- {ui.plain(offer_id)}: {wanted or why}")
    if reasons:
        st.warning("\n".join(["Left out of this link's models:\n", *reasons]), icon=":material/link_off:")


def show_prices(config: Config, offers: Sequence[Offer]) -> None:
    """What the chosen models cost at the moment."""
    parts = [f"{ui.plain(offer.name)} {ui.price_text(config, offer)}" for offer in offers]
    if parts:
        st.caption(fmt.no_formula(f"Price per million tokens, in and out: {' · '.join(parts)}"))


def show_waiting(config: Config) -> None:
    """The models that need a key: greyed, searchable, each platform with the variable to set."""
    waiting = ui.waiting_offers(config)
    if not waiting:
        return
    with st.popover(f"{len(waiting):,} models need a key", icon=":material/key:"):
        wanted = st.text_input(
            "Search the models that need a key", key="waiting", placeholder="For example claude"
        )
        words = wanted.lower().split()
        found = [(o, v) for o, v in waiting if all(w in f"{o.id} {o.name} {o.maker}".lower() for w in words)]
        limit = SHOWN_FOUND if words else SHOWN_UNASKED
        for variable in dict.fromkeys(variable for _, variable in found):
            _show_platform(config, [offer for offer, needs in found if needs == variable], variable, limit)
        if not found:
            st.caption("No model matches.")


def _show_platform(config: Config, offers: Sequence[Offer], variable: str, limit: int) -> None:
    platform = config.providers[offers[0].provider].name
    st.markdown(f"**{ui.plain(platform)}** · set `{variable}`, then start the app again")
    for offer in offers[-limit:][::-1]:
        price = fmt.no_formula(ui.price_text(config, offer))
        st.checkbox(f"{ui.plain(offer.name)} · {price}", key=f"waiting-{offer.id}", disabled=True)
    if len(offers) > limit:
        st.caption(f"and {len(offers) - limit:,} more: search to see them")
