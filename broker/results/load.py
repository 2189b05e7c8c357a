"""Reading a run: its finished cells in one Select of columns, no words among them."""

from itertools import groupby
from typing import Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from broker.judge_scales import JUDGED
from broker.results import Cell, RunResults
from broker.suites.store import load_suite
from db import benchmark_queries as queries
from db.benchmarks import Result, Run, Sample

# In the order of Cell's fields.
_COLUMNS = (
    Result.offer,
    Result.sample_key,
    Result.epoch,
    Result.outcome,
    Result.value,
    Result.passed,
    Result.cost,
    Result.judge_cost,
    Result.error_kind,
    Result.ttft_ms,
    Result.ttfa_ms,
    Result.total_ms,
    Result.output_tokens_per_s,
    Result.retried,
)


def load_run(session: Session, run_id: str) -> RunResults:
    """What is finished of a run, which may still be under way; raises `LookupError` where there is none."""
    run = session.get(Run, run_id)
    if run is None:
        raise LookupError(f"there is no run {run_id}")
    rows = session.execute(queries.results(run_id).with_only_columns(*_COLUMNS))
    found = {offer: tuple(cells) for offer, cells in groupby((Cell(*row) for row in rows), _offer)}
    facts = select(Sample.key, Sample.cluster, Sample.tags).where(Sample.suite_id == run.suite_id)
    samples = session.execute(facts.order_by(Sample.position)).all()
    offers = {stored["id"]: stored for stored in run.offers}
    return RunResults(
        id=run.id,
        name=run.name,
        kind=cast(Literal["measured", "imported"], run.kind),
        status=run.status,
        suite_id=run.suite_id,
        epochs=run.epochs,
        timings_reliable=run.timings == "reliable",
        offers=offers,
        clusters={key: cluster for key, cluster, _ in samples},
        tags={key: tuple(tags) for key, _, tags in samples},
        cells={offer: found.get(offer, ()) for offer in offers},
        lag_p95_ms=run.lag_p95_ms,
        judged_by_model=_judged_by_model(session, run.suite_id) if run.judge else frozenset(),
    )


def _judged_by_model(session: Session, suite_id: str) -> frozenset[str]:
    suite = load_suite(session, suite_id)
    judged = ((sample.id, sample.scorers or suite.scorers) for sample in suite.samples)
    return frozenset(key for key, specs in judged if any(spec.name in JUDGED for spec in specs))


def _offer(cell: Cell) -> str:
    return cell.offer
