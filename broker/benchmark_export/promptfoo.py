"""The results file of promptfoo (`promptfoo eval --output results.json`), version 3 of its summary.

Written from its public documentation and types. What it has no place for stands in `metadata`.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from broker.benchmark_export.records import Head, Record, head, records
from broker.benchmark_export.rows import offer_columns, scorers, timings
from broker.results import FAILED
from broker.runs.asking import request_of
from db.shapes import messages_json, params_of

_NONE, _ASSERT, _ERROR = 0, 1, 2  # its reasons for a failure
_TOKENS = {"prompt": "input_tokens", "completion": "output_tokens", "cached": "cache_read_tokens"}


def write(session: Session, run_id: str, offer: str | None = None) -> Iterator[bytes]:
    """The file; a prompt with its provider for each offer, a test for each sample."""
    known, counts = head(session, run_id), Counter[str]()
    opening = {"version": 3, "timestamp": _time(known.run.ended_at or known.run.created_at)}
    yield f'{{"evalId": {_dump(known.run.id)}, "results": {_dump(opening)[:-1]}, "results": ['.encode()
    places = {offer: i for i, offer in enumerate(known.offers)}
    for i, record in enumerate(records(session, known.run, offer)):
        result = _result(known, record, places)
        counts.update(_counts(result))
        yield (("," if i else "") + _dump(result)).encode()
    stats = {name: counts[name] for name in ("successes", "failures", "errors")}
    tokens = {name: counts[name] for name in ("total", "prompt", "completion", "cached", "numRequests")}
    rest = {"prompts": _prompts(known), "stats": stats | {"tokenUsage": tokens}}
    yield f"], {_dump(rest)[1:]}, {_dump(_closing(known))[1:]}".encode()


def _result(known: Head, record: Record, places: Mapping[str, int]) -> dict[str, Any]:
    cell, sample = record.cell, record.sample
    failed = cell.outcome in FAILED
    reason = _ERROR if failed else _ASSERT if cell.passed is False else _NONE
    offer = known.offers[cell.offer]
    usage = _usage(record)
    variables = {**sample.variables, "input": sample.input} if isinstance(sample.input, str) else {}
    return {
        "promptIdx": places[cell.offer],
        "testIdx": cell.position,
        "testCase": {"description": cell.sample_key, "vars": variables, "assert": [], "metadata": {}},
        "promptId": f"{known.run.suite_id}-{places[cell.offer]}",
        "provider": {"id": cell.offer, "label": offer["name"]},
        "prompt": {"raw": _prompt(known, record), "label": known.suite.name},
        "vars": variables,
        "response": None if failed else {"output": record.text, "tokenUsage": usage},
        "error": _why(record) if failed else None,
        "failureReason": reason,
        "success": cell.passed is True,
        "score": cell.value or 0,
        "namedScores": _named(cell.scores),
        "latencyMs": cell.total_ms,
        "cost": None if cell.cost is None else float(cell.cost),
        "tokenUsage": usage,
        "gradingResult": _grading(cell.passed, cell.value, cell.explanation)
        | {"componentResults": [_component(score) for score in cell.scores or ()]},
        "metadata": _metadata(known, record),
    }


def _metadata(known: Head, record: Record) -> dict[str, Any]:
    cell = record.cell
    return {
        "sample": cell.sample_key,
        "epoch": cell.epoch + 1,
        "kind": known.run.kind,
        "outcome": cell.outcome,
        "ttft_ms": cell.ttft_ms,
        "ttfa_ms": cell.ttfa_ms,
        "elapsed_ms": cell.elapsed_ms,
        "timings": timings(known),
        "scorers": scorers(cell.scores),
        "judge_cost_usd": None if cell.judge_cost is None else float(cell.judge_cost),
    }


def _prompt(known: Head, record: Record) -> str:
    """What was sent, as promptfoo writes a conversation: the JSON of its turns; a lone text as it is."""
    messages = request_of(known.suite, record.sample, params_of(known.run.params)).messages
    if len(messages) == 1 and not messages[0].images:
        return messages[0].content
    return _dump(messages_json(messages))


def _prompts(known: Head) -> list[dict[str, Any]]:
    said = {"raw": known.suite.template or "{{input}}", "label": known.suite.name}
    return [
        {**said, "id": f"{known.run.suite_id}-{i}", "provider": offer} for i, offer in enumerate(known.offers)
    ]


def _closing(known: Head) -> dict[str, Any]:
    offers = [offer_columns(stored) for stored in known.offers.values()]
    described = {"description": known.suite.description or known.suite.name, "providers": list(known.offers)}
    told = {"suite": known.suite.name, "suite_version": known.version, "kind": known.run.kind}
    told |= {"timings": timings(known), "lag_p95_ms": known.run.lag_p95_ms, "offers": offers}
    exported = {"exportedAt": _time(datetime.now(UTC)), "run": told}
    return {"config": described, "shareableUrl": None, "metadata": exported}


def _usage(record: Record) -> dict[str, int]:
    if record.call is None:
        return {}
    known = {name: getattr(record.call, column) for name, column in _TOKENS.items()}
    counts = {name: count for name, count in known.items() if count is not None}
    return counts | {"total": counts.get("prompt", 0) + counts.get("completion", 0), "numRequests": 1}


def _counts(result: Mapping[str, Any]) -> dict[str, int]:
    ended = "successes" if result["success"] else "errors" if result["error"] else "failures"
    return {ended: 1, **result["tokenUsage"]}


def _named(scores: list[Any] | None) -> dict[str, float]:
    return {score["scorer"]: score["value"] for score in scores or () if score["value"] is not None}


def _component(score: Mapping[str, Any]) -> dict[str, Any]:
    found = _grading(score["passed"], score["value"], score["explanation"])
    return found | {
        "assertion": {"type": score["name"], "metric": score["scorer"]},
        "version": score["version"],
    }


def _grading(passed: bool | None, value: float | None, explanation: str | None) -> dict[str, Any]:
    return {"pass": bool(passed), "score": value or 0, "reason": explanation or ""}


def _why(record: Record) -> str:
    message = record.call.error_message if record.call else None
    return message or record.cell.explanation or record.cell.error_kind or "failed"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
