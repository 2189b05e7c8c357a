"""What Anthropic's stream and its whole messages say."""

from collections.abc import Mapping
from typing import Any

import orjson

from broker.providers.error_body import error_in
from broker.providers.frames import Frame
from broker.providers.wire_values import count, table, tables, text
from broker.types import BlockFragment, Delta, FinishReason, ToolFragment, Usage

_FINISH: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "refusal",
}


def decode(event: Frame) -> Delta | None:
    """One event; told by the `type` in its data, since some proxies lose the event's name."""
    payload = table(event.json())
    match payload:
        case {"type": "content_block_start" | "content_block_delta"}:
            return _block(payload)
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
    if payload.get("type") != "message":
        return []
    blocks = (_whole(index, block) for index, block in enumerate(tables(payload.get("content"))))
    return [*(delta for delta in blocks if delta), _message(payload)]


def _block(event: Mapping[str, Any]) -> Delta | None:
    index = count(event.get("index")) or 0
    return _begun(index, table(event.get("content_block"))) or _piece(index, table(event.get("delta")))


def _begun(index: int, block: Mapping[str, Any]) -> Delta | None:
    """The head of a block; its input, if it is a tool call, follows in pieces."""
    match block.get("type"):
        case "tool_use":
            return Delta(tool_calls=(ToolFragment(index, text(block.get("id")), text(block.get("name"))),))
        case "text":
            words = text(block.get("text"))
            return Delta(words) if words else None
        case "thinking" | "redacted_thinking":
            return _thought(index, block)
        case _:
            return None


def _piece(index: int, piece: Mapping[str, Any]) -> Delta | None:
    match piece.get("type"):
        case "text_delta":
            return Delta(words) if (words := text(piece.get("text"))) else None
        case "input_json_delta":
            written = text(piece.get("partial_json"))
            return Delta(tool_calls=(ToolFragment(index, arguments=written),)) if written else None
        case "thinking_delta" | "signature_delta":
            return _thought(index, {**piece, "type": "thinking"})
        case _:
            return None


def _whole(index: int, block: Mapping[str, Any]) -> Delta | None:
    """A block that is all there."""
    if block.get("type") != "tool_use":
        return _begun(index, block)
    written = orjson.dumps(table(block.get("input"))).decode()
    call = ToolFragment(index, text(block.get("id")), text(block.get("name")), written)
    return Delta(tool_calls=(call,))


def _thought(index: int, block: Mapping[str, Any]) -> Delta:
    """Reasoning: its words, and all that the platform wants back with them."""
    names = ("type", "thinking", "signature", "data")
    values = {name: text(block[name]) for name in names if name in block}
    return Delta(reasoning=text(block.get("thinking")), reasoning_blocks=(BlockFragment(index, values),))


def _message(message: Mapping[str, Any]) -> Delta:
    usage = _usage(table(message.get("usage")))
    return Delta(finish_reason=_finish(message), usage=usage, served_model=text(message.get("model")) or None)


def _finish(ended: Mapping[str, Any]) -> FinishReason | None:
    reason = text(ended.get("stop_reason"))
    # A reason we do not know is shown as an error rather than taken for a normal end.
    return _FINISH.get(reason, "error") if reason else None


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Anthropic counts cached input apart; ours includes it. No input at all means: not known yet."""
    fresh, read = count(usage.get("input_tokens")), count(usage.get("cache_read_input_tokens"))
    written = _cache_writes(usage)
    return Usage(
        input_tokens=None if fresh is None else fresh + (read or 0) + (written or 0) or None,
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=count(usage.get("output_tokens")),
        reasoning_tokens=count(table(usage.get("output_tokens_details")).get("thinking_tokens")),
    )


def _cache_writes(usage: Mapping[str, Any]) -> int | None:
    """The total, or the sum of its parts by how long they are kept where only those are told."""
    total = count(usage.get("cache_creation_input_tokens"))
    parts = [
        number for part in table(usage.get("cache_creation")).values() if (number := count(part)) is not None
    ]
    return sum(parts) if total is None and parts else total


def _late_usage(usage: Mapping[str, Any]) -> Usage:
    """The totals at the end. Input counts without the cached part would lower what is known: left out."""
    late = _usage(usage)
    whole = late.cache_read_tokens is not None and late.cache_write_tokens is not None
    return late if whole else Usage(output_tokens=late.output_tokens, reasoning_tokens=late.reasoning_tokens)
