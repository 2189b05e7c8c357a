"""Answers made elsewhere as a run: scored by our rules, imported for ever."""

import json
from pathlib import Path
from typing import Any

import pytest

from broker.results import RunResults
from broker.results.load import load_run
from broker.runs.imported import keep_imported, scored
from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.results_import.report import ImportedAnswer, ImportedResults
from broker.suites.store import save_suite
from db import benchmark_queries as queries
from db.benchmark_changes import request
from db.benchmarks import Run
from db.session import Database
from tests.dbtools import fresh_database
from tests.resulttools import suite_of

EXACT, RUBRIC = ScorerSpec("exact"), ScorerSpec("rubric", {"rubric": "It is kind."})


@pytest.fixture
def database(tmp_path: Path) -> Any:
    with fresh_database("sqlite", tmp_path) as database:
        yield database


def keep(database: Database, suite: Suite, *answers: ImportedAnswer) -> str:
    found = ImportedResults("table of answers", answers, (), (), "abc")
    cells = scored(suite, found)
    with database.writer() as session:
        suite_id, _ = save_suite(session, suite, "ada")
        return keep_imported(session, cells, found, suite_id, name="theirs", user="ada")


def loaded(database: Database, run_id: str) -> RunResults:
    with database.reader() as session:
        return load_run(session, run_id)


def test_answers_are_judged_by_the_suite_whatever_their_makers_said(database):
    suite = suite_of(Sample("s0", "?", ("4",)), Sample("s1", "?", ("5",)), scorers=(EXACT,))
    said = ImportedAnswer("m", "s1", 1, "4", foreign={"score": 1, "latencyMs": 12})
    run_id = keep(database, suite, ImportedAnswer("m", "s0", 1, "4"), said)
    run = loaded(database, run_id)
    assert [(cell.sample, cell.passed, cell.total_ms, cell.cost) for cell in run.cells["m"]] == [
        ("s0", True, None, None),
        ("s1", False, None, None),
    ]
    with database.reader() as session:
        theirs = session.scalars(queries.results(run_id)).all()[1].scores
    assert theirs is not None
    assert [score["name"] for score in theirs] == ["exact", "elsewhere"]
    assert json.loads(theirs[1]["explanation"]) == {"score": 1, "latencyMs": 12}
    assert (theirs[1]["value"], theirs[1]["passed"]) == (None, None)


def test_failures_and_refusals_are_no_wrong_answers(database):
    suite = suite_of(*(Sample(f"s{i}", "?", ("4",)) for i in range(3)), scorers=(EXACT,))
    refusal = "I'm sorry, but I can't help with that."
    answers = (
        ImportedAnswer("m", "s0", 1, "", error="429"),
        ImportedAnswer("m", "s1", 1, refusal),
        ImportedAnswer("m", "s2", 1, ""),
    )
    cells = loaded(database, keep(database, suite, *answers)).cells["m"]
    assert [(cell.outcome, cell.passed) for cell in cells] == [
        ("error", None),
        ("refused", None),
        ("answered", False),  # an empty answer is one
    ]


def test_what_only_a_model_can_judge_stays_unjudged(database):
    suite = suite_of(Sample("s0", "?"), scorers=(RUBRIC,))
    [cell] = loaded(database, keep(database, suite, ImportedAnswer("m", "s0", 1, "Dear you"))).cells["m"]
    assert (cell.outcome, cell.passed, cell.value) == ("answered", None, None)


def test_the_run_is_done_imported_and_cannot_be_asked_again(database):
    suite = suite_of(Sample("s0", "?", ("4",)), scorers=(EXACT,))
    twice = (
        ImportedAnswer("m", "s0", 1, "4"),
        ImportedAnswer("m", "s0", 2, "5"),
        ImportedAnswer("n", "s0", 1, "4"),
    )
    run_id = keep(database, suite, *twice)
    with database.reader() as session:
        run = session.get_one(Run, run_id)
    assert (run.kind, run.status, run.epochs, run.cell_count, run.user) == ("imported", "done", 2, 3, "ada")
    assert [(offer["id"], offer["price"]) for offer in run.offers] == [("m", None), ("n", None)]
    assert run.offers[0]["file"] == {"format": "table of answers", "sha256": "abc"}
    found = loaded(database, run_id)
    assert [cell.epoch for cell in found.cells["m"]] == [0, 1]
    assert (found.kind, found.timings_reliable) == ("imported", False)
    for wish in ("resume", "retry", "pause"):
        with pytest.raises(ValueError, match="done"), database.writer() as session:
            request(session, run_id, wish)
