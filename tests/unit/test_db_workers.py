"""A call left running is found out when the process that made it is gone, and only then."""

import os
import socket
import subprocess
import sys
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from db.calls import write_calls
from db.models import Call, Worker, new_id, utc_now
from db.rows import call_row, content_row
from db.session import Database
from db.workers import beat, mark_interrupted, process_started
from tests.dbtools import ENGINES, answered, context, fresh_database, started

NOW = utc_now()
HERE, ELSEWHERE = socket.gethostname(), "another-host"
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture
def child() -> Generator[subprocess.Popen[str]]:
    """A process that does nothing until its input closes."""
    command = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process


def statuses_after(
    database: Database, host: str, pid: int, pid_started: str | None, silent_s: float
) -> list[str]:
    """The statuses of a running and an ended call of such a worker once the gone are marked."""
    beaten = NOW - timedelta(seconds=silent_s)
    worker = Worker(
        id=new_id(), host=host, pid=pid, pid_started=pid_started, started_at=beaten, heartbeat_at=beaten
    )
    calls = [started(), answered(started())]
    with database.writer() as session:
        session.add(worker)
        session.flush()
        rows = [call_row(call, context(), "Acme", worker.id) for call in calls]
        write_calls(session, rows, [content_row(call) for call in calls])
    with database.writer() as session:
        marked = mark_interrupted(session, NOW)
    with database.reader() as session:
        found = [session.get_one(Call, call.call_id).status for call in calls]
    assert marked == found.count("interrupted")
    return found


KEPT, LOST = ["running", "ok"], ["interrupted", "ok"]


def test_a_living_process_keeps_its_calls_however_silent(
    database: Database, child: subprocess.Popen[str]
) -> None:
    token = process_started(child.pid)
    assert statuses_after(database, HERE, child.pid, token, silent_s=3600) == KEPT


def test_a_dead_process_loses_them_at_once(database: Database, child: subprocess.Popen[str]) -> None:
    token = process_started(child.pid)
    child.communicate("")
    assert statuses_after(database, HERE, child.pid, token, silent_s=0) == LOST


@linux
def test_a_dead_process_nobody_has_waited_for_is_dead(
    database: Database, child: subprocess.Popen[str]
) -> None:
    token = process_started(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it stays as a zombie
    assert statuses_after(database, HERE, child.pid, token, silent_s=0) == LOST


@linux
def test_a_pid_in_use_again_is_another_process(database: Database, child: subprocess.Popen[str]) -> None:
    token = process_started(os.getpid())
    assert token != process_started(child.pid)
    assert statuses_after(database, HERE, child.pid, token, silent_s=0) == LOST


@pytest.mark.parametrize(("ended", "expected"), [(False, KEPT), (True, LOST)])
def test_without_a_start_time_the_pid_decides(
    database: Database, child: subprocess.Popen[str], ended: bool, expected: list[str]
) -> None:
    if ended:
        child.communicate("")
    assert statuses_after(database, HERE, child.pid, None, silent_s=0) == expected


@pytest.mark.parametrize(("silent_s", "expected"), [(59, KEPT), (61, LOST)])
def test_on_another_host_the_heartbeat_decides(
    database: Database, silent_s: float, expected: list[str]
) -> None:
    assert statuses_after(database, ELSEWHERE, os.getpid(), None, silent_s) == expected


def test_a_heartbeat_registers_once_and_then_only_moves_on(database: Database) -> None:
    worker_id, later = new_id(), NOW + timedelta(seconds=10)
    for now in (NOW, later):
        with database.writer() as session:
            beat(session, worker_id, NOW, now)
    with database.reader() as session:
        (worker,) = session.scalars(select(Worker))
    assert (worker.id, worker.host, worker.pid) == (worker_id, HERE, os.getpid())
    assert (worker.started_at, worker.heartbeat_at) == (NOW, later)
    assert worker.pid_started == process_started(os.getpid())


@linux
def test_a_process_has_one_start_time_and_no_process_has_none(child: subprocess.Popen[str]) -> None:
    assert process_started(child.pid) == process_started(child.pid) is not None
    child.communicate("")
    assert process_started(child.pid) is None


@linux
def test_the_name_of_a_program_may_hold_anything(tmp_path: Path) -> None:
    program = tmp_path / "a) S 1 (b"
    program.symlink_to(sys.executable)
    with subprocess.Popen([program, "-c", "input()"], stdin=subprocess.PIPE, text=True) as process:
        token = process_started(process.pid)
        process.communicate("\n")
    assert token is not None
    assert int(token) >= int(process_started(os.getpid()) or 0)
