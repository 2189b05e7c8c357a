"""What recorded calls and votes say of offers: how much they were used, how fast they were, how liked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from threading import Lock

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broker.comparison import Rating, Speed
from broker.comparison.speed import speed_in_calls
from broker.ratings import ratings
from db.models import Vote
from db.rollups import Totals, months, totals, waits


@dataclass(frozen=True, slots=True)
class Used:
    """An offer's recorded calls, and how many of them ended well.

    `spent` is `None` where the cost of one that did not fail is not known: the sum would be too low.
    """

    calls: int
    ok: int
    spent: Decimal | None


def used_in_calls(session: Session) -> dict[str, Used]:
    """By offer id, all that was ever recorded, whatever it was for."""
    called = months(session)
    found = totals(session, called[0], called[-1]) if called else {}
    return {offer: Used(one.calls, one.ok, _spent(one)) for offer, one in found.items()}


def speeds_in_calls(session: Session, used: Mapping[str, Used], offers: Iterable[str]) -> dict[str, Speed]:
    """How fast these offers were in all recorded calls; those without one that ended well are missing.

    What was worked out is kept until there is another such call.
    """
    place = str(session.get_bind().engine.url)
    wanted = [one for one in offers if one in used and used[one].ok]
    new = [one for one in wanted if (place, one, used[one].ok) not in _speeds]
    called = months(session) if new else []
    if called:
        ttft, total = (waits(session, called[0], called[-1], clock, new) for clock in ("ttft", "total"))
        for one in new:
            _speeds[place, one, used[one].ok] = speed_in_calls(ttft.get(one, ()), total.get(one, ()))
    while len(_speeds) > _MOST:
        _speeds.pop(next(iter(_speeds)), None)
    known = ((one, _speeds.get((place, one, used[one].ok))) for one in wanted)
    return {one: speed for one, speed in known if speed is not None}


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


_MOST = 4096  # speeds that are kept
_VOTES = select(func.count(), func.max(Vote.updated_at)).select_from(Vote)
_lock = Lock()
_speeds: dict[tuple[str, str, int], Speed | None] = {}
_ratings: dict[str, Mapping[str, Rating]] = {}
