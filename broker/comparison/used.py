"""What recorded calls and votes say of offers: how much they were used, how fast they were, how liked."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from threading import Lock

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broker.comparison import Rating, Speed
from broker.comparison.speed import speed_in_calls
from broker.ratings import ratings
from db.models import Vote
from db.rollups import Counts, Totals, months, totals, waits


@dataclass(frozen=True)
class Used:
    """An offer's recorded calls.

    `spent` is `None` where the cost of one that did not fail is not known: the sum would be too low.
    """

    calls: int
    spent: Decimal | None
    ttft: Counts = ()
    total: Counts = ()

    @cached_property
    def speed(self) -> Speed | None:
        """How fast it was, `None` where no call ended well."""
        return speed_in_calls(self.ttft, self.total)


def used_in_calls(session: Session) -> dict[str, Used]:
    """By offer id, all that was ever recorded, whatever it was for."""
    called = months(session)
    if not called:
        return {}
    ttft, total = (waits(session, called[0], called[-1], clock) for clock in ("ttft", "total"))
    return {
        offer: Used(one.calls, _spent(one), ttft.get(offer, ()), total.get(offer, ()))
        for offer, one in totals(session, called[0], called[-1]).items()
    }


def ratings_of(session: Session) -> Mapping[str, Rating]:
    """What people thought of offers' answers, by id; kept until somebody votes again."""
    mark = f"{session.get_bind().engine.url} {session.execute(_VOTES).one()}"
    with _lock:
        if mark not in _ratings:
            found = ratings(session).by_offer
            _ratings.clear()
            _ratings[mark] = {
                offer: Rating(one.value, one.low, one.high, one.votes) for offer, one in found.items()
            }
        return _ratings[mark]


def _spent(one: Totals) -> Decimal | None:
    return None if one.cost_unknown > one.failed_cost_unknown else one.cost


_VOTES = select(func.count(), func.max(Vote.updated_at)).select_from(Vote)
_lock = Lock()
_ratings: dict[str, Mapping[str, Rating]] = {}
