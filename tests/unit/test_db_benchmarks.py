"""Who may work on a run, and what people may ask of it: one worker at a time, whatever dies."""

import os
import socket
import threading
from collections.abc import Generator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from db import benchmark_changes as changes
from db import benchmark_queries as queries
from db import leases
from db.benchmark_changes import Wish
from db.benchmarks import HumanGrade, Result, Run, Suite
from db.leases import LEASE_S
from db.models import Worker, new_id, utc_now
from db.session import Database
from db.workers import process_started
from tests.dbtools import ENGINES, fresh_database

NOW = utc_now()
HERE, ELSEWHERE = socket.gethostname(), "another-host"
DEAD_PID = 2**22 + 1  # beyond what Linux gives out


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def add_worker(database: Database, host: str = HERE, pid: int | None = None) -> str:
    pid = pid or os.getpid()
    started = process_started(os.getpid())
    worker = Worker(id=new_id(), host=host, pid=pid, pid_started=started, started_at=NOW, heartbeat_at=NOW)
    with database.writer() as session:
        session.add(worker)
    return worker.id


def add_run(database: Database, status: str = "queued", **more: Any) -> str:
    suite = Suite(
        id=new_id(),
        name=new_id(),
        version=1,
        content_hash="",
        description="",
        source="",
        definition={},
        sample_count=3,
    )
    run = Run(
        id=new_id(), suite_id=suite.id, name="r", status=status, offers=[], epochs=1, params={},
        concurrency=1, seed=0, **{"cell_count": 3} | more,
    )  # fmt: skip
    with database.writer() as session:
        session.add(suite)
        session.flush()
        session.add(run)
    return run.id


def claim(database: Database, worker: str, run_id: str | None = None, later_s: float = 0) -> str | None:
    with database.writer() as session:
        run = changes.claim(session, worker, NOW + timedelta(seconds=later_s), run_id)
        return run and run.id


def read(database: Database, run_id: str) -> Run:
    with database.reader() as session:
        return session.get_one(Run, run_id)


def add_cell(database: Database, run_id: str, key: str, **columns: Any) -> None:
    known = {"run_id": run_id, "offer": "acme/a", "sample_key": key, "epoch": 0, "position": 0}
    row = known | {"status": "running", "attempt": 1, "repeated": False, "retried": False} | columns
    with database.writer() as session:
        changes.write_results(session, [row])


def cells(database: Database, run_id: str) -> dict[str, Result]:
    with database.reader() as session:
        return {row.sample_key: row for row in session.query(Result).filter_by(run_id=run_id)}


# Claiming


def test_the_oldest_run_is_taken_first_and_once(database: Database) -> None:
    newer = add_run(database, created_at=NOW)
    older = add_run(database, created_at=NOW - timedelta(hours=1))
    mine, other = add_worker(database), add_worker(database)
    assert [claim(database, worker) for worker in (mine, other, mine)] == [older, newer, None]
    run = read(database, older)
    assert (run.status, run.worker_id, run.started_at) == ("running", mine, NOW)


def test_only_the_run_that_is_named_is_taken(database: Database) -> None:
    add_run(database, created_at=NOW - timedelta(hours=1))
    wanted, worker = add_run(database), add_worker(database)
    assert claim(database, worker, wanted) == wanted
    assert claim(database, worker, wanted) is None


@pytest.mark.parametrize("status", ["paused", "done", "cancelled", "budget", "failed"])
def test_what_rests_is_not_taken(database: Database, status: str) -> None:
    add_run(database, status)
    assert claim(database, add_worker(database)) is None


def test_of_many_claimers_each_run_gets_one(database: Database) -> None:
    runs = {add_run(database) for _ in range(8)}
    workers = [add_worker(database) for _ in range(4)]
    taken: list[str | None] = []
    ready = threading.Barrier(len(workers))

    def work(worker: str) -> None:
        ready.wait()
        for _ in runs:
            taken.append(claim(database, worker))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(run for run in taken if run) == sorted(runs)


@pytest.mark.parametrize(
    ("host", "pid", "silent_s", "is_taken"),
    [
        (HERE, DEAD_PID, 0, True),
        (HERE, None, 0, False),
        (HERE, None, LEASE_S + 1, True),  # it runs, but hangs
        (ELSEWHERE, DEAD_PID, LEASE_S - 1, False),
        (ELSEWHERE, DEAD_PID, LEASE_S + 1, True),
    ],
)
def test_a_run_is_taken_over_once_its_worker_is_gone(
    database: Database, host: str, pid: int | None, silent_s: float, is_taken: bool
) -> None:
    run_id, holder = add_run(database), add_worker(database, host, pid)
    assert claim(database, holder) == run_id
    heir = add_worker(database)
    assert claim(database, heir, later_s=silent_s) == (run_id if is_taken else None)
    assert read(database, run_id).worker_id == (heir if is_taken else holder)


def test_what_was_under_way_is_asked_again_and_counts_as_spent(database: Database) -> None:
    run_id = add_run(database, spent=Decimal(1))
    claim(database, add_worker(database, pid=DEAD_PID))
    add_cell(database, run_id, "lost", reserved=Decimal("0.25"))
    add_cell(database, run_id, "done", reserved=Decimal("0.50"), status="done", outcome="answered")
    claim(database, add_worker(database))
    found = cells(database, run_id)
    assert {key: (row.status, row.repeated) for key, row in found.items()} == {
        "lost": ("again", True),
        "done": ("done", False),
    }
    assert read(database, run_id).spent == Decimal("1.25")


# Holding


def test_the_holder_renews_its_lease_and_hears_what_is_wanted(database: Database) -> None:
    run_id, worker = add_run(database), add_worker(database, ELSEWHERE)
    claim(database, worker)
    later = NOW + timedelta(seconds=LEASE_S - 1)
    with database.writer() as session:
        assert leases.hold(session, Run, run_id, worker, later, spent=Decimal("0.5"), handed_out=2) is None
    assert claim(database, add_worker(database), later_s=LEASE_S + 1) is None
    with database.writer() as session:
        changes.request(session, run_id, "pause")
        assert (
            leases.hold(session, Run, run_id, worker, later, spent=Decimal("0.75"), handed_out=3) == "pause"
        )
    run = read(database, run_id)
    assert (run.spent, run.handed_out) == (Decimal("0.75"), 3)


def test_who_has_lost_a_run_can_neither_write_nor_end_it(database: Database) -> None:
    run_id, loser, heir = add_run(database), add_worker(database, ELSEWHERE), add_worker(database)
    claim(database, loser)
    claim(database, heir, later_s=LEASE_S + 1)
    with pytest.raises(LookupError, match="taken"), database.writer() as session:
        leases.hold(session, Run, run_id, loser, NOW, spent=Decimal(9), handed_out=9)
    with database.writer() as session:
        leases.release(session, Run, run_id, loser, "done")
    run = read(database, run_id)
    assert (run.status, run.worker_id, run.spent) == ("running", heir, 0)


def test_a_run_keeps_how_late_its_clocks_were_whoever_is_killed(database: Database) -> None:
    run_id, gone, heir = add_run(database), add_worker(database, ELSEWHERE), add_worker(database)
    claim(database, gone)
    assert read(database, run_id).timings == "unknown"
    for lag in (7.0, None):
        with database.writer() as session:
            leases.hold(session, Run, run_id, gone, NOW, spent=Decimal(0), handed_out=0, lag_p95_ms=lag)
    claim(database, heir, later_s=LEASE_S + 1)
    run = read(database, run_id)
    assert (run.lag_p95_ms, run.timings) == (7.0, "unreliable")
    for lag, kept, timings in ((3.0, 3.0, "reliable"), (None, 3.0, "reliable")):
        with database.writer() as session:
            leases.release(session, Run, run_id, heir, "queued", lag_p95_ms=lag)
        run = read(database, run_id)
        assert (run.lag_p95_ms, run.timings) == (kept, timings)
        claim(database, heir, run_id)


# What people ask


def ask(database: Database, run_id: str, wish: Wish, budget: Decimal | None = None) -> str:
    with database.writer() as session:
        return changes.request(session, run_id, wish, budget)


@pytest.mark.parametrize(
    ("status", "wish", "expected"),
    [
        ("queued", "pause", ("paused", None)),
        ("running", "pause", ("running", "pause")),
        ("queued", "cancel", ("cancelled", None)),
        ("paused", "cancel", ("cancelled", None)),
        ("running", "cancel", ("running", "cancel")),
        ("paused", "resume", ("queued", None)),
        ("cancelled", "resume", ("queued", None)),
        ("budget", "resume", ("queued", None)),
        ("failed", "resume", ("queued", None)),
    ],
)
def test_wishes(database: Database, status: str, wish: Wish, expected: tuple[str, str | None]) -> None:
    run_id = add_run(database, status)
    ask(database, run_id, wish)
    run = read(database, run_id)
    assert (run.status, run.wanted) == expected


@pytest.mark.parametrize(
    ("status", "wish"),
    [
        ("done", "pause"), ("done", "cancel"), ("done", "resume"), ("paused", "pause"), ("queued", "resume"),
        ("running", "resume"), ("running", "retry"), ("queued", "retry"), ("done", "retry"),
    ],
)  # fmt: skip
def test_wishes_that_cannot_be(database: Database, status: str, wish: Wish) -> None:
    run_id = add_run(database, status)
    with pytest.raises(ValueError, match=r"\.$"):
        ask(database, run_id, wish)
    assert read(database, run_id).status == status


def test_a_pause_taken_back_in_time_never_was(database: Database) -> None:
    run_id, worker = add_run(database), add_worker(database)
    claim(database, worker)
    assert [ask(database, run_id, "pause"), ask(database, run_id, "resume")] == ["running", "running"]
    with database.writer() as session:  # the worker had already heeded the pause
        leases.release(session, Run, run_id, worker, "paused")
    assert read(database, run_id).status == "queued"


def test_a_run_out_of_budget_goes_on_with_another(database: Database) -> None:
    run_id = add_run(database, "budget", budget=Decimal(1), ended_at=NOW, problem="spent")
    ask(database, run_id, "resume", Decimal(2))
    run = read(database, run_id)
    assert (run.budget, run.ended_at, run.problem) == (Decimal(2), None, None)


def test_retry_asks_again_what_failed_for_technical_reasons(database: Database) -> None:
    outcomes = ("answered", "refused", "filtered", "truncated", "error", "timeout")
    run_id = add_run(database, "done", cell_count=len(outcomes))
    for outcome in outcomes:
        add_cell(database, run_id, outcome, status="done", outcome=outcome)
    assert ask(database, run_id, "retry") == "queued"
    again = {key for key, row in cells(database, run_id).items() if row.status == "again"}
    assert again == {"error", "timeout"}


@pytest.mark.parametrize("status", ["cancelled", "paused", "budget"])
def test_retry_asks_nothing_that_was_never_asked(database: Database, status: str) -> None:
    run_id = add_run(database, status)  # of 3 cells
    add_cell(database, run_id, "s0", status="done", outcome="error")
    add_cell(database, run_id, "s1", status="again")
    with pytest.raises(ValueError, match="2 cells are still to be asked"):
        ask(database, run_id, "retry")
    assert read(database, run_id).status == status
    assert cells(database, run_id)["s0"].status == "done"


def test_a_run_that_is_not_there(database: Database) -> None:
    with pytest.raises(LookupError, match="nothing"):
        ask(database, "nothing", "pause")


# Grades


def test_the_last_word_of_each_user_counts(database: Database) -> None:
    run_id = add_run(database)
    add_cell(database, run_id, "s", status="done")
    cell = (run_id, "acme/a", "s", 0)
    for user, passed in (
        ("ada", True),
        ("ada", False),
        (None, True),
        (None, True),
        ("bob", True),
        ("bob", None),
    ):
        with database.writer() as session:
            changes.grade(session, cell, passed, user)
    with database.reader() as session:
        found = list(session.scalars(queries.grades(run_id)))
    assert sorted((row.user or "", row.passed) for row in found) == [("", True), ("ada", False)]
    assert all(isinstance(row, HumanGrade) for row in found)
