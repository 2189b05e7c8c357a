"""How to ask: the system prompt, the parameters, blind or not; and those of an earlier prompt again."""

import json
import random
from collections.abc import Sequence
from typing import Any, get_args

import streamlit as st

from broker.playground import Turn
from broker.types import Effort, Offer, Params
from db.models import Prompt
from db.shapes import params_of, tools_json
from pages._definitions import schema_of, tools_of

_OWN = "The model's own"
_UNSET: dict[str, Any] = {
    "system": "",
    "max_tokens": None,
    "seed": None,
    "temperature": None,
    "top_p": None,
    "effort": None,
    "stop": "",
    "schema": "",
    "budget": None,
    "logprobs": None,
    "tool_choice": None,
    "tools": "",
}
_HELP = {
    "system": "What the model is told before the conversation: its role, its tone, its rules.",
    "max_tokens": "The longest answer. A token is about three quarters of an English word.",
    "seed": "Asks for the same answer to the same prompt each time. Not every model takes one.",
    "temperature": "0 to 2: the higher, the more varied the answers; 0 for the most likely words.",
    "top_p": "0 to 1: how much of the likely words to choose from. Set this or the temperature, not both.",
    "effort": "How much a reasoning model thinks before it answers: more costs more and takes longer.",
    "stop": "Texts that end the answer, separated by commas.",
    "schema": "The answer is to be JSON of this shape. An answer that does not fit is marked.",
    "budget": "The most tokens a reasoning model may think for, where it takes a number and not an effort.",
    "logprobs": "Shows how sure the model was of each token, and this many others it considered.",
    "tool_choice": "Whether the model may, must or must not ask for a tool; or which one it must.",
    "tools": "Functions the model may ask to have called. Nothing is called: the answer shows what it asks.",
}
_TOOL = '[{"name": "get_weather", "description": "…", "parameters": {"type": "object", …}}]'


def reopen(earlier: Sequence[Turn]) -> None:
    """Set models and settings to those of the conversation that a link has just opened."""
    prompt = earlier[-1].prompt if earlier else None
    if prompt is None or prompt.id == st.session_state.get("opened"):
        return
    st.session_state.opened = prompt.id
    if prompt.text is not None:
        recall(prompt)
    if not st.query_params.get_all("offers"):
        st.query_params["offers"] = offers_of(prompt)


def offers_of(prompt: Prompt) -> list[str]:
    """The models a prompt asked, for a link; not in pane order when that would tell who is who."""
    return sorted(prompt.offers) if prompt.blind else prompt.offers


def choose_blind(conversation: bool, hidden: bool) -> bool:
    """Whether to hide who answers: chosen for a new conversation, and kept as long as it is hidden."""
    wanted = st.toggle(
        "Blind",
        key="blind",
        persist_state="session",
        disabled=conversation,
        help="Names and figures stay hidden, in shuffled order, until you have voted. "
        "It is chosen when a conversation begins.",
    )
    return hidden if conversation else wanted


def settings() -> tuple[str | None, Params] | None:
    """The system prompt and parameters; `None` while some JSON cannot be used: see `problem`."""
    changed = sum(1 for name, unset in _UNSET.items() if st.session_state.get(name, unset) != unset)
    label = f"Settings ({changed} set)" if changed else "Settings"
    with st.popover(label, icon=":material/tune:", width="content"):
        st.text_area("System prompt", height=100, placeholder="None", **_kept("system"))
        left, right = st.columns(2)
        left.number_input(
            "Most tokens in the answer", 1, 1_000_000, None, placeholder=_OWN, **_kept("max_tokens")
        )
        right.number_input("Seed", value=None, step=1, placeholder="None", **_kept("seed"))
        left.number_input("Temperature", 0.0, 2.0, None, 0.1, placeholder=_OWN, **_kept("temperature"))
        right.number_input("Top p", 0.0, 1.0, None, 0.05, placeholder=_OWN, **_kept("top_p"))
        left.selectbox("Reasoning effort", get_args(Effort), None, placeholder=_OWN, **_kept("effort"))
        right.text_input("Stop at", placeholder="END, ###", **_kept("stop"))
        example = '{"type": "object", …}'
        st.text_area("JSON schema of the answer", height=100, placeholder=example, **_kept("schema"))
        with st.expander("Advanced", icon=":material/build:"):
            _advanced()
    state = st.session_state
    if problem():
        return None
    tools, _ = tools_of(state.tools)
    params = Params(
        temperature=state.temperature,
        top_p=state.top_p,
        max_tokens=state.max_tokens,
        stop=tuple(part.strip() for part in state.stop.split(",") if part.strip()),
        seed=state.seed,
        json_schema=schema_of(state.schema)[0],
        reasoning_effort=state.effort,
        reasoning_budget=state.budget,
        tools=tools,
        tool_choice=state.tool_choice if tools else None,
        logprobs=state.logprobs,
    )
    return state.system.strip() or None, params


def problem() -> str:
    """What is wrong with the JSON in the settings; empty when nothing is."""
    state = st.session_state
    for what, (_, wrong) in (
        ("JSON schema", schema_of(state.schema)),
        ("tools", tools_of(state.tools)),
    ):
        if wrong:
            return f"The {what} in the settings cannot be used. {wrong}"
    return ""


def _advanced() -> None:
    """What few prompts need."""
    left, right = st.columns(2)
    left.number_input("Reasoning budget", 0, 1_000_000, None, placeholder=_OWN, **_kept("budget"))
    right.number_input("Token probabilities", 0, 20, None, placeholder="None", **_kept("logprobs"))
    tools, _ = tools_of(st.session_state.get("tools", ""))
    choices = ["auto", "none", "required", *(tool.name for tool in tools)]
    if st.session_state.get("tool_choice") not in choices:
        st.session_state.tool_choice = None
    st.selectbox("Tool choice", choices, None, placeholder=_OWN, **_kept("tool_choice"))
    st.text_area("Tools", height=140, placeholder=_TOOL, **_kept("tools"))


def _kept(name: str) -> dict[str, Any]:
    """What all settings share: kept for the session, and explained."""
    return {"key": name, "persist_state": "session", "help": _HELP[name]}


def recall(prompt: Prompt) -> None:
    """Set the settings to those a prompt was asked with."""
    params = params_of(prompt.params)
    schema, tools = params.json_schema, tools_json(params.tools)
    st.session_state.update(
        system=prompt.system or "",
        max_tokens=params.max_tokens,
        seed=params.seed,
        temperature=params.temperature,
        top_p=params.top_p,
        effort=params.reasoning_effort,
        stop=", ".join(params.stop),
        schema=json.dumps(schema, indent=2, ensure_ascii=False) if schema is not None else "",
        budget=params.reasoning_budget,
        logprobs=params.logprobs,
        tool_choice=params.tool_choice,
        tools=json.dumps(tools, indent=2, ensure_ascii=False) if tools else "",
        blind=prompt.blind,
    )


def in_order(offers: tuple[Offer, ...], blind: bool, before: list[str] | None) -> tuple[Offer, ...]:
    """Pane order: as in the turn before, shuffled when blind, else as chosen."""
    if before and {offer.id for offer in offers} == set(before):
        return tuple(sorted(offers, key=lambda offer: before.index(offer.id)))
    return tuple(random.sample(offers, len(offers))) if blind else offers
