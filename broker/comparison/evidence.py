"""What is known of each offer: every reading of the database and the catalogue for a comparison."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from broker.catalog import Catalogue, catalogue
from broker.catalog_entries import Entry
from broker.comparison import Apart, Evidence, Gathered, Speed, Wanted
from broker.comparison.against import Weighted, over_suites
from broker.comparison.combine import weighted_mean
from broker.comparison.costs import Bills, bills
from broker.comparison.honesty import honesty_of
from broker.comparison.regions import of_address
from broker.comparison.scope import chosen, doors, everything
from broker.comparison.speed import speed_in_runs
from broker.comparison.stored import Stored, read, some, without_missing
from broker.comparison.suites import ByOffer, Found, newest, offer_id
from broker.comparison.switching import Ways, doors_of, rivals_of
from broker.comparison.used import speeds_in_calls
from broker.config import Config, settle
from broker.stats import Estimate
from broker.workload import Workload
from broker.workload.profile import FIRST, LAST, is_dated, is_over, period


@dataclass(frozen=True)
class Ground:
    """What the evidence of all offers rests on, whichever of them are shown: suites, workload and margin.

    `suites` are the chosen ones that exist, `counting` those with a weight. `found` has the results, and
    `quality` what they come to, of every offer that was tested, shown or not. `kept` is the evidence of
    those that were.
    """

    stored: Stored
    regions: Mapping[str, str]
    known: Catalogue
    every: Mapping[str, Entry]
    suites: Weighted
    counting: Weighted
    found: ByOffer
    quality: Mapping[str, Estimate]
    bills: Bills | None
    ways: Ways
    kept: dict[str, Evidence] = field(default_factory=dict[str, Evidence])


def gather(
    session: Session, config: Config, wanted: Wanted, at: datetime, ground: Ground | None = None
) -> Gathered:
    """What is known of the offers that are asked for; `ground` is what `ground_of` gave, if it was kept.

    Suites that do not exist are left out of the question.
    """
    ground = ground or ground_of(session, config, wanted, at.date(), read(session))
    stored = ground.stored
    there, gone = without_missing(wanted, stored)
    tested = ground.found if ground.suites else _ever_tested(ground)
    shown = chosen(config, ground.every, wanted, tested)
    told = _told(session, ground, shown)
    return Gathered(
        at=at.date(),
        wanted=there,
        offers=told,
        facts=stored.facts,
        workload=ground.bills and ground.bills.workload,
        problems=(*gone, *_problems(there, ground, at.date())),
        honesty=honesty_of(session, at.date(), [name for name, _ in ground.suites], told, ground.found),
        apart=_apart(ground.counting, {offer: ground.found.get(offer, {}) for offer in shown}),
    )


def _told(session: Session, ground: Ground, shown: Mapping[str, Entry]) -> tuple[Evidence, ...]:
    """The evidence of these offers; what is not kept yet is."""
    new = {offer: entry for offer, entry in shown.items() if offer not in ground.kept}
    in_runs = {offer: speed_in_runs(ground.found.get(offer, {}).values()) for offer in new}
    others = [offer for offer, speed in in_runs.items() if speed is None]
    speeds = {**in_runs, **speeds_in_calls(session, ground.stored.used, others)}
    ground.kept.update({offer: _evidence(ground, entry, speeds[offer]) for offer, entry in new.items()})
    return tuple(ground.kept[offer] for offer in shown)


def ground_of(session: Session, config: Config, wanted: Wanted, at: date, stored: Stored) -> Ground:
    """The ground of a question about the suites, the workload and the margin of `wanted`, on that day."""
    known, workload = catalogue(config), stored.workloads.get(wanted.workload or "")
    suites = [one for one in dict(wanted.suites).items() if one[0] in stored.suites]
    counting = [one for one in suites if one[1]] or suites
    found = newest(session, stored.runs, [name for name, _ in suites], known.by_id)
    combined = {offer: _combined(counting, results, "quality") for offer, results in found.items()}
    quality = {offer: one for offer, one in combined.items() if one is not None}
    every = everything(known, stored.runs)
    lists, providers = stored.lists, config.providers
    return Ground(
        stored=stored,
        regions=_regions(config),
        known=known,
        every=every,
        suites=suites,
        counting=counting,
        found=found,
        quality=quality,
        bills=workload and bills(session, workload, stored.terms),
        ways=Ways(at, known, every, counting, found, quality, wanted.margin, lists, providers),
    )


def _evidence(ground: Ground, entry: Entry, speed: Speed | None) -> Evidence:
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
        lifecycle=ground.ways.end(entry),
        rating=ground.stored.ratings.get(entry.id),
        elsewhere=_elsewhere(ground, others),
        doors=doors_of(ground.ways, entry),
        rivals=rivals_of(ground.ways, entry),
        calls=used.calls if used else 0,
        spent=used.spent if used else None,
        region=_place(entry.offer.settings) or ground.regions.get(entry.offer.provider),
    )


def _combined(counting: Weighted, results: Mapping[str, Found], name: str) -> Estimate | None:
    """A figure of `SuiteResult` over the suites that count; `None` where one has none."""
    parts = [(weight, getattr(results[suite].result, name)) for suite, weight in counting if suite in results]
    if not parts or len(parts) < len(counting) or any(one.value is None for _, one in parts):
        return None
    return weighted_mean(parts)


def _apart(counting: Weighted, found: ByOffer) -> Apart:
    """Two offers on the samples of these results, which it keeps."""
    return lambda a, b: over_suites(counting, found[a], found[b])


def _elsewhere(ground: Ground, others: Iterable[Entry]) -> tuple[str, Estimate] | None:
    """The same weights' quality behind another door, where most of it is known."""
    known = [(other.id, ground.quality[other.id]) for other in others if other.id in ground.quality]
    return max(known, key=lambda one: one[1].n, default=None)


def _regions(config: Config) -> dict[str, str]:
    """Where each platform is configured to run, by its id."""
    rows = {name: settle(row) for name, row in config.providers.items()}
    places = {name: _place(row.settings) or of_address(row.base_url) for name, row in rows.items()}
    return {name: place for name, place in places.items() if place}


def _place(settings: Mapping[str, str]) -> str | None:
    return settings.get("region") or settings.get("location") or None


def _ever_tested(ground: Ground) -> list[str]:
    runs = ground.stored.runs
    return list(dict.fromkeys(offer_id(one, ground.known.by_id) for run in runs for one in run.offers))


def _problems(wanted: Wanted, ground: Ground, at: date) -> Iterator[str]:
    """What was asked for and is not there, or is of the past."""
    ran = {run.suite for run in ground.stored.runs}
    if waiting := some([name for name, _ in ground.suites if name not in ran]):
        yield f"No run of the suite {waiting} has finished yet, so nothing is known of quality."
    if wanted.workload is not None and ground.bills is None:
        yield f"There is no workload “{wanted.workload}”, so no yearly cost can be told."
    if ground.bills:
        yield from _of_another_time(ground.bills.workload, at)
    if missing := some([offer for offer in wanted.offers if offer not in ground.every]):
        yield f"There is no offer {missing} in the catalogue or in any run."


def _of_another_time(workload: Workload, at: date) -> Iterator[str]:
    """Why a workload's year is not the one to look at, where it is not."""
    named = f"workload “{workload.name}”"
    if not is_dated(workload):
        yield f"The {named} does not start between {FIRST.year} and {LAST.year}: move its start."
    elif is_over(workload, at):
        yield (
            f"The year of the {named}, {period(workload)}, is over and billed at the prices of those days: "
            "move its start to see the year ahead."
        )
