"""One row an offer: the leaderboard with its intervals."""

import json
from collections.abc import Iterator
from typing import Any, get_args

from sqlalchemy.orm import Session

from broker.benchmark_export.records import Head, head
from broker.benchmark_export.rows import offer_columns, timings
from broker.export import to_csv
from broker.results.leaderboard import Standing, Waits, leaderboard
from broker.results.load import load_run
from broker.stats import Estimate
from broker.types import Outcome

_ESTIMATES = (
    "accuracy", "accuracy_of_asked", "score", "cost_per_1000_usd", "cost_per_right_usd", "ttft_p50_ms",
    "ttft_p95_ms", "ttfa_p50_ms", "ttfa_p95_ms", "total_p50_ms", "total_p95_ms", "tokens_per_s",
)  # fmt: skip
_LIMITS = ("", "_low", "_high", "_n")
_OFFER = (
    "offer", "offer_name", "maker", "platform", "model", "input_usd_per_mtok", "output_usd_per_mtok",
    "cache_read_usd_per_mtok", "cache_write_usd_per_mtok", "price_source",
)  # fmt: skip
_OUTCOMES: tuple[str, ...] = get_args(Outcome)
COLUMNS = (
    "run_id", "run", "kind", "suite", "suite_version", *_OFFER, "asked", "right", "unjudged", *_OUTCOMES,
    *(f"{name}{limit}" for name in _ESTIMATES for limit in _LIMITS),
    "cost_usd", "judge_cost_usd", "retried", "errors", "timings", "lag_p95_ms",
)  # fmt: skip


def write(session: Session, run_id: str, offer: str | None = None) -> Iterator[bytes]:
    """The table; each estimate with the limits of its 95 % interval and the number that it rests on."""
    known = head(session, run_id)
    standings = leaderboard(load_run(session, run_id))
    rows = (summary_row(known, one) for one in standings if offer in (None, one.offer))
    yield to_csv(rows, COLUMNS)


def summary_row(known: Head, standing: Standing) -> dict[str, Any]:
    """An offer's row with the columns of `COLUMNS`."""
    return {
        "run_id": known.run.id,
        "run": known.run.name,
        "kind": known.run.kind,
        "suite": known.suite.name,
        "suite_version": known.version,
        **offer_columns(known.offers[standing.offer]),
        "asked": standing.asked,
        "right": standing.right,
        "unjudged": standing.unjudged,
        **{name: standing.outcomes.get(name, 0) for name in _OUTCOMES},
        **_estimates(standing),
        "cost_usd": standing.cost,
        "judge_cost_usd": standing.judge_cost,
        "retried": standing.retried,
        "errors": json.dumps(standing.errors) if standing.errors else None,
        "timings": timings(known),
        "lag_p95_ms": known.run.lag_p95_ms,
    }


def _estimates(standing: Standing) -> dict[str, float | None]:
    waits = (standing.ttft, standing.ttfa, standing.total)
    found = (
        standing.accuracy,
        standing.accuracy_of_asked,
        standing.score,
        standing.cost_per_1000,
        standing.cost_per_right,
        *(one for wait in waits for one in _percentiles(wait)),
        standing.tokens_per_s,
    )
    columns = dict[str, float | None]()
    for name, estimate in zip(_ESTIMATES, found, strict=True):
        if estimate is not None:
            values = (estimate.value, estimate.low, estimate.high, estimate.n)
            columns |= {f"{name}{limit}": value for limit, value in zip(_LIMITS, values, strict=True)}
    return columns


def _percentiles(wait: Waits | None) -> tuple[Estimate | None, Estimate | None]:
    return (None, None) if wait is None else (wait.p50, wait.p95)
