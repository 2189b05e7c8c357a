"""What holds for every dialect: defaults, dropped parameters, keys, and never crashing on a strange event."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from broker.errors import ConfigError, KeyRefused, ProviderError
from broker.providers import DIALECTS, auth_headers, dialect, encode
from broker.providers.frames import Frame
from broker.providers.registry import REGISTRY
from broker.types import ChatRequest, Delta, Message, ModelLimit, Offer, Params, Provider

ROWS = {row.id: row for row in REGISTRY}
HELLO = (Message("user", "Hello"),)
EVERYTHING = Params(
    temperature=0.0,
    top_p=0.5,
    max_tokens=100,
    stop=("END",),
    seed=0,
    json_schema={"type": "object"},
    reasoning_effort="minimal",
)


def provider(**row: Any) -> Provider:
    return Provider("acme", "Acme", row.pop("dialect", "openai"), "http://127.0.0.1:1", **row)


def offer(model: str, **more: Any) -> Offer:
    return Offer("acme", model, model, "Acme", model, **more)


def dropped(row: Provider, model: str, params: Params) -> tuple[str, ...]:
    return encode(row, offer(model), ChatRequest(HELLO, params)).dropped


def test_unknown_dialect() -> None:
    with pytest.raises(ConfigError, match="expected one of openai, anthropic, gemini, found 'soap'"):
        dialect("soap")


@pytest.mark.parametrize("name", DIALECTS)
def test_nothing_asked_nothing_sent(name: str) -> None:
    encoded = encode(provider(dialect=name), offer("m"), ChatRequest(HELLO))
    assert encoded.dropped == ()
    sent = json.dumps(encoded.body)
    for word in ("temperature", "top", "stop", "seed", "schema", "format", "effort", "hinking", "onfig"):
        assert word not in sent


@pytest.mark.parametrize("name", DIALECTS)
def test_zero_is_sent(name: str) -> None:
    encoded = encode(provider(dialect=name), offer("m"), ChatRequest(HELLO, Params(temperature=0.0)))
    assert '"temperature": 0.0' in json.dumps(encoded.body)
    assert encoded.dropped == ()


def test_defaults_apply_where_the_request_is_open() -> None:
    defaults = Params(temperature=0.2, top_p=0.9, stop=("END",), max_tokens=9)
    request = ChatRequest(HELLO, Params(temperature=0.0, max_tokens=5))
    body = encode(provider(), offer("m", defaults=defaults), request).body
    assert (body["temperature"], body["top_p"], body["stop"], body["max_tokens"]) == (0.0, 0.9, ["END"], 5)


def test_only_what_was_asked_for_is_reported() -> None:
    row = provider(drops=frozenset({"seed", "top_p", "stop"}))
    encoded = encode(row, offer("m", defaults=Params(seed=1)), ChatRequest(HELLO, Params(top_p=0.5)))
    assert encoded.dropped == ("top_p",)
    assert not {"seed", "top_p", "stop"} & encoded.body.keys()


def test_limits_of_a_model() -> None:
    limits = (ModelLimit("^big", frozenset({"seed"})), ModelLimit("x$", frozenset({"temperature"})))
    row = provider(limits=limits)
    params = Params(seed=1, temperature=0.0)
    assert dropped(row, "big-x", params) == ("seed", "temperature")
    assert dropped(row, "big", params) == ("seed",)
    assert dropped(row, "small", params) == ()


def test_a_limit_reads_the_model_on_the_wire() -> None:
    row = provider(limits=(ModelLimit("^wire", frozenset({"seed"})),))
    named = Offer("acme", "name", "wire-7", "Acme", "Name")
    assert encode(row, named, ChatRequest(HELLO, Params(seed=1))).dropped == ("seed",)


def test_one_value_of_a_parameter() -> None:
    row = provider(drops=frozenset({"reasoning_effort=minimal"}))
    assert dropped(row, "m", Params(reasoning_effort="minimal")) == ("reasoning_effort",)
    assert dropped(row, "m", Params(reasoning_effort="low")) == ()


SHIPPED = [
    ("openai", "gpt-4o-mini", {"reasoning_effort"}),
    ("openai", "gpt-4.1", {"reasoning_effort"}),
    ("openai", "ft:gpt-4o-mini:acme::1", {"reasoning_effort"}),
    ("openai", "gpt-5", {"temperature", "top_p", "stop"}),
    ("openai", "gpt-5-chat-latest", {"reasoning_effort"}),
    ("openai", "gpt-5.1", {"temperature", "top_p", "stop", "reasoning_effort"}),
    ("openai", "gpt-6-luna", {"temperature", "top_p", "stop", "reasoning_effort"}),
    ("openai", "o4-mini", {"temperature", "top_p", "stop", "reasoning_effort"}),
    ("anthropic", "claude-3-5-haiku-latest", {"top_p", "seed", "reasoning_effort"}),
    ("anthropic", "claude-opus-4-6", {"top_p", "seed", "reasoning_effort"}),
    ("anthropic", "claude-opus-4-7", {"temperature", "top_p", "seed", "reasoning_effort"}),
    ("gemini", "gemini-2.0-flash", {"reasoning_effort"}),
    ("gemini", "gemini-2.5-pro", set[str]()),
    ("gemini", "gemini-3-pro-preview", {"reasoning_effort"}),
    ("gemini", "gemini-3.5-flash", set[str]()),
    ("mistral", "mistral-large-4", {"reasoning_effort"}),
    ("groq", "llama-3.3-70b-versatile", {"reasoning_effort"}),
    ("groq", "openai/gpt-oss-20b", set[str]()),
    ("openrouter", "openai/gpt-6-luna", set[str]()),
    ("ollama", "qwen3", set[str]()),
    ("local", "smollm2-135m", {"reasoning_effort"}),
]


@pytest.mark.parametrize(("row", "model", "names"), SHIPPED)
def test_shipped_rows(row: str, model: str, names: set[str]) -> None:
    assert dropped(ROWS[row], model, EVERYTHING) == tuple(sorted(names))


@pytest.mark.parametrize(
    ("model", "thinks"), [("claude-3-5-haiku-latest", False), ("claude-3-7-sonnet-latest", True)]
)
def test_claude_thinks_since_3_7(model: str, thinks: bool) -> None:
    names = () if thinks else ("reasoning_effort",)
    assert dropped(ROWS["anthropic"], model, Params(reasoning_effort="low")) == names


SAMPLING = [
    ("claude-2", True),
    ("claude-3-opus-20240229", True),
    ("claude-3-7-sonnet-latest", True),
    ("claude-opus-4-20250514", True),
    ("claude-sonnet-4-0", True),
    ("claude-sonnet-4-5-20250929", True),
    ("claude-haiku-4-5", True),
    ("claude-opus-4-6", True),
    ("claude-opus-4-7", False),
    ("claude-opus-4-8-20260601", False),
    ("claude-sonnet-5", False),
    ("claude-haiku-5-5", False),
    ("claude-fable-5-2", False),
    ("claude-mythos-5-2", False),
]


@pytest.mark.parametrize(("model", "taken"), SAMPLING)
def test_claude_takes_sampling_up_to_4_6(model: str, taken: bool) -> None:
    assert dropped(ROWS["anthropic"], model, Params(temperature=0.3)) == (() if taken else ("temperature",))


KEYS = [
    ("openai", {"authorization": "Bearer k-1"}),
    ("anthropic", {"x-api-key": "k-1", "anthropic-version": "2023-06-01"}),
    ("gemini", {"x-goog-api-key": "k-1"}),
]


@pytest.mark.parametrize(("row", "headers"), KEYS)
def test_auth_headers(row: str, headers: dict[str, str]) -> None:
    assert auth_headers(ROWS[row], "k-1") == headers


def test_no_key_no_header() -> None:
    for key in (None, ""):
        assert auth_headers(ROWS["ollama"], key) == {}
    assert auth_headers(provider(auth="none"), "k-1") == {}


@pytest.mark.parametrize("key", ["a b", "a\nb", "ключ", "a\x00"])
def test_a_key_that_no_header_can_carry(key: str) -> None:
    with pytest.raises(KeyRefused) as caught:
        auth_headers(ROWS["openai"], key)
    assert key not in caught.value.message


EVENTS: dict[str, list[dict[str, Any]]] = {
    "openai": [
        {
            "model": "m",
            "choices": [
                {"delta": {"content": "a", "reasoning": "b", "refusal": "c"}, "finish_reason": "stop"}
            ],
            "usage": {
                "prompt_tokens": 1,
                "completion_tokens": 2,
                "prompt_tokens_details": {"cached_tokens": 1},
                "completion_tokens_details": {"reasoning_tokens": 1},
            },
        },
        {"choices": [{"message": {"content": [{"type": "thinking", "thinking": [{"text": "a"}]}]}}]},
        {"error": {"message": "m", "code": "c", "metadata": {"raw": "{}"}}},
    ],
    "anthropic": [
        {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 1}}},
        {"type": "content_block_start", "content_block": {"type": "text", "text": "a"}},
        {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "a"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
        {"type": "message", "content": [{"text": "a"}], "stop_reason": "refusal", "usage": {}},
        {"type": "error", "error": {"type": "t", "message": "m"}},
    ],
    "gemini": [
        {
            "candidates": [
                {
                    "content": {"parts": [{"text": "a"}, {"text": "b", "thought": True}]},
                    "finishReason": "STOP",
                }
            ],
            "usageMetadata": {"promptTokenCount": 1, "thoughtsTokenCount": 2},
            "modelVersion": "m",
        },
        {"promptFeedback": {"blockReason": "SAFETY"}},
        {"error": {"code": 429, "message": "m", "details": [{"retryDelay": "1s"}]}},
    ],
}
STRANGE: list[Any] = [None, True, 0, -1, 1.5, "", "x", [], [None], ["x"], [[]], {}, {"x": None}]


def mutated(value: Any) -> Iterator[Any]:
    """The value with each of its parts in turn replaced by each strange one, or left out."""
    yield from STRANGE
    if isinstance(value, (dict, list)):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            for other in mutated(value[key]):
                changed = copy.copy(value)
                changed[key] = other
                yield changed
            changed = copy.copy(value)
            del changed[key]
            yield changed


@pytest.mark.parametrize("name", DIALECTS)
def test_a_strange_event_never_crashes(name: str) -> None:
    wire = dialect(name)
    for event in EVENTS[name]:
        for strange in mutated(event):
            data = json.dumps(strange).encode()
            deltas = [wire.decode(Frame(data)), *wire.decode_body(data)]
            assert all(well_typed(delta) for delta in deltas if delta is not None), strange


def well_typed(delta: Delta) -> bool:
    counts = [] if delta.usage is None else [getattr(delta.usage, name) for name in delta.usage.__slots__]
    return (
        isinstance(delta.text, str)
        and isinstance(delta.reasoning, str)
        and isinstance(delta.served_model, str | None)
        and all(count is None or (type(count) is int and count >= 0) for count in counts)
    )


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("data", [b"{", b"nope", b"\xff", b'{"a":1} {"b":2}'])
def test_what_is_not_json_is_malformed(name: str, data: bytes) -> None:
    for read in (lambda: dialect(name).decode(Frame(data)), lambda: dialect(name).decode_body(data)):
        with pytest.raises(ProviderError) as caught:
            read()
        assert caught.value.kind == "malformed"
