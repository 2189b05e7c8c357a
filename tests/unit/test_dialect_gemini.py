import json
from typing import Any

import pytest

from broker.errors import BadRequest
from broker.providers import gemini
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
    ToolFragment,
    Usage,
)

ROW = Provider("g", "G", "gemini", "http://127.0.0.1:1", auth="x-goog-api-key", settings={"version": "v1"})
SCHEMA = {"type": "object"}
NOTHING = Params()


def encoded(params: Params = NOTHING, model: str = "gemini-3.5-flash", row: Provider = ROW) -> gemini.Encoded:
    offer = Offer("g", "m", model, "Google", "M")
    return gemini.encode(row, offer, ChatRequest((Message("user", "Hello"),), params))


def decoded(event: Any) -> Delta | None:
    return gemini.decode(Frame(json.dumps(event).encode()))


def candidate(*parts: Any, finish: str | None = None) -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, "finishReason": finish}]}


def test_the_whole_request() -> None:
    params = Params(0.0, 0.5, 100, ("END",), 0, SCHEMA)
    turns = (
        Message("system", "Be brief."),
        Message("user", "One"),
        Message("assistant", "1"),
        Message("user", "2"),
    )
    call = gemini.encode(ROW, Offer("g", "m", "gemini-3.5-flash", "Google", "M"), ChatRequest(turns, params))
    assert call.dropped == ()
    assert call.body == {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "One"}]},
            {"role": "model", "parts": [{"text": "1"}]},
            {"role": "user", "parts": [{"text": "2"}]},
        ],
        "generationConfig": {
            "temperature": 0.0,
            "topP": 0.5,
            "maxOutputTokens": 100,
            "stopSequences": ["END"],
            "seed": 0,
            "responseMimeType": "application/json",
            "responseJsonSchema": SCHEMA,
        },
    }


PATHS = [
    ("gemini-3.5-flash", "/v1/models/gemini-3.5-flash:streamGenerateContent?alt=sse"),
    ("models/gemini-3.5-flash", "/v1/models/gemini-3.5-flash:streamGenerateContent?alt=sse"),
    ("../../admin?x=1#", "/v1/models/..%2F..%2Fadmin%3Fx%3D1%23:streamGenerateContent?alt=sse"),
    ("größe 1", "/v1/models/gr%C3%B6%C3%9Fe%201:streamGenerateContent?alt=sse"),
]


@pytest.mark.parametrize(("model", "path"), PATHS)
def test_path(model: str, path: str) -> None:
    assert encoded(model=model).path == path


def test_a_row_that_names_no_version() -> None:
    row = Provider("g", "G", "gemini", "http://127.0.0.1:1")
    assert encoded(row=row).path.startswith("/v1beta/models/")


DOORS = [
    (
        {"door": "vertex", "project": "p", "location": "europe-west4", "version": "v1beta1"},
        "/v1beta1/projects/p/locations/europe-west4/publishers/google/models/",
    ),
    ({"door": "express", "version": "v1beta1"}, "/v1beta1/publishers/google/models/"),
]


@pytest.mark.parametrize(("settings", "start"), DOORS)
def test_path_on_vertex(settings: dict[str, str], start: str) -> None:
    row = Provider("g", "G", "gemini", "http://127.0.0.1:1", settings=settings)
    assert encoded(row=row).path == f"{start}gemini-3.5-flash:streamGenerateContent?alt=sse"


def test_vertex_without_a_location() -> None:
    row = Provider("g", "G", "gemini", "http://127.0.0.1:1", settings={"door": "vertex", "project": "p"})
    with pytest.raises(BadRequest, match="G needs a value for location"):
        encoded(row=row)


THINKING = [
    ("gemini-2.5-flash", "minimal", {"thinkingBudget": 1024}),
    ("gemini-2.5-pro", "high", {"thinkingBudget": 24576}),
    ("gemini-3-flash-preview", "minimal", {"thinkingLevel": "MINIMAL"}),
    ("gemini-3.5-flash", "medium", {"thinkingLevel": "MEDIUM"}),
    ("gemini-4-argon", "high", {"thinkingLevel": "HIGH"}),
]


@pytest.mark.parametrize(("model", "effort", "sent"), THINKING)
def test_effort(model: str, effort: Any, sent: dict[str, Any]) -> None:
    config = encoded(Params(reasoning_effort=effort), model).body["generationConfig"]
    assert config == {"thinkingConfig": {"includeThoughts": True, **sent}}


BUDGETS = [
    pytest.param("gemini-2.5-pro", Params(reasoning_budget=512), (True, 512), (), id="budget"),
    pytest.param("models/gemini-2.5-pro", Params(reasoning_budget=512), (True, 512), (), id="full name"),
    pytest.param("gemini-2.5-flash", Params(reasoning_budget=0), (False, 0), (), id="no thoughts"),
    pytest.param(
        "gemini-2.5-pro",
        Params(reasoning_budget=512, reasoning_effort="high"),
        (True, 512),
        ("reasoning_effort",),
        id="before the effort",
    ),
]


@pytest.mark.parametrize(("model", "params", "sent", "dropped"), BUDGETS)
def test_a_budget(model: str, params: Params, sent: tuple[bool, int], dropped: tuple[str, ...]) -> None:
    call = encoded(params, model)
    config = {"includeThoughts": sent[0], "thinkingBudget": sent[1]}
    assert call.body["generationConfig"] == {"thinkingConfig": config}
    assert call.dropped == dropped


def test_newer_models_drop_a_budget() -> None:
    call = encoded(Params(reasoning_budget=512))
    assert (call.dropped, "generationConfig" in call.body) == (("reasoning_budget",), False)
    call = encoded(Params(reasoning_budget=512, reasoning_effort="low"))
    assert call.dropped == ("reasoning_budget",)
    assert call.body["generationConfig"]["thinkingConfig"] == {
        "includeThoughts": True,
        "thinkingLevel": "LOW",
    }


LOGPROBS = [(0, {"responseLogprobs": True}), (3, {"responseLogprobs": True, "logprobs": 3})]


@pytest.mark.parametrize(("asked", "sent"), LOGPROBS)
def test_logprobs(asked: int, sent: dict[str, Any]) -> None:
    assert encoded(Params(logprobs=asked)).body["generationConfig"] == sent


TOOL = Tool("lookup", "Look up", {"type": "object", "properties": {"q": {"type": "string"}}})
CHOICES = [
    ("auto", {"mode": "AUTO"}),
    ("none", {"mode": "NONE"}),
    ("required", {"mode": "ANY"}),
    ("lookup", {"mode": "ANY", "allowedFunctionNames": ["lookup"]}),
]


@pytest.mark.parametrize(("choice", "sent"), CHOICES)
def test_tools(choice: str, sent: dict[str, Any]) -> None:
    call = encoded(Params(tools=(TOOL, Tool("now", "Time", {})), tool_choice=choice))
    declared = [
        {"name": "lookup", "description": "Look up", "parametersJsonSchema": TOOL.parameters},
        {"name": "now", "description": "Time"},
    ]
    assert call.body["tools"] == [{"functionDeclarations": declared}]
    assert (call.body["toolConfig"], call.dropped) == ({"functionCallingConfig": sent}, ())


def test_tools_without_a_choice() -> None:
    assert "toolConfig" not in encoded(Params(tools=(TOOL,))).body


def test_a_choice_among_no_tools() -> None:
    call = encoded(Params(tool_choice="required"))
    assert (call.dropped, "toolConfig" in call.body) == (("tool_choice",), False)


@pytest.mark.parametrize(
    ("model", "dropped"), [("gemini-2.5-pro", ("json_schema",)), ("gemini-3.5-flash", ())]
)
def test_a_schema_beside_tools(model: str, dropped: tuple[str, ...]) -> None:
    call = encoded(Params(tools=(TOOL,), json_schema=SCHEMA), model)
    assert call.dropped == dropped
    assert ("responseJsonSchema" in call.body.get("generationConfig", {})) is not bool(dropped)


def call_part(**call: Any) -> dict[str, Any]:
    return {"functionCall": call}


TOLD = [
    pytest.param(candidate({"text": "Hi"}), Delta("Hi"), id="text"),
    pytest.param(candidate({"text": "H"}, {"text": "i"}), Delta("Hi"), id="parts"),
    pytest.param(
        candidate({"text": "Hm", "thought": True}, {"text": "Hi"}), Delta("Hi", "Hm"), id="thought and answer"
    ),
    pytest.param(
        candidate(
            {"text": "Hm", "thought": True},
            {**call_part(id="1", name="f", args={"q": "ä"}), "thoughtSignature": "c2ln"},
            call_part(id="2", name="g"),
        ),
        Delta(
            reasoning="Hm",
            tool_calls=(
                ToolFragment(None, "1", "f", '{"q":"ä"}', "c2ln"),
                ToolFragment(None, "2", "g", "{}"),
            ),
        ),
        id="tool calls",
    ),
    pytest.param(
        {
            "candidates": [
                {
                    "content": {"parts": [{"text": "Hi"}]},
                    "logprobsResult": {
                        "chosenCandidates": [{"token": "H", "logProbability": -0.5}, {"token": "i"}],
                        "topCandidates": [
                            {
                                "candidates": [
                                    {"token": "H", "logProbability": -0.5},
                                    {"token": "Y", "logProbability": -2},
                                ]
                            }
                        ],
                    },
                }
            ]
        },
        Delta("Hi", logprobs=(TokenLogprob("H", -0.5, (("H", -0.5), ("Y", -2.0))), TokenLogprob("i", 0.0))),
        id="logprobs",
    ),
    pytest.param(
        {"candidates": [{"finishReason": "STOP"}]}, Delta(finish_reason="stop"), id="end without content"
    ),
    pytest.param({"modelVersion": "gemini-x"}, Delta(served_model="gemini-x"), id="model"),
    pytest.param(
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 7}},
        Delta(finish_reason="content_filter", usage=Usage(input_tokens=7)),
        id="refused prompt",
    ),
    pytest.param({"promptFeedback": {}}, None, id="prompt without objection"),
    pytest.param({"responseId": "x"}, None, id="nothing known"),
    pytest.param([], None, id="not an object"),
]


@pytest.mark.parametrize(("event", "told"), TOLD)
def test_decode(event: Any, told: Delta | None) -> None:
    assert decoded(event) == told


FINISH = [
    ("STOP", "stop"),
    ("MAX_TOKENS", "length"),
    *((reason, "content_filter") for reason in ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT")),
    *((reason, "content_filter") for reason in ("SPII", "IMAGE_SAFETY")),
    *((reason, "error") for reason in ("OTHER", "LANGUAGE", "MALFORMED_FUNCTION_CALL", "SOMETHING_NEW")),
    *((reason, "error") for reason in ("UNEXPECTED_TOOL_CALL", "FUNCTION_CALL")),
    (None, None),
]


@pytest.mark.parametrize(("said", "meant"), FINISH)
def test_finish_reason(said: str | None, meant: str | None) -> None:
    found = decoded(candidate({"text": "Hi"}, finish=said))
    assert found is not None
    assert found.finish_reason == meant


@pytest.mark.parametrize(
    ("said", "meant"), [("FUNCTION_CALL", "tool_calls"), ("UNEXPECTED_TOOL_CALL", "error")]
)
def test_finish_reason_beside_a_call(said: str, meant: str) -> None:
    found = decoded(candidate(call_part(name="f"), finish=said))
    assert found is not None
    assert found.finish_reason == meant


def ids(event: Any) -> list[str]:
    found = decoded(event)
    assert found is not None
    return [call.id for call in found.tool_calls]


def test_calls_without_an_id_get_one() -> None:
    twice = candidate(call_part(name="f"), call_part(name="f"))
    first, second = ids({**twice, "responseId": "a"})
    assert first
    assert second
    assert first != second
    assert ids({**twice, "responseId": "a"}) == [first, second]
    assert not {first, second} & set(ids({**twice, "responseId": "b"}))


USAGE = [
    pytest.param({"promptTokenCount": 20, "candidatesTokenCount": 9}, Usage(20, None, None, 9), id="plain"),
    pytest.param(
        {
            "promptTokenCount": 20,
            "cachedContentTokenCount": 8,
            "candidatesTokenCount": 9,
            "thoughtsTokenCount": 4,
            "totalTokenCount": 33,
        },
        Usage(20, 8, None, 13, 4),
        id="cached and thoughts",
    ),
    pytest.param(
        {"promptTokenCount": 20, "thoughtsTokenCount": 4}, Usage(20, None, None, 4, 4), id="still thinking"
    ),
    pytest.param({"promptTokenCount": 20}, Usage(20), id="nothing said yet"),
]


@pytest.mark.parametrize(("usage", "meant"), USAGE)
def test_usage(usage: dict[str, Any], meant: Usage) -> None:
    assert decoded({"usageMetadata": usage}) == Delta(usage=meant)


def test_errors_inside_the_stream() -> None:
    error = {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}
    assert decoded({"error": error}) == Delta(error=CallError("overloaded", "The model is overloaded.", 503))


@pytest.mark.parametrize("pack", [lambda event: event, lambda event: [event]])
def test_a_body_instead_of_a_stream(pack: Any) -> None:
    body = json.dumps(pack(candidate({"text": "Hi"}, finish="STOP"))).encode()
    assert gemini.decode_body(body) == [Delta("Hi", finish_reason="stop")]


def test_a_body_of_several_events() -> None:
    events = [candidate({"text": "H"}), candidate({"text": "i"}, finish="MAX_TOKENS")]
    assert gemini.decode_body(json.dumps(events).encode()) == [Delta("H"), Delta("i", finish_reason="length")]


def test_a_body_that_is_no_answer() -> None:
    for body in (b'{"status":"ok"}', b"[]", b'"ok"'):
        assert gemini.decode_body(body) == []
