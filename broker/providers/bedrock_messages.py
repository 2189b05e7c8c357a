"""The turns of a conversation as Converse messages: text, pictures, tools, reasoning, cache markers.

Messages alternate between user and assistant there, and no text may be blank.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from broker.images import to_base64
from broker.providers.json_text import json_object
from broker.types import Image, Message, ToolCall

Block = dict[str, Any]

_CACHE_POINT: Block = {"cachePoint": {"type": "default"}}


def system(turns: Sequence[Message]) -> list[Block]:
    """The system prompt, a block a turn; empty when there is none."""
    told = [turn for turn in turns if turn.role == "system" and turn.content.strip()]
    return [block for turn in told for block in (*_text(turn), *_marker(turn))]


def messages(turns: Sequence[Message], reasons: bool) -> list[dict[str, Any]]:
    """All other turns; those of one side that follow each other are joined, results of tools are the user's.

    Reasoning goes back only where the call asks for it.
    """
    found = list[dict[str, Any]]()
    for turn in turns:
        role = "assistant" if turn.role == "assistant" else "user"
        blocks = [] if turn.role == "system" else _content(turn, reasons)
        if blocks and found and found[-1]["role"] == role:
            found[-1]["content"] += blocks
        elif blocks:
            found.append({"role": role, "content": blocks})
    return found


def lacks_thinking(turns: Sequence[Message]) -> bool:
    """Whether the last assistant turn called tools without reasoning of ours: it cannot go on thinking."""
    last = next((turn for turn in reversed(turns) if turn.role == "assistant"), None)
    return last is not None and bool(last.tool_calls) and not _thoughts(last)


def _content(turn: Message, reasons: bool) -> list[Block]:
    if turn.role == "tool":
        result = {"toolUseId": turn.tool_call_id or "", "content": _seen(turn)}
        return [{"toolResult": result}, *_marker(turn)]
    thoughts = _thoughts(turn) if reasons else []
    blocks = [*thoughts, *_seen(turn), *(_tool_use(call) for call in turn.tool_calls)]
    return [*blocks, *_marker(turn)] if blocks else []


def _thoughts(turn: Message) -> list[Block]:
    return [block for written in turn.reasoning_blocks if (block := _thought(written))]


def _thought(block: Mapping[str, str]) -> Block | None:
    """A block that this dialect read and the platform can verify: it refuses reasoning without signature."""
    match block:
        case {"type": "reasoningText", "signature": signature}:
            words = {"text": block.get("text", ""), "signature": signature}
            return {"reasoningContent": {"reasoningText": words}}
        case {"type": "redactedContent", "data": data}:
            return {"reasoningContent": {"redactedContent": data}}
        case _:
            return None


def _seen(turn: Message) -> list[Block]:
    return [*(_picture(image) for image in turn.images), *_text(turn)]


def _text(turn: Message) -> list[Block]:
    return [{"text": turn.content}] if turn.content.strip() else []


def _picture(image: Image) -> Block:
    kind = image.media_type.removeprefix("image/")
    return {"image": {"format": kind, "source": {"bytes": to_base64(image)}}}


def _tool_use(call: ToolCall) -> Block:
    asked = dict(json_object(call.arguments) or {})
    return {"toolUse": {"toolUseId": call.id, "name": call.name, "input": asked}}


def _marker(turn: Message) -> list[Block]:
    return [_CACHE_POINT] if turn.cache else []
