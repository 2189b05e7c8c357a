"""OpenAI chat completions, and the many servers that speak it."""

from typing import Any

from broker.images import to_data_url
from broker.providers import Encoded
from broker.providers.frames import FrameDecoder
from broker.providers.json_text import json_object
from broker.providers.openai_events import decode, decode_body
from broker.providers.openai_tools import tool_fields
from broker.providers.wire_values import text
from broker.types import ChatRequest, Message, Offer, Params, Provider, ToolCall

__all__ = ["UNUSUAL", "decode", "decode_body", "decoder", "encode"]

UNUSUAL = frozenset({"cache", "reasoning_budget"})
decoder = FrameDecoder

# OpenRouter's reasoning details that come in pieces, and where the piece is; encrypted ones come whole.
_IN_PIECES = {"reasoning.text": "text", "reasoning.summary": "summary"}


def encode(provider: Provider, offer: Offer, request: ChatRequest) -> Encoded:
    """`POST /chat/completions`. A dotted rename nests: `reasoning.effort`.

    The setting `publisher` goes before names without one. `stream_options = "off"` is for platforms that
    refuse the field and send usage unasked.
    """
    params = request.params
    body: dict[str, Any] = {
        "model": _model(provider, offer.wire_model),
        "messages": [_message(turn) for turn in request.messages],
        "stream": True,
    }
    if provider.settings.get("stream_options") != "off":
        body["stream_options"] = {"include_usage": True}
    idle = _idle(request)
    for ours, value in _plain_params(params).items():
        if ours not in idle:
            _put(body, provider.renames.get(ours, ours), value)
    body |= tool_fields(params, _function)
    if params.json_schema is not None:
        schema = {"name": "answer", "strict": True, "schema": dict(params.json_schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if params.logprobs is not None:
        body |= {"logprobs": True, "top_logprobs": params.logprobs}
    return Encoded("/chat/completions", body, idle)


def _model(provider: Provider, name: str) -> str:
    """The name that is asked for; Vertex AI wants its publisher in front."""
    publisher = provider.settings.get("publisher")
    return name if publisher is None or "/" in name else f"{publisher}/{name}"


def _message(turn: Message) -> dict[str, Any]:
    message: dict[str, Any] = {"role": turn.role, "content": _content(turn)}
    if turn.tool_call_id is not None:
        message["tool_call_id"] = turn.tool_call_id
    if turn.tool_calls:
        message["content"] = message["content"] or None
        message["tool_calls"] = [_call(call) for call in turn.tool_calls]
        message |= _thoughts(turn)
    return message


def _content(turn: Message) -> str | list[dict[str, Any]]:
    """Parts only where they are needed: not every server takes them."""
    if not turn.images and not (turn.cache and turn.content):
        return turn.content
    words: dict[str, Any] = {"type": "text", "text": turn.content}
    if turn.cache:
        words["cache_control"] = {"type": "ephemeral"}
    images = [{"type": "image_url", "image_url": {"url": to_data_url(image)}} for image in turn.images]
    return [words, *images] if turn.content else images


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    sent = {"id": call.id, "type": "function", "function": function}
    extra = json_object(call.signature or "")  # other dialects' signatures are no JSON
    return {**sent, "extra_content": dict(extra)} if extra else sent


def _thoughts(turn: Message) -> dict[str, Any]:
    """The reasoning that led to tool calls: DeepSeek and OpenRouter want it back beside them."""
    sent: dict[str, Any] = {}
    for block in turn.reasoning_blocks:
        if words := block.get("reasoning_content"):
            sent["reasoning_content"] = words
        if pieces := block.get("reasoning_details"):
            sent["reasoning_details"] = _details(pieces)
    return sent


def _details(pieces: str) -> list[dict[str, Any]]:
    """OpenRouter's reasoning details, put together from pieces of one line each."""
    details: list[dict[str, Any]] = []
    for piece in filter(None, map(json_object, pieces.split("\n"))):
        grows, last = _IN_PIECES.get(text(piece.get("type"))), details[-1] if details else {}
        if grows and all(piece.get(name) == last.get(name) for name in ("type", "index")):
            details[-1] = {**last, **piece, grows: text(last.get(grows)) + text(piece.get(grows))}
        else:
            details.append({**piece})
    return details


def _plain_params(params: Params) -> dict[str, Any]:
    values = {
        "temperature": params.temperature,
        "top_p": params.top_p,
        "max_tokens": params.max_tokens,
        "stop": list(params.stop) or None,
        "seed": params.seed,
        "reasoning_effort": params.reasoning_effort,
        "reasoning_budget": params.reasoning_budget,
    }
    return {name: value for name, value in values.items() if value is not None}


def _idle(request: ChatRequest) -> tuple[str, ...]:
    """What says nothing beside the rest and may be refused: an effort with a budget, a choice of no tools,
    a marker where there are no words to carry it.
    """
    params, marked = request.params, [turn for turn in request.messages if turn.cache]
    idle = {
        "reasoning_effort": params.reasoning_effort is not None and params.reasoning_budget is not None,
        "tool_choice": params.tool_choice is not None and not params.tools,
        "cache": bool(marked) and not any(turn.content for turn in marked),
    }
    return tuple(name for name, is_idle in idle.items() if is_idle)


def _put(body: dict[str, Any], path: str, value: object) -> None:
    *outer, name = path.split(".")
    for part in outer:
        body = body.setdefault(part, {})
    body[name] = value


def _function(described: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": described}
