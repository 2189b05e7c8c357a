"""Keeping a workload under its name, which no other may have."""

from sqlalchemy.orm import Session

from broker.workload import Workload
from broker.workload.profile import problems as faults
from broker.workload.store import load_workloads, save_workload, workload_of
from db import workloads as tables
from db.base import clean
from db.session import Database
from db.turns import Overtaken, take_turn


def problems(database: Database, key: str | None, workload: Workload) -> list[str]:
    """What keeps the workload of this id, or a new one, from being kept, in sentences."""
    with database.reader() as session:
        return [*faults(workload), *_taken(session, key, workload.name)]


def keep(
    database: Database, key: str | None, workload: Workload, user: str, read: Workload | None = None
) -> str:
    """Keep it as the one of this id, or as a new one; returns the id.

    Raises `ValueError` where another one has got the name meanwhile, `Overtaken` where the one of this id is
    no longer what was `read`.
    """
    with database.writer() as session:
        take_turn(session, tables.Workload)
        if read is not None:
            _refuse_late(session, key, read)
        if taken := _taken(session, key, workload.name):
            raise ValueError(*taken)
        row = session.get(tables.Workload, key) if key else None
        if row is not None:
            row.name = workload.name
            session.flush()
        return save_workload(session, workload, user)


def _refuse_late(session: Session, key: str | None, read: Workload) -> None:
    row = session.get(tables.Workload, key)
    now = row and workload_of(row.name, row.profile)
    if now != read:
        raise Overtaken(row and row.user, now)


def _taken(session: Session, key: str | None, name: str) -> list[str]:
    others = {one.name for other, one in load_workloads(session).items() if other != key}
    return [f"There is another workload named {name}."] if clean(name) in others else []
