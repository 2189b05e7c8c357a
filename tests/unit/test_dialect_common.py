"""What holds for every dialect: defaults, dropped parameters, keys, and never crashing on a strange event."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from broker.errors import ConfigError, KeyRefused, ProviderError
from broker.images import image_of, to_base64
from broker.providers import DIALECTS, auth_headers, dialect, encode
from broker.providers.frames import Frame
from broker.providers.registry import REGISTRY
from broker.types import (
    ChatRequest,
    Delta,
    DialectRule,
    Message,
    ModelLimit,
    Offer,
    Params,
    Provider,
    Tool,
    ToolCall,
)

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
    with pytest.raises(ConfigError, match=f"expected one of {', '.join(DIALECTS)}, found 'soap'"):
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


PIXEL = image_of(b"\x89PNG\r\n\x1a\n")
WEATHER = Tool("weather_of", "Weather now", {"type": "object", "properties": {"town": {"type": "string"}}})
CALL = ToolCall("call_7", "weather_of", '{"town": "Oslo"}')
SCHEMA = {"type": "object", "properties": {"größe": {"type": "integer"}}}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_conversation_with_pictures_and_tools(name: str) -> None:
    turns = (
        Message("system", "Be brief."),
        Message("user", "How is it there?", images=(PIXEL,)),
        Message("assistant", "I look.", tool_calls=(CALL,)),
        Message("tool", "4 °C", tool_call_id="call_7"),
        Message("user", "And tomorrow?"),
    )
    request = ChatRequest(turns, Params(tools=(WEATHER,), tool_choice="weather_of"))
    encoded = encode(provider(dialect=name), offer("m"), request)
    assert (encoded.dropped, encoded.dialect) == ((), name)
    sent = json.dumps(encoded.body, ensure_ascii=False)
    for turn in turns:
        assert turn.content in sent
    for part in (to_base64(PIXEL), "Weather now", "town", "Oslo"):
        assert part in sent
    assert sent.count("weather_of") >= 3  # the tool, the choice of it, the call


# What each dialect gives to be sent back beside tool calls; Gemini signs the calls themselves.
BLOCKS = {
    "openai": {"reasoning_content": "a thought of its own"},
    "responses": {
        "item": json.dumps(
            {"type": "reasoning", "id": "r", "summary": [], "encrypted_content": "a thought of its own"}
        )
    },
    "anthropic": {"type": "thinking", "thinking": "a thought of its own", "signature": "c2ln"},
    "bedrock": {"type": "reasoningText", "text": "a thought of its own", "signature": "c2ln"},
}


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("source", BLOCKS)
def test_reasoning_goes_back_in_its_own_dialect_alone(name: str, source: str) -> None:
    asked = Message("assistant", tool_calls=(CALL,), reasoning_blocks=(BLOCKS[source],))
    turns = (*HELLO, asked, Message("tool", "4 °C", tool_call_id="call_7"))
    request = ChatRequest(turns, Params(tools=(WEATHER,), max_tokens=4096, reasoning_effort="low"))
    body = encode(provider(dialect=name), offer("claude-opus-4-8"), request).body
    assert ("a thought of its own" in json.dumps(body)) == (name == source)


def test_pictures_that_are_not_taken() -> None:
    request = ChatRequest((Message("user", "See", images=(PIXEL,)),))
    encoded = encode(provider(drops=frozenset({"images"})), offer("m"), request)
    assert encoded.dropped == ("images",)
    assert encoded.body["messages"] == [{"role": "user", "content": "See"}]


def test_what_is_unusual_is_sent_where_the_row_takes_it() -> None:
    request = ChatRequest((Message("user", "Long", cache=True),), Params(reasoning_budget=2000))
    plain = encode(provider(), offer("m"), request)
    assert plain.dropped == ("cache", "reasoning_budget")
    assert plain.body["messages"] == [{"role": "user", "content": "Long"}]
    taken = encode(provider(takes=frozenset({"cache", "reasoning_budget"})), offer("m"), request)
    assert taken.dropped == ()
    assert taken.body["reasoning_budget"] == 2000
    assert "cache_control" in json.dumps(taken.body)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_schema_that_has_no_field_is_told_in_words(name: str) -> None:
    row = provider(dialect=name, drops=frozenset({"json_schema"}))
    for system in ((), (Message("system", "Be brief."),)):
        encoded = encode(row, offer("m"), ChatRequest((*system, *HELLO), Params(json_schema=SCHEMA)))
        assert (encoded.dropped, encoded.adapted) == ((), ("json_schema",))
        words = json.dumps(json.dumps(SCHEMA, ensure_ascii=False), ensure_ascii=False)[1:-1]
        assert words in json.dumps(encoded.body, ensure_ascii=False)
        assert all(turn.content in json.dumps(encoded.body) for turn in (*system, *HELLO))


RULES = (
    DialectRule("responses", "^pro"),
    DialectRule("responses", "^o", frozenset({"reasoning_effort", "tools"})),
)


@pytest.mark.parametrize(
    ("model", "params", "name"),
    [
        ("pro-1", Params(), "responses"),
        ("o-1", Params(), "openai"),
        ("o-1", Params(temperature=0.0), "openai"),
        ("o-1", Params(tools=(WEATHER,)), "responses"),
        ("a-1", Params(tools=(WEATHER,)), "openai"),
    ],
)
def test_calls_that_need_another_dialect(model: str, params: Params, name: str) -> None:
    encoded = encode(provider(rules=RULES), offer(model), ChatRequest(HELLO, params))
    assert encoded.dialect == name
    assert encoded.path == {"responses": "/responses", "openai": "/chat/completions"}[name]


# An effort takes the newer OpenAI models to Responses, which has no seed.
SHIPPED = [
    ("openai", "gpt-4o-mini", {"reasoning_effort"}),
    ("openai", "gpt-4.1", {"reasoning_effort"}),
    ("openai", "ft:gpt-4o-mini:acme::1", {"reasoning_effort"}),
    ("openai", "gpt-5", {"temperature", "top_p", "stop", "seed"}),
    ("openai", "gpt-5-chat-latest", {"reasoning_effort"}),
    ("openai", "gpt-5.1", {"temperature", "top_p", "stop", "seed", "reasoning_effort"}),
    ("openai", "gpt-6-luna", {"temperature", "top_p", "stop", "seed", "reasoning_effort"}),
    ("openai", "o4-mini", {"temperature", "top_p", "stop", "seed", "reasoning_effort"}),
    ("anthropic", "claude-3-5-haiku-latest", {"top_p", "seed", "reasoning_effort"}),
    ("anthropic", "claude-opus-4-6", {"top_p", "seed", "reasoning_effort"}),
    ("anthropic", "claude-opus-4-7", {"temperature", "top_p", "seed", "reasoning_effort"}),
    ("gemini", "gemini-2.0-flash", {"reasoning_effort"}),
    ("gemini", "gemini-2.5-pro", set[str]()),
    ("gemini", "gemini-3-pro-preview", {"reasoning_effort"}),
    ("gemini", "gemini-3.5-flash", set[str]()),
    ("mistral", "mistral-large-4", {"reasoning_effort"}),
    ("groq", "llama-3.3-70b-versatile", {"reasoning_effort"}),
    ("groq", "openai/gpt-oss-20b", {"reasoning_effort"}),
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
    ("anthropic", {"x-api-key": "k-1"}),
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


Event = tuple[str, Any]


def unnamed(*events: Any) -> list[Event]:
    """Events whose data says what they are."""
    return [("", event) for event in events]


EVENTS: dict[str, list[Event]] = {
    "openai": unnamed(
        {
            "model": "m",
            "choices": [
                {
                    "delta": {"content": "a", "reasoning": "b", "refusal": "c"},
                    "finish_reason": "stop",
                    "logprobs": {
                        "content": [
                            {"token": "a", "logprob": -1, "top_logprobs": [{"token": "b", "logprob": -2.5}]}
                        ]
                    },
                }
            ],
            "usage": {
                "prompt_tokens": 1,
                "completion_tokens": 2,
                "prompt_tokens_details": {"cached_tokens": 1},
                "completion_tokens_details": {"reasoning_tokens": 1},
            },
        },
        {"choices": [{"message": {"content": [{"type": "thinking", "thinking": [{"text": "a"}]}]}}]},
        {
            "choices": [
                {
                    "delta": {
                        "reasoning_details": [{"type": "reasoning.text", "text": "a"}],
                        "tool_calls": [
                            {"index": 0, "id": "c", "function": {"name": "f", "arguments": {"a": 1}}},
                            {"function": {"name": "f", "arguments": "{}"}, "extra_content": {"a": "b"}},
                        ],
                    }
                }
            ]
        },
        {"error": {"message": "m", "code": "c", "metadata": {"raw": "{}"}}},
    ),
    "responses": unnamed(
        {
            "type": "response.output_text.delta",
            "delta": "a",
            "logprobs": [{"token": "a", "logprob": -1, "top_logprobs": [{"token": "b", "logprob": -2.5}]}],
        },
        {"type": "response.reasoning_summary_part.added", "summary_index": 1},
        {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "{}"},
        {
            "type": "response.output_item.added",
            "output_index": 1,
            "item": {"type": "function_call", "call_id": "c", "name": "f"},
        },
        {"type": "response.output_item.done", "item": {"type": "function_call", "arguments": {"a": 1}}},
        {"type": "response.output_item.done", "item": {"type": "reasoning", "summary": [{"text": "a"}]}},
        {"type": "response.failed", "response": {"error": {"code": "c", "message": "m"}}},
        {
            "object": "response",
            "status": "incomplete",
            "incomplete_details": {"reason": "max_output_tokens"},
            "model": "m",
            "output": [
                {"type": "reasoning", "summary": [{"text": "a"}], "content": [{"text": "b"}]},
                {"type": "message", "content": [{"text": "a", "logprobs": [{"token": "a", "logprob": -1}]}]},
                {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            ],
            "usage": {
                "input_tokens": 1,
                "input_tokens_details": {"cached_tokens": 1},
                "output_tokens_details": {"reasoning_tokens": 1},
            },
        },
    ),
    "anthropic": unnamed(
        {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 1}}},
        {"type": "content_block_start", "content_block": {"type": "text", "text": "a"}},
        {
            "type": "content_block_start",
            "index": 1,
            "content_block": {"type": "tool_use", "id": "c", "name": "f", "input": {}},
        },
        {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "a"}},
        {
            "type": "content_block_delta",
            "index": 1,
            "delta": {"type": "input_json_delta", "partial_json": "{"},
        },
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
        {
            "type": "message",
            "content": [{"type": "text", "text": "a"}, {"type": "tool_use", "name": "f", "input": {"a": 1}}],
            "stop_reason": "refusal",
            "usage": {},
        },
        {"type": "error", "error": {"type": "t", "message": "m"}},
    ),
    "gemini": unnamed(
        {
            "candidates": [
                {
                    "content": {
                        "parts": [
                            {"text": "a"},
                            {"text": "b", "thought": True},
                            {"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "c"},
                        ]
                    },
                    "finishReason": "STOP",
                    "logprobsResult": {
                        "chosenCandidates": [{"token": "a", "logProbability": -1}],
                        "topCandidates": [{"candidates": [{"token": "b", "logProbability": -2.5}]}],
                    },
                }
            ],
            "usageMetadata": {"promptTokenCount": 1, "thoughtsTokenCount": 2},
            "modelVersion": "m",
        },
        {"promptFeedback": {"blockReason": "SAFETY"}},
        {"error": {"code": 429, "message": "m", "details": [{"retryDelay": "1s"}]}},
    ),
    "bedrock": [
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "a"}}),
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"toolUse": {"input": "{"}}}),
        (
            "contentBlockDelta",
            {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "a", "signature": "b"}}},
        ),
        (
            "contentBlockStart",
            {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "c", "name": "f"}}},
        ),
        ("messageStop", {"stopReason": "end_turn"}),
        ("metadata", {"usage": {"inputTokens": 1, "outputTokens": 2, "cacheReadInputTokens": 1}}),
        (
            "",
            {
                "output": {
                    "message": {
                        "content": [
                            {"text": "a"},
                            {"reasoningContent": {"reasoningText": {"text": "a", "signature": "b"}}},
                            {"toolUse": {"toolUseId": "c", "name": "f", "input": {"a": 1}}},
                        ]
                    }
                },
                "stopReason": "end_turn",
                "usage": {"inputTokens": 1},
            },
        ),
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
    for event, payload in EVENTS[name]:
        for strange in mutated(payload):
            data = json.dumps(strange).encode()
            deltas = [wire.decode(Frame(data, event)), *wire.decode_body(data)]
            assert all(well_typed(delta) for delta in deltas if delta is not None), strange


def well_typed(delta: Delta) -> bool:
    counts = [] if delta.usage is None else [getattr(delta.usage, name) for name in delta.usage.__slots__]
    calls, blocks = delta.tool_calls, delta.reasoning_blocks
    words = [delta.text, delta.reasoning, *(word for block in blocks for word in block.values.values())]
    words += [word for call in calls for word in (call.id, call.name, call.arguments, call.signature or "")]
    tokens = [pair for one in delta.logprobs for pair in ((one.token, one.logprob), *one.top)]
    return (
        all(isinstance(word, str) for word in words)
        and isinstance(delta.served_model, str | None)
        and all(count is None or (type(count) is int and count >= 0) for count in counts)
        and all(call.index is None or type(call.index) is int for call in calls)
        and all(type(block.index) is int for block in blocks)
        and all(isinstance(token, str) and type(logprob) is float for token, logprob in tokens)
    )


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("data", [b"{", b"nope", b"\xff", b'{"a":1} {"b":2}'])
def test_what_is_not_json_is_malformed(name: str, data: bytes) -> None:
    event, _ = EVENTS[name][0]
    for read in (lambda: dialect(name).decode(Frame(data, event)), lambda: dialect(name).decode_body(data)):
        with pytest.raises(ProviderError) as caught:
            read()
        assert caught.value.kind == "malformed"
