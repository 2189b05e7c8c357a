"""Keeping a workload under its name, which no other may have."""

from broker.workload import Workload
from broker.workload.profile import problems as faults
from broker.workload.store import load_workloads, save_workload
from db import workloads as tables
from db.session import Database


def problems(database: Database, key: str | None, workload: Workload) -> list[str]:
    """What keeps the workload of this id, or a new one, from being kept, in sentences."""
    with database.reader() as session:
        others = {one.name for other, one in load_workloads(session).items() if other != key}
    taken = [f"There is another workload named {workload.name}."] if workload.name in others else []
    return [*faults(workload), *taken]


def keep(database: Database, key: str | None, workload: Workload, user: str) -> str:
    """Keep it as the one of this id, or as a new one; returns the id."""
    with database.writer() as session:
        row = session.get(tables.Workload, key) if key else None
        if row is not None:
            row.name = workload.name
            session.flush()
        return save_workload(session, workload, user)
