"""Sample sizes against published examples, and each plan against its inverse."""

from functools import cache
from math import sqrt

import numpy as np
import pytest
from scipy.stats import binom

from broker.stats import Comparison
from broker.stats.paired import compare, mcnemar
from broker.stats.planning import (
    design_effect,
    detectable_difference,
    detectable_difference_graded,
    discordance,
    more_samples,
    samples_needed,
    samples_needed_graded,
)


# powerandsamplesize.com, "McNemar's Z-test, 2-sided" after Connor (1987), p. 209: 0.45 and 0.05 need 23.
# The second by hand: (1.96 √0.45 + 0.8416 √0.4275)² / 0.15² = 154.6.
@pytest.mark.parametrize(("first", "second", "n"), [(0.45, 0.05, 23), (0.30, 0.15, 155)])
def test_published_sizes(first: float, second: float, n: int) -> None:
    assert samples_needed(first - second, first + second, continuity=False) == n


def test_published_size_for_scores() -> None:
    """Cohen (1988), Statistical Power Analysis, table 2.4.1 by the normal formula: d = 0.5, power 0.8: 32."""
    assert samples_needed_graded(0.5, 1.0) == 32


@pytest.mark.parametrize("shared", [0.1, 0.2, 0.5])
@pytest.mark.parametrize("effect", [1.0, 2.4])
def test_the_detectable_difference_is_the_inverse(shared: float, effect: float) -> None:
    found = detectable_difference(400, shared, effect=effect)
    assert found is not None
    # Edwards' |b - c| - 1 = n · difference - 1 makes a square root √n of what is √m without it.
    without = samples_needed(found, shared, effect=effect, continuity=False) / effect
    corrected = effect * ((sqrt(without) + sqrt(without + 4 / found)) / 2) ** 2
    assert corrected == pytest.approx(400, abs=3)
    assert samples_needed(found, shared, effect=effect) == pytest.approx(400, abs=1)
    graded = detectable_difference_graded(400, shared, effect=effect)
    assert graded is not None
    assert samples_needed_graded(graded, shared, effect=effect) == pytest.approx(400, abs=1)


def exact_power(n: int, difference: float, shared: float, alpha: float = 0.05) -> float:
    """Return how often McNemar's exact test finds the difference, summed over all tables."""
    discordant = np.arange(n + 1)
    chances = binom.pmf(discordant, n, shared)
    return sum(
        float(chance * binom.pmf(won, count, (shared + difference) / 2 / shared))
        for count, chance in zip(discordant.tolist(), chances, strict=True)
        if chance > 1e-9
        for won in range(count + 1)
        if _p(count - won, won) <= alpha
    )


@cache
def _p(only_a: int, only_b: int) -> float:
    return mcnemar(only_a, only_b)


@pytest.mark.parametrize(("n", "shared"), [(40, None), (100, None), (60, 0.3), (200, 0.1)])
def test_the_exact_test_finds_the_detectable_difference_in_four_cases_of_five(
    n: int, shared: float | None
) -> None:
    found = detectable_difference(n, shared)
    assert found is not None
    assert 0.795 <= exact_power(n, found, shared or (1 + found**2) / 2) <= 0.89


# One of 1, 6 and 15 pairs, each at its share of 5 %: the first step of Holm, and the least it allows.
@pytest.mark.parametrize("comparisons", [1, 6, 15])
@pytest.mark.parametrize(("difference", "shared"), [(0.05, 0.06), (0.05, 0.14), (0.1, 0.2)])
def test_following_the_advice_finds_the_difference(
    difference: float, shared: float, comparisons: int
) -> None:
    discordant = round(shared * 50)
    seen = Comparison(0.0, -0.1, 0.1, 0.9, 50, 50, "", 50 - discordant, 0, discordant, 0)
    more = more_samples(seen, difference, comparisons)
    assert more is not None
    power = exact_power(50 + more, difference, shared, 0.05 / comparisons)
    assert 0.79 <= power <= 0.91


@pytest.mark.parametrize(("n", "shared"), [(0, 0.2), (0, None), (5, None), (20, 0.0), (20, 0.1)])
def test_too_few_samples_detect_nothing(n: int, shared: float | None) -> None:
    assert detectable_difference(n, shared) is None


def test_a_difference_cannot_exceed_the_discordance() -> None:
    assert samples_needed(0.05, 0.01) == samples_needed(0.05, 0.05)


def test_independent_failures() -> None:
    assert discordance(0.9, 0.8) == pytest.approx(0.9 * 0.2 + 0.8 * 0.1)


def test_kishs_design_effect() -> None:
    assert design_effect(21, 0.05) == pytest.approx(2)
    assert samples_needed(0.1, 0.2, effect=2.0) == pytest.approx(2 * samples_needed(0.1, 0.2), abs=1)


def test_more_samples_counts_those_there_are() -> None:
    a, b = [1.0] * 90 + [0.0] * 10, [1.0] * 80 + [0.0] * 10 + [1.0] * 10
    found = compare(a, b)
    assert more_samples(found, 0.05) == samples_needed(0.05, 0.2) - 100
    assert more_samples(found, 0.5) == 0


def test_more_samples_of_graded_scores() -> None:
    found = compare([0.1, 0.5, 0.9, 0.4], [0.3, 0.4, 1.0, 0.9])
    assert more_samples(found, 0.05) == samples_needed_graded(0.05, found.deviation or 0) - 4


@pytest.mark.parametrize(("a", "b"), [([], []), ([1.0], [1.0]), ([0.5] * 9, [0.5] * 9)])
def test_nothing_to_go_by(a: list[float], b: list[float]) -> None:
    assert more_samples(compare(a, b), 0.05) is None
