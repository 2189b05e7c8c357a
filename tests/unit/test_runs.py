"""Runs on a real server of this machine: every cell judged and kept, budgets hold, wishes are heeded."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Generator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from sqlalchemy import func, select, update

from broker import complete
from broker.config import Config
from broker.results.leaderboard import leaderboard
from broker.results.load import load_run
from broker.runs import Order
from broker.runs.background import Background
from broker.runs.execute import execute, take
from broker.runs.preview import preview
from broker.runs.progress import Progress, progress
from broker.runtime import Runtime
from broker.suites import ScorerSpec, Suite
from broker.suites.starters import starters
from broker.suites.store import save_suite
from broker.types import Offer, Params, Provider, TokenPrice
from db import benchmark_changes as changes
from db import benchmark_queries as queries
from db.benchmark_changes import Wish
from db.benchmarks import Result, Run
from db.models import Call
from db.session import Database
from db.workers import beat
from tests.dbtools import ENGINES, fresh_database
from tests.resulttools import keep_run
from tests.runtools import (
    COST,
    IN,
    LONGEST,
    OUT,
    PRICE,
    Platform,
    engine_at,
    offer,
    ordered,
    platform,
    sums,
    until,
)


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture(name="acme")
def _acme() -> Generator[Platform]:
    with platform() as acme:
        yield acme


@pytest.fixture
def engine(acme: Platform, monkeypatch: pytest.MonkeyPatch) -> Generator[Runtime]:
    monkeypatch.setattr(complete, "FIRST_WAIT_S", 0.01)
    with engine_at(acme.url) as engine:
        yield engine


def run_of(database: Database, run_id: str) -> Run:
    with database.reader() as session:
        return session.get_one(Run, run_id)


def results(database: Database, run_id: str) -> list[Result]:
    with database.reader() as session:
        return list(session.scalars(queries.results(run_id)))


def seen(database: Database, run_id: str) -> Progress:
    with database.reader() as session:
        return progress(session, run_id)


def wish(database: Database, run_id: str, what: Wish, budget: Decimal | None = None) -> None:
    with database.writer() as session:
        changes.request(session, run_id, what, budget)


def in_background(database: Database, engine: Runtime, run_id: str) -> "Future[str]":
    cells = take(database, engine, run_id)
    assert cells is not None
    return engine.submit(cells.carry_out())


# A whole run


def test_every_cell_is_asked_judged_and_kept_with_its_call(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    run_id = ordered(database, engine, sums(7), offers=(offer(), offer("bad")), epochs=2, user="ada")
    assert execute(run_id, engine=engine, database=database) == "done"
    rows = results(database, run_id)
    assert Counter(row.offer for row in rows) == {"acme/good": 14, "acme/bad": 14}
    assert {(row.offer, row.value, row.passed) for row in rows} == {
        ("acme/good", 1.0, True),
        ("acme/bad", 0.0, False),
    }
    assert set(acme.asked.values()) == {2}  # never from a cache: each epoch is a call
    with database.reader() as session:
        calls = {call.id: call for call in session.scalars(select(Call))}
    assert len(calls) == 28
    for row in rows:
        call = calls[row.call_id or ""]
        assert (call.purpose, call.user, call.offer, call.status) == ("benchmark", "ada", row.offer, "ok")
        assert (row.cost, row.total_ms, row.output_tokens) == (call.cost_total, call.total_ms, OUT)
    assert all(
        (row.attempt, row.repeated, row.retried, row.outcome) == (1, False, False, "answered") for row in rows
    )
    run = run_of(database, run_id)
    assert (run.spent, run.cell_count, run.worker_id) == (28 * COST, 28, None)
    assert None not in (run.started_at, run.ended_at, run.lag_p95_ms)


def test_progress_is_told_meanwhile(database: Database, engine: Runtime, acme: Platform) -> None:
    acme.hold, told = threading.Event(), list[Progress]()

    def tell(now: Progress) -> None:
        told.append(now)
        if now.under_way == 3 and acme.hold is not None:
            acme.hold.set()

    run_id = ordered(database, engine, sums(9), concurrency=3)
    assert execute(run_id, tell, engine, database) == "done"
    assert any((now.status, now.done, now.under_way) == ("running", 0, 3) for now in told)
    last = told[-1]
    assert (last.status, last.done, last.total, last.under_way, last.failed) == ("done", 9, 9, 0, 0)
    assert last.outcomes == {"acme/good": {"answered": 9}}


def test_no_more_than_so_many_are_asked_at_once(database: Database, engine: Runtime, acme: Platform) -> None:
    acme.delay_s = 0.02
    execute(ordered(database, engine, sums(30), concurrency=4), engine=engine, database=database)
    assert acme.most_at_once == 4


def test_offers_take_turns(database: Database, engine: Runtime, acme: Platform) -> None:
    run_id = ordered(database, engine, sums(40), offers=(offer(), offer("bad")), concurrency=1)
    execute(run_id, engine=engine, database=database)
    pairs = [acme.order[i : i + 2] for i in range(0, 80, 2)]
    assert all({model for model, _ in pair} == {"good", "bad"} for pair in pairs)
    assert len({question for pair in pairs for _, question in pair}) == 40


def test_failures_stand_beside_answers_and_can_be_retried(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    acme.fails = {"1 + 1?": 400, "2 + 1?": 500}
    run_id = ordered(database, engine, sums(4))
    assert execute(run_id, engine=engine, database=database) == "done"
    rows = {row.sample_key: row for row in results(database, run_id)}
    assert {key: (row.outcome, row.error_kind, row.passed) for key, row in rows.items()} == {
        "s0": ("answered", None, True),
        "s1": ("error", "bad_request", None),
        "s2": ("error", "server_error", None),
        "s3": ("answered", None, True),
    }
    assert (rows["s2"].retried, rows["s0"].retried, run_of(database, run_id).spent) == (True, False, 2 * COST)
    acme.fails = {}
    before = acme.asked.copy()
    wish(database, run_id, "retry")
    assert execute(run_id, engine=engine, database=database) == "done"
    assert acme.asked - before == {("good", "1 + 1?"): 1, ("good", "2 + 1?"): 1}
    rows = {row.sample_key: row for row in results(database, run_id)}
    assert {(key, row.outcome, row.attempt, row.repeated) for key, row in rows.items()} == {
        ("s0", "answered", 1, False),
        ("s1", "answered", 2, False),
        ("s2", "answered", 2, False),
        ("s3", "answered", 1, False),
    }


def test_a_run_that_is_done_is_not_carried_out_again(database: Database, engine: Runtime) -> None:
    run_id = ordered(database, engine, sums(1))
    execute(run_id, engine=engine, database=database)
    with pytest.raises(LookupError, match="does not wait"):
        execute(run_id, engine=engine, database=database)


def test_a_failure_of_our_own_ends_the_run_and_says_so(
    database: Database, engine: Runtime, monkeypatch: pytest.MonkeyPatch, acme: Platform
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("broker.runs.cells.outcome_of", broken)
    run_id = ordered(database, engine, sums(20), concurrency=2)
    assert execute(run_id, engine=engine, database=database) == "failed"
    assert "a bug" in (run_of(database, run_id).problem or "")
    assert acme.asked.total() <= 4


# Budget


def test_a_budget_holds_at_concurrency_50(database: Database, engine: Runtime, acme: Platform) -> None:
    acme.delay_s = 0.02
    budget = 40 * COST
    run_id = ordered(database, engine, sums(200), concurrency=50, budget=budget)
    assert execute(run_id, engine=engine, database=database) == "budget"
    run = run_of(database, run_id)
    assert acme.asked.total() * COST == run.spent <= budget
    # What is set aside for a call is more than it costs, so a little is left; never room for many.
    assert run.spent > budget / 2
    assert seen(database, run_id).under_way == 0


def test_a_run_out_of_budget_goes_on_where_it_stopped(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    run_id = ordered(database, engine, sums(30), budget=10 * COST)
    assert execute(run_id, engine=engine, database=database) == "budget"
    wish(database, run_id, "resume", 100 * COST)
    assert execute(run_id, engine=engine, database=database) == "done"
    assert (acme.asked.total(), run_of(database, run_id).spent) == (30, 30 * COST)


def test_a_budget_needs_prices(database: Database, engine: Runtime) -> None:
    unpriced = offer("unpriced", TokenPrice(Decimal(1), None))
    with pytest.raises(ValueError, match="price of acme/unpriced is not known"):
        ordered(database, engine, sums(1), offers=(offer(), unpriced), budget=Decimal(1))
    assert ordered(database, engine, sums(1), offers=(offer(), unpriced))


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"offers": ()}, "at least one offer"),
        ({"offers": (offer(), offer())}, "once"),
        ({"epochs": 0}, "start at 1"),
        ({"limit": 0}, "start at 1"),
    ],
)
def test_what_cannot_be_run_is_refused(
    database: Database, engine: Runtime, more: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        ordered(database, engine, sums(1), **more)


def test_a_suite_that_cannot_be_judged_is_refused(database: Database, engine: Runtime) -> None:
    with pytest.raises(ValueError, match="s0 cannot be judged"):
        ordered(database, engine, sums(1, ScorerSpec("exact", {"no such": 1})))
    with pytest.raises(ValueError, match="choose a judge"):
        ordered(database, engine, sums(1, ScorerSpec("rubric", {"rubric": "Is it right?"})))


# Wishes


def test_pause_lets_calls_end_and_resume_asks_the_rest(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    acme.hold = threading.Event()
    run_id = ordered(database, engine, sums(20), concurrency=3)
    future = in_background(database, engine, run_id)
    until(lambda: seen(database, run_id).under_way == 3)
    wish(database, run_id, "pause")
    for _ in range(2):  # by its second look the worker has heeded what it read at the first
        lease = run_of(database, run_id).lease_until
        until(lambda lease=lease: run_of(database, run_id).lease_until != lease)
    acme.hold.set()
    assert future.result(10) == "paused"
    paused = seen(database, run_id)
    assert (paused.status, paused.done, paused.under_way, acme.asked.total()) == ("paused", 3, 0, 3)
    wish(database, run_id, "resume")
    assert execute(run_id, engine=engine, database=database) == "done"
    assert (set(acme.asked.values()), acme.asked.total()) == ({1}, 20)
    assert not any(row.repeated for row in results(database, run_id))


def test_a_late_loop_is_known_at_once_and_not_forgotten_when_its_process_is_gone(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    acme.hold = threading.Event()
    run_id = ordered(database, engine, sums(3))
    first = in_background(database, engine, run_id)

    async def busy() -> None:
        for _ in range(40):
            sleep(0.03)  # the loop itself: no timer comes in time
            await asyncio.sleep(0)

    engine.submit(busy())
    until(lambda: (run_of(database, run_id).lag_p95_ms or 0) > 5)
    assert run_of(database, run_id).status == "running"
    assert seen(database, run_id).timings_unreliable
    with database.writer() as session:  # as a process that is killed leaves it
        session.execute(update(Run).where(Run.id == run_id).values(status="queued", worker_id=None))
    first.result()
    late = run_of(database, run_id).lag_p95_ms
    assert late is not None
    acme.hold.set()
    assert execute(run_id, engine=engine, database=database) == "done"
    assert (run_of(database, run_id).lag_p95_ms or 0) >= late > 5


def test_cancel_stops_calls_under_way(database: Database, engine: Runtime, acme: Platform) -> None:
    acme.hold = threading.Event()
    run_id = ordered(database, engine, sums(20), concurrency=3)
    future = in_background(database, engine, run_id)
    until(lambda: seen(database, run_id).under_way == 3)
    wish(database, run_id, "cancel")
    assert future.result(10) == "cancelled"
    with database.reader() as session:
        assert session.scalars(select(Call.status)).all() == ["stopped"] * 3
    assert (results(database, run_id), acme.asked.total()) == ([], 3)
    acme.hold.set()
    wish(database, run_id, "resume")
    assert execute(run_id, engine=engine, database=database) == "done"
    repeated = {row.sample_key: row.attempt for row in results(database, run_id) if row.repeated}
    assert sorted(repeated.values()) == [2, 2, 2]
    assert sorted(acme.asked.values()) == [1] * 17 + [2] * 3


def test_ctrl_c_leaves_a_run_paused(database: Database, engine: Runtime, acme: Platform) -> None:
    acme.hold = threading.Event()
    run_id = ordered(database, engine, sums(5), concurrency=2)

    def interrupt(found: Progress) -> None:
        if found.under_way:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(run_id, interrupt, engine, database)
    run = run_of(database, run_id)
    assert (run.status, run.wanted, run.worker_id, run.ended_at) == ("paused", None, None, None)
    assert take(database, engine) is None  # nobody goes on with it unasked
    acme.hold.set()
    wish(database, run_id, "resume")
    assert execute(run_id, engine=engine, database=database) == "done"
    assert len(results(database, run_id)) == 5


# In the background


def test_what_is_queued_is_carried_out(database: Database, engine: Runtime, acme: Platform) -> None:
    background = Background(engine, database)
    try:
        runs = [ordered(database, engine, sums(count)) for count in (3, 4, 5)]
        until(lambda: all(seen(database, run_id).status == "done" for run_id in runs))
    finally:
        background.close()
    assert acme.asked.total() == 12


def test_closing_gives_a_run_back(database: Database, engine: Runtime, acme: Platform) -> None:
    acme.hold = threading.Event()
    run_id = ordered(database, engine, sums(9), concurrency=2)
    background = Background(engine, database)
    until(lambda: seen(database, run_id).under_way == 2)
    background.close()
    assert (run_of(database, run_id).status, run_of(database, run_id).worker_id) == ("queued", None)
    acme.hold.set()
    assert execute(run_id, engine=engine, database=database) == "done"
    assert sum(row.repeated for row in results(database, run_id)) == 2


def test_a_run_that_cannot_begin_fails_and_the_next_one_goes_on(
    database: Database, engine: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    broken, good = ordered(database, engine, sums(1)), ordered(database, engine, sums(2))
    with database.writer() as session:
        session.get_one(Run, broken).offers = [{"id": "what"}]
    background = Background(engine, database)
    try:
        until(lambda: seen(database, good).status == "done")
    finally:
        background.close()
    assert (run_of(database, broken).status, run_of(database, broken).problem) == (
        "failed",
        "KeyError: 'provider'",
    )
    assert "no run could be taken" in caplog.text


# A judge


def rubric(count: int) -> Suite:
    return sums(count, ScorerSpec("rubric", {"rubric": "Is it right?"}), ScorerSpec("exact"))


def test_a_judge_is_asked_in_calls_of_its_own(database: Database, engine: Runtime, acme: Platform) -> None:
    acme.replies = {"judge": json.dumps({"reasons": "It is nearly so.", "grade": "4"})}
    run_id = ordered(database, engine, rubric(3), judge=offer("judge"))
    assert execute(run_id, engine=engine, database=database) == "done"
    for row in results(database, run_id):
        assert row.scores is not None
        assert {score["name"]: (score["value"], score["passed"]) for score in row.scores} == {
            "rubric": (0.75, True),
            "exact": (1.0, True),
        }
        assert (row.value, row.passed, row.cost, row.judge_cost) == (0.875, True, COST, COST)
    with database.reader() as session:
        purposes = select(Call.purpose, func.count()).group_by(Call.purpose)
        assert dict(iter(session.execute(purposes).all())) == {"benchmark": 3, "judge": 3}
    assert run_of(database, run_id).spent == 6 * COST


def test_a_starter_without_a_judge_is_scored_by_its_rules(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    meetings = next(suite for suite in starters() if suite.name == "Meeting actions")
    first = meetings.samples[0]
    acme.replies = {"good": first.targets[0]}  # right for this one meeting, whatever is asked
    run_id = ordered(database, engine, meetings)
    assert execute(run_id, engine=engine, database=database) == "done"
    rows = {row.sample_key: row for row in results(database, run_id)}
    assert [key for key, row in rows.items() if row.passed] == [first.id]
    assert rows[first.id].value == 1
    assert {score["name"] for row in rows.values() for score in row.scores or ()} == {"json-fields"}
    (warning,) = look_ahead(database, engine, meetings).warnings
    assert "48 of 48 samples are scored by their rules alone" in warning


def test_an_answer_that_the_judge_leaves_open_neither_passes_nor_fails(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    """Whatever the rules say of it: else an offer would be measured by the easier part of the criteria."""
    acme.think = {"judge": lambda asked: "No." if "0 + 1?" in asked else json.dumps({"grade": "5"})}
    order = {"offers": (offer(), offer("bad")), "judge": offer("judge")}
    run_id = ordered(database, engine, rubric(3), **order)
    assert execute(run_id, engine=engine, database=database) == "done"
    rows = {(row.offer, row.sample_key): row for row in results(database, run_id)}
    for name, by_rule in (("acme/good", 1.0), ("acme/bad", 0.0)):
        row = rows[name, "s0"]
        assert {score["name"]: score["value"] for score in row.scores or ()} == {
            "rubric": None,
            "exact": by_rule,
        }
        assert (row.value, row.passed, row.outcome) == (None, None, "answered")
        assert "cannot be read" in (row.explanation or "")
    with database.reader() as session:
        board = {one.offer: one for one in leaderboard(load_run(session, run_id))}
    for name, share in (("acme/good", 1.0), ("acme/bad", 0.0)):
        one = board[name]
        assert (one.asked, one.answered, one.unjudged) == (3, 3, 1)
        assert (one.accuracy.value, one.accuracy.n, one.accuracy_of_asked.n) == (share, 2, 2)
    found = seen(database, run_id)
    assert (found.failed, found.unjudged) == (0, 2)


def test_answers_are_unjudged_only_where_a_judge_was_asked(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    run_id = ordered(database, engine, rubric(2))
    execute(run_id, engine=engine, database=database)
    assert [row.passed for row in results(database, run_id)] == [True, True]
    assert seen(database, run_id).unjudged == 0


def test_what_an_unpriced_judge_costs_is_unknown(database: Database, engine: Runtime, acme: Platform) -> None:
    acme.replies = {"judge": '{"grade": "5"}'}
    run_id = ordered(database, engine, rubric(2), judge=offer("judge", None))
    assert execute(run_id, engine=engine, database=database) == "done"
    assert [row.judge_cost for row in results(database, run_id)] == [None, None]
    with database.reader() as session:
        (standing,) = leaderboard(load_run(session, run_id))
    assert (standing.right, standing.judge_cost, standing.cost) == (2, None, 2 * COST)


def test_what_a_judge_costs_reaches_the_leaderboard(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    acme.replies = {"judge": '{"grade": "5"}'}
    run_id = ordered(database, engine, rubric(2), judge=offer("judge"))
    execute(run_id, engine=engine, database=database)
    with database.reader() as session:
        found = load_run(session, run_id)
    assert found.judged_by_model == {"s0", "s1"}
    assert leaderboard(found)[0].judge_cost == 2 * COST


@pytest.mark.parametrize(
    ("contestant", "judge"),
    [
        (offer("good"), offer("good")),
        (replace(offer("gpt-5"), provider="openai"), replace(offer("openai/gpt-5"), provider="openrouter")),
    ],
)
def test_a_judge_of_its_own_answers_is_refused(
    database: Database, engine: Runtime, contestant: Offer, judge: Offer
) -> None:
    engine.config = Config(
        {key: Provider(key, key, "openai", "http://127.0.0.1") for key in ("acme", "openai", "openrouter")}
    )
    with pytest.raises(ValueError, match=r"is itself a contestant .* Choose another judge"):
        ordered(database, engine, rubric(1), offers=(contestant,), judge=judge)


def test_a_judge_of_the_same_maker_may_judge(database: Database, engine: Runtime) -> None:
    judge = offer("judge")
    run_id = ordered(database, engine, rubric(1), judge=judge)
    assert run_of(database, run_id).judge
    told = look_ahead(database, engine, rubric(1), judge=judge).warnings
    assert any("same maker" in warning for warning in told)


def test_the_judge_s_calls_are_within_the_budget(database: Database, engine: Runtime, acme: Platform) -> None:
    acme.replies = {"judge": '{"grade": "5"}'}
    judge = offer("judge", TokenPrice(PRICE.input_mtok, Decimal(1)))
    run_id = ordered(database, engine, rubric(50), judge=judge, budget=Decimal("1.25"), concurrency=50)
    assert execute(run_id, engine=engine, database=database) == "budget"
    assert 0 < run_of(database, run_id).spent <= Decimal("1.25")


# Preview


def look_ahead(database: Database, engine: Runtime, suite: Suite, **more: Any) -> Any:
    with database.writer() as session:
        suite_id, _ = save_suite(session, suite, None)
        order = Order(suite_id, **{"offers": (offer(), offer("bad")), **more})
        return preview(session, order, engine.config.providers)


def test_a_preview_from_prompt_lengths_holds_what_comes(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    ahead = look_ahead(database, engine, sums(1), epochs=3)
    assert (ahead.calls, ahead.samples) == (6, 1)
    for estimate in ahead.offers:
        assert (estimate.basis, estimate.calls, estimate.answers) == ("prompt length", 3, 0)
        assert estimate.output_tokens.low <= 3 * OUT <= estimate.output_tokens.high == 3 * LONGEST
        assert estimate.cost.low < float(3 * COST) < estimate.cost.high
    assert ahead.cost.high == pytest.approx(sum(estimate.cost.high for estimate in ahead.offers))
    assert ahead.detectable is None  # one sample shows nothing


def test_a_preview_after_a_pilot_goes_by_what_was_used(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    suite = sums(100)
    run_id = ordered(database, engine, suite, limit=10)
    execute(run_id, engine=engine, database=database)
    good, bad = look_ahead(database, engine, suite).offers
    assert (good.basis, good.answers, bad.basis) == ("history", 10, "prompt length")
    # All ten were alike, which says less of the other ninety than that they are.
    assert good.input_tokens.low < 0.85 * 100 * IN < 1.15 * 100 * IN < good.input_tokens.high
    assert good.cost.low < float(100 * COST) < good.cost.high < bad.cost.high


def test_a_preview_warns(database: Database, engine: Runtime) -> None:
    ahead = look_ahead(
        database, engine, rubric(40), offers=(offer(), offer("unpriced", None)), judge=offer("good")
    )
    assert any("acme/unpriced" in warning for warning in ahead.warnings)
    assert any("itself a contestant" in warning for warning in ahead.warnings)
    assert ahead.cost is None
    assert 0 < ahead.detectable < 1


@pytest.mark.parametrize(
    ("params", "budget", "concurrency", "told"),
    [
        # 8,192 tokens of answer at 2,000 dollars a million, and 19 of input at 1,000.
        (
            Params(),
            Decimal("5"),
            1,
            "$16.4030 aside, for 8,192 tokens of answer: a budget of $5 ends",
        ),
        (Params(), Decimal("40"), 3, "a budget of $40 has room for 2 at once"),
        (Params(), Decimal("40"), 2, None),
        (Params(max_tokens=5), Decimal("5"), 8, None),
        (Params(), None, 8, None),
    ],
)
def test_a_preview_says_when_a_budget_is_too_small_for_its_calls(
    database: Database,
    engine: Runtime,
    params: Params,
    budget: Decimal | None,
    concurrency: int,
    told: str | None,
) -> None:
    suite = replace(sums(4), params=Params())
    ahead = look_ahead(
        database, engine, suite, params=params, budget=budget, concurrency=concurrency, offers=(offer(),)
    )
    said = [warning for warning in ahead.warnings if "budget" in warning]
    assert len(said) == (told is not None)
    assert all((told or "") in warning and "--max-tokens" in warning for warning in said)


def test_what_is_left_is_told_by_how_fast_it_goes_since_it_goes_on(database: Database) -> None:
    """Forty ended before a pause of half a minute, ten within the six seconds since."""
    now = datetime.now(UTC)
    with database.writer() as session:
        beat(session, "w", now - timedelta(seconds=6), now)
    ended = [now - timedelta(seconds=40)] * 40 + [now - timedelta(seconds=2)] * 10
    cells = [
        {"offer": "acme/good", "sample": f"s{i}", "ended_at": at, "passed": True}
        for i, at in enumerate(ended)
    ]
    started = now - timedelta(seconds=50)
    under_way = {"status": "running", "worker_id": "w", "started_at": started, "cell_count": 100}
    found = seen(database, keep_run(database, sums(100), cells, **under_way))
    since_s = 6 + (datetime.now(UTC) - now).total_seconds()  # the test takes its time too
    assert found.per_minute is not None
    assert 10 / since_s * 60 <= found.per_minute <= 10 / 6 * 60
    assert found.eta_s == pytest.approx(50 / found.per_minute * 60)


def test_progress_of_a_run_that_is_not_there(database: Database) -> None:
    with pytest.raises(LookupError, match="nothing"):
        seen(database, "nothing")
