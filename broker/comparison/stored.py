"""What the database holds for a comparison, whatever is asked, and a mark of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ScalarSelect, func, select, true
from sqlalchemy.orm import Session

from broker.assurance import Known
from broker.assurance.staff import known_facts
from broker.comparison import Rating, Wanted
from broker.comparison.suites import Ended, finished
from broker.comparison.used import Used, ratings_of, used_in_calls
from broker.lifecycle_seen import PlatformList, lists
from broker.workload import Workload
from broker.workload.store import load_terms, load_workloads
from broker.workload.terms import Term
from db.benchmarks import Run, Suite
from db.connections import Discovery
from db.facts import StoredFact
from db.models import Vote
from db.rollups import CallRollup
from db.workloads import ContractTerm
from db.workloads import Workload as WorkloadRow

_NAMED = 3  # of what is not there


@dataclass(frozen=True)
class Stored:
    """What the database holds, whatever is asked: it changes when `stamp` does."""

    suites: frozenset[str]
    runs: tuple[Ended, ...]
    facts: Known
    workloads: Mapping[str, Workload]
    terms: tuple[Term, ...]
    ratings: Mapping[str, Rating]
    used: Mapping[str, Used]
    lists: Mapping[str, PlatformList] = field(default_factory=dict[str, PlatformList])


def without_missing(wanted: Wanted, stored: Stored) -> tuple[Wanted, tuple[str, ...]]:
    """The question without suites that do not exist, and a sentence on each of those."""
    there = tuple(one for one in wanted.suites if one[0] in stored.suites)
    gone = some([name for name, _ in wanted.suites if name not in stored.suites])
    told = (f"There is no suite {gone}, so it was left out.",) if gone else ()
    return replace(wanted, suites=there), told


def some(names: Sequence[str]) -> str:
    """`“a”, “b” or “c”`, of many the first few: an address may name thousands."""
    quoted = [f"“{name}”" for name in names]
    if len(quoted) > _NAMED + 1:
        quoted[_NAMED:] = [f"any of {len(quoted) - _NAMED:,} others"]
    *first, last = quoted or [""]
    return f"{', '.join(first)} or {last}" if first else last


def stamp(session: Session) -> str:
    """A text that changes whenever what `read` and `evidence.gather` find in the database may have."""
    return " ".join(map(str, session.execute(_MARKS).one()))


def read(session: Session) -> Stored:
    """Everything stored that a comparison may need; results of runs are read as they are chosen."""
    return Stored(
        suites=frozenset(session.scalars(select(Suite.name))),
        runs=finished(session),
        facts=known_facts(session),
        workloads={one.name: one for one in load_workloads(session).values()},
        terms=tuple(load_terms(session)),
        ratings=ratings_of(session),
        used=used_in_calls(session),
        lists=lists(session),
    )


def _marks() -> Iterator[ScalarSelect[Any]]:
    """The number of rows of each table and when the last of them changed, for one statement."""
    counted = (
        (Run, Run.ended_at, Run.ended_at.is_not(None)),
        (Run, Run.regraded_at, Run.ended_at.is_not(None)),
        (Suite, Suite.created_at, true()),
        (StoredFact, StoredFact.created_at, true()),
        (WorkloadRow, WorkloadRow.updated_at, true()),
        (ContractTerm, ContractTerm.updated_at, true()),
        (Vote, Vote.updated_at, true()),
        (Discovery, Discovery.found_at, true()),
    )
    for table, changed, which in counted:
        yield select(func.count()).select_from(table).where(which).scalar_subquery()
        yield select(func.max(changed)).where(which).scalar_subquery()
    yield select(func.sum(CallRollup.calls)).scalar_subquery()
    yield select(func.sum(CallRollup.cost)).scalar_subquery()


_MARKS = select(*_marks())
