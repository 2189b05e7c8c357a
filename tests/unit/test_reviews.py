"""A judge asked about a finished run: pairs in both orders, single answers; paid and resumed like a run."""

import json
from collections.abc import Generator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from broker import complete
from broker.results.head_to_head import PairReview, head_to_head
from broker.results.leaderboard import leaderboard
from broker.results.load import load_run
from broker.runs.background import Background
from broker.runs.execute import execute as execute_run
from broker.runs.reviews import Item, Order
from broker.runs.reviews.execute import execute, take
from broker.runs.reviews.plan import items
from broker.runs.reviews.preview import preview
from broker.runs.reviews.progress import progress
from broker.runs.reviews.start import start
from broker.runtime import Runtime
from broker.suites import Sample, ScorerSpec
from broker.suites.store import load_suite
from db import benchmark_changes, review_changes
from db import review_queries as queries
from db.benchmarks import Result, Run
from db.models import Call
from db.reviews import Judgement, Review
from db.session import Database
from tests.dbtools import ENGINES, fresh_database
from tests.resulttools import keep_run, suite_of
from tests.runtools import COST, Platform, engine_at, offer, ordered, platform, sums, until

JUDGE = offer("judge")
GOOD, BAD = "acme/good", "acme/bad"


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(getattr(request, "param", "sqlite"), tmp_path) as database:
        yield database


on_every_engine = pytest.mark.parametrize("database", ENGINES, indirect=True)


@pytest.fixture(name="acme")
def _acme() -> Generator[Platform]:
    with platform() as acme:
        yield acme


@pytest.fixture
def engine(acme: Platform, monkeypatch: pytest.MonkeyPatch) -> Generator[Runtime]:
    monkeypatch.setattr(complete, "FIRST_WAIT_S", 0.01)
    with engine_at(acme.url) as engine:
        yield engine


def says(grade: str) -> str:
    return json.dumps({"reasons": "It is.", "grade": grade})


def fair(question: str) -> str:
    """A judge of sums who looks: the right answer wins wherever it stands."""
    asked = int(question.split("[question ")[1].split("]\n")[1].split(" +", maxsplit=1)[0]) + 1
    parts = (question.split(f"[answer {i} ")[1].split("]\n")[1] for i in "12")
    first, second = (part.split("\n", maxsplit=1)[0] for part in parts)
    right = [text == str(asked) for text in (first, second)]
    return says("tie" if right[0] == right[1] else "1" if right[0] else "2")


def done_run(database: Database, engine: Runtime, count: int = 6, *specs: ScorerSpec) -> str:
    run_id = ordered(database, engine, sums(count, *specs), offers=(offer(), offer("bad")))
    assert execute_run(run_id, engine=engine, database=database) == "done"
    return run_id


def kept(database: Database, engine: Runtime, run_id: str, **more: Any) -> str:
    order = Order(run_id, **{"judge": JUDGE, "baseline": BAD, **more})
    with database.writer() as session:
        return start(session, order, engine.config.providers)


def found(database: Database, review_id: str) -> PairReview:
    with database.reader() as session:
        review = session.get_one(Review, review_id)
        return head_to_head(session, review, load_run(session, review.run_id))


def rows(database: Database, review_id: str) -> list[Judgement]:
    with database.reader() as session:
        return list(session.scalars(queries.judgements(review_id)))


@on_every_engine
def test_every_pair_is_judged_in_both_orders(database: Database, engine: Runtime, acme: Platform) -> None:
    run_id = done_run(database, engine)
    acme.think = {"judge": fair}
    review_id = kept(database, engine, run_id, user="ada")
    assert execute(review_id, engine=engine, database=database) == "done"
    judgements = rows(database, review_id)
    assert [row.sample_key for row in judgements] == [f"s{i}" for i in range(6)]
    for row in judgements:
        assert (row.a, row.b, row.winner, row.a_first, row.b_first) == (BAD, GOOD, "b", "b", "b")
        assert (row.judged, row.attempt, row.repeated, row.cost) == (True, 1, False, 2 * COST)
    asked = [question for model, question in acme.order if model == "judge"]
    assert len(set(asked)) == len(asked) == 12
    with database.reader() as session:
        counts = select(Call.purpose, func.count()).group_by(Call.purpose)
        assert dict(iter(session.execute(counts).all())) == {"benchmark": 12, "judge": 12}
        review, run = session.get_one(Review, review_id), session.get_one(Run, run_id)
    # What the judge costs is the review's: the run's own figures stay as they are.
    assert (review.spent, run.spent, run.status) == (12 * COST, 12 * COST, "done")
    (against,) = found(database, review_id).against
    assert (against.wins_b, against.wins_a, against.ties, against.rate.value) == (6, 0, 0, 1)
    assert against.sentence.startswith("Judge prefers Good to Bad: Good wins 100 % of the pairs")


def test_a_judge_that_likes_the_first_place_decides_nothing(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    run_id = done_run(database, engine)
    acme.replies = {"judge": says("1")}
    review_id = kept(database, engine, run_id)
    execute(review_id, engine=engine, database=database)
    (against,) = found(database, review_id).against
    assert (against.ties, against.contradictory, against.first_favoured) == (6, 6, 6)
    assert against.second_favoured == 0
    assert (against.rate.value, against.position.value) == (0.5, 1)
    assert against.sentence.startswith("Judge cannot tell Good from Bad")


@on_every_engine
def test_failed_judge_calls_are_unjudged_counted_and_can_be_retried(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    run_id = done_run(database, engine)
    acme.think = {"judge": lambda question: "no" if "0 + 1?" in question else fair(question)}
    review_id = kept(database, engine, run_id)
    execute(review_id, engine=engine, database=database)
    (against,) = found(database, review_id).against
    assert (against.judged, against.unjudged, against.wins_b) == (5, 1, 5)
    assert "cannot be read" in (rows(database, review_id)[0].explanation or "")
    assert acme.judged == 11  # a first reply that says nothing spares the second call
    acme.think = {"judge": fair}
    with database.writer() as session:
        assert review_changes.request(session, review_id, "retry") == "queued"
    execute(review_id, engine=engine, database=database)
    assert acme.judged == 13  # that pair alone
    assert found(database, review_id).against[0].judged == 6
    with database.writer() as session, pytest.raises(ValueError, match="nothing unjudged"):
        review_changes.request(session, review_id, "retry")


def test_an_error_of_the_judge_is_no_verdict(database: Database, engine: Runtime, acme: Platform) -> None:
    run_id = done_run(database, engine, 1)
    acme.refuses = {"judge": 400}
    review_id = kept(database, engine, run_id)
    execute(review_id, engine=engine, database=database)
    (row,) = rows(database, review_id)
    assert (row.judged, row.winner, row.cost) == (False, None, 0)
    assert "could not be asked" in (row.explanation or "")


def test_a_budget_holds_and_can_be_raised(database: Database, engine: Runtime, acme: Platform) -> None:
    run_id = done_run(database, engine, 12)
    acme.think = {"judge": fair}
    free = kept(database, engine, run_id)
    execute(free, engine=engine, database=database)
    reserved = max(row.reserved or 0 for row in rows(database, free))
    budget = reserved + Decimal("0.10")  # a pair sets so much aside and then costs 0.04
    review_id, begun = kept(database, engine, run_id, budget=budget, concurrency=4), acme.judged
    assert execute(review_id, engine=engine, database=database) == "budget"
    with database.reader() as session:
        review = session.get_one(Review, review_id)
    before = acme.judged - begun
    assert 0 < before < 24
    assert review.spent == before * COST <= budget
    with database.writer() as session:
        review_changes.request(session, review_id, "resume", 2 * budget)
    assert execute(review_id, engine=engine, database=database) == "done"
    assert acme.judged - begun == 24  # nothing twice


def test_cancelled_and_resumed_without_judging_a_pair_twice(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    run_id = done_run(database, engine, 8)
    acme.think = {"judge": fair}
    review_id = kept(database, engine, run_id, concurrency=1)
    crew = take(database, engine, review_id)
    assert crew is not None
    future = engine.submit(crew.carry_out())
    until(lambda: len(rows(database, review_id)) >= 2)
    with database.writer() as session:
        review_changes.request(session, review_id, "cancel")
    status = future.result(10)
    finished = {row.sample_key for row in rows(database, review_id)}
    if status == "cancelled":  # unless it was faster than the wish
        with database.writer() as session:
            review_changes.request(session, review_id, "resume")
        assert execute(review_id, engine=engine, database=database) == "done"
    judged = [question for model, question in acme.order if model == "judge"]
    for i in range(8):
        mine = [question for question in judged if f"{i} + 1?" in question]
        assert len(mine) == 2 or f"s{i}" not in finished
    assert len(rows(database, review_id)) == 8


@on_every_engine
def test_what_a_dead_process_had_under_way_is_judged_again_and_counts_as_spent(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    run_id = done_run(database, engine, 3)
    acme.think = {"judge": fair}
    review_id = kept(database, engine, run_id)
    with database.writer() as session:  # as a process leaves it that is killed in the midst of the first pair
        review = session.get_one(Review, review_id)
        review.status, review.handed_out = "running", 3
        known = {"review_id": review_id, "a": BAD, "b": GOOD, "epoch": 0, "attempt": 1, "repeated": False}
        session.add_all([
            Judgement(**known, position=0, sample_key="s0", status="running", reserved=Decimal(1)),
            Judgement(**known, position=1, sample_key="s1", status="done", judged=True, winner="tie"),
        ])  # fmt: skip
    assert execute(review_id, engine=engine, database=database) == "done"
    one, two, three = rows(database, review_id)
    assert (one.attempt, one.repeated, two.attempt, two.winner) == (2, True, 1, "tie")
    assert (three.attempt, three.repeated) == (1, True)  # it may have been asked, for all anyone knows
    assert acme.judged == 4
    with database.reader() as session:
        assert session.get_one(Review, review_id).spent == 1 + 4 * COST


def test_the_app_carries_out_what_is_queued(database: Database, engine: Runtime, acme: Platform) -> None:
    run_id = done_run(database, engine, 2)
    acme.think = {"judge": fair}
    review_id = kept(database, engine, run_id)
    background = Background(engine, database)
    try:
        until(lambda: found(database, review_id).status == "done")
    finally:
        background.close()
    with database.reader() as session:
        seen = progress(session, review_id)
    assert (seen.status, seen.total, seen.done, seen.failed) == ("done", 2, 2, 0)


def test_epochs_are_set_against_each_other_one_by_one(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    run_id = ordered(database, engine, sums(2), offers=(offer(), offer("bad")), epochs=3)
    execute_run(run_id, engine=engine, database=database)
    acme.think = {"judge": fair}
    review_id = kept(database, engine, run_id)
    execute(review_id, engine=engine, database=database)
    (against,) = found(database, review_id).against
    assert (against.judged, against.rate.n) == (6, 2)  # epochs of a sample are one piece of evidence


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"judge": offer()}, "itself a contestant"),
    ({"baseline": "acme/none"}, "acme/none is not in this run"),
    ({"baseline": None}, "No offer is not in this run"),
    ({"offers": (BAD,)}, "a baseline, and another one"),
    ({"concurrency": 0}, "starts at 1"),
    ({"judge": offer("judge", None), "budget": Decimal(1)}, "price of acme/judge is not known"),
    ({"judge": replace(JUDGE, provider="gone")}, "No platform 'gone'"),
    ({"kind": "answers"}, "no answer is left to a model"),
)


def test_what_cannot_be_reviewed_is_refused(database: Database, engine: Runtime) -> None:
    run_id = done_run(database, engine, 1)
    for more, problem in REFUSED:
        with pytest.raises(ValueError, match=problem):
            kept(database, engine, run_id, **more)
    with database.reader() as session:
        assert session.scalars(queries.reviews(run_id)).all() == []


def test_a_run_under_way_is_left_alone(database: Database, engine: Runtime) -> None:
    run_id = ordered(database, engine, sums(1), offers=(offer(), offer("bad")))
    with pytest.raises(ValueError, match="once it has ended"):
        kept(database, engine, run_id)


def test_the_preview_counts_calls_bounds_the_cost_and_flags_the_maker(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    run_id = done_run(database, engine, 60)
    acme.think = {"judge": fair}
    order = Order(run_id, JUDGE, baseline=BAD)
    with database.reader() as session:
        ahead = preview(session, order, engine.config.providers)
    assert (ahead.items, ahead.calls) == (60, 120)
    assert ahead.shows == pytest.approx(0.5 + 2.8 / (2 * 60**0.5))
    assert any("same maker" in warning for warning in ahead.warnings)
    assert ahead.cost is not None
    review_id = kept(database, engine, run_id)
    execute(review_id, engine=engine, database=database)
    assert 0 < found(database, review_id).spent <= ahead.cost.high


RUBRIC = ScorerSpec("rubric", {"rubric": "Is it right?"})


def imported(database: Database) -> str:
    """Two answers made elsewhere, one of them scored by a rule as well, and one that failed there."""
    samples = (Sample("s0", "0 + 1?", ("1",)), Sample("s1", "1 + 1?", ("2",)))
    suite = suite_of(*samples, scorers=(ScorerSpec("exact"), RUBRIC))
    exact = {"scorer": "exact", "name": "exact", "version": 1, "answer": None, "explanation": "", "parts": {}}
    foreign = {
        **exact,
        "scorer": "elsewhere",
        "name": "elsewhere",
        "version": 0,
        "value": None,
        "passed": None,
    }
    cells = [
        {
            "offer": "m",
            "sample": "s0",
            "text": "1",
            "value": 1.0,
            "passed": True,
            "scores": [{**exact, "value": 1.0, "passed": True}, foreign],
        },
        {"offer": "m", "sample": "s1", "outcome": "error", "text": ""},
    ]
    return keep_run(database, suite, cells, kind="imported")


@on_every_engine
def test_imported_answers_are_judged_afterwards_and_stay_imported(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    run_id = imported(database)
    acme.replies = {"judge": says("2")}
    review_id = kept(database, engine, run_id, kind="answers", baseline=None)
    assert execute(review_id, engine=engine, database=database) == "done"
    assert acme.judged == 1  # what failed elsewhere is no answer
    with database.reader() as session:
        run = session.get_one(Run, run_id)
        cell = session.get_one(Result, (run_id, "m", "s0", 0))
    assert (run.kind, run.judge and run.judge["id"], run.spent) == ("imported", "acme/judge", 0)
    assert run.regraded_at is not None
    # The mean of 1 by the rule and 0.25 by the judge; both have to pass.
    assert (cell.value, cell.passed, cell.judge_cost, cell.cost, cell.text) == (0.625, False, COST, None, "1")
    assert [score["name"] for score in cell.scores or ()] == ["exact", "rubric", "elsewhere"]
    with pytest.raises(ValueError, match="no answer is left to a model"):
        kept(database, engine, run_id, kind="answers", baseline=None)
    with pytest.raises(ValueError, match="has a judge already, Judge: grades of two judges do not mix"):
        kept(database, engine, run_id, kind="answers", baseline=None, judge=offer("other"))


def test_a_run_without_a_judge_gets_one_afterwards(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    one = done_run(database, engine, 2, ScorerSpec("exact"), RUBRIC)
    acme.replies = {"judge": says("4")}
    execute(kept(database, engine, one, kind="answers", baseline=None), engine=engine, database=database)
    with database.reader() as session:
        later = {(r.offer, r.sample_key): (r.value, r.passed) for r in session.scalars(select(Result))}
    assert later[GOOD, "s0"] == (0.875, True)
    assert later[BAD, "s0"] == (0.375, False)


def cell_of(database: Database, *key: object) -> Result:
    with database.reader() as session:
        return session.get_one(Result, key)


def test_answers_left_unjudged_keep_their_scores_by_rule_and_count_for_nothing(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    run_id = imported(database)
    acme.replies = {"judge": "I would rather not."}
    review_id = kept(database, engine, run_id, kind="answers", baseline=None)
    execute(review_id, engine=engine, database=database)
    with database.reader() as session:
        assert progress(session, review_id).failed == 1
    cell = cell_of(database, run_id, "m", "s0", 0)
    assert (cell.value, cell.passed) == (None, None)
    assert [score["value"] for score in cell.scores or ()] == [1.0, None, None]
    # The first judge has come to nothing, so that another one may be asked.
    acme.replies = {"other": says("5")}
    again = kept(database, engine, run_id, kind="answers", baseline=None, judge=offer("other"))
    execute(again, engine=engine, database=database)
    cell = cell_of(database, run_id, "m", "s0", 0)
    assert (cell.value, cell.passed, cell.judge_cost) == (1.0, True, 2 * COST)  # both replies were paid


@on_every_engine
def test_a_judge_that_failed_in_the_run_is_asked_again_about_what_it_left_alone(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    acme.think = {"judge": lambda asked: "No." if "0 + 1?" in asked or "3 + 1?" in asked else says("5")}
    suite = sums(5, RUBRIC, ScorerSpec("exact"))
    run_id = ordered(database, engine, suite, offers=(offer(), offer("bad")), judge=JUDGE)
    execute_run(run_id, engine=engine, database=database)
    asked, judged = acme.asked.copy(), acme.judged
    acme.think = {"judge": lambda _: says("5")}
    review_id = kept(database, engine, run_id, kind="answers", baseline=None)
    assert execute(review_id, engine=engine, database=database) == "done"
    assert acme.judged - judged == 4
    assert all(model == "judge" for model, _ in acme.asked - asked)  # no offer was
    with database.reader() as session:
        cells = {(r.offer, r.sample_key): r for r in session.scalars(select(Result))}
    assert {(name, key): cell.passed for (name, key), cell in cells.items()} == {
        (name, f"s{i}"): name == GOOD for name in (GOOD, BAD) for i in range(5)
    }
    assert (cells[GOOD, "s0"].judge_cost, cells[GOOD, "s1"].judge_cost) == (2 * COST, COST)


def plan_of(database: Database, review_id: str) -> list[Item]:
    with database.reader() as session:
        review = session.get_one(Review, review_id)
        suite_id = session.get_one(Run, review.run_id).suite_id
        return items(session, review, load_suite(session, suite_id))


def test_half_judged_is_unjudged_for_the_rest_and_resumed_in_the_same_order(
    database: Database, engine: Runtime, acme: Platform
) -> None:
    """A budget ends the judge midway: no mixture of rules and judge is ever left, and it goes on."""
    acme.replies = {"judge": says("5")}
    run_id = done_run(database, engine, 6, RUBRIC, ScorerSpec("exact"))
    order: dict[str, Any] = {"judge": JUDGE, "kind": "answers", "concurrency": 1}
    with database.reader() as session:
        whole = preview(session, Order(run_id, **order), engine.config.providers).cost
    assert whole is not None
    # About what one answer sets aside, and five cost.
    budget = Decimal(str(whole.high)) / 12 + 5 * Decimal(COST)
    review_id = kept(database, engine, run_id, **order, baseline=None, budget=budget)
    planned = plan_of(database, review_id)
    assert execute(review_id, engine=engine, database=database) == "budget"
    with database.reader() as session:
        board = leaderboard(load_run(session, run_id))
        left = session.scalar(select(func.count()).where(Result.passed.is_(None))) or 0
    judged = acme.judged
    assert 0 < judged < 12
    assert sum(one.unjudged for one in board) == left == 12 - judged
    with database.writer() as session:
        review_changes.request(session, review_id, "resume", Decimal(9))
    assert execute(review_id, engine=engine, database=database) == "done"
    assert acme.judged == 12
    assert plan_of(database, review_id) == planned  # for a crash is resumed by places in it
    with database.reader() as session:
        assert sum(one.unjudged for one in leaderboard(load_run(session, run_id))) == 0


def test_two_judges_never_work_on_the_same_answers(database: Database, engine: Runtime) -> None:
    run_id = imported(database)
    kept(database, engine, run_id, kind="answers", baseline=None)
    with pytest.raises(ValueError, match="at work on these answers"):
        kept(database, engine, run_id, kind="answers", baseline=None)


def test_people_are_set_against_the_judge(database: Database, engine: Runtime, acme: Platform) -> None:
    run_id = done_run(database, engine, 4)
    acme.think = {"judge": fair}
    review_id = kept(database, engine, run_id)
    execute(review_id, engine=engine, database=database)
    graded = {"s0": (True, False), "s1": (True, False), "s2": (True, True), "s3": (True, None)}
    with database.writer() as session:
        for key, passes in graded.items():
            for name, passed in zip((GOOD, BAD), passes, strict=True):
                benchmark_changes.grade(session, (run_id, name, key, 0), passed, "ada")
    (against,) = found(database, review_id).against
    assert against.graded == 3  # of the fourth nobody has graded both answers
    assert against.alike.value == pytest.approx(2 / 3)  # people call the third a tie


def test_words_that_are_gone_cannot_be_judged(database: Database, engine: Runtime, acme: Platform) -> None:
    samples = (Sample("s0", "0 + 1?", ("1",)),)
    cells = [{"offer": name, "sample": "s0", "text": text} for name, text in (("m", None), ("n", "1"))]
    run_id = keep_run(database, suite_of(*samples), cells)
    review_id = kept(database, engine, run_id, baseline="m")
    assert execute(review_id, engine=engine, database=database) == "done"
    (row,) = rows(database, review_id)
    assert (row.judged, acme.judged) == (False, 0)
    assert "not kept" in (row.explanation or "")
