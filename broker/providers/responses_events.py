"""What comes back from Responses: events of a stream, or a whole response."""

from collections.abc import Mapping
from typing import Any

from broker.providers.error_body import error_in
from broker.providers.frames import Frame
from broker.providers.wire_values import count, json_of, table, tables, text, token_logprobs
from broker.types import BlockFragment, Delta, FinishReason, ToolFragment, Usage

_PARAGRAPH = "\n\n"  # between the parts of a summary
_INCOMPLETE: dict[str, FinishReason] = {
    "max_output_tokens": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
}


def decode(event: Frame) -> Delta | None:
    """One event, told by the `type` in its data; `[DONE]` comes from other servers than OpenAI's."""
    if event.is_done:
        return Delta(end=True)
    payload, delta = table(event.json()), None
    said, index = text(payload.get("delta")), count(payload.get("output_index"))
    match payload.get("type"):
        case "response.output_text.delta":
            delta = Delta(said, logprobs=token_logprobs(payload.get("logprobs")))
        case "response.refusal.delta":
            delta = Delta(said, finish_reason="refusal")
        case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
            delta = Delta(reasoning=said)
        case "response.reasoning_summary_part.added" if count(payload.get("summary_index")):
            delta = Delta(reasoning=_PARAGRAPH)
        case "response.function_call_arguments.delta" if index is not None:
            delta = Delta(tool_calls=(ToolFragment(index, arguments=said),))
        case "response.output_item.added":
            delta = _begun(table(payload.get("item")), index)
        case "response.output_item.done":
            delta = _done(table(payload.get("item")), index)
        case "response.created" | "response.completed" | "response.incomplete" | "response.failed" as kind:
            delta = _state(table(payload.get("response")), kind.removeprefix("response."))
        case kind if kind == "error" or payload.get("error"):
            delta = Delta(error=error_in(payload.get("error") or payload))
        case _:
            pass
    return delta


def decode_body(body: bytes) -> list[Delta]:
    """One whole response, or an error."""
    payload = table(Frame(body).json())
    if payload.get("object") != "response":
        return [Delta(error=error_in(payload["error"]))] if payload.get("error") else []
    items = enumerate(tables(payload.get("output")))
    deltas = (_whole(item, index) for index, item in items)
    return [*(delta for delta in deltas if delta), _state(payload, text(payload.get("status")))]


def _begun(item: Mapping[str, Any], index: int | None) -> Delta | None:
    """A tool call that is about to be written. Without an index its pieces could not be told apart."""
    if item.get("type") != "function_call" or index is None:
        return None
    return Delta(tool_calls=(ToolFragment(index, text(item.get("call_id")), text(item.get("name"))),))


def _done(item: Mapping[str, Any], index: int | None) -> Delta | None:
    """What of a finished item has not come in pieces: reasoning as it is wanted back, an unnumbered call."""
    match item.get("type"):
        case "reasoning":
            return Delta(reasoning_blocks=_block(item, index))
        case "function_call" if index is None:
            return _whole(item, None)
        case _:
            return None


def _whole(item: Mapping[str, Any], index: int | None) -> Delta | None:
    """An item that comes in one piece."""
    parts = tables(item.get("content"))
    match item.get("type"):
        case "message":
            refusal = "".join(text(part.get("refusal")) for part in parts)
            logprobs = tuple(one for part in parts for one in token_logprobs(part.get("logprobs")))
            finish: FinishReason | None = "refusal" if refusal else None
            return Delta(_joined(parts) + refusal, finish_reason=finish, logprobs=logprobs)
        case "reasoning":
            said = _joined(tables(item.get("summary")), _PARAGRAPH) or _joined(parts)
            return Delta(reasoning=said, reasoning_blocks=_block(item, index))
        case "function_call":
            name, arguments = text(item.get("name")), json_of(item.get("arguments"))
            return Delta(tool_calls=(ToolFragment(index, text(item.get("call_id")), name, arguments),))
        case _:
            return None


def _block(item: Mapping[str, Any], index: int | None) -> tuple[BlockFragment, ...]:
    return (BlockFragment(index or 0, {"item": json_of(item)}),)


def _joined(parts: list[Mapping[str, Any]], between: str = "") -> str:
    return between.join(text(part.get("text")) for part in parts)


def _state(response: Mapping[str, Any], status: str) -> Delta:
    """How far a response has come, and what it took."""
    usage, model = _usage(table(response.get("usage"))), text(response.get("model")) or None
    if status == "failed":
        return Delta(usage=usage, served_model=model, error=error_in(response.get("error")))
    finish = _finish(response, status)
    return Delta(finish_reason=finish, usage=usage, served_model=model, end=finish is not None)


def _finish(response: Mapping[str, Any], status: str) -> FinishReason | None:
    match status:
        case "completed":
            kinds = [item.get("type") for item in tables(response.get("output"))]
            return "tool_calls" if "function_call" in kinds else "stop"
        case "incomplete":
            reason = text(table(response.get("incomplete_details")).get("reason"))
            # A reason we do not know is shown as an error rather than taken for a normal end.
            return _INCOMPLETE.get(reason, "error")
        case "cancelled":
            return "error"
        case _:
            return None


def _usage(usage: Mapping[str, Any]) -> Usage | None:
    if not usage:
        return None
    read, written = table(usage.get("input_tokens_details")), table(usage.get("output_tokens_details"))
    return Usage(
        input_tokens=count(usage.get("input_tokens")),
        cache_read_tokens=count(read.get("cached_tokens")),
        cache_write_tokens=count(read.get("cache_write_tokens")),
        output_tokens=count(usage.get("output_tokens")),
        reasoning_tokens=count(written.get("reasoning_tokens")),
    )
