"""What the overview reads of recorded calls: sums by month, so that it does not grow with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broker.workload.terms import Term
from db import benchmark_queries as queries
from db.benchmarks import Run
from db.comparisons import SavedComparison
from db.rollups import CallRollup

ZERO = Decimal(0)
IN_USE_DAYS = 180
_RUNS = 50


@dataclass(frozen=True, slots=True)
class Used:
    """What one offer was used for: `unpriced` of its calls have no known cost, `spent` is of the others."""

    offer: str
    provider: str
    maker: str
    calls: int
    spent: Decimal
    unpriced: int


@dataclass(frozen=True, slots=True)
class Months:
    """This month so far, and the last one: offers by their spend. `days` of this one have passed, in part."""

    start: date
    last_start: date
    days: Decimal
    now: tuple[Used, ...]
    last: tuple[Used, ...]

    @property
    def last_days(self) -> int:
        """How many days last month had."""
        return (self.start - self.last_start).days


def months(session: Session, at: datetime) -> Months:
    """The use of this month and the last, in UTC."""
    at = at.astimezone(UTC)
    start = at.date().replace(day=1)
    last = (start - timedelta(days=1)).replace(day=1)
    midnight = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    days = Decimal((at - midnight) / timedelta(days=1)).quantize(Decimal("0.001"))
    return Months(start, last, days, _used(session, start), _used(session, last))


def in_use(session: Session, terms: Sequence[Term], at: datetime) -> frozenset[str]:
    """The ids of offers asked within 180 days, or named by a recent run, a term or a saved comparison.

    Of a comparison those chosen by hand and the winner count: it may have seen the whole catalogue.
    """
    since = (at.astimezone(UTC) - timedelta(days=IN_USE_DAYS)).date().replace(day=1)
    asked = session.scalars(select(CallRollup.offer).where(CallRollup.month >= since).distinct())
    since_then = Run.created_at >= at - timedelta(days=IN_USE_DAYS)
    recent = queries.runs().where(Run.kind == "measured", since_then).limit(_RUNS)
    tried = {offer["id"] for run in session.scalars(recent) for offer in run.offers}
    agreed = {term.offer for term in terms if term.offer}
    return frozenset({*asked, *tried, *agreed, *_compared(session)})


def _compared(session: Session) -> set[str]:
    saved = select(SavedComparison.state["offer"], SavedComparison.snapshot["winner"])
    rows = session.execute(saved).all()
    return {offer for chosen, winner in rows for offer in (*(chosen or ()), winner) if offer}


def spent(found: Sequence[Used]) -> Decimal | None:
    """The sum of what is known; `None` where there were calls and no cost of any is known."""
    if found and all(one.unpriced == one.calls for one in found):
        return None
    return sum((one.spent for one in found), ZERO)


def calls(found: Sequence[Used]) -> int:
    """How many calls."""
    return sum(one.calls for one in found)


def _used(session: Session, month: date) -> tuple[Used, ...]:
    """Every offer called in a month, the most expensive first."""
    key = (CallRollup.offer, CallRollup.provider, CallRollup.maker)
    sums = (func.sum(CallRollup.calls), func.sum(CallRollup.cost), func.sum(CallRollup.cost_unknown))
    found = select(*key, *sums).where(CallRollup.month == month).group_by(*key)
    rows = (Used(*row[:3], int(row[3]), row[4], int(row[5])) for row in session.execute(found))
    return tuple(sorted(rows, key=lambda one: (-one.spent, -one.calls, one.offer)))
