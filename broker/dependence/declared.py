"""Spend that never went through this product, as people state it: kept, changed, removed, put back."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from db import declared as table
from db.base import MONEY_DIGITS
from db.models import new_id, utc_now
from db.turns import Overtaken, take_turn

MOST = Decimal(100_000_000)  # US dollars a month
_DIGIT = Decimal(1).scaleb(-MONEY_DIGITS)


@dataclass(frozen=True, slots=True)
class Declared:
    """`amount` US dollars a month for a maker's models on a platform, both as people call them.

    From `first` to `last`, both included; `None` is without end. `id` is its row's, empty before it has one.
    """

    platform: str
    maker: str
    amount: Decimal
    first: date
    last: date | None = None
    note: str = ""
    id: str = ""


def problems(declared: Declared) -> list[str]:
    """What is wrong with what somebody typed, in sentences; empty where it can be kept."""
    return list(_problems(declared))


def save(session: Session, declared: Declared, user: str | None, read: Declared | None = None) -> str:
    """Keep it, in place of the one with its `id`; a removed one is put back. Returns the id.

    Raises `ValueError` with its faults, `Overtaken` where the one with its `id` is no longer what was `read`.
    """
    if wrong := problems(declared):
        raise ValueError(" ".join(wrong))
    take_turn(session, table.DeclaredSpend)
    found = session.get(table.DeclaredSpend, declared.id)
    now = found and _declared_of(found)
    if read is not None and now != read:
        raise Overtaken(found and found.user, now)
    row = found or table.DeclaredSpend(id=declared.id or new_id())
    row.platform, row.maker, row.amount = declared.platform, declared.maker, declared.amount
    row.first_day, row.last_day, row.note = declared.first, declared.last, declared.note
    row.user, row.updated_at = user, utc_now()
    session.add(row)
    session.flush()
    return row.id


def load(session: Session) -> list[Declared]:
    """All of it, by platform, maker and first day."""
    return [_declared_of(row) for row in session.scalars(table.declared_spend())]


def remove(session: Session, declared_id: str) -> Declared | None:
    """Remove it as if it had never been said; returns it, for `save` puts it back. `None` if it is gone."""
    row = session.get(table.DeclaredSpend, declared_id)
    if row is None:
        return None
    session.delete(row)
    session.flush()
    return _declared_of(row)


def spend_between(declared: Declared, first: date, last: date) -> Decimal:
    """What of it falls on these days, both included: of each month by its days."""
    start, end = max(first, declared.first), min(last, declared.last or last)
    days = sum((Decimal(n) / length for n, length in _months_of(start, end)), Decimal(0))
    return (declared.amount * days).quantize(_DIGIT)


def _months_of(start: date, end: date) -> Iterator[tuple[int, int]]:
    """For each month that holds some of these days: how many, and how long the month is."""
    while start <= end:
        length = monthrange(start.year, start.month)[1]
        month_end = start.replace(day=length)
        yield (min(month_end, end) - start).days + 1, length
        start = month_end + timedelta(days=1)


def _problems(declared: Declared) -> Iterator[str]:
    if not declared.platform.strip():
        yield "Name the platform that is paid."
    if not declared.maker.strip():
        yield "Name the maker of the models."
    if not declared.amount.is_finite() or not 0 < declared.amount <= MOST:
        yield f"The amount is more than 0 and at most {MOST:,} dollars a month."
    if declared.last is not None and declared.last < declared.first:
        yield "It ends on its first day or later."


def _declared_of(row: table.DeclaredSpend) -> Declared:
    return Declared(row.platform, row.maker, row.amount, row.first_day, row.last_day, row.note, row.id)
