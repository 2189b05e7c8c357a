"""Single samples: where offers differ, and everything that was answered to one."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broker.results import RunResults
from broker.suites import Sample
from broker.suites.store import sample_of
from db import benchmark_queries as queries
from db.benchmarks import Result, Run
from db.benchmarks import Sample as SampleRow
from db.models import CallContent


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A sample that offers do not do equally well: each judged offer's mean over the epochs."""

    sample: str
    values: Mapping[str, float]

    @property
    def spread(self) -> float:
        """How far the best is from the worst."""
        return max(self.values.values()) - min(self.values.values())


@dataclass(frozen=True, slots=True)
class Given:
    """An answer to a sample: its cell, its words (`None` once they are deleted) and the reasoning shown."""

    cell: Result
    text: str | None
    reasoning: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """A sample with what every offer of a run answered to it, by offer and epoch."""

    sample: Sample
    answers: tuple[Given, ...]


def disagreements(run: RunResults) -> list[Disagreement]:
    """The samples where offers differ, the widest apart first, then in the suite's order."""
    values = {offer: run.by_sample(offer, run.measure) for offer in run.offers}
    found = (
        Disagreement(key, {offer: known[key] for offer, known in values.items() if key in known})
        for key in run.clusters
    )
    apart = [one for one in found if len(one.values) > 1 and one.spread > 0]
    return sorted(apart, key=lambda one: -one.spread)


def case(session: Session, run_id: str, sample: str) -> Case:
    """A sample and all answers to it; raises `LookupError` where the run or its suite has none such."""
    wanted = (
        select(SampleRow.content)
        .join(Run, Run.suite_id == SampleRow.suite_id)
        .where(Run.id == run_id, SampleRow.key == sample)
    )
    content = session.scalar(wanted)
    if content is None:
        raise LookupError(f"run {run_id} has no sample {sample}")
    rows = session.execute(queries.answers(run_id, sample)).all()
    return Case(sample_of(content), tuple(_given(result, words) for result, words in rows))


def _given(result: Result, words: CallContent | None) -> Given:
    text = result.text if words is None else words.text
    return Given(result, text, words and (words.reasoning or None))
