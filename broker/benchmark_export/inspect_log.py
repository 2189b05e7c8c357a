"""A log of Inspect (`inspect_ai`) in JSON, version 2: one offer's answers, as a log has one model.

Written from its public documentation and types. What it has no place for stands in `metadata`.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from broker.benchmark_export.records import Head, Record, head, records
from broker.benchmark_export.rows import asked as text_of
from broker.benchmark_export.rows import offer_columns, scorers, timings
from broker.results import FAILED, RunResults
from broker.results.leaderboard import standing
from broker.results.load import load_run
from broker.runs.asking import merged, request_of
from broker.stats import Estimate
from db.shapes import params_of

_STATUS = {"done": "success", "failed": "error", "running": "started", "queued": "started"}
_STOPS = {"stop": "stop", "length": "max_tokens", "tool_calls": "tool_calls"}
_FILTERED = ("content_filter", "refusal")
_GENERATION = ("temperature", "top_p", "max_tokens", "seed", "reasoning_effort")


def write(session: Session, run_id: str, offer: str | None = None) -> Iterator[bytes]:
    """The file; raises `ValueError` where the run has several offers and none is chosen."""
    known = head(session, run_id)
    chosen = _chosen(known, offer)
    results = load_run(session, run_id)
    opening: dict[str, Any] = {
        "version": 2,
        "status": _STATUS.get(known.run.status, "cancelled"),
        "eval": _spec(known, chosen),
        "plan": {"name": "plan", "steps": [{"solver": "generate"}], "config": _generation(known)},
        "results": _results(results, chosen),
        "stats": {"started_at": _time(_began(known)), "completed_at": _time(known.run.ended_at)},
    }
    yield f'{_dump(opening)[:-1]}, "samples": ['.encode()
    for i, record in enumerate(records(session, known.run, chosen)):
        yield (("," if i else "") + _dump(_sample(known, record))).encode()
    yield b"]}"


def _chosen(known: Head, offer: str | None) -> str:
    if offer in known.offers:
        return str(offer)
    if offer is None and len(known.offers) == 1:
        return next(iter(known.offers))
    raise ValueError(f"An Inspect log has one model: choose one of {', '.join(known.offers)}.")


def _spec(known: Head, offer: str) -> dict[str, Any]:
    run, suite = known.run, known.suite
    return {
        "eval_id": f"{run.id}-{list(known.offers).index(offer)}",
        "run_id": run.id,
        "created": _time(run.created_at),
        "task": suite.name,
        "task_id": run.suite_id,
        "task_version": known.version,
        "dataset": {"name": suite.name, "location": suite.source or None, "samples": run.cell_count},
        "model": offer,
        "model_base_url": known.offers[offer]["base_url"] or None,
        "config": {"limit": run.sample_limit, "epochs": run.epochs},
        "packages": {},
        "metadata": {
            "kind": run.kind,
            "timings": timings(known),
            "lag_p95_ms": run.lag_p95_ms,
            **{name: _plain(value) for name, value in offer_columns(known.offers[offer]).items()},
        },
    }


def _results(run: RunResults, offer: str) -> dict[str, Any]:
    """The offer's accuracy and mean score with their intervals."""
    found = standing(run, offer)
    metrics = {
        "accuracy": found.accuracy,
        "accuracy_of_asked": found.accuracy_of_asked,
        "mean_score": found.score,
    }
    known = {name: _metric(name, one) for name, one in metrics.items() if one.value is not None}
    score = {
        "name": "suite",
        "scorer": "suite",
        "scored_samples": found.asked - found.unjudged,
        "unscored_samples": found.unjudged,
        "metrics": known,
    }
    return {"total_samples": found.asked, "completed_samples": found.asked, "scores": [score]}


def _metric(name: str, estimate: Estimate) -> dict[str, Any]:
    interval = {"low": estimate.low, "high": estimate.high, "n": estimate.n, "method": estimate.method}
    return {"name": name, "value": estimate.value, "metadata": interval}


def _sample(known: Head, record: Record) -> dict[str, Any]:
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
        "started_at": cell.started_at and _time(cell.started_at),
        "completed_at": cell.ended_at and _time(cell.ended_at),
        "total_time": _seconds(cell.elapsed_ms),
        "working_time": _seconds(cell.total_ms),
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
        "time": _seconds(cell.total_ms),
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
        "cost_usd": _plain(cell.cost),
        "judge_cost_usd": _plain(cell.judge_cost),
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


def _generation(known: Head) -> dict[str, Any]:
    """The parameters that go with every call."""
    params = merged(known.suite.params, params_of(known.run.params))
    return {name: value for name in _GENERATION if (value := getattr(params, name)) is not None}


def _began(known: Head) -> datetime:
    return known.run.started_at or known.run.created_at


def _time(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat()


def _seconds(ms: float | None) -> float | None:
    return None if ms is None else ms / 1000


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else float(value)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
