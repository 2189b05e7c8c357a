"""A Completion as rows, and rows as a Completion. Light to import: the tables are only types here."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from broker.types import (
    CallContext,
    CallError,
    ChatRequest,
    Completion,
    Cost,
    FinishReason,
    Image,
    Offer,
    Status,
    Timing,
    Usage,
)
from db.shapes import (
    attempts_json,
    attempts_of,
    image_key,
    logprobs_json,
    logprobs_of,
    messages_json,
    messages_of,
    params_json,
    params_of,
    price_json,
    price_of,
    tool_calls_json,
    tool_calls_of,
    tools_json,
    tools_of,
)

if TYPE_CHECKING:
    from db.models import Call, CallContent

_NO_IMAGES: Mapping[str, Image] = {}


def call_row(
    completion: Completion, context: CallContext, platform: str, worker_id: str | None
) -> dict[str, Any]:
    """Every column of `call`. Tools, and the schema an answer had to follow, are content, not figures."""
    offer, usage, timing = completion.offer, completion.usage, completion.timing
    cost, error = completion.cost, completion.error
    params = params_json(completion.request.params)
    for content in ("json_schema", "tools"):
        params.pop(content, None)
    return {
        "id": completion.call_id,
        "started_at": completion.started_at,
        "ended_at": _ended_at(completion),
        "worker_id": worker_id,
        "user": context.user,
        "purpose": context.purpose,
        "prompt_id": context.prompt_id,
        "position": context.position,
        "offer": offer.id,
        "offer_name": offer.name,
        "provider": offer.provider,
        "platform": platform,
        "maker": offer.maker,
        "model": offer.model,
        "wire_model": offer.wire_model,
        "defaults": params_json(offer.defaults),
        "params": params,
        "dropped": list(completion.dropped),
        "status": completion.status,
        "finish_reason": completion.finish_reason,
        "error_kind": error and error.kind,
        "error_status": error and error.status,
        "error_message": error and error.message,
        "served_model": completion.served_model,
        "input_tokens": usage.input_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost_input": cost and cost.input,
        "cost_cache_read": cost and cost.cache_read,
        "cost_cache_write": cost and cost.cache_write,
        "cost_output": cost and cost.output,
        "cost_total": cost and cost.total,
        "price": cost and price_json(cost.price),
        "first_event_ms": timing.first_event_ms,
        "ttft_ms": timing.ttft_ms,
        "ttfa_ms": timing.ttfa_ms,
        "last_token_ms": timing.last_token_ms,
        "total_ms": timing.total_ms,
        "elapsed_ms": timing.elapsed_ms,
        "attempt_count": len(completion.attempts),
        "attempts": attempts_json(completion.attempts),
        "adapted": list(completion.adapted),
    }


def content_row(completion: Completion) -> dict[str, Any]:
    """Every column of `call_content`."""
    params = completion.request.params
    return {
        "call_id": completion.call_id,
        "text": completion.text,
        "reasoning": completion.reasoning,
        "messages": messages_json(completion.request.messages),
        "json_schema": None if params.json_schema is None else dict(params.json_schema),
        "tools": tools_json(params.tools) or None,
        "tool_calls": tool_calls_json(completion.tool_calls) or None,
        "logprobs": logprobs_json(completion.logprobs) or None,
    }


def images_in(completion: Completion) -> dict[str, Image]:
    """The pictures that were sent, by key."""
    return {image_key(image): image for message in completion.request.messages for image in message.images}


def load_completion(
    call: "Call", content: "CallContent | None", images: Mapping[str, Image] = _NO_IMAGES
) -> Completion:
    """The call as it was recorded; without its content there are no messages and no text.

    Messages have those of their pictures that are in `images`, by key: what `db.images.load` reads. Of
    the offer the row keeps no price, context window, note or settings, of an error no `retry_after_s`.
    Reasoning blocks are not kept, so a tool's result cannot continue a recorded call where the platform
    wants them back (Anthropic's models when they think).
    """
    params = params_of(call.params)
    if content is not None:
        params = replace(params, json_schema=content.json_schema, tools=tools_of(content.tools or ()))
    return Completion(
        call_id=call.id,
        offer=_offer(call),
        request=ChatRequest(messages_of(content.messages, images) if content else (), params),
        status=cast(Status, call.status),
        started_at=call.started_at,
        text=content.text if content else "",
        reasoning=content.reasoning if content else "",
        finish_reason=cast("FinishReason | None", call.finish_reason),
        error=_error(call),
        served_model=call.served_model,
        usage=_usage(call),
        cost=_cost(call),
        timing=_timing(call),
        attempts=attempts_of(call.attempts),
        dropped=tuple(call.dropped),
        adapted=tuple(call.adapted),
        tool_calls=tool_calls_of(content.tool_calls or []) if content else (),
        logprobs=logprobs_of(content.logprobs or []) if content else (),
    )


def _ended_at(completion: Completion) -> datetime | None:
    if completion.status == "running" or completion.timing.elapsed_ms is None:
        return None
    return completion.started_at + timedelta(milliseconds=completion.timing.elapsed_ms)


def _offer(call: "Call") -> Offer:
    return Offer(
        provider=call.provider,
        model=call.model,
        wire_model=call.wire_model,
        maker=call.maker,
        name=call.offer_name,
        defaults=params_of(call.defaults),
    )


def _error(call: "Call") -> CallError | None:
    if call.error_kind is None:
        return None
    return CallError(call.error_kind, call.error_message or "", call.error_status)


def _usage(call: "Call") -> Usage:
    return Usage(
        input_tokens=call.input_tokens,
        cache_read_tokens=call.cache_read_tokens,
        cache_write_tokens=call.cache_write_tokens,
        output_tokens=call.output_tokens,
        reasoning_tokens=call.reasoning_tokens,
    )


def _cost(call: "Call") -> Cost | None:
    parts = call.cost_input, call.cost_cache_read, call.cost_cache_write, call.cost_output
    if call.price is None or None in parts:
        return None
    return Cost(*cast("tuple[Any, Any, Any, Any]", parts), price=price_of(call.price))


def _timing(call: "Call") -> Timing:
    return Timing(
        first_event_ms=call.first_event_ms,
        ttft_ms=call.ttft_ms,
        ttfa_ms=call.ttfa_ms,
        last_token_ms=call.last_token_ms,
        total_ms=call.total_ms,
        elapsed_ms=call.elapsed_ms,
    )
