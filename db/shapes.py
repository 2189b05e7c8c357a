"""The values kept in JSON columns: their shape there, and back.

Unset fields are left out. Prices are strings, so that they stay exact. Pictures are named by their keys.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from broker.types import Attempt, Image, Message, Params, TokenLogprob, TokenPrice, Tool, ToolCall

_PARAMS = tuple(field.name for field in fields(Params))
_PRICES = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok")


def params_json(params: Params) -> dict[str, Any]:
    """The parameters that are set, by name; `stop` and `tools` as lists."""
    known = {name: value for name in _PARAMS if (value := getattr(params, name)) not in (None, ())}
    return known | {"tools": tools_json(params.tools)} if params.tools else known


def params_of(stored: Mapping[str, Any]) -> Params:
    """The parameters of a stored object."""
    stop, tools = tuple(stored.get("stop", ())), tools_of(stored.get("tools", ()))
    known: dict[str, Any] = {**stored, "stop": stop, "tools": tools}
    return Params(**known)


def tools_json(tools: tuple[Tool, ...]) -> list[dict[str, Any]]:
    """The tools in order, each `{name, description, parameters}`."""
    return [
        {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
        for tool in tools
    ]


def tools_of(stored: Any) -> tuple[Tool, ...]:
    """The tools of a stored list."""
    return tuple(Tool(**tool) for tool in stored)


def tool_calls_json(calls: tuple[ToolCall, ...]) -> list[dict[str, str]]:
    """The calls in order, each `{id, name, arguments}`, and `signature` where there is one."""
    return [
        {"id": call.id, "name": call.name, "arguments": call.arguments}
        | ({} if call.signature is None else {"signature": call.signature})
        for call in calls
    ]


def tool_calls_of(stored: list[Any]) -> tuple[ToolCall, ...]:
    """The calls of a stored list."""
    return tuple(ToolCall(**call) for call in stored)


def logprobs_json(logprobs: tuple[TokenLogprob, ...]) -> list[dict[str, Any]]:
    """The tokens in order, each `{token, logprob, top}`, where `top` has pairs of a token and its logprob."""
    return [{"token": token.token, "logprob": token.logprob, "top": list(token.top)} for token in logprobs]


def logprobs_of(stored: list[Any]) -> tuple[TokenLogprob, ...]:
    """The tokens of a stored list."""
    return tuple(
        TokenLogprob(token["token"], token["logprob"], tuple((text, value) for text, value in token["top"]))
        for token in stored
    )


def price_json(price: TokenPrice) -> dict[str, str]:
    """The known prices in US dollars per million tokens, and their source."""
    known = {name: str(value) for name in _PRICES if (value := getattr(price, name)) is not None}
    return known | {"source": price.source}


def price_of(stored: Mapping[str, str]) -> TokenPrice:
    """The price of a stored object."""
    known = {name: Decimal(stored[name]) for name in _PRICES if name in stored}
    return TokenPrice(**known, source=stored["source"])


def image_key(image: Image) -> str:
    """The key that a picture is kept under: the SHA-256 of its bytes in hex."""
    return hashlib.sha256(image.data).hexdigest()


def messages_json(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    """The turns in order, each `{role, content}` and what else it has.

    Of a picture `{sha256, media_type, bytes}` is kept, `bytes` being its size, of reasoning blocks nothing:
    they are encrypted, of use in the call that follows at once and not to a reader.
    """
    return [_message_json(message) for message in messages]


def messages_of(stored: list[Any], images: Mapping[str, Image]) -> tuple[Message, ...]:
    """The turns of a stored list, with those of their pictures that are in `images`, by key."""
    return tuple(_message_of(message, images) for message in stored)


def _message_json(message: Message) -> dict[str, Any]:
    stored: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.images:
        stored["images"] = [
            {"sha256": image_key(image), "media_type": image.media_type, "bytes": len(image.data)}
            for image in message.images
        ]
    if message.tool_calls:
        stored["tool_calls"] = tool_calls_json(message.tool_calls)
    if message.tool_call_id is not None:
        stored["tool_call_id"] = message.tool_call_id
    if message.cache:
        stored["cache"] = True
    return stored


def _message_of(stored: Mapping[str, Any], images: Mapping[str, Image]) -> Message:
    keys = [image["sha256"] for image in stored.get("images", ())]
    return Message(
        stored["role"],
        stored["content"],
        images=tuple(images[key] for key in keys if key in images),
        tool_calls=tool_calls_of(stored.get("tool_calls", [])),
        tool_call_id=stored.get("tool_call_id"),
        cache=stored.get("cache", False),
    )


def attempts_json(attempts: tuple[Attempt, ...]) -> list[dict[str, Any]]:
    """The tries in order, each `{started_ms, duration_ms, error_kind, status}`."""
    return [
        {
            "started_ms": attempt.started_ms,
            "duration_ms": attempt.duration_ms,
            "error_kind": attempt.error_kind,
            "status": attempt.status,
        }
        for attempt in attempts
    ]


def attempts_of(stored: list[Any]) -> tuple[Attempt, ...]:
    """The tries of a stored list."""
    return tuple(Attempt(**attempt) for attempt in stored)
