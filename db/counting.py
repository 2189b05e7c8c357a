"""Counting calls into the rollups, each once, and counting them all anew.

A call is counted once it is over, in the transaction that writes so. Whoever changes the figures or the
status of calls without `db.calls` has to count them here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import Executable, Row, Table, delete, func, select, text
from sqlalchemy.orm import Session

from db import tally
from db.base import MONEY_DIGITS
from db.models import Call
from db.rollups import CallLatency, CallRollup
from db.tally import Figures, Key, Tally
from db.upsert import insert_into

FIGURES = tuple(cast(Table, Call.__table__).c[name] for name in tally.FIGURES)
_figures_of = itemgetter(*tally.FIGURES)
_COST = tally.FIGURES.index("cost_total")
_DIGIT = Decimal(1).scaleb(-MONEY_DIGITS)
_TABLES = (cast(Table, CallRollup.__table__), cast(Table, CallLatency.__table__))
_NAMES = {*Key._fields, "clock", "bucket"}


class Rebuilt(NamedTuple):
    """How many calls were counted, in how many months."""

    calls: int
    months: int


def count(session: Session, calls: Sequence[Mapping[str, Any]]) -> None:
    """Count the calls that are about to be written, rows of `call`, in place of what stands there by now."""
    if not calls:
        return
    rows = {row["id"]: row for row in calls}
    found = Tally()
    found.add(_standing(session, list(rows)), -1)
    found.add(_stored(row) for row in rows.values() if row["status"] != "running")
    _write(session, found)


def add(session: Session, calls: Iterable[Row[Any]]) -> None:
    """Count calls that were not over before: rows of `FIGURES`."""
    found = Tally()
    found.add(cast("Iterable[Figures]", calls))
    _write(session, found)


def rebuild(session: Session) -> Rebuilt:
    """Count all calls anew. Others who record calls wait meanwhile; who reads sees what was."""
    if session.connection().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE call IN SHARE ROW EXCLUSIVE MODE"))
    over = select(*FIGURES).where(Call.status != "running").execution_options(yield_per=5_000)
    found = Tally()
    calls = found.add(cast("Iterable[Figures]", session.execute(over)))
    for table in _TABLES:
        session.execute(delete(table))
    _write(session, found)
    return Rebuilt(calls, len({key[0] for key in found.sums}))


def _standing(session: Session, ids: Sequence[str]) -> Iterator[Figures]:
    """Those of these calls that are over, and so are counted; none of them changes until the end."""
    if session.connection().dialect.name == "postgresql":
        # A writer who lost its connection writes the same calls again: its first try may yet be committed.
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(ids[0], 0))))
    found = session.connection().execute(select(*FIGURES).where(Call.id.in_(ids)).with_for_update())
    return (cast(Figures, row) for row in found if row.status != "running")


def _stored(row: Mapping[str, Any]) -> Figures:
    """What the database will keep of a call: its cost to the last digit of money."""
    figures = _figures_of(row)
    cost: Decimal | None = figures[_COST]
    if cost is not None:
        figures = (*figures[:_COST], cost.quantize(_DIGIT), *figures[_COST + 1 :])
    return cast(Figures, figures)


def _write(session: Session, found: Tally) -> None:
    """Add what was tallied to what is stored."""
    connection = session.connection()
    for table, rows in zip(_TABLES, found.rows(), strict=True):
        if rows:
            connection.execute(_adding(table, connection.dialect.name), rows)
        if any(row["calls"] < 0 for row in rows):
            connection.execute(delete(table).where(table.c.calls == 0))


@cache
def _adding(table: Table, dialect: str) -> Executable:
    insert = insert_into(table, dialect)
    sums = {c.name: c + insert.excluded[c.name] for c in table.columns if c.name not in _NAMES}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=sums)
