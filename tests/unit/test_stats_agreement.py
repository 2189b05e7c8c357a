"""Kappa and F1 against published examples."""

from math import sqrt

import pytest

from broker.stats.agreement import confusion, kappa, kappa_variance, macro_f1


def labels(table: list[list[int]]) -> tuple[list[int], list[int]]:
    """Return two lists of labels that make this table."""
    cells = [
        (row, column)
        for row, counts in enumerate(table)
        for column, count in enumerate(counts)
        for _ in range(count)
    ]
    return [row for row, _ in cells], [column for _, column in cells]


# Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, table 18.1: 0.68 and 0.087.
# The second is the example of `ci.kappa` in the R package `statpsych`: 0.6756757 and 0.07344761.
@pytest.mark.parametrize(
    ("table", "value", "error", "doubt"),
    [
        ([[75, 1, 4], [5, 4, 1], [0, 0, 10]], 0.68, 0.087, 0.005),
        ([[31, 12], [4, 58]], 0.6756757, 0.07344761, 5e-8),
    ],
)
def test_published_kappas(table: list[list[int]], value: float, error: float, doubt: float) -> None:
    first, second = labels(table)
    found = kappa(first, second)
    assert found.value == pytest.approx(value, abs=doubt)
    assert sqrt(kappa_variance(confusion(first, second))) == pytest.approx(error, abs=min(doubt, 1e-3))
    assert (found.high or 0) - (found.low or 0) == pytest.approx(2 * 1.98 * error, rel=0.08)


def test_perfect_agreement_is_not_certain() -> None:
    """Agreement of 40 in 40 is 0.91 to 1 (Wilson); by chance half agree: kappa is twice that less 1."""
    found = kappa(["yes", "no"] * 20, ["yes", "no"] * 20)
    quantile = 2.0227  # Student's t, 39 degrees of freedom
    assert found.value == found.high == 1
    assert found.low == pytest.approx(2 * 40 / (40 + quantile**2) - 1, abs=1e-4)


@pytest.mark.parametrize("table", [[[30, 6], [5, 19]], [[20, 0], [0, 20]]])
def test_answers_to_one_sample_are_no_further_evidence(table: list[list[int]]) -> None:
    """Each pair of labels four times over, as of four offers: no more is known than of one of them."""
    first, second = labels(table)
    alone = kappa(first, second)
    found = kappa(first * 4, second * 4, [str(n) for n in range(len(first))] * 4)
    assert found.value == pytest.approx(alone.value)
    assert (found.high or 0) - (found.low or 0) == pytest.approx(
        (alone.high or 0) - (alone.low or 0), rel=0.04
    )
    assert kappa(first, second, ["one document"] * len(first)).low is None


@pytest.mark.parametrize(("first", "second"), [([], []), (["yes"] * 9, ["yes"] * 9)])
def test_one_label_cannot_be_judged(first: list[str], second: list[str]) -> None:
    assert kappa(first, second).value is None


def test_confusion_counts() -> None:
    found = confusion(["a", "a", "b"], ["a", None, "a"])
    assert found == {("a", "a"): 1, ("a", None): 1, ("b", "a"): 1}


def test_published_f1() -> None:
    """The example on scikit-learn's page for f1_score: macro 0.26."""
    found = macro_f1([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1])
    assert found.value == pytest.approx(0.8 / 3)
    assert (found.low or 1) < 0.27 < (found.high or 0)


def test_an_unreadable_answer_costs_recall_only() -> None:
    found = macro_f1(["a", "a", "b", "b"], ["a", None, "b", "b"])
    assert found.value == pytest.approx((2 / 3 + 1) / 2)


def test_two_labels_evenly_split_are_as_uncertain_as_accuracy() -> None:
    """With two even labels and even errors F1 is accuracy, and so should its interval be."""
    found = macro_f1(["a", "b"] * 100, ["a", "b"] * 80 + ["b", "a"] * 20)
    error = sqrt(0.8 * 0.2 / 200)
    assert found.value == pytest.approx(0.8)
    assert (found.high or 0) - (found.low or 0) == pytest.approx(2 * 1.97 * error, rel=0.1)


def test_all_right_is_not_certain() -> None:
    found = macro_f1(["a", "b"] * 20, ["a", "b"] * 20)
    assert (found.value, found.high) == (1, 1)
    assert 0.85 < (found.low or 0) < 0.95


def test_nothing_judged_is_unknown() -> None:
    assert macro_f1([], []).value is None
    assert macro_f1(["a"], ["a"]).low is None
