"""What a user sets before asking: which models, the settings, a template."""

import json
import random
from collections.abc import Sequence
from typing import Any, get_args

import streamlit as st

from broker.config import Config, missing_key
from broker.playground import MAX_OFFERS, Turn
from broker.types import Effort, Offer, Params
from db.models import Prompt
from db.shapes import params_of
from pages import _format as fmt
from pages import _ui as ui

SHOWN_WAITING = 25


def choose_offers(config: Config) -> tuple[Offer, ...]:
    """The models to ask, from those that can be asked now; the URL names them by id."""
    ready = ui.ready_offers(config)
    labels = {offer.id: f"{offer.name} · {config.providers[offer.provider].name}" for offer in ready.values()}
    linked = st.query_params.get_all("offers")
    if linked != st.session_state.get("linked-offers"):
        wanted = linked or [offer_id for offer_id in ready if offer_id.startswith("local/")]
        st.session_state.offers = [offer_id for offer_id in wanted if offer_id in ready][:MAX_OFFERS]
        _say_missing(config, [offer_id for offer_id in linked if offer_id not in ready])
    chosen = st.multiselect(
        f"Models to compare, up to {MAX_OFFERS}",
        list(ready),
        format_func=lambda offer_id: labels.get(offer_id) or str(offer_id),
        max_selections=MAX_OFFERS,
        key="offers",
        persist_state="session",
        placeholder="Search a model, maker or platform",
        select_all=False,
    )
    if chosen != linked:
        st.query_params["offers"] = chosen
    st.session_state["linked-offers"] = chosen
    return tuple(ready[offer_id] for offer_id in chosen)


def _say_missing(config: Config, offer_ids: Sequence[str]) -> None:
    """Why models that a link names are not chosen."""
    for offer_id in offer_ids:
        provider = config.providers.get(offer_id.partition("/")[0])
        variable = missing_key(provider) if provider else None
        why = f"set {variable} to ask it" if variable else "it is not configured here"
        st.toast(f"{ui.plain(offer_id)} is left out: {why}.", icon=":material/key:", duration="long")


def show_waiting(config: Config) -> None:
    """The models that need a key: greyed, searchable, each platform with the variable to set."""
    waiting = ui.waiting_offers(config)
    if not waiting:
        return
    with st.popover(f"{len(waiting):,} more models with a key", icon=":material/key:"):
        wanted = st.text_input(
            "Search the models that need a key", key="waiting", placeholder="For example claude"
        )
        words = wanted.lower().split()
        found = [(o, v) for o, v in waiting if all(w in f"{o.id} {o.name} {o.maker}".lower() for w in words)]
        for variable in dict.fromkeys(variable for _, variable in found):
            offers = [offer for offer, needs in found if needs == variable]
            platform = config.providers[offers[0].provider].name
            st.markdown(f"**{ui.plain(platform)}** · set `{variable}`, then start the app again")
            for offer in offers[: max(3, SHOWN_WAITING // 6)] if not words else offers[:SHOWN_WAITING]:
                st.checkbox(f"{ui.plain(offer.name)}", key=f"waiting-{offer.id}", disabled=True)
            more = len(offers) - (max(3, SHOWN_WAITING // 6) if not words else SHOWN_WAITING)
            if more > 0:
                st.caption(f"and {more:,} more: search to see them")
        if not found:
            st.caption("No model matches.")


def choose_blind(earlier: Sequence[Turn], user: str) -> bool:
    """Whether to hide who answers; not once a turn of the conversation has shown it."""
    seen = any(not turn.hidden_from(user) for turn in earlier)
    wanted = st.toggle(
        "Blind",
        key="blind",
        persist_state="session",
        disabled=seen,
        help="Names and figures stay hidden, in shuffled order, until you have voted. "
        "It needs a new conversation once the names have been shown.",
    )
    return wanted and not seen


def settings() -> tuple[str | None, Params] | None:
    """The system prompt and parameters; `None` while one of them cannot be used, which is said."""
    changed = sum(1 for name, unset in _UNSET.items() if st.session_state.get(name, unset) != unset)
    with st.popover(
        f"Settings ({changed} set)" if changed else "Settings", icon=":material/tune:", width="content"
    ):
        st.text_area("System prompt", key="system", persist_state="session", placeholder="None", height=100)
        left, right = st.columns(2)
        left.number_input(
            "Maximum of tokens",
            1,
            1_000_000,
            None,
            key="max_tokens",
            persist_state="session",
            placeholder="The model's own",
        )
        right.number_input(
            "Seed", value=None, step=1, key="seed", persist_state="session", placeholder="None"
        )
        left.number_input(
            "Temperature",
            0.0,
            2.0,
            None,
            0.1,
            key="temperature",
            persist_state="session",
            placeholder="The model's own",
        )
        right.number_input(
            "Top p", 0.0, 1.0, None, 0.05, key="top_p", persist_state="session", placeholder="The model's own"
        )
        left.selectbox(
            "Reasoning effort",
            get_args(Effort),
            None,
            key="effort",
            persist_state="session",
            placeholder="The model's own",
        )
        right.text_input(
            "Stop at",
            key="stop",
            persist_state="session",
            placeholder="END, ###",
            help="Texts that end the answer, separated by commas.",
        )
        st.text_area(
            "JSON schema of the answer",
            key="schema",
            persist_state="session",
            placeholder='{"type": "object", …}',
            height=100,
        )
        schema, problem = _schema(st.session_state.schema)
        if problem:
            st.error(problem, icon=":material/data_object:")
    if problem:
        st.error(f"The JSON schema in the settings cannot be used. {problem}", icon=":material/data_object:")
        return None
    state = st.session_state
    stop = tuple(part.strip() for part in state.stop.split(",") if part.strip())
    params = Params(state.temperature, state.top_p, state.max_tokens, stop, state.seed, schema, state.effort)
    return state.system.strip() or None, params


def recall(prompt: Prompt) -> None:
    """Set the settings to those a prompt was asked with."""
    params = params_of(prompt.params)
    schema = json.dumps(params.json_schema, indent=2) if params.json_schema else ""
    st.session_state.update(
        system=prompt.system or "",
        max_tokens=params.max_tokens,
        seed=params.seed,
        temperature=params.temperature,
        top_p=params.top_p,
        effort=params.reasoning_effort,
        stop=", ".join(params.stop),
        schema=schema,
        blind=prompt.blind,
    )


def in_order(offers: tuple[Offer, ...], blind: bool, before: list[str] | None) -> tuple[Offer, ...]:
    """Pane order: as in the turn before, shuffled when blind, else as chosen."""
    if before and {offer.id for offer in offers} == set(before):
        return tuple(sorted(offers, key=lambda offer: before.index(offer.id)))
    return tuple(random.sample(offers, len(offers))) if blind else offers


_UNSET: dict[str, Any] = {
    "system": "",
    "max_tokens": None,
    "seed": None,
    "temperature": None,
    "top_p": None,
    "effort": None,
    "stop": "",
    "schema": "",
}


def _schema(text: str) -> tuple[dict[str, Any] | None, str]:
    """The schema, and what is wrong with it."""
    if not text.strip():
        return None, ""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        schema = json.loads(text)
        Draft202012Validator.check_schema(schema)
    except json.JSONDecodeError as error:
        return None, f"Line {error.lineno}, column {error.colno}: {error.msg}."
    except SchemaError as error:
        return None, f"{fmt.short(error.message, 200)}."
    if not isinstance(schema, dict):
        return None, "A schema is a JSON object."
    return schema, ""
