"""The answers of a run one after the other, each with its sample and its call, read as they are written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Nullable, Select, and_, select
from sqlalchemy.orm import Session

from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.store import sample_of
from db.benchmarks import Result, Run
from db.benchmarks import Sample as SampleRow
from db.benchmarks import Suite as SuiteRow
from db.models import Call, CallContent
from db.shapes import params_of

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Head:
    """A run and the version of the suite that it asked; `suite` has no samples. Offers are its snapshots."""

    run: Run
    version: int
    suite: Suite
    offers: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Record:
    """A finished cell: its sample, its words (`None` once deleted) and its call (`None` if imported)."""

    cell: Result
    sample: Sample
    text: str | None
    call: Call | None


def head(session: Session, run_id: str) -> Head:
    """Raises `LookupError` where there is no such run."""
    run = session.get(Run, run_id)
    if run is None:
        raise LookupError(f"there is no run {run_id}")
    row = session.get_one(SuiteRow, run.suite_id)
    suite = Suite(
        row.name,
        (),
        tuple(ScorerSpec(**spec) for spec in row.definition.get("scorers", ())),
        row.description,
        row.definition.get("system", ""),
        row.definition.get("template", ""),
        params_of(row.definition.get("params", {})),
        row.source,
    )
    return Head(run, row.version, suite, {stored["id"]: stored for stored in run.offers})


def records(session: Session, run: Run, offer: str | None = None) -> Iterator[Record]:
    """The finished cells by offer, sample and epoch; each lives only until the next is asked for."""
    listed = _listed(run) if offer is None else _listed(run).where(Result.offer == offer)
    for cell, content, text, call in session.execute(listed.execution_options(yield_per=_AT_ONCE)):
        yield Record(cell, sample_of(content), cell.text if text is None else text, call)


def batches(rows: Iterator[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    """The rows some hundred at a time."""
    while batch := list(islice(rows, _AT_ONCE)):
        yield batch


def _listed(run: Run) -> "Select[Result, dict[str, Any], str | None, Call | None]":
    same = and_(SampleRow.suite_id == run.suite_id, SampleRow.key == Result.sample_key)
    return (
        select(Result, SampleRow.content, Nullable(CallContent.text), Nullable(Call))
        .join(SampleRow, same)
        .outerjoin(Call, Call.id == Result.call_id)
        .outerjoin(CallContent, CallContent.call_id == Result.call_id)
        .where(Result.run_id == run.id, Result.status == "done")
        .order_by(Result.offer, Result.position, Result.epoch)
    )
