import json
from typing import Any

import pytest

from broker.providers import gemini
from broker.providers.frames import Frame
from broker.types import CallError, ChatRequest, Delta, Message, Offer, Params, Provider, Usage

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


TOLD = [
    pytest.param(candidate({"text": "Hi"}), Delta("Hi"), id="text"),
    pytest.param(candidate({"text": "H"}, {"text": "i"}), Delta("Hi"), id="parts"),
    pytest.param(
        candidate({"text": "Hm", "thought": True}, {"text": "Hi"}), Delta("Hi", "Hm"), id="thought and answer"
    ),
    pytest.param(candidate({"functionCall": {"name": "f"}}), None, id="tool call"),
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
    (None, None),
]


@pytest.mark.parametrize(("said", "meant"), FINISH)
def test_finish_reason(said: str | None, meant: str | None) -> None:
    found = decoded(candidate({"text": "Hi"}, finish=said))
    assert found is not None
    assert found.finish_reason == meant


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
