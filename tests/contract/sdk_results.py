"""What the official SDKs made of their replies, in our terms."""

import json
from dataclasses import dataclass
from typing import Any

from tests.contract.recordings import Recording

FINISH = {
    "stop": "stop",
    "end_turn": "stop",
    "STOP": "stop",
    "completed": "stop",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "FUNCTION_CALL": "tool_calls",  # the stand-in's own word
}
Call = tuple[str, str, Any]  # id, name, arguments


@dataclass(frozen=True)
class Read:
    """What a reply says, whoever read it."""

    text: str
    reasoning: str
    finish: str | None
    input_tokens: int | None
    output_tokens: int | None
    model: str | None
    calls: tuple[Call, ...] = ()


def read_by_sdk(recording: Recording) -> Read:
    result = recording.content["sdk_result"]
    match recording.ours.dialect:
        case "openai":
            return _openai(result if isinstance(result, list) else [result])
        case "responses":
            return _responses(result[-1]["response"] if isinstance(result, list) else result)
        case "anthropic":
            return _anthropic(result if isinstance(result, dict) else _put_together(result))
        case "gemini":
            return _gemini(result if isinstance(result, list) else [result])
        case _:
            return _bedrock(_events_joined(result) if isinstance(result, list) else result)


def _joined(parts: list[dict[str, Any]], name: str) -> str:
    return "".join(part.get(name) or "" for part in parts)


def _openai(chunks: list[dict[str, Any]]) -> Read:
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    said = [choice.get("delta") or choice["message"] for choice in choices]
    calls = [call for message in said for call in message.get("tool_calls") or []]
    usage = chunks[-1]["usage"]
    return Read(
        _joined(said, "content"),
        _joined(said, "reasoning"),
        next(FINISH[choice["finish_reason"]] for choice in choices if choice["finish_reason"]),
        usage["prompt_tokens"],
        usage["completion_tokens"],
        chunks[-1]["model"],
        tuple((c["id"], c["function"]["name"], json.loads(c["function"]["arguments"])) for c in calls),
    )


def _responses(response: dict[str, Any]) -> Read:
    items = response["output"]
    calls = [item for item in items if item["type"] == "function_call"]
    return Read(
        _joined([part for item in items if item["type"] == "message" for part in item["content"]], "text"),
        _joined([part for item in items for part in item.get("summary") or []], "text"),
        "tool_calls" if calls else FINISH[response["status"]],
        response["usage"]["input_tokens"],
        response["usage"]["output_tokens"],
        response["model"],
        tuple((call["call_id"], call["name"], json.loads(call["arguments"])) for call in calls),
    )


def _put_together(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The message that the events of Anthropic's stream build."""
    start, end = events[0]["message"], events[-2]
    counts = {name: value for name, value in end["usage"].items() if value is not None}
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    reason = end["delta"]["stop_reason"]
    return {**start, "stop_reason": reason, "usage": {**start["usage"], **counts}, "content": deltas}


def _anthropic(result: dict[str, Any]) -> Read:
    message = result.get("final", result)  # of the SDK's streaming helper
    blocks, usage = message["content"], message["usage"]
    return Read(
        _joined(blocks, "text"),
        _joined(blocks, "thinking"),
        FINISH[message["stop_reason"]],
        usage["input_tokens"] or None,  # a stand-in's 0 means: not counted
        usage["output_tokens"],
        message["model"],
        tuple((b["id"], b["name"], b["input"]) for b in blocks if b["type"] == "tool_use"),
    )


def _gemini(chunks: list[dict[str, Any]]) -> Read:
    candidates = [chunk["candidates"][0] for chunk in chunks]
    parts = [part for one in candidates for part in one["content"]["parts"]]
    calls = [part["function_call"] for part in parts if part["function_call"]]
    usage = chunks[-1]["usage_metadata"]
    return Read(
        _joined([part for part in parts if not part["thought"]], "text"),
        _joined([part for part in parts if part["thought"]], "text"),
        FINISH[candidates[-1]["finish_reason"]],
        usage["prompt_token_count"],
        usage["candidates_token_count"],
        chunks[-1]["model_version"],
        tuple((call["id"], call["name"], call["args"]) for call in calls),
    )


def _events_joined(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The reply that the events of ConverseStream build."""
    of = {name: value for event in events for name, value in event.items()}
    said = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    message = {"message": {"content": said}}
    return {"output": message, "stopReason": of["messageStop"]["stopReason"], **of["metadata"]}


def _bedrock(reply: dict[str, Any]) -> Read:
    blocks = reply["output"]["message"]["content"]
    calls = [block["toolUse"] for block in blocks if "toolUse" in block]
    return Read(
        _joined(blocks, "text"),
        "",
        FINISH[reply["stopReason"]],
        reply["usage"]["inputTokens"],
        reply["usage"]["outputTokens"],
        None,  # Converse does not say
        tuple((call["toolUseId"], call["name"], call["input"]) for call in calls),
    )
