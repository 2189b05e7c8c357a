"""AWS Bedrock: Converse, one format for the models of every maker.

What only one maker's models know goes into `additionalModelRequestFields`, as AWS documents it per maker.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from broker.providers import Encoded
from broker.providers.anthropic_messages import with_markers
from broker.providers.bedrock_events import decode, decode_body
from broker.providers.bedrock_messages import lacks_thinking, messages, system
from broker.providers.event_stream import EventStreamDecoder
from broker.types import ChatRequest, Effort, Message, Offer, Params, Provider, Tool

__all__ = ["UNUSUAL", "decode", "decode_body", "decoder", "encode"]

UNUSUAL = frozenset({"seed", "logprobs"})
decoder = EventStreamDecoder

# Up to 4.5, Claude is given a number of tokens to think with; later models are told how hard to try.
_CLAUDE = re.compile(r"claude-")
_FIXED_BUDGET = re.compile(r"claude-(3-7|(opus|sonnet|haiku)-4(-[015])?(?=-\d{8}|-v\d|:|\s|$))")
_TAKES_BOTH = re.compile(r"claude-(3|(opus|sonnet)-4-20)")  # temperature and top_p in one request
_NOVA = re.compile(r"amazon\.nova-[2-9]")
_GPT = re.compile(r"openai\.gpt-")
_BUDGET: dict[Effort, int] = {"minimal": 1024, "low": 1024, "medium": 4096, "high": 8192}
_LEAST_BUDGET = 1024
_EFFORT: dict[Effort, str] = {"minimal": "low", "low": "low", "medium": "medium", "high": "high"}
_CHOICE: dict[str, Any] = {"auto": {"auto": {}}, "required": {"any": {}}}


def encode(provider: Provider, offer: Offer, request: ChatRequest) -> Encoded:
    """`POST /model/{id}/converse-stream`; the id may be a model's, an inference profile's or an ARN."""
    params, turns = request.params, with_markers(request.messages)
    name = offer.known_name
    reasoning = _reasoning(name, request)
    body: dict[str, Any] = {
        "messages": messages(turns, bool(reasoning)),
        "system": system(turns),
        "inferenceConfig": _inference(name, params, reasoning),
        "toolConfig": _tools(params, turns),
        "outputConfig": _output(params, reasoning),
        "additionalModelRequestFields": reasoning,
    }
    body = {key: value for key, value in body.items() if value or key == "messages"}
    path = f"/model/{quote(offer.wire_model, safe='')}/converse-stream"
    unmarked = any(turn.cache for turn in request.messages) and not any(turn.cache for turn in turns)
    dropped = (*_unsent(params, body), *(["cache"] if unmarked else []))
    return Encoded(path, body, dropped, headers={"accept": "application/vnd.amazon.eventstream"})


def _inference(name: str, params: Params, reasoning: dict[str, Any]) -> dict[str, Any]:
    """The parameters that every model knows, without those that a model refuses beside its reasoning."""
    fields = {
        "maxTokens": params.max_tokens,
        "temperature": params.temperature,
        "topP": params.top_p,
        "stopSequences": list(params.stop) or None,
    }
    if "thinking" in reasoning:
        del fields["temperature"], fields["topP"]
    elif reasoning.get("reasoningConfig", {}).get("maxReasoningEffort") == "high":
        del fields["maxTokens"], fields["temperature"], fields["topP"]
    elif _CLAUDE.search(name) and not _TAKES_BOTH.search(name) and params.temperature is not None:
        del fields["topP"]
    return {key: value for key, value in fields.items() if value is not None}


def _reasoning(name: str, request: ChatRequest) -> dict[str, Any]:
    """The maker's own fields that ask for reasoning; empty when none is asked for or none can be had."""
    params = request.params
    effort = params.reasoning_effort and _EFFORT[params.reasoning_effort]
    if _CLAUDE.search(name):
        return _thinking(name, request, effort)
    if effort and _NOVA.search(name):
        return {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": effort}}
    return {"reasoning_effort": effort} if effort and _GPT.search(name) else {}


def _thinking(name: str, request: ChatRequest, effort: str | None) -> dict[str, Any]:
    """Claude's fields. A tool that must be called leaves no place for reasoning: the caller relies on it."""
    params = request.params
    if params.tools and params.tool_choice not in (None, "auto", "none"):
        return {}
    if _FIXED_BUDGET.search(name):
        budget = None if lacks_thinking(request.messages) else _budget(params)
        return {"thinking": {"type": "enabled", "budget_tokens": budget}} if budget else {}
    thinking = {"type": "adaptive", "display": "summarized"}  # newer models else keep it to themselves
    return {"thinking": thinking} if effort else {}


def _budget(params: Params) -> int | None:
    """Tokens to think with: as asked, or what the effort stands for, if there is room for it."""
    asked, room = params.reasoning_budget, params.max_tokens
    if asked is not None and asked >= _LEAST_BUDGET and (room is None or asked < room):
        return asked
    if params.reasoning_effort is None:
        return None
    budget = _BUDGET[params.reasoning_effort]
    budget = budget if room is None else min(budget, room // 2)
    return budget if budget >= _LEAST_BUDGET else None


def _tools(params: Params, turns: Sequence[Message]) -> dict[str, Any]:
    """The tools and which of them to call. There is no word for `none`: then there are no tools.

    But a conversation in which tools were called is refused without them.
    """
    called = any(turn.tool_calls or turn.role == "tool" for turn in turns)
    if not params.tools or (params.tool_choice == "none" and not called):
        return {}
    fields: dict[str, Any] = {"tools": [_tool(tool) for tool in params.tools]}
    if params.tool_choice in _CHOICE:
        fields["toolChoice"] = _CHOICE[params.tool_choice]
    elif params.tool_choice and params.tool_choice != "none":
        fields["toolChoice"] = {"tool": {"name": params.tool_choice}}
    return fields


def _tool(tool: Tool) -> dict[str, Any]:
    described = {"description": tool.description} if tool.description else {}
    schema = {"type": "object", **tool.parameters}
    return {"toolSpec": {"name": tool.name, **described, "inputSchema": {"json": schema}}}


def _output(params: Params, reasoning: dict[str, Any]) -> dict[str, Any]:
    """The answer's JSON schema, which travels as a text, and how hard an adaptive model is to try."""
    output: dict[str, Any] = {}
    if params.json_schema is not None:
        schema = {"name": "answer", "schema": json.dumps(params.json_schema, ensure_ascii=False)}
        output["textFormat"] = {"type": "json_schema", "structure": {"jsonSchema": schema}}
    if params.reasoning_effort and reasoning.get("thinking", {}).get("type") == "adaptive":
        output["effort"] = _EFFORT[params.reasoning_effort]
    return output


def _unsent(params: Params, body: dict[str, Any]) -> list[str]:
    """The parameters that were asked for and are not in the body."""
    config, tools = body.get("inferenceConfig", {}), body.get("toolConfig", {})
    fields = body.get("additionalModelRequestFields", {})
    budget = fields.get("thinking", {}).get("budget_tokens")
    as_asked = budget is not None and budget == params.reasoning_budget
    without_tools = bool(params.tools) and params.tool_choice == "none" and not tools
    sent = {
        "max_tokens": "maxTokens" in config,
        "temperature": "temperature" in config,
        "top_p": "topP" in config,
        "tool_choice": "toolChoice" in tools or without_tools,
        "reasoning_budget": as_asked,
        "reasoning_effort": bool(fields) and not as_asked,
    }
    return [name for name, is_sent in sent.items() if getattr(params, name) is not None and not is_sent]
