"""What Gemini's stream and its whole replies say."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson

from broker.providers.error_body import error_in
from broker.providers.frames import Frame
from broker.providers.wire_values import count, table, tables, text
from broker.types import Delta, FinishReason, TokenLogprob, ToolFragment, Usage

_FINISH: dict[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
}


def decode(event: Frame) -> Delta | None:
    """One `GenerateContentResponse`; of its candidates the first, since only one is asked for."""
    return _delta(table(event.json()))


def decode_body(body: bytes) -> list[Delta]:
    """One `GenerateContentResponse`, or the array of them that the API sends without `alt=sse`."""
    payload = Frame(body).json()
    events = tables(payload) or [table(payload)]
    return [delta for event in events if (delta := _delta(event))]


def _delta(payload: Mapping[str, Any]) -> Delta | None:
    if payload.get("error"):
        return Delta(error=error_in(payload["error"]))
    candidates = tables(payload.get("candidates"))
    candidate = candidates[0] if candidates else table(None)
    parts = tables(table(candidate.get("content")).get("parts"))
    calls = _calls(payload, parts)
    delta = Delta(
        text="".join(text(part.get("text")) for part in parts if not part.get("thought")),
        reasoning="".join(text(part.get("text")) for part in parts if part.get("thought")),
        finish_reason=_finish(candidate, table(payload.get("promptFeedback")), bool(calls)),
        usage=_usage(table(payload.get("usageMetadata"))),
        served_model=text(payload.get("modelVersion")) or None,
        tool_calls=calls,
        logprobs=_logprobs(table(candidate.get("logprobsResult"))),
    )
    return None if delta == _NOTHING else delta


def _calls(payload: Mapping[str, Any], parts: list[Mapping[str, Any]]) -> tuple[ToolFragment, ...]:
    """The calls in this event, each of them whole."""
    return tuple(
        ToolFragment(
            id=text(call.get("id")) or _made_up_id(payload, place),
            name=text(call.get("name")),
            arguments=orjson.dumps(table(call.get("args"))).decode(),
            signature=text(part.get("thoughtSignature")) or None,
        )
        for place, part in enumerate(parts)
        if (call := table(part.get("functionCall")))
    )


def _made_up_id(payload: Mapping[str, Any], place: int) -> str:
    """An id where the platform gave none: the same for the same event, another for any other."""
    return f"call_{sha256(orjson.dumps([payload, place])).hexdigest()[:24]}"


def _logprobs(result: Mapping[str, Any]) -> tuple[TokenLogprob, ...]:
    """The chosen tokens; beside each, by its place, stand the likeliest ones."""
    rivals = [tables(place.get("candidates")) for place in tables(result.get("topCandidates"))]
    chosen = tables(result.get("chosenCandidates"))
    tops = rivals + [list[Mapping[str, Any]]()] * len(chosen)
    return tuple(
        TokenLogprob(*_token(token), tuple(_token(rival) for rival in top))
        for token, top in zip(chosen, tops, strict=False)
    )


def _token(token: Mapping[str, Any]) -> tuple[str, float]:
    """A token with its log probability; protocol buffers leave out a zero, which stands for certainty."""
    probability = token.get("logProbability")
    return text(token.get("token")), float(probability) if isinstance(probability, int | float) else 0.0


def _finish(candidate: Mapping[str, Any], feedback: Mapping[str, Any], calls: bool) -> FinishReason | None:
    if not candidate and feedback.get("blockReason"):
        return "content_filter"  # the prompt itself was refused
    reason = text(candidate.get("finishReason"))
    if reason == "FUNCTION_CALL" and calls:  # not Google's word, but that of servers that imitate it
        return "tool_calls"
    # A reason we do not know is shown as an error rather than taken for a normal end.
    return _FINISH.get(reason, "error") if reason else None


def _usage(usage: Mapping[str, Any]) -> Usage | None:
    """Prompt tokens include the cached ones; thoughts are billed as output but counted apart."""
    if not usage:
        return None
    answer, thoughts = count(usage.get("candidatesTokenCount")), count(usage.get("thoughtsTokenCount"))
    return Usage(
        input_tokens=count(usage.get("promptTokenCount")),
        cache_read_tokens=count(usage.get("cachedContentTokenCount")),
        output_tokens=None if answer is None and thoughts is None else (answer or 0) + (thoughts or 0),
        reasoning_tokens=thoughts,
    )


_NOTHING = Delta()
