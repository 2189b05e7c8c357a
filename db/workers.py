"""Which processes record calls, and what becomes of the calls of one that is gone."""

import os
import socket
import sys
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import counting
from db.models import Call, Worker

HEARTBEAT_S = 10
_SILENT_AFTER = timedelta(seconds=60)


def beat(session: Session, worker_id: str, started_at: datetime, now: datetime) -> None:
    """Say that this process is alive, under `worker_id`; the first beat registers it."""
    session.merge(
        Worker(
            id=worker_id,
            host=socket.gethostname(),
            pid=os.getpid(),
            pid_started=process_started(os.getpid()),
            started_at=started_at,
            heartbeat_at=now,
        )
    )
    session.flush()


def mark_interrupted(session: Session, now: datetime) -> int:
    """Mark the running calls of workers that are gone as `interrupted`; how many there were.

    On this host a worker is gone once its process is; on another, after 60 s without a heartbeat.
    """
    running = select(Call.worker_id).where(Call.status == "running")
    workers = session.scalars(select(Worker).where(Worker.id.in_(running)))
    gone = [worker.id for worker in workers if _is_gone(worker, now)]
    if not gone:
        return 0
    lost = update(Call).where(Call.status == "running", Call.worker_id.in_(gone))
    marked = session.execute(lost.values(status="interrupted").returning(*counting.FIGURES)).all()
    counting.add(session, marked)
    return len(marked)


def process_started(pid: int) -> str | None:
    """When the process started, as Linux counts it; None when there is none (or on another system)."""
    if sys.platform != "linux":
        return None
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the program's name in parentheses and may hold anything; then state, … , start.
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in "ZX" else rest[18]


def _is_gone(worker: Worker, now: datetime) -> bool:
    if worker.host != socket.gethostname():
        return now - worker.heartbeat_at > _SILENT_AFTER
    if worker.pid_started is not None:
        return process_started(worker.pid) != worker.pid_started
    return not _runs(worker.pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
