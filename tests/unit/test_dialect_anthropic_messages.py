"""A conversation in Anthropic's terms, and a streamed reply that becomes part of one."""

import base64
import json
from typing import Any

import pytest

from broker.fold import Fold
from broker.providers import anthropic
from broker.types import ChatRequest, Image, Message, Offer, Params, Provider, ToolCall

ROW = Provider("a", "A", "anthropic", "http://127.0.0.1:1", settings={"version": "2023-06-01"})
PICTURE = Image("image/png", b"\x89PNG\r\n\x1a\n\xff\xfe")
PICTURE_BLOCK = {
    "type": "image",
    "source": {
        "type": "base64",
        "media_type": "image/png",
        "data": base64.standard_b64encode(PICTURE.data).decode(),
    },
}
THOUGHT = {"type": "thinking", "thinking": "Hm", "signature": "s"}
HIDDEN = {"type": "redacted_thinking", "data": "xyz"}
MARK = {"type": "ephemeral"}
THINKING = Params(reasoning_effort="high")
NOTHING = Params()


def encoded(*turns: Message, params: Params = NOTHING, model: str = "claude-opus-4-6") -> anthropic.Encoded:
    offer = Offer("a", "m", model, "Anthropic", "M")
    return anthropic.encode(ROW, offer, ChatRequest(turns, params))


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def tool_use(call_id: str, **given: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": "lookup", "input": given}


def test_pictures_stand_before_the_words() -> None:
    body = encoded(Message("user", "What?", (PICTURE, PICTURE)), Message("user", "", (PICTURE,))).body
    assert body["messages"] == [
        {"role": "user", "content": [PICTURE_BLOCK, PICTURE_BLOCK, text("What?")]},
        {"role": "user", "content": [PICTURE_BLOCK]},
    ]


CALLS = (
    ToolCall("c1", "lookup", '{"q": "x"}'),
    ToolCall("c2", "lookup", ""),
    ToolCall("c3", "lookup", "[1]"),
)


def test_tools_called_and_answered() -> None:
    turns = (
        Message("user", "Look"),
        Message("assistant", "Wait.", tool_calls=CALLS),
        Message("tool", "4", tool_call_id="c1"),
        Message("tool", "", tool_call_id="c2"),
        Message("tool", "Seen", (PICTURE,), tool_call_id="c3"),
        Message("assistant", "Four."),
        Message("tool", "5", tool_call_id="c4"),
    )
    assert encoded(*turns).body["messages"] == [
        {"role": "user", "content": "Look"},
        {
            "role": "assistant",
            "content": [text("Wait."), tool_use("c1", q="x"), tool_use("c2"), tool_use("c3")],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": "4"},
                {"type": "tool_result", "tool_use_id": "c2", "content": ""},
                {"type": "tool_result", "tool_use_id": "c3", "content": [PICTURE_BLOCK, text("Seen")]},
            ],
        },
        {"role": "assistant", "content": "Four."},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c4", "content": "5"}]},
    ]


STRANGE = (
    {"type": "thinking", "thinking": "Cut off"},
    {"type": "reasoning", "encrypted_content": "x"},
    {"text": "Hm", "signature": "s"},
)


def test_reasoning_goes_back_before_the_call() -> None:
    turn = Message("assistant", tool_calls=CALLS[:1], reasoning_blocks=(THOUGHT, *STRANGE, HIDDEN))
    (sent,) = encoded(turn, params=THINKING).body["messages"]
    assert sent["content"] == [THOUGHT, HIDDEN, tool_use("c1", q="x")]


def test_reasoning_stays_away_from_a_call_that_asks_for_none() -> None:
    turn = Message("assistant", tool_calls=CALLS[:1], reasoning_blocks=(THOUGHT,))
    assert encoded(turn).body["messages"][0]["content"] == [tool_use("c1", q="x")]
    plain = Message("assistant", "Four.", reasoning_blocks=(THOUGHT,))
    assert encoded(plain).body["messages"][0]["content"] == "Four."


def test_a_marked_system_prompt() -> None:
    turns = (Message("system", "One"), Message("system", "Two", cache=True), Message("system", ""))
    call = encoded(*turns, Message("user", "Hello"))
    assert call.body["system"] == [text("One"), text("Two", cache_control=MARK)]
    assert call.dropped == ()


def test_markers_stand_on_the_last_block() -> None:
    turns = (
        Message("user", "Look", (PICTURE,), cache=True),
        Message("assistant", "Wait.", tool_calls=CALLS[:1], cache=True),
        Message("tool", "4", tool_call_id="c1", cache=True),
        Message("user", "And?", cache=True),
    )
    user, assistant, tool, last = (turn["content"] for turn in encoded(*turns).body["messages"])
    assert user == [PICTURE_BLOCK, text("Look", cache_control=MARK)]
    assert assistant == [text("Wait."), {**tool_use("c1", q="x"), "cache_control": MARK}]
    assert tool == [{"type": "tool_result", "tool_use_id": "c1", "content": "4", "cache_control": MARK}]
    assert last == [text("And?", cache_control=MARK)]


def test_of_many_markers_the_last_four_are_sent() -> None:
    turns = [Message("system", "S", cache=True), *(Message("user", str(n), cache=True) for n in range(5))]
    call = encoded(*turns)
    assert call.body["system"] == "S"
    assert [turn["content"] for turn in call.body["messages"]] == [
        "0",
        *([text(str(n), cache_control=MARK)] for n in (1, 2, 3, 4)),
    ]
    assert call.dropped == ()


def test_an_empty_turn_cannot_be_marked() -> None:
    call = encoded(Message("user", "Hello"), Message("assistant", "", cache=True))
    assert [turn["content"] for turn in call.body["messages"]] == ["Hello", ""]
    assert call.dropped == ("cache",)


STREAM: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"model": "claude-x", "usage": {"input_tokens": 9}}},
    {
        "type": "content_block_start",
        "index": 0,
        "content_block": {**THOUGHT, "thinking": "", "signature": ""},
    },
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "H"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "m"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "s"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_start", "index": 1, "content_block": HIDDEN},
    {"type": "content_block_start", "index": 2, "content_block": tool_use("c1")},
    {"type": "content_block_start", "index": 3, "content_block": tool_use("c2")},
    {
        "type": "content_block_delta",
        "index": 3,
        "delta": {"type": "input_json_delta", "partial_json": '{"b":'},
    },
    {
        "type": "content_block_delta",
        "index": 2,
        "delta": {"type": "input_json_delta", "partial_json": '{"a":'},
    },
    {"type": "content_block_delta", "index": 3, "delta": {"type": "input_json_delta", "partial_json": " 2}"}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": " 1}"}},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 7}},
    {"type": "message_stop"},
]


@pytest.mark.parametrize("size", [1, 7, 100000])
def test_a_streamed_reply_becomes_the_next_turn(size: int) -> None:
    wire = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in STREAM).encode()
    fold = Fold(anthropic)
    for at in range(0, len(wire), size):
        fold.add(wire[at : at + size], 0.0)
    fold.conclude(0.0)
    assert (fold.reasoning, fold.text, fold.finish_reason) == ("Hm", "", "tool_calls")
    turn = Message("assistant", tool_calls=fold.tool_calls, reasoning_blocks=fold.reasoning_blocks)
    (sent,) = encoded(turn, params=THINKING).body["messages"]
    assert sent["content"] == [THOUGHT, HIDDEN, tool_use("c1", a=1), tool_use("c2", b=2)]
