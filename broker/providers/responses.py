"""OpenAI Responses, for the models and features that chat completions does not have.

Nothing is left at the platform: every request says `store: false` and carries the whole conversation.
The row's `renames` are those of chat completions and do not apply here.
"""

from collections.abc import Mapping
from typing import Any

from broker.images import to_data_url
from broker.providers import Encoded
from broker.providers.frames import FrameDecoder
from broker.providers.json_text import json_object
from broker.providers.openai_tools import tool_fields
from broker.providers.responses_events import decode, decode_body
from broker.types import ChatRequest, Message, Offer, Params, Provider, ToolCall

__all__ = ["UNUSUAL", "decode", "decode_body", "decoder", "encode"]

UNUSUAL = frozenset({"cache", "reasoning_budget", "seed", "stop"})
decoder = FrameDecoder

_FORMAT = {"type": "json_schema", "name": "answer", "strict": True}


def encode(provider: Provider, offer: Offer, request: ChatRequest) -> Encoded:
    """`POST /responses`. The system turns that open the conversation become its `instructions`."""
    params, turns = request.params, list(request.messages)
    instructions: list[str] = []
    while turns and turns[0].role == "system":
        instructions.append(turns.pop(0).content)
    body: dict[str, Any] = {
        "model": offer.wire_model,
        "input": [item for turn in turns for item in _items(turn)],
        "stream": True,
        "store": False,
        **_plain_params(params),
        **tool_fields(params, _function),
    }
    if instructions:
        body["instructions"] = "\n\n".join(instructions)
    if include := _include(params):
        body["include"] = include
    idle = params.tool_choice is not None and not params.tools
    return Encoded("/responses", body, ("tool_choice",) if idle else ())


def _items(turn: Message) -> list[dict[str, Any]]:
    """A turn as input: what an assistant thought, said and asked for are items of their own."""
    if turn.role == "tool":
        return [{"type": "function_call_output", "call_id": turn.tool_call_id, "output": _content(turn)}]
    if turn.role != "assistant":
        return [{"role": turn.role, "content": _content(turn)}]
    thoughts = [item for block in turn.reasoning_blocks if (item := _reasoning_item(block))]
    # llama.cpp tells an assistant's words only by their type.
    words = [{"type": "message", "role": "assistant", "content": turn.content}] if turn.content else []
    return [*thoughts, *words, *map(_call, turn.tool_calls)]


def _call(call: ToolCall) -> dict[str, Any]:
    arguments = call.arguments or "{}"
    return {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments}


def _content(turn: Message) -> str | list[dict[str, Any]]:
    if not turn.images:
        return turn.content
    words = [{"type": "input_text", "text": turn.content}] if turn.content else []
    images = [
        {"type": "input_image", "image_url": to_data_url(image), "detail": "auto"} for image in turn.images
    ]
    return [*words, *images]


def _reasoning_item(block: Mapping[str, str]) -> dict[str, Any]:
    """A reasoning item to send back; empty for other dialects' blocks, and where the id is all it has.

    An id alone means nothing to a platform that stored nothing.
    """
    item = json_object(block.get("item", "")) or {}
    if item.get("type") != "reasoning" or not (item.get("encrypted_content") or item.get("content")):
        return {}
    fields = ("type", "id", "summary", "content", "encrypted_content")  # a status may be refused
    return {name: item[name] for name in fields if item.get(name) is not None}


def _plain_params(params: Params) -> dict[str, Any]:
    schema, effort = params.json_schema, params.reasoning_effort
    values = {
        "temperature": params.temperature,
        "top_p": params.top_p,
        "max_output_tokens": params.max_tokens,
        "stop": list(params.stop) or None,
        "seed": params.seed,
        "top_logprobs": params.logprobs,
        "text": None if schema is None else {"format": {**_FORMAT, "schema": dict(schema)}},
        "reasoning": None if effort is None else {"effort": effort, "summary": "auto"},
    }
    return {name: value for name, value in values.items() if value is not None}


def _include(params: Params) -> list[str]:
    asked = {
        "reasoning.encrypted_content": params.reasoning_effort,
        "message.output_text.logprobs": params.logprobs,
    }
    return [name for name, value in asked.items() if value is not None]


def _function(described: dict[str, Any]) -> dict[str, Any]:
    # Here a tool is strict unless it says otherwise, and a strict one takes only a part of JSON schema.
    lenient = {"strict": False} if "parameters" in described else {}
    return {"type": "function", **described, **lenient}
