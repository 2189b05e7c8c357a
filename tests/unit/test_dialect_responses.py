import json
from typing import Any

import pytest

from broker.fold import Fold
from broker.images import image_of
from broker.providers import responses
from broker.providers.frames import Frame
from broker.types import (
    CallError,
    ChatRequest,
    Delta,
    Message,
    Offer,
    Params,
    Provider,
    TokenLogprob,
    Tool,
    ToolCall,
    Usage,
)
from tests.wires import sse

ROW = Provider("acme", "Acme", "responses", "http://127.0.0.1:1/v1", renames={"max_tokens": "elsewhere"})
OFFER = Offer("acme", "m", "wire/m", "Acme", "M")
PIXEL = image_of(b"\x89PNG\r\n\x1a\n")
PIXEL_PART = {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo=", "detail": "auto"}
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = Tool("weather", "Current weather", CITY)
CALL = ToolCall("call_7", "weather", '{"city": "Oslo"}')
HELLO = (Message("user", "Hello"),)
MODEL = "m-1"


def body(params: Params, *turns: Message) -> dict[str, Any]:
    return responses.encode(ROW, OFFER, ChatRequest(turns or HELLO, params)).body


def sent(*turns: Message) -> Any:
    return body(Params(), *turns)["input"]


def test_a_conversation() -> None:
    turns = (
        Message("system", "Be brief."),
        Message("system", "Be kind."),
        Message("user", "One"),
        Message("assistant", "1"),
        Message("system", "Now in French."),
        Message("user", "2"),
    )
    encoded = responses.encode(ROW, OFFER, ChatRequest(turns))
    assert (encoded.path, encoded.dropped) == ("/responses", ())
    assert encoded.body == {
        "model": "wire/m",
        "instructions": "Be brief.\n\nBe kind.",
        "input": [
            {"role": "user", "content": "One"},
            {"type": "message", "role": "assistant", "content": "1"},
            {"role": "system", "content": "Now in French."},
            {"role": "user", "content": "2"},
        ],
        "stream": True,
        "store": False,
    }


def test_every_parameter() -> None:
    params = Params(
        temperature=0.0,
        top_p=0.5,
        max_tokens=100,
        json_schema=CITY,
        reasoning_effort="low",
        logprobs=0,
        stop=("END",),
        seed=0,
    )
    schema = {"type": "json_schema", "name": "answer", "strict": True, "schema": CITY}
    assert body(params) == {
        **body(Params()),
        "temperature": 0.0,
        "top_p": 0.5,
        "max_output_tokens": 100,
        "text": {"format": schema},
        "reasoning": {"effort": "low", "summary": "auto"},
        "include": ["reasoning.encrypted_content", "message.output_text.logprobs"],
        "top_logprobs": 0,
        # Only where a row takes them.
        "stop": ["END"],
        "seed": 0,
    }


def test_pictures_follow_the_words() -> None:
    (turn,) = sent(Message("user", "See", images=(PIXEL,)))
    assert turn == {"role": "user", "content": [{"type": "input_text", "text": "See"}, PIXEL_PART]}
    assert sent(Message("user", images=(PIXEL,)))[0]["content"] == [PIXEL_PART]


def test_tools() -> None:
    asked = body(Params(tools=(WEATHER, Tool("now", "", {})), tool_choice="weather"))
    function = {"type": "function", "name": "weather", "description": "Current weather", "parameters": CITY}
    plain = {"type": "function", "name": "now", "parameters": {"type": "object", "properties": {}}}
    assert asked["tools"] == [{**function, "strict": False}, {**plain, "strict": False}]
    assert asked["tool_choice"] == {"type": "function", "name": "weather"}
    for choice in ("auto", "none", "required"):
        assert body(Params(tools=(WEATHER,), tool_choice=choice))["tool_choice"] == choice


def test_a_choice_among_no_tools_is_not_sent() -> None:
    encoded = responses.encode(ROW, OFFER, ChatRequest(HELLO, Params(tool_choice="required")))
    assert "tool_choice" not in encoded.body
    assert encoded.dropped == ("tool_choice",)


def test_calls_and_results() -> None:
    asked = Message("assistant", "I look.", tool_calls=(CALL, ToolCall("call_8", "now", "")))
    result = Message("tool", "4 °C", tool_call_id="call_7", images=(PIXEL,))
    assert sent(asked, result, Message("tool", "noon", tool_call_id="call_8")) == [
        {"type": "message", "role": "assistant", "content": "I look."},
        {
            "type": "function_call",
            "call_id": "call_7",
            "name": "weather",
            "arguments": '{"city": "Oslo"}',
        },
        {"type": "function_call", "call_id": "call_8", "name": "now", "arguments": "{}"},
        {
            "type": "function_call_output",
            "call_id": "call_7",
            "output": [{"type": "input_text", "text": "4 °C"}, PIXEL_PART],
        },
        {"type": "function_call_output", "call_id": "call_8", "output": "noon"},
    ]


def event(kind: str, **data: Any) -> bytes:
    return sse({"type": f"response.{kind}", "sequence_number": 1, **data}, f"response.{kind}")


def state(status: str, **data: Any) -> bytes:
    return event(status, response={"object": "response", "status": status, "model": MODEL, **data})


def folded(*events: bytes) -> Fold:
    """The answer made of these events, and how a response ends well."""
    fold = Fold(responses)
    for second, data in enumerate((*events, state("completed", output=[])), 1):
        fold.add(data, float(second))
    fold.conclude(99.0)
    return fold


def whole(**data: Any) -> Fold:
    """The answer of a server that does not stream."""
    fold = Fold(responses)
    fold.add(json.dumps({"object": "response", "model": MODEL, **data}).encode(), 1.0)
    fold.conclude(2.0)
    return fold


def decoded(kind: str, **data: Any) -> Delta | None:
    return responses.decode(Frame(json.dumps({"type": kind, **data}).encode()))


REASONING = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "Look"}, {"type": "summary_text", "text": "Leap"}],
    "encrypted_content": "YQ==",
    "status": None,
}
FUNCTION = {"type": "function_call", "id": "fc_1", "call_id": "call_7", "name": "weather"}
HI = {"type": "output_text", "text": "Hi"}
SAID = {"type": "message", "content": [HI]}
REFUSED = {"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}


def test_text_and_reasoning_kept_apart() -> None:
    part = {"type": "summary_text", "text": ""}
    fold = folded(
        state("created"),
        event("output_item.added", output_index=0, item={**REASONING, "summary": []}),
        event("reasoning_summary_part.added", summary_index=0, part=part),
        event("reasoning_summary_text.delta", summary_index=0, delta="Look"),
        event("reasoning_summary_text.done", summary_index=0, text="Look"),
        event("reasoning_summary_part.added", summary_index=1, part=part),
        event("reasoning_summary_text.delta", summary_index=1, delta="Leap"),
        event("output_item.done", output_index=0, item=REASONING),
        event("output_text.delta", output_index=1, delta="H"),
        event("output_text.delta", output_index=1, delta="i"),
        event("output_text.done", output_index=1, text="Hi"),
        event("output_item.done", output_index=1, item=SAID),
    )
    assert (fold.reasoning, fold.text) == ("Look\n\nLeap", "Hi")
    assert (fold.finish_reason, fold.served_model) == ("stop", MODEL)
    assert (fold.first_token_at, fold.first_answer_at, fold.last_token_at) == (4.0, 9.0, 10.0)


def test_open_reasoning() -> None:
    assert decoded("response.reasoning_text.delta", delta="Hm") == Delta(reasoning="Hm")


def test_reasoning_goes_back_with_its_calls() -> None:
    events = (
        event("output_item.done", output_index=0, item=REASONING),
        event("output_item.added", output_index=1, item=FUNCTION),
        event("function_call_arguments.delta", output_index=1, delta="{}"),
    )
    for fold in (
        folded(*events),
        whole(status="completed", output=[REASONING, {**FUNCTION, "arguments": "{}"}]),
    ):
        turn = Message("assistant", tool_calls=fold.tool_calls, reasoning_blocks=fold.reasoning_blocks)
        assert sent(turn) == [
            {name: value for name, value in REASONING.items() if name != "status"},
            {"type": "function_call", "call_id": "call_7", "name": "weather", "arguments": "{}"},
        ]


UNUSABLE = [
    {"item": json.dumps({"type": "reasoning", "id": "rs_1", "summary": []})},  # nothing but an id
    {"item": json.dumps({"type": "message", "content": "Hi"})},
    {"item": '{"type": "reasoning", "id":'},
    {"type": "thinking", "thinking": "Hm", "signature": "c2ln"},
    {"reasoning_content": "Hm"},
]


@pytest.mark.parametrize("block", UNUSABLE)
def test_reasoning_that_cannot_go_back(block: dict[str, str]) -> None:
    turn = Message("assistant", "Hi", reasoning_blocks=(block,))
    assert sent(turn) == [{"type": "message", "role": "assistant", "content": "Hi"}]


def test_tool_calls_in_pieces() -> None:
    fold = folded(
        event("output_item.added", output_index=0, item=SAID),
        event("output_item.added", output_index=1, item={**FUNCTION, "arguments": ""}),
        event("function_call_arguments.delta", output_index=1, delta='{"city":'),
        event("output_item.added", output_index=2, item={**FUNCTION, "call_id": "call_8", "arguments": ""}),
        event("function_call_arguments.delta", output_index=2, delta="{}"),
        event("function_call_arguments.delta", output_index=1, delta='"Oslo"}'),
        event("function_call_arguments.done", output_index=1, arguments='{"city":"Oslo"}'),
        event("output_item.done", output_index=1, item={**FUNCTION, "arguments": '{"city":"Oslo"}'}),
    )
    first, second = ToolCall("call_7", "weather", '{"city":"Oslo"}'), ToolCall("call_8", "weather", "{}")
    assert fold.tool_calls == (first, second)
    assert fold.finish_reason == "tool_calls"


def test_tool_calls_of_llama_cpp_have_no_index() -> None:
    fold = folded(
        event("output_item.added", item={**FUNCTION, "arguments": ""}),
        event("function_call_arguments.delta", item_id="fc_1", delta='{"city":"Oslo"}'),
        event("output_item.done", item={**FUNCTION, "arguments": '{"city":"Oslo"}'}),
        event("output_item.done", item={**FUNCTION, "call_id": "call_8", "arguments": "{}"}),
    )
    first, second = ToolCall("call_7", "weather", '{"city":"Oslo"}'), ToolCall("call_8", "weather", "{}")
    assert fold.tool_calls == (first, second)


def test_a_refusal() -> None:
    pieces = folded(event("refusal.delta", delta="N"), event("refusal.delta", delta="o."))
    for fold in (pieces, whole(status="completed", output=[REFUSED])):
        assert (fold.text, fold.finish_reason) == ("No.", "refusal")


def test_logprobs() -> None:
    told = [{"token": "Hi", "logprob": -0.5, "top_logprobs": [{"token": "Ho", "logprob": -1}]}]
    expected = (TokenLogprob("Hi", -0.5, (("Ho", -1.0),)),)
    message = {"type": "message", "content": [{**HI, "logprobs": told}]}
    assert folded(event("output_text.delta", delta="Hi", logprobs=told)).logprobs == expected
    assert whole(status="completed", output=[message]).logprobs == expected


ENDS = [
    ("completed", {"output": []}, "stop"),
    ("completed", {}, "stop"),
    ("completed", {"output": [SAID, FUNCTION]}, "tool_calls"),
    ("incomplete", {"incomplete_details": {"reason": "max_output_tokens"}}, "length"),
    ("incomplete", {"incomplete_details": {"reason": "content_filter"}}, "content_filter"),
    ("incomplete", {"incomplete_details": {"reason": "something_new"}}, "error"),
    ("incomplete", {"incomplete_details": None}, "error"),
]


@pytest.mark.parametrize(("status", "response", "finish"), ENDS)
def test_ends(status: str, response: dict[str, Any], finish: str) -> None:
    fold = Fold(responses)
    fold.add(state(status, **response), 1.0)
    fold.conclude(2.0)
    assert (fold.finish_reason, fold.over) == (finish, True)
    assert whole(status=status, **response).finish_reason == finish


def test_cancelled_is_no_good_end() -> None:
    assert whole(status="cancelled", output=[SAID]).finish_reason == "error"


def test_usage() -> None:
    usage = {
        "input_tokens": 20,
        "input_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 3},
        "output_tokens": 9,
        "output_tokens_details": {"reasoning_tokens": 4},
        "total_tokens": 29,
    }
    assert whole(status="completed", output=[SAID], usage=usage).usage == Usage(20, 8, 3, 9, 4)
    assert decoded("response.completed", response={"usage": {"input_tokens": 5}}) == Delta(
        finish_reason="stop", usage=Usage(input_tokens=5), end=True
    )


ERRORS = [
    pytest.param(
        {"type": "response.failed", "response": {"error": {"code": "rate_limit_exceeded", "message": "m"}}},
        CallError("rate_limited", "m"),
        id="failed",
    ),
    pytest.param(
        {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "m"}}},
        CallError("server_error", "m"),
        id="failed on the server",
    ),
    pytest.param(
        {"type": "error", "code": "invalid_prompt", "message": "m", "param": None},
        CallError("bad_request", "m"),
        id="error",
    ),
    pytest.param(
        {"type": "error", "error": {"type": "overloaded_error", "message": "m"}},
        CallError("overloaded", "m"),
        id="error in an object",
    ),
    pytest.param({"error": {"code": 401, "message": "m"}}, CallError("auth", "m", 401), id="untyped"),
]


@pytest.mark.parametrize(("payload", "error"), ERRORS)
def test_errors_inside_the_stream(payload: dict[str, Any], error: CallError) -> None:
    assert responses.decode(Frame(json.dumps(payload).encode())) == Delta(error=error)


def test_bodies_that_are_no_answer() -> None:
    assert responses.decode_body(b'{"error":{"message":"no credit","type":"insufficient_quota"}}') == [
        Delta(error=CallError("forbidden", "no credit"))
    ]
    assert responses.decode_body(b'{"status":"ok"}') == []
    failed = {"object": "response", "status": "failed", "error": {"code": "server_error", "message": "m"}}
    assert responses.decode_body(json.dumps(failed).encode()) == [Delta(error=CallError("server_error", "m"))]


def test_done_ends_the_stream() -> None:
    assert responses.decode(Frame(b"[DONE]")) == Delta(end=True)


@pytest.mark.parametrize("kind", ["keepalive", "response.in_progress", "response.content_part.added", None])
def test_events_that_add_nothing(kind: str | None) -> None:
    assert responses.decode(Frame(json.dumps({"type": kind, "delta": "x"}).encode())) is None
