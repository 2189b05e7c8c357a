"""Whether two doors to the same weights answer alike, on the samples of suites that both were asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session, aliased

from broker.comparison import Evidence, SuiteResult
from broker.results import FAILED
from broker.stats import Estimate
from broker.stats.clusters import by_sample
from broker.stats.proportions import share
from db.benchmarks import Result, Sample


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often a door gave what the door `other` (an offer's id) gave, as shares of samples.

    `verdict`: both passed or both failed. `answer`: what was read from the answers was the same, letter by
    letter. Their n differ, as not every scorer reads an answer or passes a sentence. Two askings of one door
    differ too, unless it answers the same each time.
    """

    other: str
    suites: tuple[str, ...]
    verdict: Estimate
    answer: Estimate


class _Alike(NamedTuple):
    """One sample in one epoch; `None` where one of both has none."""

    sample: str
    cluster: str | None
    verdict: bool | None
    answer: bool | None


def agreement(session: Session, one: Evidence, other: Evidence) -> Agreement | None:
    """How much `one` agrees with `other`; `None` where no suite was run on both."""
    theirs = {result.suite_id: result for result in other.results if result.origin == "measured"}
    mine = [result for result in one.results if result.origin == "measured" and result.suite_id in theirs]
    if not mine:
        return None
    rows = [row for a in mine for row in _alike(session, (one.id, a), (other.id, theirs[a.suite_id]))]
    verdicts = _share([(row, row.verdict) for row in rows])
    suites = tuple(result.suite for result in mine)
    return Agreement(other.id, suites, verdicts, _share([(row, row.answer) for row in rows]))


def _share(rows: Sequence[tuple[_Alike, bool | None]]) -> Estimate:
    known = [(row, alike) for row, alike in rows if alike is not None]
    values = by_sample((row.sample, float(alike)) for row, alike in known)
    clusters = {row.sample: row.cluster for row, _ in known}
    shared = [clusters[sample] for sample in values]
    return share(list(values.values()), shared if any(shared) else None)


def _alike(session: Session, one: tuple[str, SuiteResult], other: tuple[str, SuiteResult]) -> list[_Alike]:
    """The samples of one suite; the database compares the words, which stay there."""
    suite = one[1].suite_id
    rows = session.execute(_both((one[0], one[1].run_id), (other[0], other[1].run_id), suite))
    return [
        _Alike(f"{suite} {sample}", cluster and f"{suite} {cluster}", verdict, answer)
        for sample, cluster, verdict, answer in rows
    ]


def _both(one: tuple[str, str], other: tuple[str, str], suite: str) -> Select[Any, Any, Any, Any]:
    """Offer and run of each: the cells that both have, a failed call's left out."""
    a, b = aliased(Result), aliased(Result)
    columns = (a.sample_key, Sample.cluster, a.passed == b.passed, a.answer == b.answer)
    same = and_(b.sample_key == a.sample_key, b.epoch == a.epoch)
    told = (column.not_in(FAILED) for column in (a.outcome, b.outcome))
    places = ((a, *one), (b, *other))
    those = (clause for row, offer, run in places for clause in (row.offer == offer, row.run_id == run))
    found = select(*columns).join(b, same).join(Sample, Sample.key == a.sample_key)
    done = (a.status == "done", b.status == "done", Sample.suite_id == suite)
    return found.where(*those, *told, *done).order_by(Sample.position, a.epoch)
