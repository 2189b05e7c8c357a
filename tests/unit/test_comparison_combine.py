"""Estimates put together, against published intervals and by simulation."""

from functools import cache
from math import sqrt
from random import Random

import pytest

from broker.comparison.combine import difference, linear, weighted_mean
from broker.stats import Estimate
from broker.stats.proportions import wilson

# Newcombe 1998, Statistics in Medicine 17:873, table II, method 10: what MOVER gives of Wilson's limits, as
# Zou and Donner 2008 show.
NEWCOMBE = [
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((6, 7), (2, 7), (0.0582, 0.8062)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
    ((10, 10), (0, 20), (0.6791, 1.0000)),
    ((10, 10), (0, 10), (0.6075, 1.0000)),
]


@pytest.mark.parametrize(("one", "other", "limits"), NEWCOMBE)
def test_a_difference_has_the_published_limits(
    one: tuple[int, int], other: tuple[int, int], limits: tuple[float, float]
) -> None:
    found = difference(wilson(*other), wilson(*one))
    assert (found.low, found.high) == pytest.approx(limits, abs=6e-5)
    assert found.value == pytest.approx(one[0] / one[1] - other[0] / other[1])
    assert found.n == one[1] + other[1]


def test_a_weighted_mean_by_hand() -> None:
    # 3/4 × 0.8 + 1/4 × 0.5, and the distances of the limits: (0.3, 0.1) and (0.2, 0.4)
    first = Estimate(0.8, 0.5, 0.9, 40, "")
    second = Estimate(0.5, 0.3, 0.9, 10, "")
    found = weighted_mean([(30, first), (10, second)])
    assert found.value == pytest.approx(0.725)
    assert found.low == pytest.approx(0.725 - sqrt(0.225**2 + 0.05**2))
    assert found.high == pytest.approx(0.725 + sqrt(0.075**2 + 0.1**2))
    assert found.n == 50


def test_only_the_proportions_of_weights_count() -> None:
    parts = [wilson(30, 40), wilson(5, 9), wilson(80, 81)]
    assert weighted_mean(list(zip((1, 2, 5), parts, strict=True))) == weighted_mean(
        list(zip((10, 20, 50), parts, strict=True))
    )


def test_a_suite_without_weight_does_not_count() -> None:
    unknown = Estimate(None, None, None, 0, "")
    found = weighted_mean([(2, wilson(30, 40)), (0, unknown), (2, wilson(30, 40))])
    assert (found.value, found.n) == (0.75, 80)
    assert weighted_mean([(0, wilson(1, 2)), (0, wilson(2, 2))]).value == 0.75


def test_one_suite_alone_is_itself() -> None:
    assert weighted_mean([(7, wilson(30, 40))]) == wilson(30, 40)


def test_what_is_unknown_stays_so() -> None:
    known, unknown = wilson(30, 40), Estimate(None, None, None, 3, "")
    one_sided = Estimate(0.5, None, 0.7, 5, "")
    assert weighted_mean([(1, known), (1, unknown)]).value is None
    found = weighted_mean([(1, known), (1, one_sided)])
    assert (found.low, found.high is None) == (None, False)
    apart = difference(one_sided, known)  # its high end lies at the other's low one
    assert (apart.low is None, apart.high) == (False, None)
    assert linear([]).value is None


def test_the_interval_holds_about_as_often_as_it_says() -> None:
    random, truths = Random(3), (0.9, 0.6, 0.8)
    counts, weights = (40, 60, 30), (5, 2, 3)
    truth = sum(w * p for w, p in zip(weights, truths, strict=True)) / 10
    held, known = 0, cache(wilson)
    for _ in range(6000):
        right = [sum(random.random() < p for _ in range(n)) for p, n in zip(truths, counts, strict=True)]
        parts = [known(k, n) for k, n in zip(right, counts, strict=True)]
        found = weighted_mean(list(zip(weights, parts, strict=True)))
        held += found.low is not None and found.high is not None and found.low <= truth <= found.high
    assert 0.935 <= held / 6000 <= 0.965
