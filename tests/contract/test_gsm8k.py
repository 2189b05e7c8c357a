"""Four models' published answers to GSM8K: our scorer and tables give the shares known for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.results import RunResults
from broker.results.leaderboard import leaderboard
from broker.results.load import load_run
from broker.results.pairs import pairs
from broker.results.regressions import regressions
from broker.runs.imported import keep_imported, scored
from broker.suites.importers import read
from broker.suites.results_import import read_results
from broker.suites.store import load_suite, save_suite
from tests.dbtools import fresh_database

DATA = Path(__file__).parents[3] / "shared" / "data" / "gsm8k"
SOLVED = {"6b_finetuning": 286, "6b_verification": 515, "175b_finetuning": 458, "175b_verification": 742}
SAMPLES = 1319


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunResults]:
    if not DATA.is_dir():
        pytest.skip("the GSM8K files are not beside the repository (../shared/data/gsm8k)")
    suite = read("test.jsonl", (DATA / "test.jsonl").read_bytes()).suite
    with fresh_database("sqlite", tmp_path_factory.mktemp("gsm8k")) as database:
        with database.writer() as session:
            suite_id, _ = save_suite(session, suite, "ada")
        with database.reader() as session:
            suite = load_suite(session, suite_id)
        file = DATA / "example_model_solutions.jsonl"
        found = read_results(file.name, file.read_bytes(), suite)
        assert found.unmatched == ()
        cells = scored(suite, found)
        with database.writer() as session:
            run_id = keep_imported(session, cells, found, suite_id, name="published", user="ada")
        with database.reader() as session:
            yield load_run(session, run_id)


def test_each_model_solves_as_many_as_was_published(run: RunResults) -> None:
    board = leaderboard(run)
    assert {one.offer: one.right for one in board} == SOLVED
    assert [one.asked for one in board] == [SAMPLES] * 4
    assert [one.offer for one in board] == sorted(SOLVED, key=lambda model: -SOLVED[model])


def test_accuracy_is_of_answered_and_of_all_asked(run: RunResults) -> None:
    for one in leaderboard(run):
        assert one.accuracy_of_asked.value == pytest.approx(SOLVED[one.offer] / SAMPLES)
        low, high = one.accuracy_of_asked.low, one.accuracy_of_asked.high
        assert low is not None
        assert high is not None
        assert low < SOLVED[one.offer] / SAMPLES < high < low + 0.06  # 1.96 * 2 * sqrt(0.25 / 1319) = 0.054


def test_what_was_made_elsewhere_has_no_times_and_no_costs(run: RunResults) -> None:
    for one in leaderboard(run):
        assert one.kind == "imported"
        assert "imported" in one.label
        assert (one.ttft, one.ttfa, one.total, one.tokens_per_s) == (None, None, None, None)
        assert (one.cost, one.cost_per_1000.value, one.cost_per_right.value) == (None, None, None)
        assert one.timings_reliable is False


def test_every_pair_of_models_is_told_apart(run: RunResults) -> None:
    found = {(one.a, one.b): one for one in pairs(run)}
    assert len(found) == 6
    for (a, b), one in found.items():
        expected = "better" if SOLVED[b] > SOLVED[a] else "worse"
        assert one.verdict.kind == expected, one.verdict.sentence
        comparison = one.comparison
        assert comparison.only_a is not None
        assert comparison.only_b is not None
        assert comparison.only_b - comparison.only_a == SOLVED[b] - SOLVED[a]
        assert comparison.n == SAMPLES
        assert one.cost_ratio is None
        assert "imported" in one.verdict.sentence
        assert "n = 1,319" in one.verdict.sentence
        assert "cost" not in one.verdict.sentence


def test_a_run_against_itself_shows_no_change(run: RunResults) -> None:
    for one in regressions(run, run):
        assert (one.fixed, one.broken, one.comparison.difference) == ((), (), 0)
        assert one.verdict.kind == "undecided"
