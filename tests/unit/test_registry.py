"""What holds for every row of the registry, and what single rows know of their platform."""

import json
import re
from dataclasses import fields
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import get_args
from urllib.parse import urlsplit

import pytest

from broker.config import settle
from broker.pricing import listed_price, platforms, price_list
from broker.providers import DIALECTS, Encoded, base_url, encode
from broker.providers.registry import REGISTRY
from broker.types import (
    Auth,
    ChatRequest,
    Effort,
    Image,
    Message,
    Offer,
    Params,
    Provider,
    Tool,
    ToolCall,
)

ROWS = {row.id: row for row in REGISTRY}
NAMES = {field.name for field in fields(Params)} | {"images", "cache"}
VALUES = {f"reasoning_effort={effort}" for effort in get_args(Effort)}
ACCOUNT = {
    "endpoint": "https://acme.openai.azure.com",
    "host": "https://adb-1.azuredatabricks.net",
    "location": "us-east5",
    "project": "acme",
    "region": "us-east-1",
    "resource": "acme",
}
FULL = ChatRequest(
    (
        Message("system", "Be brief.", cache=True),
        Message("user", "What is this?", images=(Image("image/png", b"\x89PNG\r\n\x1a\n"),)),
        Message("assistant", "", tool_calls=(ToolCall("c1", "look", '{"at":"it"}'),)),
        Message("tool", "a cat", tool_call_id="c1"),
    ),
    Params(
        temperature=0,
        top_p=0.5,
        max_tokens=4096,
        stop=("END",),
        seed=7,
        json_schema={"type": "object", "properties": {"a": {"type": "string"}}},
        reasoning_effort="low",
        reasoning_budget=1024,
        tools=(Tool("look", "Look at it.", {"type": "object", "properties": {"at": {"type": "string"}}}),),
        tool_choice="look",
        logprobs=2,
    ),
)
each_row = pytest.mark.parametrize("row", REGISTRY, ids=lambda row: row.id)


def account(row: Provider) -> Provider:
    """The row with a value for each variable."""
    return settle(row, {name: ACCOUNT[place] for place, one in row.variables.items() for name in one.env})


def asked(row_id: str, model: str, request: ChatRequest = FULL) -> Encoded:
    return encode(account(ROWS[row_id]), Offer(row_id, model, model, "Maker", model), request)


def with_params(**params: object) -> ChatRequest:
    return ChatRequest((Message("user", "Hi"),), Params(**params))  # type: ignore[arg-type]


def test_ids_and_names_are_unique() -> None:
    assert len(ROWS) == len(REGISTRY)
    assert len({row.name for row in REGISTRY}) == len(REGISTRY)


@each_row
def test_an_address_is_encrypted_unless_it_is_this_machine_s(row: Provider) -> None:
    if row.base_url == "local:":
        return
    url = urlsplit(base_url(account(row)))
    assert url.scheme == "https" or url.hostname == "127.0.0.1"
    assert not re.search(r"[{}]", url.geturl())
    assert not url.path.endswith("/")


@each_row
def test_names_are_known_ones(row: Provider) -> None:
    assert re.fullmatch("[a-z0-9-]+", row.id)
    assert row.dialect in DIALECTS
    assert row.auth in get_args(Auth)
    assert row.drops | row.takes <= NAMES
    assert row.renames.keys() <= NAMES
    assert not row.drops & row.takes
    for limit in row.limits:
        re.compile(limit.pattern)
        assert limit.drops <= NAMES | VALUES
    for rule in row.rules:
        re.compile(rule.models)
        assert rule.dialect in DIALECTS
        assert rule.asks <= NAMES


@each_row
def test_keys_are_named_by_variables_of_one_row_each(row: Provider) -> None:
    others = {name for other in REGISTRY if other is not row for name in other.key_env}
    for name in row.key_env:
        assert re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+", name)
        assert name not in others  # a key goes to one platform


@each_row
def test_who_can_be_asked_without_a_key_says_so(row: Provider) -> None:
    assert row.key_env or row.identity or row.id == "local"
    assert not (row.key_optional and row.identity)


@each_row
def test_the_price_list_knows_the_platform_and_has_models_for_it(row: Provider) -> None:
    if row.prices_id is None:
        assert row.free
        return
    assert row.prices_id in platforms()
    known = {platform.id: platform for platform in price_list().providers}
    own = known[row.prices_id]
    lenders = [known[name] for name in own.fallback_model_providers or ()]
    assert any(re.search(row.models, model.id) for platform in (own, *lenders) for model in platform.models)


@each_row
def test_a_request_with_everything_is_written(row: Provider) -> None:
    if find_spec(f"broker.providers.{row.dialect}") is None:
        pytest.skip(f"no dialect {row.dialect} yet")
    for model in ("model", "claude-sonnet-4-5", "gpt-5", "gemini-2.5-flash"):
        encoded = asked(row.id, model)
        assert json.loads(json.dumps(encoded.body)) == encoded.body
        assert encoded.path.startswith("/")
        assert set(encoded.dropped) <= NAMES
        assert not set(encoded.dropped) & set(encoded.adapted)


GOOGLE = [
    ("gemini-2.5-flash", {"gemini", "vertex", "vertex-express"}),
    ("gemma-4-31b-it", {"gemini"}),
    ("gemma-4-26b-a4b-it-maas", {"vertex-partner"}),
    ("claude-opus-5-5", {"vertex-claude"}),
]


@pytest.mark.parametrize(("model", "doors"), GOOGLE)
def test_google_s_doors_share_its_price_list(model: str, doors: set[str]) -> None:
    (listed,) = (platform.models for platform in price_list().providers if platform.id == "google")
    assert model in {one.id for one in listed}
    assert {row.id for row in REGISTRY if row.prices_id == "google" and re.search(row.models, model)} == doors


@pytest.mark.parametrize(
    ("row", "model", "dialect"),
    [
        ("openai", "gpt-5", "openai"),
        ("openai", "gpt-5-pro", "responses"),
        ("openai", "o3-pro", "responses"),
        ("openai", "gpt-5.3-codex", "responses"),
        ("openai", "codex-mini-latest", "responses"),
        ("openai", "o4-mini-deep-research", "responses"),
        ("azure", "o1-pro", "responses"),
        ("openrouter", "openai/gpt-5-pro", "openai"),
    ],
)
def test_models_served_by_responses_alone(row: str, model: str, dialect: str) -> None:
    assert asked(row, model, with_params()).dialect == dialect


@pytest.mark.parametrize(
    ("model", "dialect", "dropped"),
    [
        ("gpt-5", "responses", ()),
        ("o3", "responses", ()),
        ("gpt-4.1", "openai", ("reasoning_effort",)),
        ("gpt-5-chat-latest", "openai", ("reasoning_effort",)),
        ("o1-mini", "openai", ("reasoning_effort",)),
    ],
)
def test_openai_shows_its_reasoning_in_responses(model: str, dialect: str, dropped: tuple[str, ...]) -> None:
    encoded = asked("openai", model, with_params(reasoning_effort="low"))
    assert (encoded.dialect, encoded.dropped) == (dialect, dropped)


SAMPLING = {"temperature": 0.5, "top_p": 0.5}
DROPPED = [
    ("openai", "gpt-4o", SAMPLING, ""),
    ("openai", "gpt-5-mini", {**SAMPLING, "stop": ("a",), "logprobs": 1}, "logprobs stop temperature top_p"),
    ("openai", "gpt-5-pro", {"reasoning_effort": "medium"}, "reasoning_effort"),
    ("openai", "gpt-5-pro", {"reasoning_effort": "high"}, ""),
    ("azure", "o3-mini", SAMPLING, "temperature top_p"),
    ("anthropic", "claude-opus-4-6", {"temperature": 0.5}, ""),
    ("anthropic", "claude-opus-4-7", {"temperature": 0.5}, "temperature"),
    ("anthropic", "claude-sonnet-5-5", {"reasoning_budget": 2048}, "reasoning_budget"),
    ("anthropic", "claude-sonnet-4-5", {"reasoning_budget": 2048}, ""),
    ("anthropic", "claude-3-haiku-20240307", {"reasoning_effort": "low"}, "reasoning_effort"),
    ("azure-claude", "claude-sonnet-4-5", {"temperature": 0.5}, "temperature"),  # by its API version
    ("vertex-claude", "claude-opus-4-5@20251101", {"temperature": 0.5}, "temperature"),
    ("gemini", "gemini-2.5-flash", {"logprobs": 2}, "logprobs"),
    ("gemini", "gemini-2.0-flash", {"logprobs": 2}, ""),
    ("vertex", "gemini-2.5-flash", {"logprobs": 2}, ""),
    ("vertex", "gemini-3.5-flash", {"logprobs": 2}, "logprobs"),
    ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", {"temperature": 0.5}, ""),
    ("bedrock", "global.anthropic.claude-opus-5-5", {"temperature": 0.5}, "temperature"),
    ("mistral", "mistral-small-latest", {"seed": 1, "logprobs": 1}, "logprobs"),
    (
        "groq",
        "llama-3.3-70b-versatile",
        {"logprobs": 1, "reasoning_effort": "low"},
        "logprobs reasoning_effort",
    ),
    ("groq", "openai/gpt-oss-120b", {"reasoning_effort": "low"}, ""),
    ("deepseek", "deepseek-chat", {"seed": 1, "logprobs": 1}, "seed"),
    ("deepseek", "deepseek-reasoner", SAMPLING, "temperature top_p"),
    ("xai", "grok-4.5", {"stop": ("a",), "reasoning_effort": "low"}, "stop"),
    ("xai", "grok-4.20", {"reasoning_effort": "low"}, "reasoning_effort"),
    ("xai", "grok-4-1-fast-non-reasoning", {"stop": ("a",)}, ""),
    ("perplexity", "sonar-pro", {"seed": 1, "stop": ("a",)}, "seed"),
    ("openrouter", "anthropic/claude-opus-4.5", {"reasoning_budget": 2048}, ""),
    ("groq", "llama-3.3-70b-versatile", {"reasoning_budget": 2048}, "reasoning_budget"),
    ("local", "smollm2-135m", {"reasoning_effort": "low", "seed": 1, "logprobs": 1}, "reasoning_effort"),
]


@pytest.mark.parametrize(("row", "model", "params", "dropped"), DROPPED)
def test_what_a_platform_or_model_refuses(
    row: str, model: str, params: dict[str, object], dropped: str
) -> None:
    assert asked(row, model, with_params(**params)).dropped == tuple(
        sorted(dropped.split() if dropped else ())
    )


@pytest.mark.parametrize(
    ("row", "model", "native"),
    [
        ("openai", "gpt-4o", True),
        ("openai", "gpt-4-turbo", False),
        ("openai", "gpt-4o-2024-05-13", False),
        ("anthropic", "claude-opus-4-5", True),
        ("anthropic", "claude-opus-4-1-20250805", False),
        ("groq", "openai/gpt-oss-20b", False),  # not while it streams
        ("vertex-claude", "claude-opus-4-6", True),
        ("vertex-claude", "claude-opus-4-5@20251101", False),
        ("deepseek", "deepseek-chat", False),
        ("gemini", "gemini-2.5-flash", True),
        ("gemini", "gemma-3-27b-it", False),
        ("bedrock", "us.amazon.nova-lite-v1:0", False),
        ("bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", True),
    ],
)
def test_a_schema_goes_into_the_prompt_where_there_is_no_field_for_it(
    row: str, model: str, native: bool
) -> None:
    encoded = asked(row, model, with_params(json_schema={"type": "object", "title": "Person"}))
    assert encoded.adapted == (() if native else ("json_schema",))
    assert "Person" in json.dumps(encoded.body)


@pytest.mark.parametrize(
    ("row", "model", "seen"),
    [
        ("openai", "gpt-4o", True),
        ("openai", "gpt-4-turbo", True),
        ("openai", "gpt-4-0613", False),
        ("openai", "o3-mini", False),
        ("deepseek", "deepseek-chat", False),
        ("groq", "meta-llama/llama-4-scout-17b-16e-instruct", True),
        ("groq", "llama-3.3-70b-versatile", False),
        ("mistral", "codestral-2508", False),
        ("mistral", "mistral-medium-latest", True),
        ("bedrock", "amazon.nova-micro-v1:0", False),
        ("bedrock", "amazon.nova-lite-v1:0", True),
        ("local", "smollm2-135m", False),
    ],
)
def test_images_go_to_models_that_see(row: str, model: str, seen: bool) -> None:
    picture = Message("user", "What is this?", images=(Image("image/png", b"\x89PNG"),))
    encoded = asked(row, model, ChatRequest((picture,)))
    assert encoded.dropped == (() if seen else ("images",))
    assert ("iVBORw" in json.dumps(encoded.body)) == seen  # the bytes, in base64


@pytest.mark.parametrize("row", ["mistral", "databricks"])
def test_servers_that_refuse_unknown_fields(row: str) -> None:
    assert "stream_options" not in asked(row, "model").body
    assert "stream_options" in asked("openai", "gpt-4o").body


@pytest.mark.parametrize(
    ("row", "model"),
    [
        ("azure", "gpt-4o"),
        ("azure-claude", "claude-opus-5-5"),
        ("vertex-claude", "claude-sonnet-4-5@20250929"),
        ("bedrock", "eu.anthropic.claude-sonnet-5-5"),
        ("fireworks", "accounts/fireworks/models/deepseek-v3p2"),
        ("cohere", "command-a-03-2025"),
        ("xai", "grok-4.5"),
    ],
)
def test_ids_of_the_wire_have_a_price(row: str, model: str) -> None:
    prices_id = ROWS[row].prices_id
    assert prices_id
    assert listed_price(prices_id, model, 1000, datetime.now(UTC))
