"""What is known of each offer: every reading of the database and the catalogue for a comparison."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ScalarSelect, func, select, true
from sqlalchemy.orm import Session

from broker.assurance import Known
from broker.assurance.platforms import platform_of
from broker.assurance.staff import known_facts
from broker.catalog import Catalogue, catalogue
from broker.catalog_entries import Entry
from broker.comparison import Apart, Evidence, Gathered, Rating, Speed, Wanted
from broker.comparison.against import Weighted, over_suites
from broker.comparison.combine import weighted_mean
from broker.comparison.costs import Bills, bills
from broker.comparison.honesty import honesty_of
from broker.comparison.regions import of_address
from broker.comparison.scope import chosen, doors, everything
from broker.comparison.speed import speed_in_runs
from broker.comparison.suites import ByOffer, Ended, Found, finished, newest, offer_id
from broker.comparison.used import Used, ratings_of, speeds_in_calls, used_in_calls
from broker.config import Config, settle
from broker.lifecycle import Lifecycle
from broker.lifecycle_seen import PlatformList, end_of, lists
from broker.model_facts import UNKNOWN
from broker.stats import Estimate
from broker.suites.results_import.report import KIND
from broker.types import Provider
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

_BATCH = ":batch"  # ends the id of a line that only has prices of batches
_Sold = tuple[tuple[str, str], ...]  # offers with their platforms


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


@dataclass(frozen=True)
class _Ground:
    """What the evidence of all offers of one question rests on.

    `suites` are the chosen ones that exist, `counting` those with a weight. `found` has the results, and
    `quality` what they come to, of every offer that was tested, shown or not. `ends` has by
    offer, and `sold` by weights, what was worked out so far: many offers are the door of many.
    """

    at: date
    stored: Stored
    providers: Mapping[str, Provider]
    regions: Mapping[str, str]
    known: Catalogue
    every: Mapping[str, Entry]
    suites: Weighted
    counting: Weighted
    found: ByOffer
    quality: Mapping[str, Estimate]
    bills: Bills | None
    margin: float
    ends: dict[str, Lifecycle] = field(default_factory=dict[str, Lifecycle])
    sold: dict[str, _Sold] = field(default_factory=dict[str, _Sold])


def stamp(session: Session) -> str:
    """A text that changes whenever what `read` and `gather` find in the database may have."""
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


def gather(
    session: Session, config: Config, wanted: Wanted, at: datetime, stored: Stored | None = None
) -> Gathered:
    """What is known of the offers that are asked for; `stored` is what `read` gave, where that was kept."""
    stored = stored or read(session)
    ground = _ground(session, config, wanted, at.date(), stored)
    tested = ground.found if ground.suites else _ever_tested(ground)
    shown = chosen(config, ground.every, wanted, tested)
    in_runs = {offer: speed_in_runs(ground.found.get(offer, {}).values()) for offer in shown}
    others = [offer for offer, speed in in_runs.items() if speed is None]
    speeds = {**in_runs, **speeds_in_calls(session, stored.used, others)}
    told = tuple(_evidence(ground, entry, speeds[entry.id]) for entry in shown.values())
    return Gathered(
        at=at.date(),
        wanted=wanted,
        offers=told,
        facts=stored.facts,
        workload=ground.bills and ground.bills.workload,
        problems=tuple(_problems(wanted, ground)),
        honesty=honesty_of(session, at.date(), [name for name, _ in ground.suites], told, ground.found),
        apart=_apart(ground.counting, {offer: ground.found.get(offer, {}) for offer in shown}),
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


def _ground(session: Session, config: Config, wanted: Wanted, at: date, stored: Stored) -> _Ground:
    known, workload = catalogue(config), stored.workloads.get(wanted.workload or "")
    suites = [one for one in dict(wanted.suites).items() if one[0] in stored.suites]
    counting = [one for one in suites if one[1]] or suites
    found = newest(session, stored.runs, [name for name, _ in suites], known.by_id)
    combined = {offer: _combined(counting, results, "quality") for offer, results in found.items()}
    return _Ground(
        at=at,
        stored=stored,
        providers=config.providers,
        regions=_regions(config),
        known=known,
        every=everything(known, stored.runs),
        suites=suites,
        counting=counting,
        found=found,
        quality={offer: one for offer, one in combined.items() if one is not None},
        bills=workload and bills(session, workload, stored.terms),
        margin=wanted.margin,
    )


def _evidence(ground: _Ground, entry: Entry, speed: Speed | None) -> Evidence:
    results, used = ground.found.get(entry.id, {}), ground.stored.used.get(entry.id)
    others = doors(ground.known, entry)
    return Evidence(
        entry=entry,
        quality=ground.quality.get(entry.id),
        results=tuple(results[name].result for name, _ in ground.suites if name in results),
        missing=tuple(name for name, _ in ground.suites if name not in results),
        per_1000=_combined(ground.counting, results, "cost_per_1000"),
        speed=speed,
        cost=ground.bills and ground.bills.of(entry),
        year=ground.bills and ground.bills.year(entry),
        lifecycle=_end(ground, entry),
        rating=ground.stored.ratings.get(entry.id),
        elsewhere=_elsewhere(ground, others),
        doors=_doors(ground, entry),
        rivals=_rivals(ground, entry),
        calls=used.calls if used else 0,
        spent=used.spent if used else None,
        region=_place(entry.offer.settings) or ground.regions.get(entry.offer.provider),
    )


def _end(ground: _Ground, entry: Entry) -> Lifecycle:
    if entry.id not in ground.ends:
        ground.ends[entry.id] = end_of(entry, ground.stored.lists, ground.providers)
    return ground.ends[entry.id]


def _doors(ground: _Ground, entry: Entry) -> tuple[str, ...] | None:
    if entry.identity is None:
        return None
    if entry.identity not in ground.sold:
        same = ground.known.by_identity.get(entry.identity, ())
        ground.sold[entry.identity] = tuple(_still_sold(ground, same))
    mine, sold = platform_of(entry.offer.provider), ground.sold[entry.identity]
    elsewhere = [offer for offer, platform in sold if platform != mine]
    if entry.id not in ground.found:
        return tuple(elsewhere)
    return tuple(other for other in elsewhere if not _is_worse(ground, entry.id, other))


def _still_sold(ground: _Ground, same: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """Offers with their platforms, but for those that have ended and lines that only have batch prices."""
    for one in same:
        if not one.id.endswith(_BATCH) and not _has_ended(ground, one):
            yield one.id, platform_of(one.offer.provider)


def _has_ended(ground: _Ground, entry: Entry) -> bool:
    left = _end(ground, entry).days_left(ground.at)
    return left is not None and left < 0


def _is_worse(ground: _Ground, offer: str, other: str) -> bool:
    """Whether one that was tested was shown to be worse than another by more than the margin."""
    gap = over_suites(ground.counting, ground.found[offer], ground.found.get(other, {}))
    return gap.high is not None and gap.high < -ground.margin


def _combined(counting: Weighted, results: Mapping[str, Found], name: str) -> Estimate | None:
    """A figure of `SuiteResult` over the suites that count; `None` where one has none."""
    parts = [(weight, getattr(results[suite].result, name)) for suite, weight in counting if suite in results]
    if not parts or len(parts) < len(counting) or any(one.value is None for _, one in parts):
        return None
    return weighted_mean(parts)


def _apart(counting: Weighted, found: ByOffer) -> Apart:
    """Two offers on the samples of these results, which it keeps."""
    return lambda a, b: over_suites(counting, found[a], found[b])


def _elsewhere(ground: _Ground, others: Iterable[Entry]) -> tuple[str, Estimate] | None:
    """The same weights' quality behind another door, where most of it is known."""
    known = [(other.id, ground.quality[other.id]) for other in others if other.id in ground.quality]
    return max(known, key=lambda one: one[1].n, default=None)


def _rivals(ground: _Ground, entry: Entry) -> tuple[str, ...] | None:
    """Other makers' offers no worse within the margin, the best first; `None` where it was not tested."""
    if entry.id not in ground.quality or not _is_known(entry.offer.maker):
        return None
    others = (other for other in ground.quality if _is_sold_by_another(ground, ground.every[other], entry))
    found = [other for other in others if _is_as_good(ground, entry.id, other)]
    return tuple(sorted(found, key=lambda other: (-(ground.quality[other].value or 0), other)))


def _is_sold_by_another(ground: _Ground, other: Entry, entry: Entry) -> bool:
    """Whether it is another maker's and can be bought: a name that only came with imported answers cannot."""
    offer = other.offer
    elsewhere = _is_known(offer.maker) and offer.maker != entry.offer.maker and offer.provider != KIND
    return elsewhere and not _has_ended(ground, other)


def _is_as_good(ground: _Ground, offer: str, other: str) -> bool:
    low = over_suites(ground.counting, ground.found[offer], ground.found[other]).low
    return low is not None and low > -ground.margin


def _is_known(maker: str) -> bool:
    return maker not in ("", UNKNOWN)


def _regions(config: Config) -> dict[str, str]:
    """Where each platform is configured to run, by its id."""
    rows = {name: settle(row) for name, row in config.providers.items()}
    places = {name: _place(row.settings) or of_address(row.base_url) for name, row in rows.items()}
    return {name: place for name, place in places.items() if place}


def _place(settings: Mapping[str, str]) -> str | None:
    return settings.get("region") or settings.get("location") or None


def _ever_tested(ground: _Ground) -> list[str]:
    runs = ground.stored.runs
    return list(dict.fromkeys(offer_id(one, ground.known.by_id) for run in runs for one in run.offers))


def _problems(wanted: Wanted, ground: _Ground) -> Iterator[str]:
    """What was asked for and is not there."""
    ran = {run.suite for run in ground.stored.runs}
    for name, _ in wanted.suites:
        if name not in ground.stored.suites:
            yield f"There is no suite “{name}”, so it was left out."
        elif name not in ran:
            yield f"No run of the suite “{name}” has finished yet, so nothing is known of quality."
    if wanted.workload is not None and ground.bills is None:
        yield f"There is no workload “{wanted.workload}”, so no yearly cost can be told."
    for offer in wanted.offers:
        if offer not in ground.every:
            yield f"There is no offer “{offer}” in the catalogue or in any run."
