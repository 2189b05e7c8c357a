"""What comes back in chat completions, as the many servers spell it: events of a stream, or a whole reply."""

import zlib
from collections.abc import Mapping
from typing import Any

from broker.providers.error_body import error_in
from broker.providers.frames import Frame
from broker.providers.wire_values import count, json_of, table, tables, text, token_logprobs
from broker.types import BlockFragment, Delta, FinishReason, ToolFragment, Usage

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",  # Together
    "length": "length",
    "model_length": "length",  # Mistral: the context window is full
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}
_NOTHING = Delta()


def decode(event: Frame) -> Delta | None:
    """One `chat.completion.chunk`; of its choices the first, since only one is asked for."""
    if event.is_done:
        return Delta(end=True)
    payload = table(event.json())
    if event.event == "error" and "error" not in payload:
        return Delta(error=error_in(payload))
    return _delta(payload)


def decode_body(body: bytes) -> list[Delta]:
    """One `chat.completion`."""
    delta = _delta(table(Frame(body).json()))
    return [delta] if delta else []


def _delta(payload: Mapping[str, Any]) -> Delta | None:
    choices = tables(payload.get("choices"))
    choice = choices[0] if choices else table(None)
    error = payload.get("error") or choice.get("error")
    if error or payload.get("object") == "error":
        return Delta(error=error_in(error or payload))
    # Perplexity repeats beside each delta, an empty one too, the whole message so far.
    piece = choice.get("delta")
    message = table(choice.get("message") if piece is None else piece)
    answer, reasoning = _said(message)
    refusal = text(message.get("refusal"))
    delta = Delta(
        answer + refusal,
        reasoning,
        "refusal" if refusal else _finish(text(choice.get("finish_reason"))),
        _usage(table(payload.get("usage") or choice.get("usage"))),  # Moonshot has it in the choice
        text(payload.get("model")) or None,
        tool_calls=_calls(message),
        logprobs=token_logprobs(table(choice.get("logprobs")).get("content")),
        reasoning_blocks=_blocks(message),
    )
    return None if delta == _NOTHING else delta


def _finish(reason: str) -> FinishReason | None:
    # A reason we do not know is shown as an error rather than taken for a normal end.
    return _FINISH.get(reason, "error") if reason else None


def _said(message: Mapping[str, Any]) -> tuple[str, str]:
    """Answer and reasoning of a message or of a part of one."""
    content = message.get("content")
    reasoning = text(message.get("reasoning_content")) or text(message.get("reasoning"))
    reasoning = reasoning or _joined(tables(message.get("reasoning_details")))
    if parts := tables(content):  # Mistral's and Databricks' reasoning models answer in parts
        thoughts = (_joined(tables(part.get("thinking") or part.get("summary"))) for part in parts)
        return _joined(parts), reasoning + "".join(thoughts)
    return text(content), reasoning


def _joined(parts: list[Mapping[str, Any]]) -> str:
    return "".join(text(part.get("text")) or text(part.get("summary")) for part in parts)


def _calls(message: Mapping[str, Any]) -> tuple[ToolFragment, ...]:
    calls = tables(message.get("tool_calls"))
    return tuple(piece for call in calls if (piece := _piece(call))) if calls else ()


def _piece(call: Mapping[str, Any]) -> ToolFragment | None:
    """A piece of a tool call; without an index it is the whole call, or continues the only one."""
    function, extra = table(call.get("function")), table(call.get("extra_content"))
    name, arguments = text(function.get("name")), json_of(function.get("arguments"))
    index, call_id = count(call.get("index")), text(call.get("id"))
    if not (call_id or name or arguments):
        return None
    if name and not call_id:  # the same for the same call, so that results find it
        call_id = f"call_{zlib.crc32((name + arguments).encode()) if index is None else index}"
    if index is None and not name:
        index = 0
    return ToolFragment(index, call_id, name, arguments, json_of(extra) if extra else None)


def _blocks(message: Mapping[str, Any]) -> tuple[BlockFragment, ...]:
    """The reasoning in the fields that want it back, details as they came, one line each."""
    values: dict[str, str] = {}
    if words := text(message.get("reasoning_content")):
        values["reasoning_content"] = words
    for detail in tables(message.get("reasoning_details")):
        known = {name: value for name, value in detail.items() if value is not None}
        values["reasoning_details"] = f"{values.get('reasoning_details', '')}{json_of(known)}\n"
    return (BlockFragment(0, values),) if values else ()


def _usage(usage: Mapping[str, Any]) -> Usage | None:
    if not usage:
        return None
    prompt, output = table(usage.get("prompt_tokens_details")), table(usage.get("completion_tokens_details"))
    cached = prompt.get("cached_tokens"), usage.get("prompt_cache_hit_tokens"), usage.get("cached_tokens")
    reasoning = count(output.get("reasoning_tokens"))
    return Usage(
        input_tokens=count(usage.get("prompt_tokens")),
        # As OpenAI, DeepSeek and Moonshot spell it.
        cache_read_tokens=next((tokens for value in cached if (tokens := count(value)) is not None), None),
        cache_write_tokens=count(prompt.get("cache_write_tokens")),
        output_tokens=_output_tokens(usage, reasoning or 0),
        reasoning_tokens=reasoning,
    )


def _output_tokens(usage: Mapping[str, Any], reasoning: int) -> int | None:
    """Tokens of the answer and its reasoning. xAI counts them apart, as only its total tells."""
    completion, total = count(usage.get("completion_tokens")), count(usage.get("total_tokens"))
    if completion is None:
        return None
    apart = total == (count(usage.get("prompt_tokens")) or 0) + completion + reasoning
    return completion + reasoning if apart else completion
