"""Kill the process of a run at any moment: what was finished stays, what was not is asked, and says so."""

import json
import random
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from broker.runs.progress import progress
from db import benchmark_queries as queries
from db.benchmarks import Result, Run
from db.models import Call
from db.session import Database
from tests.dbtools import ENGINES, fresh_url
from tests.runtools import COST, engine_at, offer, ordered, sums, until

ROOT = Path(__file__).parents[2]
SAMPLES, OFFERS, CONCURRENCY, ROUNDS = 150, ("good", "bad"), 10, 6
DELAY_S = 0.02
Cell = tuple[str, str]  # model, question


@contextmanager
def spawned(*arguments: str) -> Generator["subprocess.Popen[str]"]:
    """A process of `tests.runtools`, killed at the end if it still runs."""
    command = [sys.executable, "-m", "tests.runtools", *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:  # pyright: ignore
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(name="url")
def _url() -> Generator[str]:
    with spawned("serve", str(DELAY_S)) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()


@pytest.fixture(name="database_url", params=ENGINES)
def _database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    with fresh_url(request.param, tmp_path) as url:
        yield url


def asked(url: str) -> Counter[Cell]:
    with urllib.request.urlopen(f"{url}/asked") as reply:
        return Counter({(model, question): count for model, question, count in json.load(reply)})


def finished(database: Database, run_id: str) -> dict[Cell, Result]:
    with database.reader() as session:
        rows = session.scalars(queries.results(run_id)).all()
    return {(row.offer.partition("/")[2], f"{row.position} + 1?"): row for row in rows}


def kill_in_the_midst(process: "subprocess.Popen[str]", url: str, more: int) -> None:
    """SIGKILL once so many more calls have arrived than before."""
    before = asked(url).total()
    until(lambda: asked(url).total() >= before + more or process.poll() is not None)
    assert process.poll() is None, "the run was over before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_killed_again_and_again(url: str, database_url: str) -> None:
    database = open_at(database_url)
    with engine_at(url) as engine:
        offers = tuple(offer(name) for name in OFFERS)
        run_id = ordered(database, engine, sums(SAMPLES), offers=offers, concurrency=CONCURRENCY)
    dice = random.Random(str(database_url))
    kept: dict[Cell, tuple[str | None, int]] = {}
    for _ in range(ROUNDS):
        with spawned("work", url, database_url, run_id) as process:
            kill_in_the_midst(process, url, dice.randrange(1, 2 * SAMPLES // ROUNDS))
        seen = asked(url)
        with database.reader() as session:  # whatever was timed, how well is known
            assert not finished(database, run_id) or session.get_one(Run, run_id).lag_p95_ms is not None
        kept |= {cell: (row.call_id, seen[cell]) for cell, row in finished(database, run_id).items()}
    with spawned("work", url, database_url, run_id) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "done"
    last, rows = asked(url), finished(database, run_id)
    assert rows.keys() == {(name, f"{i} + 1?") for name in OFFERS for i in range(SAMPLES)}
    # What was finished at a kill was left alone by all that came later.
    assert {cell: (rows[cell].call_id, last[cell]) for cell in kept} == kept
    # Whatever was asked twice says so.
    repeated = {cell for cell, row in rows.items() if row.repeated}
    assert {cell for cell, count in last.items() if count > 1} <= repeated
    # At a kill so many are under way, and as many may have ended since the last commit.
    assert last.total() - len(rows) <= ROUNDS * 2 * CONCURRENCY
    check_calls(database, run_id, rows)


def check_calls(database: Database, run_id: str, rows: dict[Cell, Result]) -> None:
    """Every finished cell has the call that answered it; what was lost is known, and counts as spent."""
    with database.reader() as session:
        calls = {call.id: call for call in session.scalars(select(Call))}
        run, seen = session.get_one(Run, run_id), progress(session, run_id)
    answers = {(calls[row.call_id or ""].status, row.outcome, row.error_kind) for row in rows.values()}
    assert answers == {("ok", "answered", None)}
    assert {call.status for call in calls.values()} <= {"ok", "running", "interrupted"}
    assert (seen.status, seen.done, seen.under_way) == ("done", len(rows), 0)
    assert {model for (model, _), row in rows.items() if row.passed} == {"good"}
    assert run.spent >= len(rows) * COST


def test_two_processes_never_run_the_same_run(url: str, database_url: str) -> None:
    database = open_at(database_url)
    with engine_at(url) as engine:
        run_id = ordered(database, engine, sums(40), concurrency=4)
    with (
        spawned("work", url, database_url, run_id) as one,
        spawned("work", url, database_url, run_id) as two,
    ):
        assert one.stdout is not None
        assert two.stdout is not None
        ended = sorted((one.stdout.readline().strip(), two.stdout.readline().strip()))
    assert ended == ["done", "taken"]
    assert set(asked(url).values()) == {1}


def open_at(url: str) -> Database:
    from db.session import open_database

    return open_database(url)
