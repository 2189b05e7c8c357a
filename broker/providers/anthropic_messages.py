"""The turns of a conversation as Anthropic messages: text, pictures, tools, reasoning, cache markers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from broker.images import to_base64
from broker.providers.json_text import json_object
from broker.types import Image, Message, ToolCall

MAX_MARKERS = 4  # the API refuses more

Block = dict[str, Any]


def with_markers(turns: Sequence[Message]) -> list[Message]:
    """The turns with as many cache markers as the API takes: the last ones, which cover the most."""
    marked = [place for place, turn in enumerate(turns) if turn.cache and _can_be_marked(turn)]
    kept = set(marked[-MAX_MARKERS:])
    return [replace(turn, cache=place in kept) for place, turn in enumerate(turns)]


def system(turns: Sequence[Message]) -> str | list[Block]:
    """The system prompt: one text, or blocks where one of them is marked; empty when there is none."""
    told = [turn for turn in turns if turn.role == "system" and turn.content]
    if not any(turn.cache for turn in told):
        return "\n\n".join(turn.content for turn in told)
    return [_marked(_text(turn.content), turn.cache) for turn in told]


def messages(turns: Sequence[Message], thinking: bool) -> list[dict[str, Any]]:
    """All other turns. Results of tools that follow each other are one user turn, as the API wants them.

    Reasoning goes back only where the call asks for `thinking`; the API refuses it elsewhere.
    """
    found, previous = list[dict[str, Any]](), ""
    for turn in turns:
        if turn.role == "system":
            continue
        if turn.role == "tool" == previous:
            found[-1]["content"].append(_result(turn))
        elif turn.role == "tool":
            found.append({"role": "user", "content": [_result(turn)]})
        else:
            found.append({"role": turn.role, "content": _content(turn, thinking)})
        previous = turn.role
    return found


def lacks_thinking(turns: Sequence[Message]) -> bool:
    """Whether the last assistant turn called tools without reasoning of ours: it cannot go on thinking."""
    last = next((turn for turn in reversed(turns) if turn.role == "assistant"), None)
    return last is not None and bool(last.tool_calls) and not _thoughts(last)


def _can_be_marked(turn: Message) -> bool:
    return bool(turn.content or turn.images or turn.tool_calls) or turn.role == "tool"


def _content(turn: Message, thinking: bool) -> str | list[Block]:
    thoughts = _thoughts(turn) if thinking else []
    if not (thoughts or turn.images or turn.tool_calls or turn.cache):
        return turn.content
    blocks = [*thoughts, *_seen(turn), *(_tool_use(call) for call in turn.tool_calls)]
    return [*blocks[:-1], _marked(blocks[-1], turn.cache)]


def _result(turn: Message) -> Block:
    content = _seen(turn) if turn.images else turn.content
    result = {"type": "tool_result", "tool_use_id": turn.tool_call_id or "", "content": content}
    return _marked(result, turn.cache)


def _thoughts(turn: Message) -> list[Block]:
    """The reasoning that this dialect wrote and the API can verify."""
    return [dict(block) for block in turn.reasoning_blocks if _is_verifiable(block)]


def _is_verifiable(block: Mapping[str, str]) -> bool:
    match block.get("type"):
        case "thinking":
            return "thinking" in block and bool(block.get("signature"))
        case "redacted_thinking":
            return bool(block.get("data"))
        case _:
            return False


def _seen(turn: Message) -> list[Block]:
    """Pictures first, as Anthropic advises; the API refuses an empty text."""
    return [*(_picture(image) for image in turn.images), *([_text(turn.content)] if turn.content else [])]


def _text(words: str) -> Block:
    return {"type": "text", "text": words}


def _picture(image: Image) -> Block:
    source = {"type": "base64", "media_type": image.media_type, "data": to_base64(image)}
    return {"type": "image", "source": source}


def _tool_use(call: ToolCall) -> Block:
    return {
        "type": "tool_use",
        "id": call.id,
        "name": call.name,
        "input": dict(json_object(call.arguments) or {}),
    }


def _marked(block: Block, cache: bool) -> Block:
    return {**block, "cache_control": {"type": "ephemeral"}} if cache else block
