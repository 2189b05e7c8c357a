"""A log of Inspect (`inspect_ai`) in JSON, version 2: one offer's answers, as a log has one model.

Written from its public documentation and types. What it has no place for stands in `metadata`.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from broker.benchmark_export.inspect_sample import sample
from broker.benchmark_export.inspect_values import plain, time
from broker.benchmark_export.records import Head, head, records
from broker.benchmark_export.rows import offer_columns, timings
from broker.results import FAILED, RunResults
from broker.results.leaderboard import standing
from broker.results.load import load_run
from broker.runs.asking import merged
from broker.stats import Estimate
from db.shapes import params_of

_STATUS = {"done": "success", "failed": "error", "running": "started", "queued": "started"}
_GENERATION = ("temperature", "top_p", "max_tokens", "seed", "reasoning_effort")


def write(session: Session, run_id: str, offer: str | None = None) -> Iterator[bytes]:
    """The file; raises `ValueError` where the run has several offers and none is chosen."""
    known = head(session, run_id)
    chosen = _chosen(known, offer)
    results = load_run(session, run_id)
    opening: dict[str, Any] = {
        "version": 2,
        "status": _STATUS.get(known.run.status, "cancelled"),
        "eval": _spec(known, results, chosen),
        "plan": {"name": "plan", "steps": [{"solver": "generate"}], "config": _generation(known)},
        "results": _results(results, chosen),
        "stats": {"started_at": time(_began(known)), "completed_at": time(known.run.ended_at)},
    }
    yield f'{_dump(opening)[:-1]}, "samples": ['.encode()
    for i, record in enumerate(records(session, known.run, chosen)):
        yield (("," if i else "") + _dump(sample(known, record))).encode()
    yield b"]}"


def _chosen(known: Head, offer: str | None) -> str:
    if offer in known.offers:
        return str(offer)
    if offer is None and len(known.offers) == 1:
        return next(iter(known.offers))
    raise ValueError(f"An Inspect log has one model: choose one of {', '.join(known.offers)}.")


def _spec(known: Head, results: RunResults, offer: str) -> dict[str, Any]:
    run, suite = known.run, known.suite
    return {
        "eval_id": f"{run.id}-{list(known.offers).index(offer)}",
        "run_id": run.id,
        "created": time(run.created_at),
        "task": suite.name,
        "task_id": run.suite_id,
        "task_version": known.version,
        "dataset": {
            "name": suite.name,
            "location": suite.source or None,
            "samples": _sample_count(known, results, offer),
        },
        "model": offer,
        "model_base_url": known.offers[offer]["base_url"] or None,
        "config": {"limit": run.sample_limit, "epochs": run.epochs},
        "packages": {},
        "metadata": {
            "kind": run.kind,
            "timings": timings(known),
            "lag_p95_ms": run.lag_p95_ms,
            **{name: plain(value) for name, value in offer_columns(known.offers[offer]).items()},
        },
    }


def _sample_count(known: Head, results: RunResults, offer: str) -> int:
    """How many samples the offer was to be asked; of answers made elsewhere, how many it answered."""
    run = known.run
    if run.kind == "imported":
        return len({cell.sample for cell in results.cells[offer]})
    return run.cell_count // (len(known.offers) * run.epochs)


def _results(run: RunResults, offer: str) -> dict[str, Any]:
    """The offer's accuracy and mean score with their intervals."""
    found, cells = standing(run, offer), run.cells[offer]
    scored = sum(cell.passed is not None or cell.value is not None for cell in cells)
    completed = sum(cell.outcome not in FAILED for cell in cells)
    metrics = {
        "accuracy": found.accuracy,
        "accuracy_of_asked": found.accuracy_of_asked,
        "mean_score": found.score,
    }
    known = {name: _metric(name, one) for name, one in metrics.items() if one.value is not None}
    score = {
        "name": "suite",
        "scorer": "suite",
        "scored_samples": scored,
        "unscored_samples": found.asked - scored,
        "metrics": known,
    }
    return {"total_samples": found.asked, "completed_samples": completed, "scores": [score]}


def _metric(name: str, estimate: Estimate) -> dict[str, Any]:
    interval = {"low": estimate.low, "high": estimate.high, "n": estimate.n, "method": estimate.method}
    return {"name": name, "value": estimate.value, "metadata": interval}


def _generation(known: Head) -> dict[str, Any]:
    """The parameters that go with every call."""
    params = merged(known.suite.params, params_of(known.run.params))
    return {name: value for name in _GENERATION if (value := getattr(params, name)) is not None}


def _began(known: Head) -> datetime:
    return known.run.started_at or known.run.created_at


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
