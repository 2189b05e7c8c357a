"""Google Gemini `streamGenerateContent`; the API version is the row's setting `version`."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from broker.providers import Encoded
from broker.providers.error_body import error_in
from broker.providers.frames import Frame, FrameDecoder
from broker.providers.wire_values import count, table, tables, text
from broker.types import ChatRequest, Delta, Effort, FinishReason, Message, Offer, Params, Provider, Usage

# Up to 2.5 a model is given a number of tokens to think with (these are Google's own equivalents); later
# ones are given a level and refuse a budget.
UNUSUAL = frozenset({"cache"})
decoder = FrameDecoder

_FIXED_BUDGET = re.compile(r"^gemini-[12]\.")
_BUDGET: dict[Effort, int] = {"minimal": 1024, "low": 1024, "medium": 8192, "high": 24576}

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


def encode(provider: Provider, offer: Offer, request: ChatRequest) -> Encoded:
    """`POST /{version}/models/{model}:streamGenerateContent`, as server-sent events."""
    turns = [turn for turn in request.messages if turn.role != "system"]
    body: dict[str, Any] = {"contents": [_content(turn) for turn in turns]}
    if system := [{"text": turn.content} for turn in request.messages if turn.role == "system"]:
        body["systemInstruction"] = {"parts": system}
    if config := _generation_config(offer.wire_model, request.params):
        body["generationConfig"] = config
    model = quote(offer.wire_model.removeprefix("models/"), safe="")
    version = provider.settings.get("version", "v1beta")
    return Encoded(f"/{version}/models/{model}:streamGenerateContent?alt=sse", body)


def _content(turn: Message) -> dict[str, Any]:
    return {"role": "model" if turn.role == "assistant" else "user", "parts": [{"text": turn.content}]}


def _generation_config(model: str, params: Params) -> dict[str, Any]:
    schema, effort = params.json_schema, params.reasoning_effort
    values = {
        "temperature": params.temperature,
        "topP": params.top_p,
        "maxOutputTokens": params.max_tokens,
        "stopSequences": list(params.stop) or None,
        "seed": params.seed,
        "responseMimeType": None if schema is None else "application/json",
        "responseJsonSchema": None if schema is None else dict(schema),
        "thinkingConfig": None if effort is None else _thinking(model, effort),
    }
    return {name: value for name, value in values.items() if value is not None}


def _thinking(model: str, effort: Effort) -> dict[str, Any]:
    if _FIXED_BUDGET.match(model):
        return {"includeThoughts": True, "thinkingBudget": _BUDGET[effort]}
    return {"includeThoughts": True, "thinkingLevel": effort.upper()}


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
    answer = "".join(text(part.get("text")) for part in parts if not part.get("thought"))
    reasoning = "".join(text(part.get("text")) for part in parts if part.get("thought"))
    finish = _finish(candidate, table(payload.get("promptFeedback")))
    usage, model = _usage(table(payload.get("usageMetadata"))), text(payload.get("modelVersion")) or None
    if not (answer or reasoning or finish or usage or model):
        return None
    return Delta(answer, reasoning, finish, usage, model)


def _finish(candidate: Mapping[str, Any], feedback: Mapping[str, Any]) -> FinishReason | None:
    if not candidate and feedback.get("blockReason"):
        return "content_filter"  # the prompt itself was refused
    reason = text(candidate.get("finishReason"))
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
