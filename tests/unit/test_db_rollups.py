"""Rollups say what the calls themselves say, whoever writes, however often, and at the same time."""

import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, text, update
from typer.testing import CliRunner

from broker.cli import app
from broker.stats.percentiles import percentile, percentile_of_counts
from broker.types import Completion, Offer
from db import counting, migrate, rollups
from db.calls import write_calls
from db.models import Call, Worker, new_id
from db.rollups import CallLatency, CallRollup
from db.rows import call_row, content_row
from db.session import Database
from db.tally import bucket_of, middle_ms
from db.workers import mark_interrupted
from tests.dbtools import ENGINES, answered, context, failed, fresh_database, started
from tests.unit.test_db_migrations import _downgrade

ROOT = Path(__file__).parents[2]
START = datetime(2026, 1, 1, tzinfo=UTC)
EVER = date(2000, 1, 1), date(2100, 1, 1)


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def made_up(rng: Random) -> Completion:
    """A call of any kind, in one of a few months, with costs that floats cannot hold."""
    model = f"model-{rng.randrange(3)}"
    offer = Offer("acme", model, model, rng.choice(["Acme", "Unknown"]), model)
    call = replace(started(offer), started_at=START + timedelta(minutes=rng.randrange(200_000)))
    if rng.random() < 0.2:
        return call
    if rng.random() < 0.2:
        return failed(call)
    done = answered(call)
    assert done.cost is not None
    times = [rng.choice([None, rng.lognormvariate(6, 2)]) for _ in range(2)]
    return replace(
        done,
        status=rng.choice(["ok", "ok", "stopped"]),
        cost=rng.choice([None, replace(done.cost, output=Decimal(rng.randrange(10**9)).scaleb(-12))]),
        usage=rng.choice([done.usage, replace(done.usage, output_tokens=None)]),
        timing=replace(done.timing, ttft_ms=times[0], total_ms=times[1]),
    )


def write(database: Database, calls: list[Completion], worker: str | None = None) -> None:
    with database.writer() as session:
        rows = [call_row(call, context(), "Acme", worker) for call in calls]
        write_calls(session, rows, [content_row(call) for call in calls])


def counted(database: Database) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Both tables as they stand: totals by key, times by key."""
    with database.reader() as session:
        sums = {
            (row.month, row.offer, row.maker, row.status): [
                row.calls, row.cost, row.cost_unknown, row.input_tokens, row.output_tokens, row.tokens_unknown
            ]
            for row in session.scalars(select(CallRollup))
        }  # fmt: skip
        times = {
            (row.month, row.offer, row.clock, row.bucket): row.calls
            for row in session.scalars(select(CallLatency))
        }
    return sums, times


def recounted(database: Database) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """The same worked out here, from raw rows; money in whole units of 1e-10 dollars."""
    month = "strftime('%Y-%m-01', started_at)"
    if database.engine.dialect.name == "postgresql":
        month = "to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-01')"
    columns = "offer, maker, status, cost_total, input_tokens, output_tokens, ttft_ms, total_ms"
    query = f"SELECT {month}, {columns} FROM call WHERE status <> 'running'"
    sums = defaultdict[Any, list[Any]](lambda: [0, 0, 0, 0, 0, 0])
    times = defaultdict[Any, int](int)
    with database.engine.connect() as connection:
        for first, offer, maker, status, cost, sent, got, ttft, total in connection.execute(text(query)):
            day, tokens = date.fromisoformat(first), None not in (sent, got)
            added = [1, cost or 0, cost is None, sent if tokens else 0, got if tokens else 0, not tokens]
            key = (day, offer, maker, status)
            sums[key] = [old + new for old, new in zip(sums[key], added, strict=True)]
            for clock, value in (("ttft", ttft), ("total", total)):
                if status == "ok" and value is not None:
                    times[day, offer, clock, bucket_of(value)] += 1
    return {key: [n, Decimal(cost).scaleb(-10), *rest] for key, (n, cost, *rest) in sums.items()}, times


@pytest.mark.parametrize("seed", range(3))
def test_rollups_are_the_sums_of_the_calls(database: Database, seed: int) -> None:
    rng = Random(seed)
    calls = [made_up(rng) for _ in range(300)]
    for first in range(0, 300, 70):
        write(database, calls[first : first + 70])
    # Some are written again as they are, some have ended meanwhile, some turn out otherwise.
    write(database, rng.sample(calls, 80))
    changed = [
        replace(made_up(rng), call_id=old.call_id, offer=old.offer, started_at=old.started_at)
        for old in rng.sample(calls, 80)
    ]
    write(database, changed)
    assert counted(database) == recounted(database)
    assert counted(database)[0]


def test_a_call_written_twice_in_one_batch_counts_as_it_was_last(database: Database) -> None:
    call = started()
    write(database, [answered(call), failed(call)])
    assert counted(database) == recounted(database)
    assert [key[3] for key in counted(database)[0]] == ["error"]


def test_figures_of_hand(database: Database) -> None:
    call = replace(started(), started_at=datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))))
    write(database, [answered(call), answered(replace(call, call_id=new_id())), failed(started())])
    with database.reader() as session:
        assert rollups.months(session)[0] == date(2026, 2, 1)  # in UTC it is still February
        (one,) = rollups.totals(session, date(2026, 2, 28), date(2026, 2, 1)).values()
        assert rollups.totals(session, date(2026, 3, 1), date(2026, 3, 31)) == {}
        (both,) = rollups.totals(session, *EVER).values()
    # 0.000036 + 0.0000012 + 0.000024 dollars, 40 tokens in, 5 out, twice
    assert (one.offer, one.provider, one.model, one.maker) == (
        "acme/acme-large",
        "acme",
        "acme-large",
        "Acme",
    )
    assert (one.calls, one.ok, one.failed, one.cost, one.cost_unknown) == (2, 2, 0, Decimal("0.0001224"), 0)
    assert (one.input_tokens, one.output_tokens, one.tokens_unknown) == (80, 10, 0)
    assert (both.calls, both.failed, both.cost_unknown, both.failed_cost_unknown) == (3, 1, 1, 1)


def test_the_last_maker_known_counts(database: Database) -> None:
    calls = [
        replace(
            answered(started(Offer("acme", "m", "m", maker, "M"))), started_at=START + timedelta(days=40 * n)
        )
        for n, maker in enumerate(["Unknown", "Acme", "Acme"])
    ]
    write(database, calls[::-1])
    with database.reader() as session:
        (one,) = rollups.totals(session, *EVER).values()
    assert (one.maker, one.calls) == ("Acme", 3)


def test_interrupted_calls_count_once_and_can_still_end(database: Database) -> None:
    call, other = started(), started()
    long_ago = START - timedelta(days=1)
    with database.writer() as session:
        session.add(Worker(id="w", host="elsewhere", pid=1, started_at=long_ago, heartbeat_at=long_ago))
    write(database, [call, other], worker="w")
    assert counted(database) == ({}, {})
    for _ in range(2):
        with database.writer() as session:
            mark_interrupted(session, START)
    assert counted(database) == recounted(database)
    assert [(key[3], sums[0]) for key, sums in counted(database)[0].items()] == [("interrupted", 2)]
    write(database, [answered(call)], worker="w")  # it was only silent
    assert counted(database) == recounted(database)
    assert sorted((key[3], sums[0]) for key, sums in counted(database)[0].items()) == [
        ("interrupted", 1),
        ("ok", 1),
    ]


WRITER = """
import sys
from random import Random
from broker.types import CallContext
from db.session import open_database
from tests.unit.test_db_rollups import made_up, write
database, rng = open_database(sys.argv[1]), Random(int(sys.argv[2]))
print(flush=True)
sys.stdin.readline()
for _ in range(20):
    write(database, [made_up(rng) for _ in range(10)])
"""


def test_several_processes_write_at_once(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", WRITER, url]
    writers = [
        subprocess.Popen(
            [*command, str(n)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for n in range(2)
    ]
    for writer in writers:
        assert writer.stdout
        assert writer.stdout.readline()
    for writer in writers:
        writer.communicate("go\n", timeout=60)
        assert writer.returncode == 0
    assert counted(database) == recounted(database)
    with database.reader() as session:
        assert sum(one.calls for one in rollups.totals(session, *EVER).values()) > 250


@pytest.mark.postgres
def test_a_second_try_beside_an_unfinished_first_counts_once(tmp_path: Path) -> None:
    # A writer lost its connection; the server commits what it sent while it is already written again.
    with fresh_database("postgresql", tmp_path) as database:
        calls = [answered(started()) for _ in range(3)]
        again = threading.Thread(target=write, args=(database, calls))
        with database.writer() as session:
            rows = [call_row(call, context(), "Acme", None) for call in calls]
            write_calls(session, rows, [content_row(call) for call in calls])
            again.start()
            _await_waiting(database)
        again.join(30)
        assert counted(database) == recounted(database)


def _await_waiting(database: Database) -> None:
    """Until some transaction waits for another one's lock."""
    with database.engine.connect() as connection:
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        for _ in range(10_000):
            if connection.scalar(waiting):
                return
            connection.rollback()
    raise AssertionError("nobody waits")


def test_rebuilding_gives_the_same_rows(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(9)
    write(database, [made_up(rng) for _ in range(200)])
    before = counted(database)
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("BROKER_DATABASE_URL", url)
    with database.writer() as session:
        session.execute(update(CallRollup).values(calls=CallRollup.calls + 1))
        session.execute(update(CallLatency).values(calls=0))
    assert counted(database) != before
    done = CliRunner().invoke(app, ["rebuild-rollups"])
    with database.reader() as session:
        over = session.query(Call).where(Call.status != "running").count()
        months = len(rollups.months(session))
    assert done.output == f"Counted {over} calls of {months} months.\n"
    assert counted(database) == before == recounted(database)


def test_calls_recorded_before_there_were_rollups_are_counted(database: Database) -> None:
    rng = Random(5)
    write(database, [made_up(rng) for _ in range(100)])
    before = counted(database)
    _downgrade(database, "0006")
    migrate.upgrade(database.engine)
    assert counted(database) == before == recounted(database)


def test_rebuilding_nothing(database: Database) -> None:
    with database.writer() as session:
        assert counting.rebuild(session) == (0, 0)
    with database.reader() as session:
        assert rollups.months(session) == []


@pytest.mark.parametrize("value", [0.1, 0.5, 1.0, 1.04, 3.7, 250.0, 1.04**100, 86_399_999.0])
def test_a_bucket_stands_within_two_percent(value: float) -> None:
    assert abs(middle_ms(bucket_of(value)) / value - 1) < 0.02


@pytest.mark.parametrize(("value", "stands"), [(0.0, 0.1), (-1.0, 0.1), (1e12, 86_400_000.0)])
def test_times_beyond_all_use_share_a_bucket(value: float, stands: float) -> None:
    assert abs(middle_ms(bucket_of(value)) / stands - 1) < 0.02


@pytest.mark.parametrize("n", [1, 2, 3, 20, 59, 500])
@pytest.mark.parametrize("spread", [0.01, 0.5, 2.0])
def test_percentiles_are_within_two_percent_of_exact_ones(n: int, spread: float) -> None:
    rng = Random(n)
    exact = sorted(rng.lognormvariate(7, spread) for _ in range(n))
    counts: dict[int, int] = {}
    for value in exact:
        counts[bucket_of(value)] = counts.get(bucket_of(value), 0) + 1
    rows = [(middle_ms(bucket), count) for bucket, count in sorted(counts.items())]
    for share in (0.0, 0.5, 0.95, 1.0):
        found, true = percentile_of_counts(rows, share), percentile(exact, share)
        assert found.n == n
        assert found.value == pytest.approx(float(np.quantile(exact, share)), rel=0.02)
        for limit, expected in ((found.low, true.low), (found.high, true.high)):
            assert limit == (None if expected is None else pytest.approx(expected, rel=0.02))


def test_percentiles_of_counted_values_are_those_of_the_values() -> None:
    values, counts = [10.0] * 3 + [20.0] * 6 + [70.0], [(10.0, 3), (20.0, 6), (70.0, 1)]
    for share in (0.0, 0.1, 0.3, 0.5, 0.95, 1.0):
        assert percentile_of_counts(counts, share) == percentile(values, share)
    assert percentile_of_counts([], 0.5) == percentile([], 0.5)


def test_waiting_times_are_of_good_answers_by_offer(database: Database) -> None:
    slow, fast = Offer("acme", "slow", "slow", "Acme", "Slow"), Offer("acme", "fast", "fast", "Acme", "Fast")
    calls = [answered(started(offer)) for offer in (slow, slow, fast)]
    calls = [
        replace(c, timing=replace(c.timing, total_ms=ms, ttft_ms=None))
        for c, ms in zip(calls, (1000.0, 3000.0, 50.0), strict=True)
    ]
    write(database, [*calls, replace(calls[0], call_id=new_id(), status="stopped"), failed(started(fast))])
    with database.reader() as session:
        found = rollups.waits(session, *EVER, "total")
        only = rollups.waits(session, *EVER, "total", [fast.id])
        assert rollups.waits(session, *EVER, "ttft") == {}
    assert {offer: [n for _, n in counts] for offer, counts in found.items()} == {
        slow.id: [1, 1],
        fast.id: [1],
    }
    assert [value for value, _ in found[slow.id]] == pytest.approx([1000, 3000], rel=0.02)
    assert only == {fast.id: found[fast.id]}
