"""Google Gemini `streamGenerateContent`, at the Gemini API and on Vertex AI.

The API version is the setting `version`; the setting `door` = `vertex` or `express` is for Vertex AI, by
project or by key alone.
"""

import re
from typing import Any
from urllib.parse import quote

from broker.providers import Encoded, vertex
from broker.providers.frames import FrameDecoder
from broker.providers.gemini_contents import contents
from broker.providers.gemini_events import decode, decode_body
from broker.types import ChatRequest, Effort, Offer, Params, Provider, Tool

__all__ = ["UNUSUAL", "decode", "decode_body", "decoder", "encode"]

UNUSUAL = frozenset({"cache"})
decoder = FrameDecoder

# Up to 2.5 a model is given a number of tokens to think with (these are Google's own equivalents); later
# ones are given a level and refuse a budget.
_OLDER = re.compile(r"^gemini-[12]\.")
_BUDGET: dict[Effort, int] = {"minimal": 1024, "low": 1024, "medium": 8192, "high": 24576}
_MODE = {"auto": "AUTO", "none": "NONE", "required": "ANY"}


def encode(provider: Provider, offer: Offer, request: ChatRequest) -> Encoded:
    """`POST …/{model}:streamGenerateContent`, as server-sent events."""
    params, model = request.params, offer.wire_model.removeprefix("models/")
    older = bool(_OLDER.match(model))
    body: dict[str, Any] = {"contents": contents(request.messages, signed=not older), **_tools(params)}
    if system := [{"text": turn.content} for turn in request.messages if turn.role == "system"]:
        body["systemInstruction"] = {"parts": system}
    if config := _generation_config(params, older):
        body["generationConfig"] = config
    path = f"{_path(provider, model)}:streamGenerateContent?alt=sse"
    return Encoded(path, body, tuple(_unsent(params, body)))


def _path(provider: Provider, model: str) -> str:
    version = provider.settings.get("version", "v1beta")
    if "door" in provider.settings:
        return vertex.model_path(provider, version, "google", model)
    return f"/{version}/models/{quote(model, safe='')}"


def _tools(params: Params) -> dict[str, Any]:
    """The functions and which of them to call; the API refuses a choice among none."""
    if not params.tools:
        return {}
    fields: dict[str, Any] = {"tools": [{"functionDeclarations": [_function(tool) for tool in params.tools]}]}
    if params.tool_choice in _MODE:
        fields["toolConfig"] = {"functionCallingConfig": {"mode": _MODE[params.tool_choice]}}
    elif params.tool_choice:
        named = {"mode": "ANY", "allowedFunctionNames": [params.tool_choice]}
        fields["toolConfig"] = {"functionCallingConfig": named}
    return fields


def _function(tool: Tool) -> dict[str, Any]:
    schema = {"parametersJsonSchema": dict(tool.parameters)} if tool.parameters else {}
    return {"name": tool.name, "description": tool.description, **schema}


def _generation_config(params: Params, older: bool) -> dict[str, Any]:
    # Older models refuse a schema beside tools.
    schema = None if older and params.tools else params.json_schema
    values = {
        "temperature": params.temperature,
        "topP": params.top_p,
        "maxOutputTokens": params.max_tokens,
        "stopSequences": list(params.stop) or None,
        "seed": params.seed,
        "responseMimeType": None if schema is None else "application/json",
        "responseJsonSchema": None if schema is None else dict(schema),
        "responseLogprobs": None if params.logprobs is None else True,
        "logprobs": params.logprobs or None,
        "thinkingConfig": _thinking(params, older),
    }
    return {name: value for name, value in values.items() if value is not None}


def _thinking(params: Params, older: bool) -> dict[str, Any] | None:
    effort, budget = params.reasoning_effort, params.reasoning_budget
    if older and budget is None and effort is not None:
        budget = _BUDGET[effort]
    if older and budget is not None:
        return {"includeThoughts": budget != 0, "thinkingBudget": budget}
    return {"includeThoughts": True, "thinkingLevel": effort.upper()} if effort else None


def _unsent(params: Params, body: dict[str, Any]) -> list[str]:
    """The parameters that were asked for and are not in the body."""
    config = body.get("generationConfig", {})
    budget = config.get("thinkingConfig", {}).get("thinkingBudget")
    sent = {
        "json_schema": "responseJsonSchema" in config,
        "tool_choice": "toolConfig" in body,
        "reasoning_budget": budget is not None,
        "reasoning_effort": params.reasoning_budget is None or budget is None,
    }
    return [name for name, is_sent in sent.items() if getattr(params, name) is not None and not is_sent]
