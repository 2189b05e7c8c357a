import json
from typing import Any

import pytest

from broker.providers import openai
from broker.providers.frames import Frame
from broker.providers.registry import REGISTRY
from broker.types import CallError, ChatRequest, Delta, Message, Offer, Params, Provider, Usage

ROWS = {row.id: row for row in REGISTRY}
PLAIN = Provider("acme", "Acme", "openai", "http://127.0.0.1:1/v1")
TURNS = (
    Message("system", "Be brief."),
    Message("user", "One"),
    Message("assistant", "1"),
    Message("user", "2"),
)
FULL = Params(
    temperature=0.0,
    top_p=0.5,
    max_tokens=100,
    stop=("END", "###"),
    seed=0,
    json_schema={"type": "object"},
    reasoning_effort="low",
)


def body(row: Provider, params: Params = FULL) -> dict[str, Any]:
    offer = Offer(row.id, "m", "wire/m", "Acme", "M")
    return openai.encode(row, offer, ChatRequest(TURNS, params)).body


def decoded(event: Any, name: str = "") -> Delta | None:
    return openai.decode(Frame(json.dumps(event).encode(), name))


def chunk(delta: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def test_the_whole_request() -> None:
    assert body(PLAIN) == {
        "model": "wire/m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "One"},
            {"role": "assistant", "content": "1"},
            {"role": "user", "content": "2"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
        "top_p": 0.5,
        "max_tokens": 100,
        "stop": ["END", "###"],
        "seed": 0,
        "reasoning_effort": "low",
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": {"type": "object"}},
        },
    }


def test_renames_of_the_shipped_rows() -> None:
    assert body(ROWS["openai"])["max_completion_tokens"] == 100
    assert body(ROWS["mistral"])["random_seed"] == 0
    assert body(ROWS["openrouter"])["reasoning"] == {"effort": "low"}
    for row, name in (("openai", "max_tokens"), ("mistral", "seed"), ("openrouter", "reasoning_effort")):
        assert name not in body(ROWS[row])


def test_mistral_refuses_stream_options() -> None:
    assert "stream_options" not in body(ROWS["mistral"])
    assert body(ROWS["mistral"])["stream"] is True


TOLD = [
    pytest.param(chunk({"content": "Hi"}), Delta("Hi"), id="text"),
    pytest.param(
        chunk({"content": "Hi", "role": "assistant"}, "stop"), Delta("Hi", finish_reason="stop"), id="both"
    ),
    pytest.param(chunk({"role": "assistant", "content": ""}), None, id="role only"),
    pytest.param(chunk({"content": None, "tool_calls": [{"index": 0}]}), None, id="tool call"),
    pytest.param(chunk({"content": "Hi"}, model="m-1"), Delta("Hi", served_model="m-1"), id="model"),
    pytest.param(chunk({"reasoning_content": "Hm"}), Delta(reasoning="Hm"), id="DeepSeek reasoning"),
    pytest.param(chunk({"reasoning": "Hm", "content": ""}), Delta(reasoning="Hm"), id="OpenRouter reasoning"),
    pytest.param(
        chunk({"reasoning": "Hm", "reasoning_content": "Hm"}),
        Delta(reasoning="Hm"),
        id="reasoning said twice",
    ),
    pytest.param(
        chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}]}),
        Delta(reasoning="Hm"),
        id="Mistral reasoning",
    ),
    pytest.param(
        chunk({"content": [{"type": "text", "text": "H"}, {"type": "text", "text": "i"}]}),
        Delta("Hi"),
        id="parts",
    ),
    pytest.param(chunk({"refusal": "No."}), Delta("No.", finish_reason="refusal"), id="refusal"),
    pytest.param(chunk({"content": "Hi", "refusal": None}), Delta("Hi"), id="no refusal"),
    pytest.param({"id": "x", "object": "chat.completion.chunk"}, None, id="nothing known"),
    pytest.param({"choices": []}, None, id="no choice"),
    pytest.param([], None, id="not an object"),
]


@pytest.mark.parametrize(("event", "delta"), TOLD)
def test_decode(event: Any, delta: Delta | None) -> None:
    assert decoded(event) == delta


FINISH = [
    ("stop", "stop"),
    ("length", "length"),
    ("tool_calls", "tool_calls"),
    ("function_call", "tool_calls"),
    ("content_filter", "content_filter"),
    ("model_length", "length"),
    ("eos", "stop"),
    ("something_new", "error"),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("said", "meant"), FINISH)
def test_finish_reason(said: str | None, meant: str | None) -> None:
    delta = decoded(chunk({"content": "Hi"}, said))
    assert delta is not None
    assert delta.finish_reason == meant


@pytest.mark.parametrize("choices", [[], [{"index": 0, "delta": {}, "finish_reason": None}]])
def test_usage_with_and_without_choices(choices: list[Any]) -> None:
    usage = {
        "prompt_tokens": 20,
        "completion_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 4},
    }
    assert decoded({"choices": choices, "usage": usage}) == Delta(usage=Usage(20, 8, 3, 9, 4))


def test_unknown_usage_is_none() -> None:
    assert decoded({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": "9"}}) == Delta(
        usage=Usage(input_tokens=5)
    )
    assert decoded({"choices": [], "usage": None}) is None


def test_done_ends_the_stream() -> None:
    assert openai.decode(Frame(b"[DONE]")) == Delta(end=True)


ERRORS = [
    pytest.param(
        {"error": {"message": "m", "type": "server_error"}}, "", CallError("server_error", "m"), id="OpenAI"
    ),
    pytest.param(
        {
            "error": {"code": 429, "message": "m"},
            "choices": [{"delta": {"content": ""}, "finish_reason": "error"}],
        },
        "",
        CallError("rate_limited", "m", 429),
        id="OpenRouter",
    ),
    pytest.param(
        {"choices": [{"error": {"code": 502, "message": "m"}, "delta": {}}]},
        "",
        CallError("server_error", "m", 502),
        id="in the choice",
    ),
    pytest.param(
        {"object": "error", "message": "m", "type": "BadRequestError", "code": 400},
        "",
        CallError("bad_request", "m", 400),
        id="vLLM",
    ),
    pytest.param({"error": "m"}, "", CallError("server_error", "m"), id="text"),
    pytest.param({"message": "m"}, "error", CallError("server_error", "m"), id="by its event name"),
]


@pytest.mark.parametrize(("event", "name", "error"), ERRORS)
def test_errors_inside_the_stream(event: Any, name: str, error: CallError) -> None:
    assert decoded(event, name) == Delta(error=error)


def test_a_body_instead_of_a_stream() -> None:
    reply = {
        "model": "m-1",
        "choices": [{"message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2},
    }
    usage = Usage(input_tokens=1, output_tokens=2)
    assert openai.decode_body(json.dumps(reply).encode()) == [
        Delta("Hi", finish_reason="stop", usage=usage, served_model="m-1")
    ]


def test_a_body_that_is_an_error() -> None:
    body = b'{"error":{"message":"no credit","type":"insufficient_quota"}}'
    assert openai.decode_body(body) == [Delta(error=CallError("forbidden", "no credit"))]


def test_a_body_that_is_no_answer() -> None:
    assert openai.decode_body(b'{"status":"ok"}') == []
