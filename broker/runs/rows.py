"""A cell as a row of `result`."""

from typing import Any, cast

from sqlalchemy import Table

from broker.runs.plan import Cell
from broker.types import Completion
from db.benchmarks import Result

_OPEN: dict[str, Any] = dict.fromkeys(cast(Table, Result.__table__).columns.keys())


def started_row(run_id: str, cell: Cell, sample_key: str, call_id: str | None) -> dict[str, Any]:
    """Every column of a cell whose call is about to begin, for the first time."""
    return _OPEN | {
        "run_id": run_id,
        "offer": cell.offer,
        "sample_key": sample_key,
        "epoch": cell.epoch,
        "position": cell.position,
        "status": "running",
        "attempt": 1,
        "repeated": False,
        "retried": False,
        "call_id": call_id,
    }


def ended_row(completion: Completion) -> dict[str, Any]:
    """The columns that say what came of its call: figures, never words."""
    timing = completion.timing
    return {
        "status": "done",
        "cost": completion.cost and completion.cost.total,
        "error_kind": completion.error and completion.error.kind,
        "finish_reason": completion.finish_reason,
        "ttft_ms": timing.ttft_ms,
        "ttfa_ms": timing.ttfa_ms,
        "total_ms": timing.total_ms,
        "elapsed_ms": timing.elapsed_ms,
        "output_tokens": completion.usage.output_tokens,
        "output_tokens_per_s": completion.output_tokens_per_s,
        "retried": len(completion.attempts) > 1,
    }
