"""What the page of one offer reads: its evidence in every suite, its calls by month, its yearly costs."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broker.catalog import catalogue
from broker.comparison import Evidence, Gathered, Speed, Wanted, door_features
from broker.comparison.costs import bills
from broker.comparison.evidence import gather, ground_of
from broker.comparison.stored import Stored, read
from broker.comparison.suites import offer_id
from broker.comparison.used import speeds_in_calls
from broker.config import Config
from broker.stats import Estimate
from broker.workload import Workload
from broker.workload.terms import Term
from broker.workload.yearly import YearlyCost
from db.rollups import CallRollup


@dataclass(frozen=True, slots=True)
class Recorded:
    """An offer's recorded calls: `spent` leaves out those `unpriced`."""

    calls: int
    spent: Decimal
    unpriced: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Year:
    """What a workload costs with the offer; `total` is our price between both ends of its measured tokens."""

    workload: Workload
    cost: YearlyCost
    total: Estimate | None


@dataclass(frozen=True)
class About:
    """One offer: its evidence, what is stored beside it, its cost for each workload, its calls.

    `in_calls` is how fast it was in all recorded calls, whatever `evidence.speed` rests on; `wire` is what
    became of its newest calls' parameters.
    """

    evidence: Evidence
    gathered: Gathered
    stored: Stored
    years: tuple[Year, ...]
    recorded: Recorded | None
    in_calls: Speed | None
    wire: door_features.Recorded

    @property
    def terms(self) -> tuple[Term, ...]:
        """The contract terms that hold for it on some day."""
        return tuple(term for term in self.stored.terms if term.covers(self.evidence.entry.offer))


def about(session: Session, config: Config, offer: str, at: datetime) -> About | None:
    """All that is known of an offer; `None` where neither the catalogue nor a run has it."""
    stored, known = read(session), catalogue(config).by_id
    runs = [run for run in stored.runs if offer in {offer_id(one, known) for one in run.offers}]
    suites = sorted({run.suite for run in runs})
    # Others of the same runs are left out by a search that only this id answers.
    asked = Wanted(tuple((name, 1) for name in suites), scope="tested", search=offer, offers=(offer,))
    gathered = gather(session, config, asked, at, ground_of(session, config, asked, at.date(), stored))
    evidence = next((one for one in gathered.offers if one.id == offer), None)
    if evidence is None:
        return None
    years = tuple(_year(session, one, stored, evidence) for one in stored.workloads.values())
    wire = door_features.recorded(session, offer)
    in_calls = speeds_in_calls(session, stored.used, [offer]).get(offer)
    return About(evidence, gathered, stored, years, _recorded(session, offer), in_calls, wire)


def misleading(session: Session, config: Config, found: About, at: datetime) -> dict[str, str]:
    """By suite in which it was tested, how prices per million tokens mislead about it; empty where not."""
    suites, offer = found.gathered.wanted.suites, found.evidence.id
    if not suites:
        return {}
    asked = Wanted(suites, scope="tested")
    others = gather(session, config, asked, at, ground_of(session, config, asked, at.date(), found.stored))
    told = {suite: one.about(offer) for suite, one in others.honesty.items()}
    return {suite: warning for suite, warning in told.items() if warning}


def _year(session: Session, workload: Workload, stored: Stored, one: Evidence) -> Year:
    found = bills(session, workload, stored.terms)
    return Year(workload, found.of(one.entry), found.year(one.entry))


def _recorded(session: Session, offer: str) -> Recorded | None:
    months = (func.min(CallRollup.month), func.max(CallRollup.month))
    sums = (func.sum(CallRollup.calls), func.sum(CallRollup.cost), func.sum(CallRollup.cost_unknown))
    found = session.execute(select(*sums, *months).where(CallRollup.offer == offer)).one()
    if not found[0]:
        return None
    return Recorded(int(found[0]), found[1] or Decimal(0), int(found[2]), found[3], found[4])
