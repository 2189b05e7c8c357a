"""The threshold of `--fail-under`: what counts is the quality of all that was asked."""

import pytest

from broker.cli_fail_under import below
from broker.results import RunResults
from tests.resulttools import passes, results

A = "acme/a"


@pytest.mark.parametrize(("verdicts", "short"), [("++++-", False), ("+++--", True), ("+++++ee", True)])
def test_what_was_not_answered_is_not_right(verdicts: str, short: bool) -> None:
    assert bool(below(results(passes(A, verdicts)), {A: 0.8})) == short


@pytest.mark.parametrize("outcome", ["truncated", "refused", "filtered", "timeout"])
def test_one_right_answer_among_many_that_never_came_passes_no_threshold(outcome: str) -> None:
    lost = passes(A, " " + "?" * 99, outcome=outcome)
    assert below(results([*passes(A, "+"), *lost]), {A: 0.8}) == ["acme/a is below 0.8: 0.010 of all asked."]


def test_scores_count_where_nothing_passes_or_fails() -> None:
    run: RunResults = results([*passes(A, "??", value=0.9), *passes(A, "  e")])
    assert below(run, {A: 0.6}) == []
    assert below(run, {A: 0.61}) == ["acme/a is below 0.61: 0.600 of all asked."]


def test_nothing_known_is_short_and_the_unjudged_are_left_out() -> None:
    assert below(results(passes(A, "??")), {A: 0.0}) == ["acme/a is below 0: unknown."]
    assert below(results(passes(A, "++?")), {A: 1.0}) == []
