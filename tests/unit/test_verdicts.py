"""Sentences against numbers worked out by hand or by the functions tested on their own."""

from dataclasses import replace

import pytest

from broker.stats import Comparison, Estimate
from broker.stats.paired import compare
from broker.verdicts import Question, verdict

# B wins: 500 samples, 4.1 points, interval 1.2 to 7.0.
BETTER = Comparison(0.041, 0.012, 0.070, 0.004, 500, 500, "", 400, 20, 41, 39, 0.35)
CLOSE = Comparison(-0.006, -0.028, 0.017, 0.7, 180, 180, "", 150, 12, 11, 7, 0.36)
WIDE = Comparison(0.02, -0.05, 0.09, 0.6, 100, 100, "", 70, 9, 11, 10, 0.45)


def saving(value: float | None, low: float | None, high: float | None) -> Estimate:
    return Estimate(value, low, high, 180, "")


def test_better() -> None:
    found = verdict("A", "B", BETTER)
    assert found.kind == "better"
    assert found.sentence == "B is 4.1 points better than A (95 % interval 1.2 to 7.0); n = 500."


def test_worse_is_told_with_the_signs_turned() -> None:
    comparison = replace(BETTER, difference=-0.041, low=-0.070, high=-0.012)
    found = verdict("A", "B", comparison)
    assert found.kind == "worse"
    assert found.sentence == "B is 4.1 points worse than A (95 % interval 1.2 to 7.0); n = 500."


def test_not_worse_and_cheaper() -> None:
    found = verdict("A", "B", CLOSE, Question(margin=0.03), saving(0.59, 0.55, 0.64))
    assert found.kind == "not worse"
    assert found.sentence == "B is no more than 3 points worse than A (95 %) and costs 41 % less; n = 180."


def test_worse_within_the_margin_says_both() -> None:
    comparison = replace(BETTER, difference=-0.02, low=-0.028, high=-0.012)
    found = verdict("A", "B", comparison, Question(margin=0.03))
    assert found.kind == "not worse"
    assert found.sentence == "B is worse, but no more than 3 points worse than A (95 %); n = 500."


def test_the_margin_itself_must_be_excluded() -> None:
    assert verdict("A", "B", CLOSE, Question(margin=0.028)).kind == "undecided"


def test_better_needs_no_margin() -> None:
    assert verdict("A", "B", BETTER, Question(margin=0.03)).kind == "better"


def test_undecided_says_how_many_more() -> None:
    """McNemar with discordance 0.2, 5 points, power 0.8: 626 by Connor's formula, more by the exact test.

    The correction by hand: (√626 + √(626 + 4 / 0.05))² / 4 = 665.4; 566 more than 100.
    """
    found = verdict("A", "B", WIDE, Question(target=0.05))
    assert found.kind == "undecided"
    assert found.sentence == (
        "Cannot tell A from B (95 % interval −5.0 to 9.0): about 570 more samples needed to find 5 points;"
        " n = 100."
    )


def test_undecided_names_whose_cost_it_is() -> None:
    sentence = verdict("A", "B", WIDE, Question(target=0.05), saving(0.11, 0.1, 0.12)).sentence
    assert sentence.endswith("about 570 more samples needed to find 5 points; B costs 89 % less; n = 100.")


def test_undecided_with_samples_enough_says_what_is_ruled_out() -> None:
    found = verdict("A", "B", WIDE, Question(target=0.2))
    assert found.sentence == (
        "Cannot tell A from B (95 % interval −5.0 to 9.0): if they differ, then by no more than 9.0 points;"
        " n = 100."
    )


def test_more_comparisons_need_more_samples() -> None:
    """At 0.05 / 6 the normal quantile is 2.638: (2.638 √0.2 + 0.8416 √0.1975)² / 0.0025 = 965.4, less 100.

    With the correction (√965.4 + √(965.4 + 80))² / 4 = 1005.
    """
    found = verdict("A", "B", WIDE, Question(target=0.05, comparisons=6, p=1.0))
    assert ": about 910 more samples needed to find 5 points; n = 100, test corrected" in found.sentence


def test_a_family_rules_nothing_out_before_it_could_have_found_it() -> None:
    """14 points: 100 samples are too few for one of 28 comparisons, though enough for a single one."""
    single, one_of_many = (Question(target=0.14, comparisons=count, p=0.9) for count in (1, 28))
    assert "if they differ, then by no more than" in verdict("A", "B", WIDE, single).sentence
    assert "more samples needed to find 14 points" in verdict("A", "B", WIDE, one_of_many).sentence


def test_identical_answers_are_not_called_equal() -> None:
    scores = [1.0] * 30 + [0.0] * 10
    found = verdict("A", "B", compare(scores, scores))
    assert found.kind == "undecided"
    assert found.sentence == (
        "A and B passed and failed the very same samples; a difference of up to 8.8 points is not ruled out;"
        " n = 40."
    )


def test_correction_for_many_comparisons_can_undo_a_claim() -> None:
    found = verdict("A", "B", BETTER, Question(comparisons=6, p=0.06))
    assert found.kind == "undecided"
    assert "interval 1.2 to 7.0, p = 0.06)" in found.sentence
    assert found.sentence.endswith("n = 500, test corrected for 6 comparisons.")
    kept = verdict("A", "B", BETTER, Question(comparisons=6, p=0.024))
    assert kept.kind == "better"
    assert kept.sentence.endswith("n = 500, test corrected for 6 comparisons.")


def test_within_the_margin_is_not_corrected_and_does_not_say_so() -> None:
    assert "corrected" not in verdict("A", "B", CLOSE, Question(0.03, comparisons=6, p=1.0)).sentence


def test_a_small_p_alone_is_no_claim() -> None:
    assert verdict("A", "B", replace(BETTER, low=-0.001)).kind == "undecided"


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (saving(0.59, 0.55, 0.64), " and costs 41 % less; n = 500."),
        (saving(1.25, 1.1, 1.4), " and costs 25 % more; n = 500."),
        (saving(0.996, 0.994, 0.998), " and costs 0.4 % less; n = 500."),
        (saving(0.9, 0.7, 1.15), "; no difference in cost is shown (−30 % to 15 %); n = 500."),
        (saving(0.5, None, None), " and costs 50 % less on these samples; n = 500."),
        (saving(1.0, None, None), " and costs the same; n = 500."),
        (saving(None, None, None), "; how the costs compare is not known; n = 500."),
        (None, "; n = 500."),
    ],
)
def test_cost(cost: Estimate | None, words: str) -> None:
    sentence = verdict("A", "B", BETTER, cost=cost).sentence
    assert sentence == f"B is 4.1 points better than A (95 % interval 1.2 to 7.0){words}"


def test_nothing_answered_by_both() -> None:
    found = verdict("A", "B", compare([], []))
    assert (found.kind, found.sentence) == ("no data", "No sample was answered by both A and B.")


def test_one_sample_decides_nothing() -> None:
    found = verdict("A", "B", compare([0.0], [1.0]))
    assert found.sentence == "Cannot tell A from B: too few samples answered by both; n = 1."


def test_one_document_decides_nothing() -> None:
    found = verdict("A", "B", compare([0.0, 1.0], [1.0, 1.0], ["a", "a"]))
    assert found.sentence == "Cannot tell A from B: all 2 samples share one document."


def test_groups_are_told() -> None:
    a, b = [1.0, 0.0, 0.5, 0.2] * 10, [1.0, 0.4, 0.5, 0.6] * 10
    found = verdict("A", "B", compare(a, b, [str(n // 2) for n in range(40)]))
    assert found.sentence.endswith("; n = 40 in 20 groups.")


def test_graded_scores_without_any_difference_ask_for_nothing() -> None:
    found = verdict("A", "B", compare([0.5] * 9, [0.5] * 9))
    assert found.kind == "undecided"
    assert found.sentence.startswith("Cannot tell A from B (95 % interval −")


def test_two_wins_of_two_are_not_enough() -> None:
    assert verdict("A", "B", compare([0.0, 0.0], [1.0, 1.0])).kind == "undecided"


def test_other_confidence_is_named() -> None:
    found = verdict("A", "B", replace(BETTER, confidence=0.99))
    assert found.sentence == "B is 4.1 points better than A (99 % interval 1.2 to 7.0); n = 500."


def test_one_point_is_singular() -> None:
    one = replace(BETTER, difference=0.01, low=0.004, high=0.016)
    assert verdict("A", "B", one).sentence.startswith("B is 1.0 point better")
    assert "1 point worse" in verdict("A", "B", replace(CLOSE, low=-0.005), Question(margin=0.01)).sentence
