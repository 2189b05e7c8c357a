"""What is asked for is sent or said not to be: every row, many models, parameters alone and in pairs."""

import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from itertools import combinations
from typing import Any

import pytest

from broker.images import image_of, to_base64
from broker.providers import encode
from broker.providers.registry import REGISTRY
from broker.types import ChatRequest, Image, Message, Offer, Params, Provider, Tool, ToolCall

PNG = image_of(b"\x89PNG\r\n\x1a\nabcdefgh")
TOOL = Tool("known_tool", "Knows.", {"type": "object", "properties": {}})
SCHEMA = {"type": "object", "properties": {"known_field": {"type": "string"}}}
PARAMS: dict[str, dict[str, Any]] = {
    "temperature": {"temperature": 0.123},
    "top_p": {"top_p": 0.456},
    "max_tokens": {"max_tokens": 7777},
    "few tokens": {"max_tokens": 77},
    "stop": {"stop": ("known_stop",)},
    "seed": {"seed": 424242},
    "json_schema": {"json_schema": SCHEMA},
    "least effort": {"reasoning_effort": "minimal"},
    "most effort": {"reasoning_effort": "high"},
    "reasoning_budget": {"reasoning_budget": 2222},
    "small budget": {"reasoning_budget": 222},
    "tools": {"tools": (TOOL,)},
    "may": {"tools": (TOOL,), "tool_choice": "auto"},
    "must": {"tools": (TOOL,), "tool_choice": "required"},
    "must not": {"tools": (TOOL,), "tool_choice": "none"},
    "this one": {"tools": (TOOL,), "tool_choice": "known_tool"},
    "no tools": {"tool_choice": "auto"},
    "no logprobs but the token's": {"logprobs": 0},
    "logprobs": {"logprobs": 3},
}
ASKED = (Message("user", "known_words"),)
CALLED = (
    *ASKED,
    Message("assistant", tool_calls=(ToolCall("known_id", "known_tool", "{}"),)),
    Message("tool", "known_result", tool_call_id="known_id"),
)
TURNS: dict[str, tuple[Message, ...]] = {
    "words": ASKED,
    "images": (Message("user", "known_words", images=(PNG,)),),
    "an image alone": (Message("user", images=(PNG,)),),
    "a marked prompt": (Message("system", "known_rules", cache=True), *ASKED),
    "marked words": (Message("user", "known_words", cache=True),),
    "a marked image": (Message("user", images=(PNG,), cache=True),),
    "called": CALLED,
    "a marked call": (ASKED[0], replace(CALLED[1], cache=True), CALLED[2]),
    "a marked result": (*CALLED[:2], replace(CALLED[2], cache=True)),
}
# Of makers and generations that differ in what they take.
MODELS = (
    "gpt-3.5-turbo",
    "gpt-4o",
    "gpt-5",
    "gpt-5-pro",
    "o3",
    "o3-pro",
    "gpt-oss-120b",
    "openai/gpt-oss-120b",
    "openai.gpt-oss-120b-1:0",
    "claude-3-haiku-20240307",
    "claude-3-7-sonnet-20250219",
    "claude-sonnet-4-5@20250929",
    "claude-opus-5-5",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.anthropic.claude-opus-5-5",
    "amazon.nova-2-lite-v1:0",
    "meta.llama3-1-70b-instruct-v1:0",
    "gemini-1.5-pro",
    "gemini-2.5-flash",
    "gemini-3-pro",
    "gemma-3-27b-it",
    "mistral-large-2512",
    "deepseek-reasoner",
    "grok-4",
    "command-a-reasoning-08-2025",
    "sonar-pro",
    "acme-large",
)


def account(row: Provider) -> Provider:
    """The row with values for all that the account gives."""
    return replace(row, settings={**dict.fromkeys(row.variables, "acme"), **row.settings})


def told_of(params: Params, turns: tuple[Message, ...]) -> set[str]:
    asked = {field.name for field in fields(Params) if getattr(params, field.name) != field.default}
    asked |= {"images"} if any(turn.images for turn in turns) else set()
    return asked | ({"cache"} if any(turn.cache for turn in turns) else set())


EFFORTS = ('"thinking', '"reasoning', '"effort', '"reasoning_effort')
SIGNS: dict[str, Callable[[Params], tuple[str, ...]]] = {
    "temperature": lambda _: ("0.123",),
    "top_p": lambda _: ("0.456",),
    "max_tokens": lambda params: (f": {params.max_tokens}",),
    "stop": lambda _: ("known_stop",),
    "seed": lambda _: ("424242",),
    "json_schema": lambda _: ("known_field",),
    "reasoning_effort": lambda _: EFFORTS,
    "reasoning_budget": lambda params: (f": {params.reasoning_budget}",),
    "tools": lambda _: ('"Knows."',),
    "tool_choice": lambda _: ('"tool_choice"', '"toolChoice"', '"toolConfig": {"functionCallingConfig"'),
    "logprobs": lambda _: ("ogprobs",),
    "images": lambda _: (to_base64(PNG),),
    "cache": lambda _: ('"cache_control"', '"cachePoint"'),
}


def test_every_name_has_a_sign() -> None:
    assert SIGNS.keys() == {field.name for field in fields(Params)} | {"images", "cache"}
    assert {name for values in PARAMS.values() for name in values} == {field.name for field in fields(Params)}
    assert isinstance(PNG, Image)


def wrong(row: Provider, model: str, params: Params, turns: tuple[Message, ...]) -> list[str]:
    """The names of what is neither sent nor told of, or both."""
    offer = Offer(row.id, model, model, "Acme", model)
    encoded = encode(row, offer, ChatRequest(turns, params))
    sent = json.dumps(encoded.body)
    asked = told_of(params, turns)
    assert {*encoded.dropped, *encoded.adapted} <= asked
    faults: list[str] = []
    for name in asked:
        visible = any(sign in sent for sign in SIGNS[name](params))
        unsaid = not visible and name not in encoded.dropped
        # A call that must not use tools may go without them: nothing is lost.
        if unsaid and params.tool_choice == "none" and name in {"tools", "tool_choice"}:
            continue
        said = name in encoded.dropped and visible
        if said and name == "reasoning_effort" and params.reasoning_budget is not None:
            continue  # the budget is in the same field
        if unsaid or said:
            faults.append(f"{name}: {'not sent, not said' if unsaid else 'sent, but said not to be'}")
    return faults


def models_of(row: Provider) -> list[str]:
    """One of the models that the row treats alike; all where the dialect itself tells models apart."""
    if row.dialect != "openai":
        return [*MODELS]
    patterns = [limit.pattern for limit in row.limits] + [rule.models for rule in row.rules]
    treated = {tuple(bool(re.search(pattern, model)) for pattern in patterns): model for model in MODELS}
    return [*treated.values()]


@pytest.mark.parametrize("row", REGISTRY, ids=lambda row: row.id)
def test_what_is_not_sent_is_told(row: Provider) -> None:
    found: dict[str, str] = {}
    for model in models_of(row):
        for one, other in [*combinations(PARAMS, 2), *((name, name) for name in PARAMS)]:
            params = Params(**PARAMS[one] | PARAMS[other])
            for what in ("words",) if row.dialect == "openai" else ("words", "called"):
                for fault in wrong(account(row), model, params, TURNS[what]):
                    found.setdefault(fault, f"{model}: {one}, {other}, {what}")
        for name, values in PARAMS.items():
            for what, turns in TURNS.items():
                for fault in wrong(account(row), model, Params(**values), turns):
                    found.setdefault(fault, f"{model}: {name}, {what}")
    assert found == {}
