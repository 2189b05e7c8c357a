"""One answer as a result of promptfoo."""

import json
from collections.abc import Mapping
from typing import Any

from broker.benchmark_export.records import Head, Record
from broker.benchmark_export.rows import scorers, timings
from broker.results import FAILED
from broker.runs.asking import request_of
from db.shapes import messages_json, params_of

_NONE, _ASSERT, _ERROR = 0, 1, 2  # its reasons for a failure
_TOKENS = {"prompt": "input_tokens", "completion": "output_tokens", "cached": "cache_read_tokens"}


def result_of(known: Head, record: Record, places: Mapping[str, int]) -> dict[str, Any]:
    """The result; `places` has each offer's place among the providers."""
    cell, sample = record.cell, record.sample
    failed = _failure(record)
    reason = _ERROR if failed else _ASSERT if cell.passed is False else _NONE
    offer = known.offers[cell.offer]
    usage = _usage(record)
    variables = {**sample.variables, "input": sample.input} if isinstance(sample.input, str) else {}
    return {
        "promptIdx": places[cell.offer],
        "testIdx": cell.position,
        "testCase": {
            "description": cell.sample_key,
            "vars": variables,
            "assert": [],
            "metadata": dict(sample.metadata),
        },
        "promptId": f"{known.run.suite_id}-{places[cell.offer]}",
        "provider": {"id": cell.offer, "label": offer["name"]},
        "prompt": {"raw": _prompt(known, record), "label": known.suite.name},
        "vars": variables,
        "response": None if cell.outcome in FAILED else _response(record, usage),
        "error": failed or None,
        "failureReason": reason,
        "success": reason == _NONE,
        "score": cell.value or 0,
        "namedScores": _named(cell.scores),
        "latencyMs": cell.total_ms,
        "cost": None if cell.cost is None else float(cell.cost),
        "tokenUsage": usage,
        "gradingResult": None if failed else _graded(record),
        "metadata": _metadata(known, record),
    }


def _metadata(known: Head, record: Record) -> dict[str, Any]:
    cell = record.cell
    return {
        "sample": cell.sample_key,
        "epoch": cell.epoch + 1,
        "kind": known.run.kind,
        "outcome": cell.outcome,
        "passed": cell.passed,
        "value": cell.value,
        "ttft_ms": cell.ttft_ms,
        "ttfa_ms": cell.ttfa_ms,
        "elapsed_ms": cell.elapsed_ms,
        "timings": timings(known),
        "scorers": scorers(cell.scores),
        "judge_cost_usd": None if cell.judge_cost is None else float(cell.judge_cost),
    }


def _failure(record: Record) -> str:
    """Why there is neither pass nor failure; empty where there is one. A mere score has nothing to fail."""
    cell = record.cell
    if cell.passed is not None or cell.value is not None:
        return ""
    if cell.outcome in FAILED:
        return _why(record)
    if cell.outcome == "answered":
        return f"not judged: {cell.explanation or 'no scorer'}"
    return cell.outcome or "unknown"


def _response(record: Record, usage: Mapping[str, int]) -> dict[str, Any]:
    told: dict[str, Any] = {"output": record.text, "tokenUsage": usage}
    told |= {"finishReason": record.cell.finish_reason} if record.cell.finish_reason else {}
    return told | ({"isRefusal": True} if record.cell.outcome == "refused" else {})


def _prompt(known: Head, record: Record) -> str:
    """What was sent, as promptfoo writes a conversation: the JSON of its turns; a lone text as it is."""
    messages = request_of(known.suite, record.sample, params_of(known.run.params)).messages
    if len(messages) == 1 and not messages[0].images:
        return messages[0].content
    return json.dumps(messages_json(messages), ensure_ascii=False, default=str)


def _usage(record: Record) -> dict[str, int]:
    if record.call is None:
        return {}
    known = {name: getattr(record.call, column) for name, column in _TOKENS.items()}
    counts = {name: count for name, count in known.items() if count is not None}
    return counts | {"total": counts.get("prompt", 0) + counts.get("completion", 0), "numRequests": 1}


def _named(scores: list[Any] | None) -> dict[str, float]:
    return {score["scorer"]: score["value"] for score in scores or () if score["value"] is not None}


def _graded(record: Record) -> dict[str, Any]:
    cell = record.cell
    known = [score for score in cell.scores or () if score["value"] is not None]
    found = _grading(cell.passed, cell.value, cell.explanation)
    return found | {"componentResults": [_component(score) for score in known]}


def _component(score: Mapping[str, Any]) -> dict[str, Any]:
    found = _grading(score["passed"], score["value"], score["explanation"])
    return found | {
        "assertion": {"type": score["name"], "metric": score["scorer"]},
        "version": score["version"],
    }


def _grading(passed: bool | None, value: float | None, explanation: str | None) -> dict[str, Any]:
    return {"pass": passed is not False, "score": value or 0, "reason": explanation or ""}


def _why(record: Record) -> str:
    message = record.call.error_message if record.call else None
    return message or record.cell.explanation or record.cell.error_kind or "failed"
