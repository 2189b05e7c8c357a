"""How far the judge and people agree, where people have graded too."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broker.judge_scales import JUDGED
from broker.stats import Estimate
from broker.stats.agreement import kappa
from broker.stats.proportions import share
from db import benchmark_queries as queries
from db.benchmarks import Result, Run, Sample

Cell = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The judge against people on the cells that both graded: the share alike, and Cohen's kappa.

    Where several people graded a cell, most of them decide; where they are split, it is left out. Cells of
    one sample, whoever answered, are no independent evidence, nor are those of one cluster.
    """

    n: int
    alike: Estimate
    kappa: Estimate


def judge_agreement(session: Session, run_id: str) -> Agreement | None:
    """`None` where no cell was graded by both."""
    votes = people(session, run_id)
    if not votes:
        return None
    columns = (Result.offer, Result.sample_key, Result.epoch, Result.scores)
    rows = session.execute(queries.results(run_id).with_only_columns(*columns))
    judge = {
        row[:3]: verdict for row in rows if row[:3] in votes and (verdict := _judged(row[3])) is not None
    }
    human, model = [votes[key] for key in judge], list(judge.values())
    if not judge:
        return None
    alike = [float(one == other) for one, other in zip(human, model, strict=True)]
    clusters = _clusters(session, run_id)
    units = [clusters.get(sample) or f"sample {sample}" for _, sample, _ in judge]
    return Agreement(len(judge), share(alike, units), kappa(human, model, units))


def people(session: Session, run_id: str) -> dict[Cell, bool]:
    """Whether people passed a cell (offer, sample, epoch), for those on which they are not split."""
    votes: dict[Cell, Counter[bool]] = {}
    for grade in session.scalars(queries.grades(run_id)):
        votes.setdefault((grade.offer, grade.sample_key, grade.epoch), Counter())[grade.passed] += 1
    return {key: count[True] > count[False] for key, count in votes.items() if count[True] != count[False]}


def _clusters(session: Session, run_id: str) -> dict[str, str | None]:
    """The cluster of each sample of the run's suite."""
    found = select(Sample.key, Sample.cluster).join(Run, Run.suite_id == Sample.suite_id)
    return dict(session.execute(found.where(Run.id == run_id)).all())


def _judged(scores: Iterable[dict[str, object]] | None) -> bool | None:
    """Whether the judge passed it: every score that a model gave; `None` where one is missing."""
    passes = [score["passed"] for score in scores or () if score["name"] in JUDGED]
    return None if not passes or None in passes else all(passes)
