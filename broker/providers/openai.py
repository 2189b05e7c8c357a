"""OpenAI chat completions, and the many servers that speak it."""

from collections.abc import Mapping
from typing import Any

from broker.providers import Encoded
from broker.providers.error_body import error_in
from broker.providers.frames import Frame, FrameDecoder
from broker.providers.wire_values import count, table, tables, text
from broker.types import ChatRequest, Delta, FinishReason, Offer, Params, Provider, Usage

UNUSUAL = frozenset({"cache", "reasoning_budget"})
decoder = FrameDecoder

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",  # Together
    "length": "length",
    "model_length": "length",  # Mistral: the context window is full
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


def encode(provider: Provider, offer: Offer, request: ChatRequest) -> Encoded:
    """`POST /chat/completions`. A dotted rename nests: `reasoning.effort`.

    The setting `stream_options = "off"` is for platforms that refuse the field and send usage unasked.
    """
    body: dict[str, Any] = {
        "model": offer.wire_model,
        "messages": [{"role": turn.role, "content": turn.content} for turn in request.messages],
        "stream": True,
    }
    if provider.settings.get("stream_options") != "off":
        body["stream_options"] = {"include_usage": True}
    for ours, value in _plain_params(request.params).items():
        outer, _, inner = provider.renames.get(ours, ours).partition(".")
        body[outer] = {inner: value} if inner else value
    if request.params.json_schema is not None:
        schema = {"name": "answer", "strict": True, "schema": dict(request.params.json_schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return Encoded("/chat/completions", body)


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


def _plain_params(params: Params) -> dict[str, Any]:
    values = {
        "temperature": params.temperature,
        "top_p": params.top_p,
        "max_tokens": params.max_tokens,
        "stop": list(params.stop) or None,
        "seed": params.seed,
        "reasoning_effort": params.reasoning_effort,
    }
    return {name: value for name, value in values.items() if value is not None}


def _delta(payload: Mapping[str, Any]) -> Delta | None:
    choices = tables(payload.get("choices"))
    choice = choices[0] if choices else table(None)
    error = payload.get("error") or choice.get("error")
    if error or payload.get("object") == "error":
        return Delta(error=error_in(error or payload))
    message = table(choice.get("delta") or choice.get("message"))
    answer, reasoning = _said(message)
    refusal = text(message.get("refusal"))
    finish: FinishReason | None = "refusal" if refusal else _finish(text(choice.get("finish_reason")))
    usage, model = _usage(table(payload.get("usage"))), text(payload.get("model")) or None
    if not (answer or reasoning or finish or usage or model):
        return None
    return Delta(answer + refusal, reasoning, finish, usage, model)


def _finish(reason: str) -> FinishReason | None:
    # A reason we do not know is shown as an error rather than taken for a normal end.
    return _FINISH.get(reason, "error") if reason else None


def _said(message: Mapping[str, Any]) -> tuple[str, str]:
    """Answer and reasoning of a message or of a part of one."""
    content = message.get("content")
    reasoning = text(message.get("reasoning_content")) or text(message.get("reasoning"))
    if parts := tables(content):  # Mistral's reasoning models answer in parts
        thoughts = "".join(_joined(tables(part.get("thinking"))) for part in parts)
        return _joined(parts), reasoning + thoughts
    return text(content), reasoning


def _joined(parts: list[Mapping[str, Any]]) -> str:
    return "".join(text(part.get("text")) for part in parts)


def _usage(usage: Mapping[str, Any]) -> Usage | None:
    if not usage:
        return None
    prompt, output = table(usage.get("prompt_tokens_details")), table(usage.get("completion_tokens_details"))
    return Usage(
        input_tokens=count(usage.get("prompt_tokens")),
        cache_read_tokens=count(prompt.get("cached_tokens")),
        cache_write_tokens=count(prompt.get("cache_write_tokens")),
        output_tokens=count(usage.get("completion_tokens")),
        reasoning_tokens=count(output.get("reasoning_tokens")),
    )
