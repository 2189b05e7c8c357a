import base64
import json
import logging
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator

from broker.fold import Fold
from broker.providers import bedrock, encode
from broker.providers.event_stream import EventStreamDecoder
from broker.providers.frames import Frame
from broker.types import (
    BlockFragment,
    CallError,
    ChatRequest,
    Delta,
    Image,
    Message,
    Offer,
    Params,
    Provider,
    Tool,
    ToolCall,
    ToolFragment,
    Usage,
)

RECORDINGS = Path(__file__).parents[3] / "shared/contracts/recordings"
ROW = Provider("bedrock", "Bedrock", "bedrock", "https://bedrock-runtime.{region}.amazonaws.com")
OLD, NEW = "anthropic.claude-sonnet-4-5-20250929-v1:0", "us.anthropic.claude-opus-4-7"
HAIKU = "anthropic.claude-3-5-haiku-20241022-v1:0"
NOVA, GPT, LLAMA = (
    "us.amazon.nova-2-lite-v1:0",
    "openai.gpt-oss-120b-1:0",
    "meta.llama4-scout-17b-instruct-v1:0",
)
ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123"
HELLO = (Message("user", "Hello"),)
SCHEMA = {"type": "object", "properties": {"größe": {"type": "integer"}}}
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = Tool("get_weather", "Current weather", CITY)
CACHE = {"cachePoint": {"type": "default"}}


@pytest.fixture(scope="module")
def converse() -> Any:
    """ConverseStream as AWS's own SDK describes it."""
    logging.getLogger("botocore").setLevel(logging.WARNING)
    model = botocore.session.Session().get_service_model("bedrock-runtime")
    return model.operation_model("ConverseStream")


def encoded(
    params: Params | None = None, turns: tuple[Message, ...] = HELLO, model: str = OLD, known_as: str = ""
) -> Any:
    offer = Offer("bedrock", "m", model, "Anthropic", "M", known_as=known_as)
    return bedrock.encode(ROW, offer, ChatRequest(turns, params or Params()))


def with_bytes(value: Any) -> Any:
    """Return the body as the SDK's caller writes it: pictures and encrypted reasoning as bytes."""
    match value:
        case dict():
            return {
                key: base64.b64decode(item) if key in ("bytes", "redactedContent") else with_bytes(item)
                for key, item in value.items()
            }
        case list():
            return [with_bytes(item) for item in value]
        case _:
            return value


def assert_valid(converse: Any, call: Any, model: str) -> None:
    """Check that the SDK finds nothing wrong with the body, and writes the same path and body itself."""
    asked = {"modelId": model, **with_bytes(call.body)}
    report = ParamValidator().validate(asked, converse.input_shape)
    assert not report.has_errors(), report.generate_report()
    written = create_serializer("rest-json").serialize_to_request(asked, converse)
    assert written["url_path"] == call.path
    assert json.loads(written["body"]) == call.body


CALLED = ToolCall("call_1", "get_weather", '{"city":"Oslo"}')
THOUGHT = {"type": "reasoningText", "text": "Weather…", "signature": "c2ln"}
REDACTED = {"type": "redactedContent", "data": "c2VjcmV0"}
FOREIGN = {"type": "thinking", "thinking": "Weather…", "signature": "c2ln"}
EVERYTHING = (
    Message("system", "Be brief.", cache=True),
    Message("system", " "),
    Message("user", "Look", images=(Image("image/webp", b"RIFF"), Image("image/png", b"PNG"))),
    Message("assistant", "", tool_calls=(CALLED,), reasoning_blocks=(THOUGHT, REDACTED, FOREIGN)),
    Message("tool", "12 °C", tool_call_id="call_1"),
    Message("tool", "", tool_call_id="call_2", images=(Image("image/jpeg", b"JPG"),)),
    Message("user", "Thanks", cache=True),
    Message("assistant", ""),
    Message("user", "Bye"),
)


def test_the_whole_request(converse: Any) -> None:
    params = Params(
        max_tokens=5000, stop=("END",), json_schema=SCHEMA, reasoning_effort="low", tools=(WEATHER,)
    )
    call = encoded(params, EVERYTHING)
    assert_valid(converse, call, OLD)
    assert call.dropped == ()
    assert call.headers == {"accept": "application/vnd.amazon.eventstream"}
    schema = {"name": "answer", "schema": '{"type": "object", "properties": {"größe": {"type": "integer"}}}'}
    assert call.body == {
        "system": [{"text": "Be brief."}, CACHE],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"image": {"format": "webp", "source": {"bytes": "UklGRg=="}}},
                    {"image": {"format": "png", "source": {"bytes": "UE5H"}}},
                    {"text": "Look"},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "Weather…", "signature": "c2ln"}}},
                    {"reasoningContent": {"redactedContent": "c2VjcmV0"}},
                    {
                        "toolUse": {
                            "toolUseId": "call_1",
                            "name": "get_weather",
                            "input": {"city": "Oslo"},
                        }
                    },
                ],
            },
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "call_1", "content": [{"text": "12 °C"}]}},
                    {
                        "toolResult": {
                            "toolUseId": "call_2",
                            "content": [{"image": {"format": "jpeg", "source": {"bytes": "SlBH"}}}],
                        }
                    },
                    {"text": "Thanks"},
                    CACHE,
                    {"text": "Bye"},
                ],
            },
        ],
        "inferenceConfig": {"maxTokens": 5000, "stopSequences": ["END"]},
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "get_weather",
                        "description": "Current weather",
                        "inputSchema": {"json": CITY},
                    }
                }
            ]
        },
        "outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}},
        "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    }


def test_the_least_request(converse: Any) -> None:
    call = encoded()
    assert_valid(converse, call, OLD)
    assert call.body == {"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}


@pytest.mark.parametrize("model", [OLD, NEW, ARN, "a b"])
def test_ids_are_quoted_as_aws_quotes_them(model: str, converse: Any) -> None:
    assert_valid(converse, encoded(model=model), model)
    quoted = model.replace(":", "%3A").replace("/", "%2F").replace(" ", "%20")
    assert encoded(model=model).path == f"/model/{quoted}/converse-stream"


CHOICES: list[tuple[str | None, Any]] = [
    (None, None),
    ("auto", {"auto": {}}),
    ("required", {"any": {}}),
    ("get_weather", {"tool": {"name": "get_weather"}}),
]


@pytest.mark.parametrize(("choice", "sent"), CHOICES)
def test_tool_choice(choice: str | None, sent: Any, converse: Any) -> None:
    call = encoded(Params(tools=(WEATHER,), tool_choice=choice))
    assert_valid(converse, call, OLD)
    assert call.body["toolConfig"].get("toolChoice") == sent
    assert call.dropped == ()


def test_no_tool_is_to_be_called() -> None:
    params = Params(tools=(WEATHER,), tool_choice="none")
    assert ("toolConfig" in encoded(params).body, encoded(params).dropped) == (False, ())
    amid = encoded(params, EVERYTHING)  # refused without its tools
    assert amid.body["toolConfig"].keys() == {"tools"}
    assert amid.dropped == ("tool_choice",)
    assert encoded(Params(tool_choice="required")).dropped == ("tool_choice",)


def test_a_tool_without_a_description_or_arguments(converse: Any) -> None:
    asked = Message("assistant", "", tool_calls=(ToolCall("c", "now", ""), ToolCall("d", "now", "{oops")))
    call = encoded(Params(tools=(Tool("now", "", {}),)), (*HELLO, asked))
    assert_valid(converse, call, OLD)
    assert call.body["toolConfig"]["tools"] == [
        {"toolSpec": {"name": "now", "inputSchema": {"json": {"type": "object"}}}}
    ]
    assert [block["toolUse"]["input"] for block in call.body["messages"][1]["content"]] == [{}, {}]


BOTH = Params(temperature=0.0, top_p=0.9)


@pytest.mark.parametrize(
    ("model", "sent", "dropped"),
    [
        (HAIKU, {"temperature": 0.0, "topP": 0.9}, ()),
        (OLD, {"temperature": 0.0}, ("top_p",)),
        ("anthropic.claude-opus-4-1-20250805-v1:0", {"temperature": 0.0}, ("top_p",)),
        (LLAMA, {"temperature": 0.0, "topP": 0.9}, ()),
    ],
)
def test_sampling(model: str, sent: dict[str, float], dropped: tuple[str, ...]) -> None:
    call = encoded(BOTH, model=model)
    assert (call.body["inferenceConfig"], call.dropped) == (sent, dropped)


def test_reasoning_leaves_no_sampling_to_claude() -> None:
    for model in (OLD, NEW):
        call = encoded(Params(temperature=0.0, top_p=0.9, reasoning_effort="high"), model=model)
        assert ("inferenceConfig" in call.body, call.dropped) == (False, ("temperature", "top_p"))


def thinks(model: str, known_as: str = "", **params: Any) -> Any:
    call = encoded(Params(**params), model=model, known_as=known_as)
    return call.body.get("additionalModelRequestFields"), call.body.get("outputConfig"), call.dropped


FIXED = [
    "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
    "anthropic.claude-sonnet-4-20250514-v1:0",
    "anthropic.claude-opus-4-1-20250805-v1:0",
    "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
]
ADAPTIVE = [
    "anthropic.claude-opus-4-6-v1",
    "global.anthropic.claude-sonnet-4-6",
    NEW,
    "anthropic.claude-opus-5",
]


@pytest.mark.parametrize("model", FIXED)
def test_a_budget_for_older_claudes(model: str) -> None:
    assert thinks(model, reasoning_effort="medium") == (budget(4096), None, ())
    assert thinks(model, reasoning_budget=2000) == (budget(2000), None, ())
    assert thinks(model, reasoning_effort="high", max_tokens=4000)[0] == budget(2000)


def budget(tokens: int) -> dict[str, Any]:
    return {"thinking": {"type": "enabled", "budget_tokens": tokens}}


@pytest.mark.parametrize("model", ADAPTIVE)
def test_an_effort_for_newer_claudes(model: str, converse: Any) -> None:
    fields = {"thinking": {"type": "adaptive", "display": "summarized"}}
    assert thinks(model, reasoning_effort="minimal") == (fields, {"effort": "low"}, ())
    assert thinks(model, reasoning_budget=2000) == (None, None, ("reasoning_budget",))
    both = encoded(Params(reasoning_effort="high", json_schema=SCHEMA), model=model)
    assert_valid(converse, both, model)
    assert both.body["outputConfig"].keys() == {"textFormat", "effort"}


def test_the_effort_is_reported_when_the_budget_goes_first() -> None:
    asked = {"reasoning_effort": "high", "reasoning_budget": 2000}
    assert thinks(OLD, **asked) == (budget(2000), None, ("reasoning_effort",))
    assert thinks(OLD, **asked, max_tokens=2000) == (None, None, ("reasoning_budget", "reasoning_effort"))
    assert thinks(OLD, reasoning_budget=100)[2] == ("reasoning_budget",)


def test_a_profile_of_ones_own_is_known_by_the_offers_name() -> None:
    assert thinks(ARN, "claude-sonnet-4-5", reasoning_effort="low")[0] == budget(1024)
    assert thinks(ARN, "our-profile", reasoning_effort="low") == (None, None, ("reasoning_effort",))


def test_a_call_that_must_come_leaves_no_place_for_reasoning() -> None:
    for model in (OLD, NEW):
        call = encoded(Params(reasoning_effort="low", tools=(WEATHER,), tool_choice="required"), model=model)
        assert ("additionalModelRequestFields" in call.body, call.dropped) == (False, ("reasoning_effort",))


def test_a_call_without_its_reasoning_cannot_go_on_thinking() -> None:
    turns = (
        *HELLO,
        Message("assistant", "", tool_calls=(CALLED,), reasoning_blocks=(FOREIGN,)),
        Message("tool", "12", tool_call_id="call_1"),
    )
    call = encoded(Params(reasoning_effort="low", tools=(WEATHER,)), turns)
    assert call.dropped == ("reasoning_effort",)


def test_reasoning_goes_back_only_where_the_call_asks_for_it() -> None:
    kept = encoded(Params(tools=(WEATHER,)), EVERYTHING).body["messages"][1]["content"]
    assert [next(iter(block)) for block in kept] == ["toolUse"]


def test_other_makers_reasoning(converse: Any) -> None:
    nova = {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}}
    assert thinks(NOVA, reasoning_effort="medium") == (nova, None, ())
    assert thinks(GPT, reasoning_effort="minimal") == ({"reasoning_effort": "low"}, None, ())
    assert thinks(LLAMA, reasoning_effort="low") == (None, None, ("reasoning_effort",))
    assert thinks(GPT, reasoning_budget=2000) == (None, None, ("reasoning_budget",))
    assert_valid(converse, encoded(Params(reasoning_effort="medium"), model=NOVA), NOVA)


def test_the_highest_effort_of_nova_takes_no_other_parameter() -> None:
    params = Params(temperature=0.1, top_p=0.2, max_tokens=9, stop=("END",), reasoning_effort="high")
    call = encoded(params, model=NOVA)
    assert call.body["inferenceConfig"] == {"stopSequences": ["END"]}
    assert call.dropped == ("max_tokens", "temperature", "top_p")


def test_four_cache_points_at_most_the_last_ones() -> None:
    turns = (
        Message("system", "s", cache=True),
        *(Message("user", str(n), cache=True) for n in range(3)),
        Message("user", "end", cache=True),
    )
    call = encoded(turns=turns)
    assert "system" in call.body
    assert CACHE not in call.body["system"]
    assert call.body["messages"][0]["content"].count(CACHE) == 4
    assert call.dropped == ()


def test_a_cache_point_after_nothing_is_not_sent() -> None:
    assert encoded(turns=(Message("system", "", cache=True), *HELLO)).dropped == ("cache",)


def test_what_converse_has_no_field_for_is_not_sent() -> None:
    offer = Offer("bedrock", "m", LLAMA, "Meta", "M")
    call = encode(ROW, offer, ChatRequest(HELLO, Params(seed=7, logprobs=2, max_tokens=3)))
    assert call.dropped == ("logprobs", "seed")
    assert call.body["inferenceConfig"] == {"maxTokens": 3}


def decoded(name: str, payload: Any) -> Delta | None:
    return bedrock.decode(Frame(json.dumps(payload).encode(), name))


def at(index: int, **delta: Any) -> dict[str, Any]:
    return {"contentBlockIndex": index, "delta": delta, "p": "abcdef"}


USAGE = {"inputTokens": 12, "outputTokens": 9, "totalTokens": 21}
START = {"toolUse": {"toolUseId": "t1", "name": "get_weather"}}
EVENTS: list[Any] = [
    pytest.param("messageStart", {"role": "assistant"}, Delta(), id="start"),
    pytest.param("contentBlockDelta", at(0, text="Hi"), Delta("Hi"), id="text"),
    pytest.param(
        "contentBlockStart",
        {"contentBlockIndex": 1, "start": START},
        Delta(tool_calls=(ToolFragment(1, "t1", "get_weather"),)),
        id="tool",
    ),
    pytest.param(
        "contentBlockDelta",
        at(1, toolUse={"input": '{"ci'}),
        Delta(tool_calls=(ToolFragment(1, arguments='{"ci'),)),
        id="arguments",
    ),
    pytest.param(
        "contentBlockDelta",
        at(0, reasoningContent={"text": "Hm"}),
        Delta(reasoning="Hm", reasoning_blocks=(BlockFragment(0, {"type": "reasoningText", "text": "Hm"}),)),
        id="reasoning",
    ),
    pytest.param(
        "contentBlockDelta",
        at(0, reasoningContent={"signature": "c2ln"}),
        Delta(reasoning_blocks=(BlockFragment(0, {"type": "reasoningText", "signature": "c2ln"}),)),
        id="signature",
    ),
    pytest.param(
        "contentBlockDelta",
        at(0, reasoningContent={"redactedContent": "eA=="}),
        Delta(reasoning_blocks=(BlockFragment(0, {"type": "redactedContent", "data": "eA=="}),)),
        id="redacted",
    ),
    pytest.param("contentBlockDelta", at(0, citation={"title": "T"}), None, id="unknown delta"),
    pytest.param("contentBlockDelta", at(0, reasoningContent={}), None, id="no reasoning"),
    pytest.param("contentBlockStart", {"contentBlockIndex": 0, "start": {}}, None, id="other block"),
    pytest.param("contentBlockStop", {"contentBlockIndex": 0}, None, id="block's end"),
    pytest.param("somethingNew", {}, None, id="unknown event"),
    pytest.param("metadata", {"usage": USAGE}, Delta(usage=Usage(12, None, None, 9), end=True), id="usage"),
    pytest.param(
        "metadata",
        {"usage": {**USAGE, "cacheReadInputTokens": 100, "cacheWriteInputTokens": 30}},
        Delta(usage=Usage(142, 100, 30, 9), end=True),
        id="cached",
    ),
    pytest.param(
        "metadata",
        {
            "usage": USAGE,
            "trace": {"promptRouter": {"invokedModelId": "arn:aws:bedrock:x::foundation-model/meta.l-1:0"}},
        },
        Delta(usage=Usage(12, None, None, 9), served_model="meta.l-1:0", end=True),
        id="router",
    ),
]


@pytest.mark.parametrize(("name", "payload", "delta"), EVENTS)
def test_events(name: str, payload: Any, delta: Delta | None) -> None:
    assert decoded(name, payload) == delta


REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "malformed_model_output": "error",
    "malformed_tool_use": "error",
}


def test_every_reason_that_aws_lists(converse: Any) -> None:
    shape = converse.output_shape.members["stream"].members["messageStop"].members["stopReason"]
    assert set(shape.enum) == REASONS.keys()
    for reason, ours in REASONS.items():
        assert decoded("messageStop", {"stopReason": reason}) == Delta(finish_reason=ours)  # type: ignore[arg-type]
    assert decoded("messageStop", {"stopReason": "news"}) == Delta(finish_reason="error")


FAILURES = {
    "internalServerException": "server_error",
    "modelStreamErrorException": "server_error",
    "modelTimeoutException": "server_error",
    "serviceUnavailableException": "overloaded",
    "throttlingException": "rate_limited",
    "ThrottlingException": "rate_limited",
    "validationException": "bad_request",
    "accessDeniedException": "forbidden",
    "resourceNotFoundException": "not_found",
    "brandNewException": "server_error",
}


def test_every_failure_in_mid_stream(converse: Any) -> None:
    members = converse.output_shape.members["stream"].members
    assert {name for name in members if name.endswith("Exception")} <= FAILURES.keys()
    for name, kind in FAILURES.items():
        assert decoded(f"failure:{name}", {"message": "Words"}) == Delta(error=CallError(kind, "Words"))


def test_the_words_of_a_failure() -> None:
    stream_error = {"originalStatusCode": 500, "originalMessage": "Model words"}
    for payload, words in [(stream_error, "Model words"), ({}, "internalServerException")]:
        delta = decoded("failure:internalServerException", payload)
        assert delta == Delta(error=CallError("server_error", words))
    silent = bedrock.decode(Frame(b"", "failure:throttlingException"))
    assert silent == Delta(error=CallError("rate_limited", "throttlingException"))


def document(*content: Any, **more: Any) -> bytes:
    message = {"role": "assistant", "content": content}
    return json.dumps({"output": {"message": message}, "usage": USAGE, **more}).encode()


def test_a_whole_reply() -> None:
    fold = Fold(bedrock)
    fold.add(
        document(
            {"reasoningContent": {"reasoningText": {"text": "Hm", "signature": "c2ln"}}},
            {"reasoningContent": {"redactedContent": "eA=="}},
            {"text": "Hi"},
            {"toolUse": {"toolUseId": "t1", "name": "get_weather", "input": {"city": "Oslo"}}},
            stopReason="tool_use",
        ),
        1.0,
    )
    fold.conclude(2.0)
    assert (fold.text, fold.reasoning, fold.finish_reason) == ("Hi", "Hm", "tool_calls")
    assert fold.tool_calls == (CALLED_T1,)
    assert fold.reasoning_blocks == (
        {"type": "reasoningText", "text": "Hm", "signature": "c2ln"},
        {"type": "redactedContent", "data": "eA=="},
    )
    assert fold.usage == Usage(12, None, None, 9)


CALLED_T1 = ToolCall("t1", "get_weather", '{"city":"Oslo"}')


@pytest.mark.parametrize("name", ["ThrottlingException", "com.amazon.coral.service#ThrottlingException"])
def test_a_failure_instead_of_an_answer(name: str) -> None:
    body = json.dumps({"__type": name, "message": "Slow down"}).encode()
    assert bedrock.decode_body(body) == [Delta(error=CallError("rate_limited", "Slow down"))]


@pytest.mark.parametrize("body", [b"{}", b'{"message":"no"}', b'{"output":{"message":"x"}}', b"[]"])
def test_no_answer(body: bytes) -> None:
    assert bedrock.decode_body(body) == []


def test_what_the_fold_joins_goes_back_as_it_came(converse: Any) -> None:
    turn = Message("assistant", "Hi", tool_calls=(CALLED_T1,), reasoning_blocks=(joined(),))
    result = Message("tool", "12", tool_call_id="t1")
    call = encoded(Params(reasoning_budget=2000, tools=(WEATHER,)), (*HELLO, turn, result))
    assert_valid(converse, call, OLD)
    thought = call.body["messages"][1]["content"][0]["reasoningContent"]["reasoningText"]
    assert thought == {"text": "One two", "signature": "c2ln"}


def joined() -> dict[str, str]:
    block: dict[str, str] = {}
    for piece in ({"text": "One "}, {"text": "two"}, {"signature": "c2ln"}):
        delta = decoded("contentBlockDelta", at(0, reasoningContent=piece))
        assert delta is not None
        for key, value in delta.reasoning_blocks[0].values.items():
            block[key] = value if key == "type" else block.get(key, "") + value
    return block


recorded = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not beside this repository")


@recorded
def test_a_recorded_stream_folds_to_its_answer() -> None:
    recording = json.loads((RECORDINGS / "bedrock__chat_stream.json").read_text())
    stream = base64.b64decode(recording["exchanges"][0]["response"]["body_b64"])
    said = [event.get("contentBlockDelta", {}).get("delta", {}) for event in recording["sdk_result"]]
    for size in (1, 100, len(stream)):
        fold = Fold(bedrock)
        for begin in range(0, len(stream), size):
            fold.add(stream[begin : begin + size], 1.0)
        fold.conclude(2.0)
        assert fold.text == "".join(delta.get("text", "") for delta in said)
        assert (fold.finish_reason, fold.usage) == ("stop", Usage(12, 0, 0, 9))
        assert fold.over


def test_the_decoder_is_for_event_streams() -> None:
    assert isinstance(bedrock.decoder(), EventStreamDecoder)
