"""The turns of a conversation as Gemini contents: text, pictures, calls of functions and their results."""

from collections.abc import Mapping, Sequence
from typing import Any

from broker.images import to_base64
from broker.providers.json_text import json_object
from broker.types import Image, Message, ToolCall

# Google's own words for a call that another model made: models since Gemini 3 refuse unsigned ones.
_UNSIGNED = "skip_thought_signature_validator"

Part = dict[str, Any]


def contents(turns: Sequence[Message], signed: bool) -> list[dict[str, Any]]:
    """All turns but those of the system. Results of tools that follow each other are one turn.

    `signed` is for models since Gemini 3, which know calls by their ids and want their signatures.
    """
    found, previous, names = list[dict[str, Any]](), "", dict[str, str]()
    for turn in turns:
        if turn.role == "system":
            continue
        names |= {call.id: call.name for call in turn.tool_calls}
        parts = _result(turn, names, signed) if turn.role == "tool" else _parts(turn, signed)
        if turn.role == "tool" == previous:
            found[-1]["parts"] += parts
        else:
            found.append({"role": "model" if turn.role == "assistant" else "user", "parts": parts})
        previous = turn.role
    return found


def _parts(turn: Message, signed: bool) -> list[Part]:
    calls = [_call(call, signed) for call in turn.tool_calls]
    if signed and calls and not any("thoughtSignature" in call for call in calls):
        calls[0]["thoughtSignature"] = _UNSIGNED  # of calls made at once only the first is signed
    pictures = [_picture(image) for image in turn.images]
    words = [{"text": turn.content}] if turn.content or not (pictures or calls) else []
    return [*pictures, *words, *calls]


def _call(call: ToolCall, signed: bool) -> Part:
    function: dict[str, Any] = {"name": call.name, "args": dict(json_object(call.arguments) or {})}
    if signed and call.id:
        function["id"] = call.id
    signature = {"thoughtSignature": call.signature} if call.signature else {}
    return {"functionCall": function, **signature}


def _result(turn: Message, names: Mapping[str, str], signed: bool) -> list[Part]:
    """The answer of a tool: a JSON object as it is, anything else as the `result` in one."""
    answer, call_id = json_object(turn.content), turn.tool_call_id or ""
    response: dict[str, Any] = {
        "name": names.get(call_id, call_id),
        "response": {"result": turn.content} if answer is None else dict(answer),
    }
    if signed and call_id:
        response["id"] = call_id
    return [{"functionResponse": response}, *map(_picture, turn.images)]


def _picture(image: Image) -> Part:
    return {"inlineData": {"mimeType": image.media_type, "data": to_base64(image)}}
