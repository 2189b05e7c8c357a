"""What a run comes to is kept exactly, as long as the run stays as it is."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select, update

from broker.results import kept
from broker.results.leaderboard import leaderboard
from broker.results.load import load_run
from broker.results.pairs import pairs
from broker.results.summary import mark_of, summarised
from broker.results.summary_json import summary_of
from broker.runs.background import Background
from db.benchmarks import Result, Run
from db.run_summaries import RunSummary
from db.session import Database
from tests.comparisontools import AT, copy_of, empty_file, suite
from tests.dbtools import ENGINES, fresh_database
from tests.resulttools import keep_run
from tests.runtools import engine_at, offer, ordered, platform, sums, until


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with empty_file(tmp_path_factory.mktemp("empty")) as file:
        yield file


@pytest.fixture
def database(empty: Path, tmp_path: Path) -> Iterator[Database]:
    with copy_of(empty, tmp_path) as database:
        yield database


@pytest.fixture(params=ENGINES)
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    """Nothing is remembered in this process from one test to the next."""
    kept._memory.clear()
    yield
    kept._memory.clear()


def _run(database: Database, offers: int = 3, count: int = 40, epochs: int = 1, **more: Any) -> str:
    random = Random(7)
    cells = [
        _cell(random, f"acme/m{offer}", i, epoch)
        for offer in range(offers)
        for i in range(count)
        for epoch in range(epochs)
    ]
    return keep_run(database, suite("Made up", count, 9), cells, **{"ended_at": AT, "epochs": epochs} | more)


def _cell(random: Random, offer: str, i: int, epoch: int) -> dict[str, Any]:
    place: dict[str, Any] = {"offer": offer, "sample": f"s{i}", "epoch": epoch}
    if (ended := random.random()) < 0.1:
        return place | {"outcome": "error", "error_kind": "overloaded"}
    if ended < 0.15:
        return place | {"outcome": "timeout", "error_kind": "total_timeout", "total_ms": 1.0}
    right = random.random() < 0.7
    times = {"ttft_ms": random.lognormvariate(5, 1), "total_ms": random.lognormvariate(7, 1)}
    paid = Decimal(random.randrange(1, 10**7)).scaleb(-10)
    return place | times | {"passed": right, "value": random.random(), "cost": paid, "retried": i % 11 == 0}


def _count(database: Database) -> int | None:
    with database.reader() as session:
        return session.scalar(select(func.count()).select_from(RunSummary))


def _results(database: Database, run_id: str) -> kept.Found:
    with database.reader() as session:
        return kept.results_of(session, run_id, mark_of(session.get_one(Run, run_id)))


@pytest.mark.parametrize(
    "shape", [{}, {"epochs": 2}, {"offers": 1}, {"kind": "imported"}, {"lag_p95_ms": 9.0}]
)
def test_what_is_kept_is_what_the_cells_say(database: Database, shape: dict[str, Any]) -> None:
    run_id = _run(database, **shape)
    with database.reader() as session:
        run = load_run(session, run_id)
    for _ in range(2):  # worked out, then read from the database
        summary, samples = _results(database, run_id)
        assert list(summary.board) == leaderboard(run)
        assert list(summary.pairs) == (pairs(run) if len(run.offers) > 1 else [])
        assert summary.measure == run.measure
        assert summary.reliable == run.timings_reliable
        assert samples.values == {offer: run.by_sample(offer, run.measure) for offer in run.offers}
        assert [list(known) for known in samples.values.values()] == [
            list(run.by_sample(offer, run.measure)) for offer in run.offers
        ]
        assert samples.clusters == run.clusters
        direct = summarised(run)[1].timed
        assert {offer: _columns(one) for offer, one in samples.timed.items()} == {
            offer: _columns(one) for offer, one in direct.items()
        }
        assert _count(database) == 1
        kept._memory.clear()


def _columns(timed: Any) -> tuple[Any, ...]:
    return timed.ttft, timed.total, timed.rate, timed.units


def test_the_figures_alone_are_the_same(database: Database) -> None:
    run_id = _run(database)
    board = _results(database, run_id)[0].board
    kept._memory.clear()
    with database.reader() as session:
        assert kept.figures_of(session, session.get_one(Run, run_id)).board == board


def test_nothing_is_worked_out_twice(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    database = any_database
    run_id = _run(database)
    kept.keep(database, run_id)
    monkeypatch.setattr(kept, "summarised", None)
    kept._memory.clear()
    assert len(_results(database, run_id)[0].board) == 3
    with database.writer() as session:
        session.execute(update(RunSummary).values(figures={}, samples={}))
    assert len(_results(database, run_id)[0].board) == 3  # remembered


CHANGES = [
    {"ended_at": AT + timedelta(seconds=1)},
    {"status": "budget"},
    {"regraded_at": AT + timedelta(days=1)},
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_run_that_was_asked_or_judged_again_is_summed_up_again(
    database: Database, change: dict[str, Any]
) -> None:
    run_id = _run(database)
    before = _results(database, run_id)[0].board
    with database.writer() as session:
        session.execute(
            update(Result).where(Result.offer == "acme/m0").values(passed=True, outcome="answered")
        )
        session.execute(update(Run).values(**change))
    after = {one.offer: one for one in _results(database, run_id)[0].board}
    assert after["acme/m0"].right == 40
    assert {one.offer: one.right for one in before}["acme/m0"] < 40
    assert _count(database) == 1


def test_another_version_of_the_statistics_is_worked_out_again(
    any_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = any_database
    run_id = _run(database)
    kept.keep(database, run_id)
    kept._memory.clear()
    monkeypatch.setattr(kept, "VERSION", kept.VERSION + 1)
    asked: list[str] = []
    monkeypatch.setattr(kept, "summarised", lambda run: asked.append(run.id) or summarised(run))
    _results(database, run_id)
    assert asked == [run_id]
    with database.reader() as session:
        assert session.scalars(select(RunSummary.version)).all() == [kept.VERSION]


def test_a_run_under_way_is_not_kept(database: Database) -> None:
    run_id = _run(database, status="running", ended_at=None)
    assert len(_results(database, run_id)[0].board) == 3
    kept.keep(database, run_id)
    assert _count(database) == 0
    assert kept._memory == {}


def test_a_writer_keeps_it_in_its_own_transaction(database: Database) -> None:
    run_id = _run(database)
    with database.writer() as session:
        session.execute(update(Run).values(name="Renamed"))
        kept.results_of(session, run_id, mark_of(session.get_one(Run, run_id)))
    assert _count(database) == 1


def test_what_goes_wrong_in_the_background_is_logged(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(kept, "summarised", None)
    kept.keep(database, _run(database))
    assert "run not summed up" in caplog.text
    kept.keep(database, "nothing")


def test_the_oldest_runs_are_forgotten_first(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_MOST", 250)  # two runs of 120 cells
    runs = [_run(database) for _ in range(3)]
    for run_id in (*runs[:2], runs[0], runs[2]):
        _results(database, run_id)
    assert [run_id for run_id, _ in kept._memory] == [runs[0], runs[2]]


def test_a_run_is_summed_up_where_it_ends(database: Database) -> None:
    with platform() as here, engine_at(here.url) as engine:
        run_id = ordered(database, engine, sums(4), offers=(offer("good"), offer("bad")))
        with closing(Background(engine, database)):
            until(lambda: _count(database))
        with database.reader() as session:
            figures = session.scalars(select(RunSummary.figures)).one()
            direct = leaderboard(load_run(session, run_id))
    assert [(one["offer"], one["right"]) for one in figures["board"]] == [("acme/good", 4), ("acme/bad", 0)]
    assert list(summary_of(figures).board) == direct
