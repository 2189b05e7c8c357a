"""Each offer's figures: what counts where, what stays unknown, what is told apart."""

from dataclasses import replace
from decimal import Decimal

import pytest

from broker.results.leaderboard import leaderboard, standing
from tests.resulttools import passes, results, snapshot

A, B = "acme/a", "acme/b"


def test_failures_count_beside_accuracy_and_not_as_wrong_answers():
    one = standing(results(passes(A, "++-er?")), A)
    assert (one.asked, one.answered, one.right, one.unjudged) == (6, 4, 2, 1)
    assert one.accuracy.value == pytest.approx(2 / 3)
    assert one.accuracy_of_asked.value == pytest.approx(2 / 5)  # the unjudged answer is in neither
    assert one.outcomes == {"answered": 4, "error": 1, "refused": 1}
    assert one.errors == {"overloaded": 1}


def test_the_interval_of_independent_passes_is_wilsons():
    one = standing(results(passes(A, "+" * 10)), A).accuracy  # Newcombe (1998): 10 of 10
    assert one.low == pytest.approx(0.7225, abs=1e-4)
    assert (one.high, one.n) == (1, 10)


def test_nothing_answered_is_unknown_and_never_0():
    one = standing(results(passes(A, "ee")), A)
    assert (one.accuracy.value, one.score.value, one.right) == (None, None, 0)
    assert one.accuracy_of_asked.value is None


def test_an_offer_without_a_finished_cell_stands_there_with_nothing_known():
    run = results(passes(A, "+"))
    one = standing(replace(run, offers={B: snapshot(B)}, cells={B: ()}), B)
    assert (one.asked, one.accuracy.value, one.cost, one.cost_per_1000.value) == (0, None, None, None)
    assert one.ttft is not None
    assert one.ttft.p50.value is None


def test_the_best_comes_first_and_the_unknown_last():
    run = results(passes("acme/none", "ee"), passes(A, "+-"), passes(B, "++"), passes("acme/zero", "--"))
    assert [one.offer for one in leaderboard(run)] == [B, A, "acme/zero", "acme/none"]


def test_where_nothing_passes_or_fails_the_score_ranks():
    low = [replace(cell, passed=None, value=0.25) for cell in passes(A, "++")]
    high = [replace(cell, passed=None, value=0.75) for cell in passes(B, "++")]
    run = results(low, high)
    assert run.measure == "score"
    board = leaderboard(run)
    assert [(one.offer, one.score.value, one.accuracy.value) for one in board] == [
        (B, 0.75, None),
        (A, 0.25, None),
    ]
    assert board[0].accuracy_of_asked.value is None


def test_epochs_of_a_sample_are_no_further_samples():
    once = passes(A, "+-+-+-+-")
    thrice = [replace(cell, epoch=epoch) for epoch in range(3) for cell in once]
    one, three = standing(results(once), A), standing(results(thrice, epochs=3), A)
    assert three.asked == 24
    assert three.accuracy.n == one.accuracy.n == 8
    assert three.accuracy.low == pytest.approx(one.accuracy.low, abs=0.03)


def test_samples_of_one_document_widen_the_interval():
    cells = passes(A, "+++++-----" * 2)
    keys = [cell.sample for cell in cells]
    alone = standing(results(cells), A).accuracy
    shared = {key: f"document {i // 5}" for i, key in enumerate(keys)}
    together = standing(results(cells, clusters=shared), A).accuracy
    assert None not in (alone.low, alone.high, together.low, together.high)
    assert together.high - together.low > 1.5 * (alone.high - alone.low)  # type: ignore[operator]


def test_costs_are_for_a_thousand_tasks_and_for_each_right_answer():
    cells = passes(A, "+++-", cost=Decimal("0.01"))
    one = standing(results(cells), A)
    assert one.cost == Decimal("0.04")
    assert one.cost_per_1000.value == pytest.approx(10)
    assert one.cost_per_right.value == pytest.approx(0.04 / 3)


def test_an_answer_that_was_not_judged_is_paid_but_for_no_right_one():
    one = standing(results(passes(A, "++-??", cost=Decimal("0.01"))), A)
    assert one.cost_per_1000.value == pytest.approx(10)
    assert one.cost_per_right.value == pytest.approx(0.03 / 2)


def test_what_has_a_score_is_judged_where_nothing_passes_or_fails():
    cells = passes(A, "???")
    one = standing(results([replace(cells[0], value=0.5), replace(cells[1], value=1.0), cells[2]]), A)
    assert (one.unjudged, one.score.value, one.score.n) == (1, 0.75, 2)


def test_one_unknown_price_makes_the_costs_unknown():
    cells = passes(A, "++", cost=Decimal("0.01"))
    one = standing(results([cells[0], replace(cells[1], cost=None)]), A)
    assert (one.cost, one.cost_per_1000.value, one.cost_per_right.value) == (None, None, None)


def test_a_call_that_failed_without_a_bill_leaves_the_costs_known():
    cells = [*passes(A, "++", cost=Decimal("0.01")), *passes(A, "  e")]
    one = standing(results(cells), A)
    assert one.cost == Decimal("0.02")
    assert one.cost_per_1000.value == pytest.approx(10)


def test_a_wrong_answer_is_paid_but_no_right_answer_has_a_price_without_one():
    one = standing(results(passes(A, "--", cost=Decimal("0.01"))), A)
    assert one.cost_per_1000.value == pytest.approx(10)
    assert one.cost_per_right.value is None


def test_what_the_judge_costs_stays_apart():
    cells = passes(A, "++", cost=Decimal("0.01"), judge_cost=Decimal("0.5"))
    one = standing(results(cells), A)
    assert (one.cost, one.judge_cost) == (Decimal("0.02"), Decimal(1))
    assert standing(results(passes(A, "+")), A).judge_cost is None


def test_one_unknown_cost_makes_the_judge_s_unknown():
    known, unknown = passes(A, "+e ", judge_cost=None), passes(A, "  +", judge_cost=Decimal("0.5"))
    cells, judged = [*known, *unknown], frozenset({"s2"})
    assert standing(results(cells, judged_by_model=judged), A).judge_cost == Decimal("0.5")
    assert standing(results(cells, judged_by_model=judged | {"s1"}), A).judge_cost == Decimal("0.5")
    assert standing(results(cells, judged_by_model=judged | {"s0"}), A).judge_cost is None


def test_retried_and_failed_calls_are_left_out_of_the_times_unless_asked_for():
    cells = passes(A, "+" * 9 + "e", total_ms=100.0, ttft_ms=10.0)
    cells[0] = replace(cells[0], retried=True, total_ms=9000.0)
    cells[9] = replace(cells[9], total_ms=5000.0)
    run = results(cells)
    one, every = standing(run, A), standing(run, A, with_retried=True)
    assert one.total is not None
    assert every.total is not None
    assert (one.total.p95.value, one.total.p50.n, one.retried) == (100, 8, 1)
    assert every.total.p50.n == 9
    assert every.total.p95.value is not None
    assert every.total.p95.value > 100


def test_a_call_that_timed_out_took_longer_than_any_other():
    """Of 20 calls 2 timed out: the median lies between the 10th and 11th, p95 among the two."""
    cells = [
        replace(cell, total_ms=100.0 * i, ttft_ms=10.0 * i, output_tokens_per_s=9.0)
        for i, cell in enumerate(passes(A, "+" * 18), 1)
    ]
    late = [replace(cell, sample=f"t{i}") for i, cell in enumerate(passes(A, "tttte"))]
    late[0] = replace(late[0], ttft_ms=5.0, total_ms=3.0, output_tokens_per_s=1.0)  # began, and fell silent
    late[2] = replace(late[2], retried=True)
    late[3] = replace(late[3], retried=True)
    one = standing(results([*cells, *late]), A)
    assert one.total is not None
    assert one.ttft is not None
    assert one.tokens_per_s is not None
    assert (one.total.p50.n, one.total.p50.value) == (20, 1050)
    assert (one.total.p95.value, one.total.p95.high) == (None, None)
    assert one.ttft.p50.value == pytest.approx(95)  # of 5, 10, 20 … 180 and one without an end
    assert (one.tokens_per_s.value, one.tokens_per_s.n) == (9, 18)
    every = standing(results([*cells, *late]), A, with_retried=True)
    assert every.total is not None
    assert every.total.p50.n == 22


def test_imported_answers_have_no_times_and_say_what_they_are():
    cells = passes(A, "++", total_ms=1.0)  # not even where a row had some
    one = standing(results(cells, kind="imported", timings_reliable=False), A)
    assert (one.ttft, one.ttfa, one.total, one.tokens_per_s) == (None, None, None, None)
    assert (one.kind, one.label) == ("imported", "A (imported)")


def test_offers_of_one_name_are_told_apart_by_their_ids():
    run = results(passes("acme/a", "+"), passes("other/a", "+"), passes("acme/b", "+"))
    assert run.labels == {"acme/a": "acme/a", "other/a": "other/a", "acme/b": "B"}
