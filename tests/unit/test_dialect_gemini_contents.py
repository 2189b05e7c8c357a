"""A conversation in Gemini's terms, and a streamed reply that becomes part of one."""

import base64
import json
from typing import Any

import pytest

from broker.fold import Fold
from broker.providers import gemini
from broker.types import ChatRequest, Image, Message, Offer, Provider, ToolCall

ROW = Provider("g", "G", "gemini", "http://127.0.0.1:1", settings={"version": "v1beta"})
PICTURE = Image("image/webp", b"RIFF....WEBP\xff\xfe\xfb")
PICTURE_PART = {
    "inlineData": {
        "mimeType": "image/webp",
        "data": base64.standard_b64encode(PICTURE.data).decode(),
    }
}
NEW, OLD = "gemini-3.5-flash", "gemini-2.5-flash"


def contents(*turns: Message, model: str = NEW) -> list[dict[str, Any]]:
    return gemini.encode(ROW, Offer("g", "m", model, "Google", "M"), ChatRequest(turns)).body["contents"]


def test_pictures_stand_before_the_words() -> None:
    assert contents(Message("user", "What?", (PICTURE, PICTURE)), Message("user", "", (PICTURE,))) == [
        {"role": "user", "parts": [PICTURE_PART, PICTURE_PART, {"text": "What?"}]},
        {"role": "user", "parts": [PICTURE_PART]},
    ]


def test_an_empty_turn_keeps_its_place() -> None:
    assert contents(Message("user", "Hi"), Message("assistant", ""))[1] == {
        "role": "model",
        "parts": [{"text": ""}],
    }


TURNS = (
    Message("user", "Look"),
    Message(
        "assistant",
        "Wait.",
        tool_calls=(ToolCall("c1", "lookup", '{"q": "x"}', "c2ln"), ToolCall("c2", "now", "")),
    ),
    Message("tool", '{"found": 4}', tool_call_id="c1"),
    Message("system", "Be brief."),
    Message("tool", "[4]", (PICTURE,), tool_call_id="c2"),
    Message("assistant", "Four."),
)


def test_tools_called_and_answered() -> None:
    assert contents(*TURNS) == [
        {"role": "user", "parts": [{"text": "Look"}]},
        {
            "role": "model",
            "parts": [
                {"text": "Wait."},
                {
                    "functionCall": {"id": "c1", "name": "lookup", "args": {"q": "x"}},
                    "thoughtSignature": "c2ln",
                },
                {"functionCall": {"id": "c2", "name": "now", "args": {}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"id": "c1", "name": "lookup", "response": {"found": 4}}},
                {"functionResponse": {"id": "c2", "name": "now", "response": {"result": "[4]"}}},
                PICTURE_PART,
            ],
        },
        {"role": "model", "parts": [{"text": "Four."}]},
    ]


def test_older_models_know_calls_by_their_order() -> None:
    _, called, answered, _ = contents(*TURNS, model=OLD)
    assert [part["functionCall"] for part in called["parts"][1:]] == [
        {"name": "lookup", "args": {"q": "x"}},
        {"name": "now", "args": {}},
    ]
    assert [part["functionResponse"]["name"] for part in answered["parts"][:2]] == ["lookup", "now"]
    assert "id" not in answered["parts"][0]["functionResponse"]


def test_calls_that_another_model_made() -> None:
    calls = (ToolCall("c1", "lookup", "{}"), ToolCall("c2", "now", "{}"))
    (sent,) = contents(Message("assistant", tool_calls=calls))
    signatures = [part.get("thoughtSignature") for part in sent["parts"]]
    assert signatures == ["skip_thought_signature_validator", None]
    (sent,) = contents(Message("assistant", tool_calls=calls), model=OLD)
    assert not any("thoughtSignature" in part for part in sent["parts"])


def test_a_result_takes_the_name_of_the_latest_call_with_its_id() -> None:
    turns = [
        turn
        for name in ("lookup", "now")
        for turn in (
            Message("assistant", tool_calls=(ToolCall("c1", name, "{}"),)),
            Message("tool", "4", tool_call_id="c1"),
        )
    ]
    names = [turn["parts"][0]["functionResponse"]["name"] for turn in contents(*turns)[1::2]]
    assert names == ["lookup", "now"]


STREAM = [
    [{"text": "Hm", "thought": True}],
    [{"functionCall": {"name": "lookup", "args": {"a": 1}}, "thoughtSignature": "c2ln"}],
    [{"functionCall": {"name": "lookup", "args": {"b": 2}, "id": "c9"}}],
]


@pytest.mark.parametrize("size", [1, 7, 100000])
def test_a_streamed_reply_becomes_the_next_turn(size: int) -> None:
    events = [{"candidates": [{"content": {"role": "model", "parts": parts}}]} for parts in STREAM]
    events.append({"candidates": [{"finishReason": "STOP"}]})
    wire = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    fold = Fold(gemini)
    for at in range(0, len(wire), size):
        fold.add(wire[at : at + size], 0.0)
    fold.conclude(0.0)
    assert (fold.reasoning, fold.text, fold.finish_reason) == ("Hm", "", "tool_calls")
    first, second = fold.tool_calls
    (sent,) = contents(Message("assistant", tool_calls=fold.tool_calls))
    assert sent["parts"] == [
        {
            "functionCall": {"id": first.id, "name": "lookup", "args": {"a": 1}},
            "thoughtSignature": "c2ln",
        },
        {"functionCall": {"id": "c9", "name": "lookup", "args": {"b": 2}}},
    ]
    assert (bool(first.id), second.id) == (True, "c9")
