"""What Converse answers, as deltas: the events of a stream, or one document."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from broker.providers.error_body import error_in
from broker.providers.event_stream import FAILURE
from broker.providers.frames import Frame
from broker.providers.wire_values import count, json_of, table, tables, text
from broker.types import BlockFragment, CallError, Delta, FinishReason, ToolFragment, Usage

_FINISH: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
}
# A failure in mid-stream has no status of its own; these kinds are those of its status outside of one.
_KINDS = {
    "throttlingException": "rate_limited",
    "serviceUnavailableException": "overloaded",
    "modelNotReadyException": "overloaded",
    "validationException": "bad_request",
    "accessDeniedException": "forbidden",
    "resourceNotFoundException": "not_found",
}


def decode(event: Frame) -> Delta | None:
    """One event. The usage comes last, after the reason for which the answer ended."""
    if event.event.startswith(FAILURE):
        return Delta(error=_failure(event))
    read = _EVENTS.get(event.event)
    return read(table(event.json())) if read else None


def decode_body(body: bytes) -> list[Delta]:
    """One whole answer, or a failure."""
    payload = table(Frame(body).json())
    if name := text(payload.get("__type")).rpartition("#")[2]:
        return [Delta(error=_as_error(name, payload))]
    message = table(table(payload.get("output")).get("message"))
    blocks = (_whole(index, block) for index, block in enumerate(tables(message.get("content"))))
    ended = replace(_told(payload), finish_reason=_finish(payload))
    return [*(delta for delta in blocks if delta), ended] if message else []


def _begun(payload: Mapping[str, Any]) -> Delta | None:
    """The start of a block, which tells something only where it is a tool's call."""
    call = table(table(payload.get("start")).get("toolUse"))
    piece = ToolFragment(_index(payload), text(call.get("toolUseId")), text(call.get("name")))
    return Delta(tool_calls=(piece,)) if call else None


def _index(payload: Mapping[str, Any]) -> int:
    return count(payload.get("contentBlockIndex")) or 0


def _added(index: int, delta: Mapping[str, Any]) -> Delta | None:
    match delta:
        case {"text": str(answer)}:
            return Delta(answer)
        case {"toolUse": {"input": str(piece)}}:
            return Delta(tool_calls=(ToolFragment(index, arguments=piece),))
        case {"reasoningContent": reasoning}:
            return _thought(index, table(reasoning))
        case _:
            return None


def _whole(index: int, block: Mapping[str, Any]) -> Delta | None:
    match block:
        case {"toolUse": {"toolUseId": str(id_), "name": str(name), "input": asked}}:
            return Delta(tool_calls=(ToolFragment(index, id_, name, json_of(asked)),))
        case {"reasoningContent": {"reasoningText": words}}:
            return _thought(index, table(words))
        case _:
            return _added(index, block)


def _thought(index: int, reasoning: Mapping[str, Any]) -> Delta | None:
    """A piece of reasoning, to be shown and, with its signature, to be sent back."""
    kept = {key: value for key in ("text", "signature") if (value := text(reasoning.get(key)))}
    if redacted := text(reasoning.get("redactedContent")):
        values = {"type": "redactedContent", "data": redacted}
    elif kept:
        values = {"type": "reasoningText", **kept}
    else:
        return None
    return Delta(reasoning=kept.get("text", ""), reasoning_blocks=(BlockFragment(index, values),))


def _finish(ended: Mapping[str, Any]) -> FinishReason:
    # A reason we do not know (`malformed_tool_use`, say) is an error rather than taken for a normal end.
    return _FINISH.get(text(ended.get("stopReason")), "error")


def _told(payload: Mapping[str, Any]) -> Delta:
    """The usage, and the model that answered where a prompt router chose one."""
    router = table(table(payload.get("trace")).get("promptRouter"))
    served = text(router.get("invokedModelId")).rpartition("/")[2]
    return Delta(usage=_usage(table(payload.get("usage"))), served_model=served or None)


def _usage(usage: Mapping[str, Any]) -> Usage:
    """AWS counts cached input apart; ours includes it. Reasoning is in the output, not told apart.

    https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html: "the inputTokens field
    represents only the non-cached input tokens".
    """
    fresh = count(usage.get("inputTokens"))
    read, written = count(usage.get("cacheReadInputTokens")), count(usage.get("cacheWriteInputTokens"))
    return Usage(
        input_tokens=None if fresh is None else fresh + (read or 0) + (written or 0),
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=count(usage.get("outputTokens")),
    )


def _failure(event: Frame) -> CallError:
    return _as_error(event.event.removeprefix(FAILURE), table(event.json()) if event.data else {})


def _as_error(name: str, said: Mapping[str, Any]) -> CallError:
    """A failure of this name, with the service's words or else those of the model."""
    words = text(said.get("message")) or text(said.get("originalMessage")) or name
    kind = _KINDS.get(name[:1].lower() + name[1:], "server_error")
    return replace(error_in(words), kind=kind)


_EVENTS: Mapping[str, Callable[[Mapping[str, Any]], Delta | None]] = {
    "messageStart": lambda _: Delta(),
    "contentBlockStart": _begun,
    "contentBlockDelta": lambda payload: _added(_index(payload), table(payload.get("delta"))),
    "messageStop": lambda payload: Delta(finish_reason=_finish(payload)),
    "metadata": lambda payload: replace(_told(payload), end=True),
}
