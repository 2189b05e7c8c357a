"""Anthropic messages, in both of its API versions, at Anthropic, on Azure and on Vertex AI.

Since 2026-10-21 Anthropic's own key travels as a bearer token and sampling parameters are gone; the
version is the setting `version`. With the setting `door` = `vertex` the model stands in the path and the
version in the body.
"""

import re
from typing import Any

from broker.providers import Encoded, vertex
from broker.providers.anthropic_events import decode, decode_body
from broker.providers.anthropic_messages import lacks_thinking, messages, system, with_markers
from broker.providers.frames import FrameDecoder
from broker.types import Auth, ChatRequest, Effort, Offer, Params, Provider, Tool

__all__ = ["UNUSUAL", "auth", "decode", "decode_body", "decoder", "encode", "version"]

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
_CHOICE = {"auto": "auto", "none": "none", "required": "any"}


def version(provider: Provider) -> str:
    """The API version; on Vertex AI the older one is called `vertex-2023-10-16`."""
    return provider.settings.get("version", "2026-10-21" if _is_vertex(provider) else "2023-06-01")


def auth(provider: Provider) -> Auth:
    """How the key travels: as the row says, but as a bearer token where the version has no other way."""
    moved = provider.auth == "x-api-key" and _is_new(provider)
    return "bearer" if moved else provider.auth


def encode(provider: Provider, offer: Offer, request: ChatRequest) -> Encoded:
    """`POST /v1/messages`. Consecutive turns of one role are joined by the API itself."""
    params, turns = request.params, with_markers(request.messages)
    max_tokens = _max_tokens(offer.known_name, params)
    thinking = _thinking(offer.known_name, request, max_tokens)
    body: dict[str, Any] = {
        "max_tokens": max_tokens,
        "messages": messages(turns, "thinking" in thinking),
        "stream": True,
        **({} if thinking or _is_new(provider) else _sampling(params)),
        **thinking,
        **_tools(params),
    }
    if told := system(turns):
        body["system"] = told
    if params.stop:
        body["stop_sequences"] = list(params.stop)
    if params.json_schema is not None:
        schema = {"type": "json_schema", "schema": dict(params.json_schema)}
        body.setdefault("output_config", {})["format"] = schema
    unmarked = any(turn.cache for turn in request.messages) and not any(turn.cache for turn in turns)
    dropped = (*_unsent(params, body), *(["cache"] if unmarked else []))
    return _addressed(provider, offer.wire_model, body, dropped)


def _addressed(provider: Provider, model: str, body: dict[str, Any], dropped: tuple[str, ...]) -> Encoded:
    """The body with the model and the version where this door wants them."""
    if _is_vertex(provider):
        path = vertex.model_path(provider, "v1", "anthropic", model)
        body["anthropic_version"] = version(provider)
        return Encoded(f"{path}:streamRawPredict", body, dropped)
    body["model"] = model
    return Encoded("/v1/messages", body, dropped, headers={"anthropic-version": version(provider)})


def _is_vertex(provider: Provider) -> bool:
    return provider.settings.get("door") == "vertex"


def _is_new(provider: Provider) -> bool:
    return version(provider).removeprefix("vertex-") >= _BEARER_SINCE


def _max_tokens(model: str, params: Params) -> int:
    """As asked; or room for an answer, beside what the reasoning may take."""
    if params.max_tokens is not None:
        return params.max_tokens
    budget = params.reasoning_budget if _FIXED_BUDGET.search(model) else None
    if params.reasoning_effort is None and budget is None:
        return _MAX_TOKENS
    return max(_MAX_TOKENS_THINKING, _MAX_TOKENS + (budget or 0))


def _sampling(params: Params) -> dict[str, Any]:
    """One of the two sampling parameters: models since Opus 4.1 refuse both together."""
    if params.temperature is not None:
        return {"temperature": params.temperature}
    return {"top_p": params.top_p} if params.top_p is not None else {}


def _thinking(model: str, request: ChatRequest, max_tokens: int) -> dict[str, Any]:
    """The fields that ask for reasoning; empty when none is asked for or none can be had.

    A tool that must be called leaves no place for it: the call is what the caller relies on.
    """
    params = request.params
    if params.tools and params.tool_choice not in (None, "auto", "none"):
        return {}
    if not _FIXED_BUDGET.search(model):
        return _adaptive(params.reasoning_effort)
    budget = None if lacks_thinking(request.messages) else _budget(params, max_tokens)
    return {"thinking": {"type": "enabled", "budget_tokens": budget}} if budget else {}


def _adaptive(effort: Effort | None) -> dict[str, Any]:
    if effort is None:
        return {}
    thinking = {"type": "adaptive", "display": "summarized"}  # newer models else keep it to themselves
    return {"thinking": thinking, "output_config": {"effort": _EFFORT[effort]}}


def _budget(params: Params, max_tokens: int) -> int | None:
    """Tokens to think with: as asked, or what the effort stands for, if there is room for it."""
    if params.reasoning_budget is not None and _LEAST_BUDGET <= params.reasoning_budget < max_tokens:
        return params.reasoning_budget
    if params.reasoning_effort is None:
        return None
    budget = min(_BUDGET[params.reasoning_effort], max_tokens // 2)
    return budget if budget >= _LEAST_BUDGET else None


def _tools(params: Params) -> dict[str, Any]:
    """The tools and which of them to call; the API refuses a choice among none."""
    if not params.tools:
        return {}
    fields: dict[str, Any] = {"tools": [_tool(tool) for tool in params.tools]}
    if params.tool_choice in _CHOICE:
        fields["tool_choice"] = {"type": _CHOICE[params.tool_choice]}
    elif params.tool_choice:
        fields["tool_choice"] = {"type": "tool", "name": params.tool_choice}
    return fields


def _tool(tool: Tool) -> dict[str, Any]:
    described = {"description": tool.description} if tool.description else {}
    return {"name": tool.name, **described, "input_schema": {"type": "object", **tool.parameters}}


def _unsent(params: Params, body: dict[str, Any]) -> list[str]:
    """The parameters that were asked for and are not in the body."""
    budget = body.get("thinking", {}).get("budget_tokens")
    as_asked = budget is not None and budget == params.reasoning_budget
    sent = {
        "temperature": "temperature" in body,
        "top_p": "top_p" in body,
        "tool_choice": "tool_choice" in body,
        "reasoning_budget": as_asked,
        "reasoning_effort": "thinking" in body and not as_asked,
    }
    return [name for name, is_sent in sent.items() if getattr(params, name) is not None and not is_sent]
