"""One answer as a sample of an Inspect log."""

from collections.abc import Iterator, Mapping
from typing import Any

from broker.benchmark_export.inspect_values import plain, seconds, time
from broker.benchmark_export.records import Head, Record
from broker.benchmark_export.rows import asked as text_of
from broker.benchmark_export.rows import scorers
from broker.results import FAILED
from broker.runs.asking import request_of
from db.shapes import params_of

_STOPS = {"stop": "stop", "length": "max_tokens", "tool_calls": "tool_calls"}
_FILTERED = ("content_filter", "refusal")


def sample(known: Head, record: Record) -> dict[str, Any]:
    """The sample of a log that has what was asked, answered, scored and used."""
    cell, sample = record.cell, record.sample
    request = request_of(known.suite, sample, params_of(known.run.params))
    asked = [{"role": turn.role, "content": turn.content} for turn in request.messages]
    answer = {"role": "assistant", "content": record.text or "", "source": "generate"}
    failed = _failure(record)
    return {
        "id": cell.sample_key,
        "epoch": cell.epoch + 1,
        "input": text_of(record) if isinstance(sample.input, str) else asked,
        "choices": list(sample.choices) or None,
        "target": sample.targets[0] if len(sample.targets) == 1 else list(sample.targets),
        "messages": [*asked, *([] if failed else [answer])],
        "output": _output(record, answer, failed),
        "scores": {name: _score(score) for name, score in _named(cell.scores)},
        "metadata": _metadata(record),
        "model_usage": {cell.offer: usage} if (usage := _usage(record)) else {},
        "started_at": cell.started_at and time(cell.started_at),
        "completed_at": cell.ended_at and time(cell.ended_at),
        "total_time": seconds(cell.elapsed_ms),
        "working_time": seconds(cell.total_ms),
        "error": {"message": failed, "traceback": "", "traceback_ansi": ""} if failed else None,
    }


def _output(record: Record, answer: dict[str, Any], failed: str) -> dict[str, Any]:
    """What the model gave; its time counts in seconds."""
    cell = record.cell
    reason = "content_filter" if cell.finish_reason in _FILTERED else _STOPS.get(cell.finish_reason or "")
    served = record.call.served_model if record.call else None
    return {
        "model": served or cell.offer,
        "choices": [] if failed else [{"message": answer, "stop_reason": reason or "unknown"}],
        "completion": record.text or "",
        "usage": _usage(record),
        "time": seconds(cell.total_ms),
        "error": failed or None,
    }


def _metadata(record: Record) -> dict[str, Any]:
    cell, sample = record.cell, record.sample
    return {
        "outcome": cell.outcome,
        "passed": cell.passed,
        "value": cell.value,
        "scorers": scorers(cell.scores),
        "tags": list(sample.tags),
        "cluster": sample.cluster,
        "metadata": dict(sample.metadata),
        "cost_usd": plain(cell.cost),
        "judge_cost_usd": plain(cell.judge_cost),
        "ttft_ms": cell.ttft_ms,
        "ttfa_ms": cell.ttfa_ms,
        "total_ms": cell.total_ms,
        "elapsed_ms": cell.elapsed_ms,
        "retried": cell.retried,
    }


def _failure(record: Record) -> str:
    """Why there is no answer; empty where there is one."""
    cell = record.cell
    if cell.outcome not in FAILED:
        return ""
    message = record.call.error_message if record.call else None
    return message or cell.explanation or cell.error_kind or "failed"


def _named(scores: list[Any] | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each score by its name, numbered where one name has several."""
    seen: dict[str, int] = {}
    for score in scores or ():
        name = score["scorer"]
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name} {seen[name]}"), score


def _score(score: Mapping[str, Any]) -> dict[str, Any]:
    """What could not be judged is no number."""
    told = {"passed": score["passed"], "version": score["version"], "parts": score["parts"]}
    value = score["value"]
    return {
        "value": "N" if value is None else value,
        "answer": score["answer"],
        "explanation": score["explanation"],
        "metadata": told,
    }


def _usage(record: Record) -> dict[str, int | None] | None:
    call = record.call
    if call is None or call.input_tokens is None or call.output_tokens is None:
        return None
    return {
        "input_tokens": call.input_tokens,
        "output_tokens": call.output_tokens,
        "total_tokens": call.input_tokens + call.output_tokens,
        "input_tokens_cache_write": call.cache_write_tokens,
        "input_tokens_cache_read": call.cache_read_tokens,
        "reasoning_tokens": call.reasoning_tokens,
    }
