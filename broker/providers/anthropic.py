"""Anthropic messages, in both of its API versions.

Since 2026-10-21 the key travels as a bearer token and sampling parameters are gone; the version is the
row's setting `version`.
"""

import re
from collections.abc import Mapping
from typing import Any

from broker.providers import Encoded
from broker.providers.error_body import error_in
from broker.providers.frames import Frame, FrameDecoder
from broker.providers.wire_values import count, table, tables, text
from broker.types import Auth, ChatRequest, Delta, Effort, FinishReason, Offer, Params, Provider, Usage

UNUSUAL = frozenset({"seed", "logprobs"})
decoder = FrameDecoder

_BEARER_SINCE = "2026-10-21"
_MAX_TOKENS = 4096  # the API requires a maximum; thinking counts towards it
_MAX_TOKENS_THINKING = 16384

# Up to 4.5 a model is given a number of tokens to think with; later ones are told how hard to try.
_FIXED_BUDGET = re.compile(r"claude-(3-7|(opus|sonnet|haiku)-4(-[015])?([-@]\d{8})?$)")
_BUDGET: dict[Effort, int] = {"minimal": 1024, "low": 1024, "medium": 4096, "high": 8192}
_LEAST_BUDGET = 1024
_EFFORT: dict[Effort, str] = {"minimal": "low", "low": "low", "medium": "medium", "high": "high"}

_FINISH: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "refusal",
}


def version(provider: Provider) -> str:
    """The API version."""
    return provider.settings.get("version", "2023-06-01")


def auth(provider: Provider) -> Auth:
    """How the key travels: as the row says, but as a bearer token where the version has no other way."""
    moved = provider.auth == "x-api-key" and version(provider) >= _BEARER_SINCE
    return "bearer" if moved else provider.auth


def encode(provider: Provider, offer: Offer, request: ChatRequest) -> Encoded:
    """`POST /v1/messages`. Consecutive turns of one role are joined by the API itself."""
    params = request.params
    default = _MAX_TOKENS if params.reasoning_effort is None else _MAX_TOKENS_THINKING
    max_tokens = default if params.max_tokens is None else params.max_tokens
    thinking = _thinking(offer.wire_model, params.reasoning_effort, max_tokens)
    sampling = _sampling(params) if version(provider) < _BEARER_SINCE and not thinking else {}
    body: dict[str, Any] = {
        "model": offer.wire_model,
        "max_tokens": max_tokens,
        "messages": [
            {"role": turn.role, "content": turn.content} for turn in request.messages if turn.role != "system"
        ],
        "stream": True,
        **sampling,
        **thinking,
    }
    if system := "\n\n".join(turn.content for turn in request.messages if turn.role == "system"):
        body["system"] = system
    if params.stop:
        body["stop_sequences"] = list(params.stop)
    if params.json_schema is not None:
        schema = {"type": "json_schema", "schema": dict(params.json_schema)}
        body.setdefault("output_config", {})["format"] = schema
    sent = {*sampling, "reasoning_effort" if thinking else ""}
    maybe = ("reasoning_effort", "seed", "temperature", "top_p")
    dropped = (name for name in maybe if getattr(params, name) is not None and name not in sent)
    return Encoded("/v1/messages", body, tuple(dropped), headers={"anthropic-version": version(provider)})


def _sampling(params: Params) -> dict[str, Any]:
    """One of the two sampling parameters: models since Opus 4.1 refuse both together."""
    if params.temperature is not None:
        return {"temperature": params.temperature}
    return {"top_p": params.top_p} if params.top_p is not None else {}


def _thinking(model: str, effort: Effort | None, max_tokens: int) -> dict[str, Any]:
    """The fields that ask for reasoning; empty when none is asked for or there is no room for it."""
    if effort is None:
        return {}
    if not _FIXED_BUDGET.search(model):
        thinking = {"type": "adaptive", "display": "summarized"}  # newer models else keep it to themselves
        return {"thinking": thinking, "output_config": {"effort": _EFFORT[effort]}}
    budget = min(_BUDGET[effort], max_tokens // 2)
    return {"thinking": {"type": "enabled", "budget_tokens": budget}} if budget >= _LEAST_BUDGET else {}


def decode(event: Frame) -> Delta | None:
    """One event; told by the `type` in its data, since some proxies lose the event's name."""
    payload = table(event.json())
    match payload:
        case {"type": "content_block_delta", "delta": block} | {
            "type": "content_block_start",
            "content_block": block,
        }:
            return _block(table(block))
        case {"type": "message_start", "message": message}:
            begun = table(message)  # its count of output tokens is a placeholder
            return _message({**begun, "usage": {**table(begun.get("usage")), "output_tokens": None}})
        case {"type": "message_delta"}:
            reason = _finish(table(payload.get("delta")))
            return Delta(finish_reason=reason, usage=_late_usage(table(payload.get("usage"))))
        case {"type": "message_stop"}:
            return Delta(end=True)
        case {"error": error} if error:
            return Delta(error=error_in(error))
        case _:
            return None


def decode_body(body: bytes) -> list[Delta]:
    """One whole message, or an error."""
    payload = table(Frame(body).json())
    if payload.get("error"):
        return [Delta(error=error_in(payload["error"]))]
    blocks = [delta for block in tables(payload.get("content")) if (delta := _block(block))]
    return [*blocks, _message(payload)] if payload.get("type") == "message" else []


def _block(block: Mapping[str, Any]) -> Delta | None:
    answer, reasoning = text(block.get("text")), text(block.get("thinking"))
    return Delta(answer, reasoning) if answer or reasoning else None


def _message(message: Mapping[str, Any]) -> Delta:
    usage = _usage(table(message.get("usage")))
    return Delta(finish_reason=_finish(message), usage=usage, served_model=text(message.get("model")) or None)


def _finish(ended: Mapping[str, Any]) -> FinishReason | None:
    reason = text(ended.get("stop_reason"))
    # A reason we do not know is shown as an error rather than taken for a normal end.
    return _FINISH.get(reason, "error") if reason else None


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Anthropic counts cached input apart; ours includes it. No input at all means: not known yet."""
    fresh = count(usage.get("input_tokens"))
    read = count(usage.get("cache_read_input_tokens"))
    written = count(usage.get("cache_creation_input_tokens"))
    return Usage(
        input_tokens=None if fresh is None else fresh + (read or 0) + (written or 0) or None,
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=count(usage.get("output_tokens")),
        reasoning_tokens=count(table(usage.get("output_tokens_details")).get("thinking_tokens")),
    )


def _late_usage(usage: Mapping[str, Any]) -> Usage:
    """The totals at the end. Input counts without the cached part would lower what is known: left out."""
    late = _usage(usage)
    whole = late.cache_read_tokens is not None and late.cache_write_tokens is not None
    return late if whole else Usage(output_tokens=late.output_tokens, reasoning_tokens=late.reasoning_tokens)
