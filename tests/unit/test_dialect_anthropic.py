import json
from dataclasses import replace
from typing import Any

import pytest

from broker.errors import BadRequest
from broker.providers import anthropic, auth_headers
from broker.providers.frames import Frame
from broker.types import (
    BlockFragment,
    CallError,
    ChatRequest,
    Delta,
    Message,
    Offer,
    Params,
    Provider,
    Tool,
    ToolCall,
    ToolFragment,
    Usage,
)

OLD = Provider(
    "a", "A", "anthropic", "http://127.0.0.1:1", auth="x-api-key", settings={"version": "2023-06-01"}
)
NEW = Provider(
    "a", "A", "anthropic", "http://127.0.0.1:1", auth="x-api-key", settings={"version": "2026-10-21"}
)
SCHEMA = {"type": "object"}


def encoded(
    params: Params, row: Provider = OLD, model: str = "claude-opus-4-6"
) -> tuple[dict[str, Any], tuple[str, ...]]:
    offer = Offer("a", model, model, "Anthropic", model)
    call = anthropic.encode(row, offer, ChatRequest((Message("user", "Hello"),), params))
    assert call.path == "/v1/messages"
    return call.body, call.dropped


def decoded(event: Any, name: str = "") -> Delta | None:
    return anthropic.decode(Frame(json.dumps(event).encode(), name))


def test_the_whole_request() -> None:
    params = Params(temperature=0.0, max_tokens=100, stop=("END",), json_schema=SCHEMA)
    turns = (
        Message("system", "Be brief."),
        Message("system", "Be kind."),
        Message("user", "One"),
        Message("assistant", "1"),
        Message("user", "2"),
    )
    offer = Offer("a", "m", "claude-opus-4-6", "Anthropic", "M")
    assert anthropic.encode(OLD, offer, ChatRequest(turns, params)).body == {
        "model": "claude-opus-4-6",
        "max_tokens": 100,
        "system": "Be brief.\n\nBe kind.",
        "messages": [
            {"role": "user", "content": "One"},
            {"role": "assistant", "content": "1"},
            {"role": "user", "content": "2"},
        ],
        "stream": True,
        "temperature": 0.0,
        "stop_sequences": ["END"],
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
    }


def test_a_maximum_is_required() -> None:
    assert encoded(Params())[0]["max_tokens"] == 4096
    assert encoded(Params(max_tokens=7))[0]["max_tokens"] == 7
    assert encoded(Params(reasoning_effort="high"))[0]["max_tokens"] == 16384


def test_one_sampling_parameter_at_most() -> None:
    body, dropped = encoded(Params(temperature=0.1, top_p=0.9))
    assert (body["temperature"], dropped) == (0.1, ("top_p",))
    assert "top_p" not in body
    assert encoded(Params(top_p=0.9))[0]["top_p"] == 0.9


def test_the_new_version_has_no_sampling() -> None:
    body, dropped = encoded(Params(temperature=0.0, top_p=1.0), NEW)
    assert dropped == ("temperature", "top_p")
    assert not {"temperature", "top_p"} & body.keys()


def headers(row: Provider) -> dict[str, str]:
    offer = Offer("a", "m", "claude-opus-4-6", "Anthropic", "M")
    call = anthropic.encode(row, offer, ChatRequest((Message("user", "Hello"),)))
    return {**call.headers, **auth_headers(row, "k")}


def test_version_decides_how_the_key_travels() -> None:
    assert headers(OLD) == {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    assert headers(NEW) == {"authorization": "Bearer k", "anthropic-version": "2026-10-21"}


def test_a_row_that_names_no_version() -> None:
    row = Provider("a", "A", "anthropic", "http://127.0.0.1:1")
    assert headers(row) == {"authorization": "Bearer k", "anthropic-version": "2023-06-01"}


@pytest.mark.parametrize("version", ["2023-06-01", "2026-10-21"])
def test_azure_keeps_its_keys_in_every_version(version: str) -> None:
    row = replace(OLD, auth="api-key and x-api-key", settings={"version": version})
    assert headers(row) == {"api-key": "k", "x-api-key": "k", "anthropic-version": version}
    token = replace(row, auth="bearer")
    assert headers(token) == {"authorization": "Bearer k", "anthropic-version": version}


VERTEX = Provider(
    "v",
    "V",
    "anthropic",
    "http://127.0.0.1:1",
    settings={"door": "vertex", "project": "example.com:p", "location": "us-east5"},
)


NOTHING = Params()


def on_vertex(params: Params = NOTHING, **settings: str) -> anthropic.Encoded:
    row = replace(VERTEX, settings={**VERTEX.settings, **settings})
    offer = Offer("v", "m", "claude-sonnet-4-5@20250929", "Anthropic", "M")
    return anthropic.encode(row, offer, ChatRequest((Message("user", "Hello"),), params))


def test_vertex_has_model_and_version_elsewhere() -> None:
    call = on_vertex()
    assert call.path == (
        "/v1/projects/example.com:p/locations/us-east5/publishers/anthropic/models/"
        "claude-sonnet-4-5@20250929:streamRawPredict"
    )
    assert call.headers == {}
    assert call.body == {
        "anthropic_version": "2026-10-21",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
    }


def test_the_older_version_of_vertex_has_sampling() -> None:
    params = Params(temperature=0.5)
    old = on_vertex(params, version="vertex-2023-10-16")
    assert (old.body["anthropic_version"], old.body["temperature"]) == ("vertex-2023-10-16", 0.5)
    assert old.dropped == ()
    assert on_vertex(params).dropped == ("temperature",)


def test_vertex_without_a_project() -> None:
    with pytest.raises(BadRequest, match="V needs a value for project"):
        on_vertex(project="")


@pytest.mark.parametrize(
    ("effort", "sent"), [("minimal", "low"), ("low", "low"), ("medium", "medium"), ("high", "high")]
)
@pytest.mark.parametrize("row", [OLD, NEW])
def test_effort_of_newer_models(effort: Any, sent: str, row: Provider) -> None:
    body, dropped = encoded(Params(reasoning_effort=effort, json_schema=SCHEMA), row)
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["output_config"] == {"effort": sent, "format": {"type": "json_schema", "schema": SCHEMA}}
    assert dropped == ()


BUDGETED = [
    "claude-3-7-sonnet-latest",
    "claude-opus-4-20250514",
    "claude-sonnet-4-5",
    "claude-haiku-4-5@20251001",
]


@pytest.mark.parametrize("model", BUDGETED)
def test_effort_of_older_models_is_a_budget(model: str) -> None:
    body, dropped = encoded(Params(reasoning_effort="medium"), model=model)
    assert body["thinking"] == {"type": "enabled", "budget_tokens": 4096}
    assert "output_config" not in body
    assert dropped == ()


@pytest.mark.parametrize(
    "model", ["claude-opus-4-6", "claude-sonnet-4-6", "claude-opus-4-7", "claude-haiku-5-5"]
)
def test_newer_models_take_no_budget(model: str) -> None:
    assert encoded(Params(reasoning_effort="high"), model=model)[0]["thinking"]["type"] == "adaptive"


@pytest.mark.parametrize(("max_tokens", "budget"), [(4096, 2048), (2048, 1024), (2047, None), (1, None)])
def test_a_budget_leaves_room_for_the_answer(max_tokens: int, budget: int | None) -> None:
    params = Params(reasoning_effort="high", max_tokens=max_tokens)
    body, dropped = encoded(params, model="claude-sonnet-4-5")
    assert body.get("thinking", {}).get("budget_tokens") == budget
    assert dropped == (() if budget else ("reasoning_effort",))


BUDGETS = [
    pytest.param(Params(reasoning_budget=1024), 1024, 16384, (), id="least"),
    pytest.param(Params(reasoning_budget=20000), 20000, 24096, (), id="room for the answer"),
    pytest.param(Params(reasoning_budget=2000, max_tokens=2001), 2000, 2001, (), id="just fits"),
    pytest.param(
        Params(reasoning_budget=2000, max_tokens=2000), None, 2000, ("reasoning_budget",), id="no room"
    ),
    pytest.param(Params(reasoning_budget=1023), None, 16384, ("reasoning_budget",), id="too small"),
    pytest.param(
        Params(reasoning_budget=9000, reasoning_effort="low"),
        9000,
        16384,
        ("reasoning_effort",),
        id="before the effort",
    ),
    pytest.param(
        Params(reasoning_budget=5, reasoning_effort="medium"),
        4096,
        16384,
        ("reasoning_budget",),
        id="effort instead",
    ),
]


@pytest.mark.parametrize(("params", "budget", "max_tokens", "unsent"), BUDGETS)
def test_a_budget(params: Params, budget: int | None, max_tokens: int, unsent: tuple[str, ...]) -> None:
    body, dropped = encoded(params, model="claude-sonnet-4-5")
    assert body.get("thinking") == (budget and {"type": "enabled", "budget_tokens": budget})
    assert (body["max_tokens"], dropped) == (max_tokens, unsent)


def test_newer_models_drop_a_budget() -> None:
    body, dropped = encoded(Params(reasoning_budget=50000))
    assert (dropped, body["max_tokens"], "thinking" in body) == (("reasoning_budget",), 4096, False)
    body, dropped = encoded(Params(reasoning_budget=50000, reasoning_effort="high"))
    assert (dropped, body["output_config"]) == (("reasoning_budget",), {"effort": "high"})


def test_thinking_takes_no_sampling() -> None:
    body, dropped = encoded(Params(reasoning_effort="low", temperature=0.0, top_p=0.9))
    assert dropped == ("temperature", "top_p")
    assert not {"temperature", "top_p"} & body.keys()


TOOL = Tool("lookup", "Look up", {"type": "object", "properties": {"q": {"type": "string"}}})
CHOICES = [
    ("auto", {"type": "auto"}),
    ("none", {"type": "none"}),
    ("required", {"type": "any"}),
    ("lookup", {"type": "tool", "name": "lookup"}),
]


@pytest.mark.parametrize(("choice", "sent"), CHOICES)
def test_tools(choice: str, sent: dict[str, str]) -> None:
    body, dropped = encoded(Params(tools=(TOOL, Tool("now", "", {})), tool_choice=choice))
    assert body["tools"] == [
        {"name": "lookup", "description": "Look up", "input_schema": TOOL.parameters},
        {"name": "now", "input_schema": {"type": "object"}},
    ]
    assert (body["tool_choice"], dropped) == (sent, ())


def test_tools_without_a_choice() -> None:
    assert "tool_choice" not in encoded(Params(tools=(TOOL,)))[0]


def test_a_choice_among_no_tools() -> None:
    body, dropped = encoded(Params(tool_choice="required"))
    assert (dropped, "tool_choice" in body) == (("tool_choice",), False)


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-opus-4-7"])
@pytest.mark.parametrize(
    ("choice", "thinks"), [("auto", True), ("none", True), ("required", False), ("lookup", False)]
)
def test_a_forced_call_goes_before_reasoning(model: str, choice: str, thinks: bool) -> None:
    params = Params(tools=(TOOL,), tool_choice=choice, reasoning_effort="high", temperature=0.1)
    body, dropped = encoded(params, model=model)
    assert ("thinking" in body, "temperature" in body) == (thinks, not thinks)
    assert dropped == (("temperature",) if thinks else ("reasoning_effort",))


def test_reasoning_that_cannot_go_on() -> None:
    """A model with a budget wants its own reasoning before the call whose result it gets."""
    block = {"type": "thinking", "thinking": "Hm", "signature": "s"}
    call = ToolCall("c1", "lookup", "{}")
    for blocks, dropped in (((block,), ()), ((), ("reasoning_effort",))):
        turns = (
            Message("user", "Hello"),
            Message("assistant", tool_calls=(call,), reasoning_blocks=blocks),
            Message("tool", "4", tool_call_id="c1"),
        )
        offer = Offer("a", "m", "claude-sonnet-4-5", "Anthropic", "M")
        found = anthropic.encode(OLD, offer, ChatRequest(turns, Params(reasoning_effort="high")))
        assert found.dropped == dropped
        assert ("thinking" in found.body) is bool(blocks)


def delta(**piece: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 2, "delta": piece}


def start_of(**block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": 2, "content_block": block}


TOLD = [
    pytest.param(delta(type="text_delta", text="Hi"), Delta("Hi"), id="text"),
    pytest.param(
        delta(type="thinking_delta", thinking="Hm"),
        Delta(reasoning="Hm", reasoning_blocks=(BlockFragment(2, {"type": "thinking", "thinking": "Hm"}),)),
        id="thinking",
    ),
    pytest.param(
        delta(type="signature_delta", signature="x"),
        Delta(reasoning_blocks=(BlockFragment(2, {"type": "thinking", "signature": "x"}),)),
        id="signature",
    ),
    pytest.param(
        start_of(type="thinking", thinking="", signature=""),
        Delta(reasoning_blocks=(BlockFragment(2, {"type": "thinking", "thinking": "", "signature": ""}),)),
        id="thinking begins",
    ),
    pytest.param(
        start_of(type="redacted_thinking", data="xyz"),
        Delta(reasoning_blocks=(BlockFragment(2, {"type": "redacted_thinking", "data": "xyz"}),)),
        id="redacted thinking",
    ),
    pytest.param(
        start_of(type="tool_use", id="c1", name="lookup", input={}),
        Delta(tool_calls=(ToolFragment(2, "c1", "lookup"),)),
        id="tool call begins",
    ),
    pytest.param(
        delta(type="input_json_delta", partial_json='{"q'),
        Delta(tool_calls=(ToolFragment(2, arguments='{"q'),)),
        id="tool call",
    ),
    pytest.param(delta(type="input_json_delta", partial_json=""), None, id="nothing of a tool call"),
    pytest.param(start_of(type="server_tool_use", id="c1", name="web_search"), None, id="their own tool"),
    pytest.param(delta(type="citations_delta", citation={}), None, id="citation"),
    pytest.param(
        {"type": "content_block_start", "content_block": {"type": "text", "text": ""}}, None, id="start"
    ),
    pytest.param(
        {"type": "content_block_start", "content_block": {"type": "text", "text": "Hi"}},
        Delta("Hi"),
        id="early text",
    ),
    pytest.param({"type": "content_block_stop", "index": 0}, None, id="block end"),
    pytest.param({"type": "ping"}, None, id="ping"),
    pytest.param({"type": "something_new", "text": "x"}, None, id="unknown"),
    pytest.param({"type": "message_stop"}, Delta(end=True), id="end"),
    pytest.param([], None, id="not an object"),
]


@pytest.mark.parametrize(("event", "told"), TOLD)
def test_decode(event: Any, told: Delta | None) -> None:
    assert decoded(event) == told


FINISH = [
    ("end_turn", "stop"),
    ("stop_sequence", "stop"),
    ("pause_turn", "stop"),
    ("max_tokens", "length"),
    ("model_context_window_exceeded", "length"),
    ("tool_use", "tool_calls"),
    ("refusal", "refusal"),
    ("something_new", "error"),
    (None, None),
]


@pytest.mark.parametrize(("said", "meant"), FINISH)
def test_finish_reason(said: str | None, meant: str | None) -> None:
    event = {"type": "message_delta", "delta": {"stop_reason": said}, "usage": {"output_tokens": 3}}
    found = decoded(event)
    assert found is not None
    assert found.finish_reason == meant


def start(**usage: Any) -> dict[str, Any]:
    return {"type": "message_start", "message": {"model": "claude-x", "content": [], "usage": usage}}


def end(**usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}


def test_input_includes_what_was_cached() -> None:
    event = start(
        input_tokens=5, cache_read_input_tokens=100, cache_creation_input_tokens=20, output_tokens=1
    )
    assert decoded(event) == Delta(usage=Usage(125, 100, 20), served_model="claude-x")


def test_input_of_a_fully_cached_prompt() -> None:
    found = decoded(start(input_tokens=0, cache_read_input_tokens=100, cache_creation_input_tokens=0))
    assert found is not None
    assert found.usage == Usage(100, 100, 0)


def test_cache_writes_told_by_how_long_they_are_kept() -> None:
    parts = {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 12}
    both = decoded(start(input_tokens=5, cache_creation_input_tokens=42, cache_creation=parts))
    alone = decoded(start(input_tokens=5, cache_creation=parts))
    assert both is not None
    assert alone is not None
    assert both.usage == alone.usage == Usage(47, None, 42)


def test_no_input_yet_is_unknown() -> None:
    found = decoded(start(input_tokens=0, output_tokens=0))
    assert found is not None
    assert found.usage == Usage()


LATE = [
    pytest.param({"output_tokens": 9}, Usage(output_tokens=9), id="output only"),
    pytest.param(
        {"output_tokens": 9, "input_tokens": 5}, Usage(output_tokens=9), id="input without the cached part"
    ),
    pytest.param(
        {
            "output_tokens": 9,
            "input_tokens": 5,
            "cache_read_input_tokens": 100,
            "cache_creation_input_tokens": 0,
        },
        Usage(105, 100, 0, 9),
        id="everything again",
    ),
    pytest.param(
        {"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 4}},
        Usage(output_tokens=9, reasoning_tokens=4),
        id="thinking",
    ),
]


@pytest.mark.parametrize(("usage", "meant"), LATE)
def test_usage_at_the_end(usage: dict[str, Any], meant: Usage) -> None:
    found = decoded(end(**usage))
    assert found is not None
    assert found.usage == meant


def test_errors_inside_the_stream() -> None:
    event = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert decoded(event, "error") == Delta(error=CallError("overloaded", "Overloaded"))


def test_a_body_instead_of_a_stream() -> None:
    reply = {
        "type": "message",
        "model": "claude-x",
        "content": [
            {"type": "thinking", "thinking": "Hm", "signature": "s"},
            {"type": "text", "text": "Hi"},
            {"type": "tool_use", "id": "c1", "name": "lookup", "input": {"q": "x"}},
            {"type": "tool_use", "id": "c2", "name": "now", "input": {}},
        ],
        "stop_reason": "max_tokens",
        "usage": {"input_tokens": 1, "output_tokens": 2},
    }
    usage = Usage(input_tokens=1, output_tokens=2)
    assert anthropic.decode_body(json.dumps(reply).encode()) == [
        Delta(
            reasoning="Hm",
            reasoning_blocks=(BlockFragment(0, {"type": "thinking", "thinking": "Hm", "signature": "s"}),),
        ),
        Delta("Hi"),
        Delta(tool_calls=(ToolFragment(2, "c1", "lookup", '{"q":"x"}'),)),
        Delta(tool_calls=(ToolFragment(3, "c2", "now", "{}"),)),
        Delta(finish_reason="length", usage=usage, served_model="claude-x"),
    ]


def test_a_body_that_is_an_error() -> None:
    body = b'{"type":"error","error":{"type":"api_error","message":"m"}}'
    assert anthropic.decode_body(body) == [Delta(error=CallError("server_error", "m"))]


def test_a_body_that_is_no_answer() -> None:
    assert anthropic.decode_body(b'{"status":"ok"}') == []
