"""Keeping a workload under its name, which no other may have."""

from sqlalchemy.orm import Session

from broker.workload import Workload
from broker.workload.profile import problems as faults
from broker.workload.store import load_workloads, save_workload
from db import workloads as tables
from db.base import clean
from db.session import Database
from db.turns import take_turn


def problems(database: Database, key: str | None, workload: Workload) -> list[str]:
    """What keeps the workload of this id, or a new one, from being kept, in sentences."""
    with database.reader() as session:
        return [*faults(workload), *_taken(session, key, workload.name)]


def keep(database: Database, key: str | None, workload: Workload, user: str) -> str:
    """Keep it as the one of this id, or as a new one; returns the id.

    Raises `ValueError` where another one has got the name meanwhile.
    """
    with database.writer() as session:
        take_turn(session, tables.Workload)
        if taken := _taken(session, key, workload.name):
            raise ValueError(*taken)
        row = session.get(tables.Workload, key) if key else None
        if row is not None:
            row.name = workload.name
            session.flush()
        return save_workload(session, workload, user)


def _taken(session: Session, key: str | None, name: str) -> list[str]:
    others = {one.name for other, one in load_workloads(session).items() if other != key}
    return [f"There is another workload named {name}."] if clean(name) in others else []
