import json
from dataclasses import replace
from typing import Any

import pytest

from broker.fold import Fold
from broker.images import image_of
from broker.providers import openai
from broker.providers.frames import Frame
from broker.providers.registry import REGISTRY
from broker.types import (
    BlockFragment,
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
    ToolFragment,
    Usage,
)
from tests.wires import sse

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


PIXEL = image_of(b"\x89PNG\r\n\x1a\n")
PIXEL_URL = "data:image/png;base64,iVBORw0KGgo="
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = Tool("weather", "Current weather", CITY)
CALL = ToolCall("call_7", "weather", '{"city": "Oslo"}')


def body(row: Provider, params: Params = FULL, turns: tuple[Message, ...] = TURNS) -> dict[str, Any]:
    offer = Offer(row.id, "m", "wire/m", "Acme", "M")
    return openai.encode(row, offer, ChatRequest(turns, params)).body


def sent(*turns: Message) -> Any:
    return body(PLAIN, Params(), turns)["messages"]


def dropped(params: Params) -> tuple[str, ...]:
    return openai.encode(PLAIN, Offer("acme", "m", "m", "Acme", "M"), ChatRequest(TURNS, params)).dropped


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


def test_renames_into_one_object_meet_there() -> None:
    renames = {"temperature": "sampling.heat", "top_p": "sampling.mass.top", "seed": "sampling.mass.seed"}
    row = Provider("acme", "Acme", "openai", "http://127.0.0.1:1/v1", renames=renames)
    params = Params(temperature=0.5, top_p=0.9, seed=3)
    assert body(row, params)["sampling"] == {"heat": 0.5, "mass": {"top": 0.9, "seed": 3}}


def test_a_budget_goes_before_the_effort() -> None:
    params = Params(reasoning_effort="low", reasoning_budget=2000)
    assert body(ROWS["openrouter"], params)["reasoning"] == {"max_tokens": 2000}
    assert "reasoning_effort" not in body(PLAIN, params)
    assert dropped(params) == ("reasoning_effort",)
    assert dropped(Params(reasoning_budget=2000)) == dropped(Params(reasoning_effort="low")) == ()


def test_pictures_follow_the_words() -> None:
    words = {"type": "text", "text": "See"}
    picture = {"type": "image_url", "image_url": {"url": PIXEL_URL}}
    assert sent(Message("user", "See", images=(PIXEL, PIXEL)))[0]["content"] == [words, picture, picture]
    assert sent(Message("user", images=(PIXEL,)))[0]["content"] == [picture]


def test_a_cache_marker_is_on_the_words() -> None:
    marked = {"type": "text", "text": "Long", "cache_control": {"type": "ephemeral"}}
    assert sent(Message("system", "Long", cache=True)) == [{"role": "system", "content": [marked]}]
    with_picture = sent(Message("user", "Long", images=(PIXEL,), cache=True))[0]["content"]
    assert (with_picture[0], "cache_control" in with_picture[1]) == (marked, False)
    assert sent(Message("user", "", cache=True)) == [{"role": "user", "content": ""}]


def test_tools() -> None:
    tools = (WEATHER, Tool("now", "", {}))
    assert body(PLAIN, Params(tools=tools))["tools"] == [
        {
            "type": "function",
            "function": {"name": "weather", "description": "Current weather", "parameters": CITY},
        },
        {"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}}}},
    ]


CHOICES = [
    (None, None),
    ("auto", "auto"),
    ("none", "none"),
    ("required", "required"),
    ("weather", {"type": "function", "function": {"name": "weather"}}),
]


@pytest.mark.parametrize(("choice", "wire"), CHOICES)
def test_tool_choice(choice: str | None, wire: Any) -> None:
    params = Params(tools=(WEATHER,), tool_choice=choice)
    assert body(PLAIN, params).get("tool_choice") == wire
    assert dropped(params) == ()


def test_a_choice_among_no_tools_is_not_sent() -> None:
    params = Params(tool_choice="required")
    assert not {"tools", "tool_choice"} & body(PLAIN, params).keys()
    assert dropped(params) == ("tool_choice",)


def test_calls_and_results() -> None:
    function = {"name": "weather", "arguments": '{"city": "Oslo"}'}
    call = {"id": "call_7", "type": "function", "function": function}
    asked = Message("assistant", tool_calls=(CALL,))
    result = Message("tool", "4 °C", tool_call_id="call_7")
    assert sent(asked, result) == [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "4 °C", "tool_call_id": "call_7"},
    ]
    said = sent(Message("assistant", "I look.", tool_calls=(CALL,)))
    assert said == [{"role": "assistant", "content": "I look.", "tool_calls": [call]}]


def test_a_call_without_arguments_is_still_json() -> None:
    (turn,) = sent(Message("assistant", tool_calls=(ToolCall("c", "now", ""),)))
    assert turn["tool_calls"][0]["function"]["arguments"] == "{}"


def test_logprobs_are_asked_for() -> None:
    asked = body(PLAIN, Params(logprobs=0))
    assert (asked["logprobs"], asked["top_logprobs"]) == (True, 0)


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
    pytest.param(
        chunk({"reasoning_content": "Hm"}),
        Delta(reasoning="Hm", reasoning_blocks=(BlockFragment(0, {"reasoning_content": "Hm"}),)),
        id="DeepSeek reasoning",
    ),
    pytest.param(chunk({"reasoning": "Hm", "content": ""}), Delta(reasoning="Hm"), id="OpenRouter reasoning"),
    pytest.param(
        chunk({"reasoning": "Hm", "reasoning_content": "Hm"}),
        Delta(reasoning="Hm", reasoning_blocks=(BlockFragment(0, {"reasoning_content": "Hm"}),)),
        id="reasoning said twice",
    ),
    pytest.param(chunk({"content": "<think>Hm</think>"}), Delta("<think>Hm</think>"), id="marked by itself"),
    pytest.param(
        chunk(
            {
                "content": [
                    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]},
                    {"type": "text", "text": "Hi"},
                ]
            }
        ),
        Delta("Hi", "Hm"),
        id="Databricks reasoning",
    ),
    pytest.param(
        {
            "choices": [
                {"delta": {}, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
            ]
        },
        Delta(finish_reason="stop"),
        id="Perplexity repeats itself",
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


CACHED = [
    pytest.param({"prompt_tokens_details": {"cached_tokens": 8}}, 8, id="OpenAI, xAI, Groq, OpenRouter"),
    pytest.param({"prompt_cache_hit_tokens": 8, "prompt_cache_miss_tokens": 12}, 8, id="DeepSeek"),
    pytest.param({"cached_tokens": 8}, 8, id="Moonshot"),
    pytest.param({"prompt_cache_hit_tokens": 0, "prompt_tokens_details": None}, 0, id="none of it"),
    pytest.param({"prompt_tokens_details": {}}, None, id="untold"),
]


@pytest.mark.parametrize(("told", "cached"), CACHED)
def test_cache_reads(told: dict[str, Any], cached: int | None) -> None:
    delta = decoded({"choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 9, **told}})
    assert delta == Delta(usage=Usage(20, cache_read_tokens=cached, output_tokens=9))


def test_usage_in_the_choice() -> None:
    choice = {"delta": {}, "usage": {"prompt_tokens": 20, "completion_tokens": 9}}
    assert decoded({"choices": [choice]}) == Delta(usage=Usage(20, output_tokens=9))


@pytest.mark.parametrize(("total", "output"), [(135, 103), (41, 9), (None, 9)])
def test_reasoning_is_part_of_the_output(total: int | None, output: int) -> None:
    usage = {
        "prompt_tokens": 32,
        "completion_tokens": 9,
        "total_tokens": total,
        "completion_tokens_details": {"reasoning_tokens": 94},
    }
    assert decoded({"choices": [], "usage": usage}) == Delta(
        usage=Usage(32, output_tokens=output, reasoning_tokens=94)
    )


def test_unknown_usage_is_none() -> None:
    assert decoded({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": "9"}}) == Delta(
        usage=Usage(input_tokens=5)
    )
    assert decoded({"choices": [], "usage": None}) is None


def folded(*deltas: Any) -> Fold:
    """The answer made of chunks with these deltas, and a plain end."""
    fold = Fold(openai)
    for delta in deltas:
        fold.add(sse(chunk(delta)), 1.0)
    fold.add(sse(chunk({}, "stop")), 2.0)
    fold.conclude(3.0)
    return fold


def piece(arguments: Any, name: str | None = None, **more: Any) -> dict[str, Any]:
    return {"tool_calls": [{"function": {"name": name, "arguments": arguments}, **more}]}


CALLS = [
    pytest.param(
        [
            piece("", "weather", index=0, id="a", type="function"),
            piece('{"city":', index=0),
            piece('"Oslo"}', index=0),
            piece("{}", "now", index=1, id="b"),
        ],
        [ToolCall("a", "weather", '{"city":"Oslo"}'), ToolCall("b", "now", "{}")],
        id="OpenAI",
    ),
    pytest.param(
        [piece('{"a"', "f", index=0, id="a"), piece(": 1}", "f", index=0, id="a")],
        [ToolCall("a", "f", '{"a": 1}')],
        id="name and id repeated",
    ),
    pytest.param(
        [piece({"city": "Oslo"}, "weather", index=0), piece({}, "now", index=1)],
        [ToolCall("call_0", "weather", '{"city":"Oslo"}'), ToolCall("call_1", "now", "{}")],
        id="objects without ids",
    ),
    pytest.param(
        [piece("{}", "f", id="a"), piece("{}", "g", id="b")],
        [ToolCall("a", "f", "{}"), ToolCall("b", "g", "{}")],
        id="whole calls without an index",
    ),
    pytest.param(
        [piece('{"a"', "f", id="a"), piece(": 1}")],
        [ToolCall("a", "f", '{"a": 1}')],
        id="pieces without an index",
    ),
    pytest.param(
        [piece("{}", "f", id="a", extra_content={"google": {"thought_signature": "c2ln"}})],
        [ToolCall("a", "f", "{}", '{"google":{"thought_signature":"c2ln"}}')],
        id="Gemini's signature",
    ),
]


@pytest.mark.parametrize(("deltas", "calls"), CALLS)
def test_tool_calls(deltas: list[Any], calls: list[ToolCall]) -> None:
    fold = folded(*deltas)
    assert fold.tool_calls == tuple(calls)
    assert fold.finish_reason == "tool_calls"
    assert fold.first_token_at == 1.0


def test_calls_without_index_and_id_can_be_told_apart() -> None:
    deltas = piece("{}", "f", id=""), piece('{"a": 1}', "f", id="")
    first, second = folded(*deltas).tool_calls
    assert first.id != second.id
    assert folded(*deltas).tool_calls == (first, second)


def test_tool_calls_of_a_body() -> None:
    functions = [{"name": "f", "arguments": {"a": 1}}, {"name": "g", "arguments": "{}"}]
    calls = [{"id": f"call_{i}", "function": function} for i, function in enumerate(functions)]
    message = {"role": "assistant", "content": None, "tool_calls": calls}
    reply = {"choices": [{"message": message, "finish_reason": "tool_calls"}]}
    pieces = ToolFragment(None, "call_0", "f", '{"a":1}'), ToolFragment(None, "call_1", "g", "{}")
    assert openai.decode_body(json.dumps(reply).encode()) == [
        Delta(finish_reason="tool_calls", tool_calls=pieces)
    ]


def test_a_signature_goes_back_as_it_came() -> None:
    extra = {"google": {"thought_signature": "c2ln"}}
    (call,) = folded(piece("{}", "f", id="a", extra_content=extra)).tool_calls
    assert sent(Message("assistant", tool_calls=(call,)))[0]["tool_calls"][0]["extra_content"] == extra
    foreign = ToolCall("a", "f", "{}", "c2ln")
    assert "extra_content" not in sent(Message("assistant", tool_calls=(foreign,)))[0]["tool_calls"][0]


def test_reasoning_goes_back_with_its_calls() -> None:
    blocks = folded({"reasoning_content": "Let me "}, {"reasoning_content": "see."}).reasoning_blocks
    (turn,) = sent(Message("assistant", "x", tool_calls=(CALL,), reasoning_blocks=blocks))
    assert turn["reasoning_content"] == "Let me see."
    assert "reasoning_content" not in sent(Message("assistant", "x", reasoning_blocks=blocks))[0]


def test_openrouter_details_go_back_whole() -> None:
    thought = {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": 0}
    summary = {"type": "reasoning.summary", "format": "openai-responses-v1", "index": 0}
    secret = {"type": "reasoning.encrypted", "format": "openai-responses-v1", "index": 0}
    details = [
        {**thought, "text": "Let me\u2028", "signature": None},
        {**thought, "text": " see."},
        {**thought, "signature": "c2ln"},
        {**thought, "text": "", "signature": None},
        {**summary, "summary": "Look"},
        {**summary, "summary": "ing"},
        {**summary, "summary": "Again", "index": 1},
        {**secret, "data": "YQ==", "id": "rs_1"},
        {**secret, "data": "Yg==", "id": "rs_2"},
    ]
    fold = folded(*({"reasoning_details": [detail]} for detail in details))
    assert fold.reasoning == "Let me\u2028 see.LookingAgain"
    (turn,) = sent(Message("assistant", tool_calls=(CALL,), reasoning_blocks=fold.reasoning_blocks))
    assert turn["reasoning_details"] == [
        {**thought, "text": "Let me\u2028 see.", "signature": "c2ln"},
        {**summary, "summary": "Looking"},
        {**summary, "summary": "Again", "index": 1},
        {**secret, "data": "YQ==", "id": "rs_1"},
        {**secret, "data": "Yg==", "id": "rs_2"},
    ]


def test_openrouter_says_its_reasoning_once() -> None:
    details = [{"type": "reasoning.text", "text": "Hm", "index": 0}]
    assert folded({"reasoning": "Hm", "reasoning_details": details}).reasoning == "Hm"


def test_logprobs() -> None:
    top = [{"token": "Hi", "logprob": -0.5, "bytes": [72, 105]}, {"token": "Ho", "logprob": -1}]
    tokens = [
        {"token": "Hi", "logprob": -0.5, "top_logprobs": top},
        {"token": "!", "logprob": None},
        {"token": "?", "logprob": -9999.0},
    ]
    choice = {"delta": {"content": "Hi!?"}, "logprobs": {"content": tokens}}
    assert decoded({"choices": [choice]}) == Delta(
        "Hi!?",
        logprobs=(TokenLogprob("Hi", -0.5, (("Hi", -0.5), ("Ho", -1.0))), TokenLogprob("?", -9999.0)),
    )


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


def test_vertex_wants_the_publisher_of_a_name() -> None:
    row = replace(PLAIN, settings={"publisher": "google"})
    for name, sent in (("gemma-4-maas", "google/gemma-4-maas"), ("meta/llama-maas", "meta/llama-maas")):
        request = ChatRequest((Message("user", "Hello"),))
        assert openai.encode(row, Offer("acme", name, name, "x", "x"), request).body["model"] == sent
