"""Means, ratios and percentiles against closed forms and published tables."""

from math import inf, sqrt

import numpy as np
import pytest
from scipy.stats import binom

from broker.stats import Estimate
from broker.stats.bootstrap import mean, ratio
from broker.stats.percentiles import fewest_for_limit, percentile


def fieller(above: list[float], below: list[float], quantile: float) -> tuple[float, float]:
    """Return Fieller's (1954) limits for a ratio of means: exact for normal values."""
    n, (a, b) = len(above), (float(np.mean(above)), float(np.mean(below)))
    covariance = np.cov(above, below) / n
    k = b * b - quantile**2 * covariance[1, 1]
    h = a * b - quantile**2 * covariance[0, 1]
    root = sqrt(h * h - k * (a * a - quantile**2 * covariance[0, 0]))
    return (h - root) / k, (h + root) / k


def test_many_normal_values_give_fiellers_interval() -> None:
    rng = np.random.default_rng(7)
    below = rng.normal(10, 2, 400)
    above = 0.4 * below + rng.normal(3, 1, 400)
    found = ratio(above.tolist(), below.tolist(), resamples=9_999)
    limits = fieller(above.tolist(), below.tolist(), 1.966)
    width = limits[1] - limits[0]
    assert (found.low, found.high) == pytest.approx(limits, abs=0.06 * width)


def test_cost_per_correct_answer_is_money_over_right_answers() -> None:
    found = ratio([0.02] * 10 + [0.04] * 10, [1.0] * 15 + [0.0] * 5)
    assert found.value == pytest.approx(0.6 / 15)
    assert (found.low or 1) < 0.04 < (found.high or 0)


def test_the_inverse_ratio_has_the_inverse_interval() -> None:
    above, below = [1.0, 2.0, 3.5, 1.5, 2.5, 4.0], [2.0, 2.5, 3.0, 1.0, 2.0, 3.0]
    one, other = ratio(above, below), ratio(below, above)
    assert (one.low, one.high) == pytest.approx((1 / (other.high or 1), 1 / (other.low or 1)), rel=0.02)


def test_no_right_answer_has_no_price() -> None:
    assert ratio([0.02, 0.03], [0.0, 0.0]).value is None
    assert mean([]).value is None


@pytest.mark.parametrize(("right", "known"), [(1, False), (3, False), (6, True)])
def test_hardly_any_right_answer_has_no_certain_price(right: int, known: bool) -> None:
    found = ratio([0.02, 0.03] * 20, [1.0] * right + [0.0] * (40 - right))
    assert found.value == pytest.approx(1 / right)
    assert (found.low is not None, found.high is not None) == (known, known)


@pytest.mark.parametrize("values", [[0.0] * 5, [0.25] * 5, [3.0]])
def test_values_without_spread_have_no_interval(values: list[float]) -> None:
    found = mean(values)
    assert (found.value, found.low, found.high) == (values[0], None, None)


def test_clusters_widen_the_interval() -> None:
    values, pages = [float(n // 10 + 1) for n in range(100)], [str(n // 10) for n in range(100)]
    plain, shared = mean(values), mean(values, pages)
    assert plain.value == shared.value == 5.5
    assert (shared.high or 0) - (shared.low or 0) > 2 * ((plain.high or 0) - (plain.low or 0))


def test_the_same_numbers_give_the_same_interval() -> None:
    assert mean([1.0, 2.0, 4.0, 3.0]) == mean([1.0, 2.0, 4.0, 3.0])


# Ranks of the 95 % limits of a median: Nair (1940), in Dixon and Massey (1969), table A-25.
@pytest.mark.parametrize(("n", "rank"), [(6, 1), (10, 2), (15, 4), (25, 8), (40, 14), (50, 18), (65, 25)])
def test_published_ranks_of_the_median(n: int, rank: int) -> None:
    found = percentile([float(value) for value in range(1, n + 1)], 0.5)
    assert (found.low, found.high) == (rank, n + 1 - rank)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95, 0.99])
def test_how_many_values_set_an_upper_limit(share: float) -> None:
    """By trying: the first number of values whose percentile has one."""
    fewest = next(n for n in range(1, 1000) if percentile(list(map(float, range(n))), share).high is not None)
    assert fewest_for_limit(share) == fewest
    assert binom.pmf(fewest, fewest, share) <= 0.025 < binom.pmf(fewest - 1, fewest - 1, share)


def test_a_percentile_beyond_the_extremes_has_no_limit() -> None:
    found = percentile([float(value) for value in range(1, 41)], 0.95)
    assert found.value == pytest.approx(np.quantile(np.arange(1, 41), 0.95))
    assert found.low == 35
    assert found.high is None
    assert percentile([], 0.5).value is None
    assert percentile([1.0], 0.5).low is None


def cut_off(
    values: list[float], share: float, clusters: list[str] | None = None
) -> tuple[Estimate, Estimate]:
    """The percentile where a wait without an end is without one, and where it is told as an age."""
    ages = [min(value, 1e9) for value in values]
    return percentile(values, share, clusters), percentile(ages, share, clusters)


@pytest.mark.parametrize("share", [0.5, 0.95])
@pytest.mark.parametrize("cut", [0, 2, 5, 14, 15, 16, 18, 40, 149, 150, 151, 299])
def test_a_wait_without_an_end_is_longer_than_any_other(cut: int, share: float) -> None:
    values = [float(value) for value in range(1, 301 - cut)] + [inf] * cut
    found, told = cut_off(values, share)
    longest, n = 300 - cut, 300
    assert (found.value, found.high, found.n) == (
        None if told.value is None or told.value > n else told.value,
        None if told.high is None or told.high > n else told.high,
        n,
    )
    assert told.low is not None
    assert found.low == min(told.low, longest)


def test_one_in_twenty_without_an_end_leaves_p95_unknown_and_the_median_known() -> None:
    values = [float(value) for value in range(1, 283)] + [inf] * 18
    late, half = percentile(values, 0.95), percentile(values, 0.5)
    assert (late.value, late.high) == (None, None)
    # The lowest rank that the 95 % quantile of 300 exceeds in 2.5 of 100 cases at the most: Bin(300, 0.95).
    assert late.low == binom.ppf(0.025, 300, 0.95)
    assert half.value == 150.5


def test_nothing_but_waits_without_an_end() -> None:
    found = percentile([inf] * 30, 0.5)
    assert (found.value, found.low, found.high, found.n) == (None, None, None, 30)
    shared = percentile([inf] * 30, 0.5, [str(n // 3) for n in range(30)])
    assert (shared.value, shared.low, shared.high, shared.n) == (None, None, None, 30)


@pytest.mark.parametrize("cut", [1, 2, 30])
def test_waits_without_an_end_in_clusters(cut: int) -> None:
    """The last documents never end: what is below them is as it would be if they took an age."""
    values = [float(n) for n in range(300 - cut * 3)] + [inf] * cut * 3
    documents = [str(n // 3) for n in range(300)]
    for share in (0.5, 0.95):
        found, told = cut_off(values, share, documents)
        assert found.value == (None if (told.value or 0) > 300 else told.value)
        assert found.high == (None if told.high is None or told.high > 300 else told.high)
        assert found.low is not None
        assert found.low <= 300 - cut * 3


def test_epochs_of_one_sample_widen_a_percentile() -> None:
    """Three equal waits for each of 60 samples tell as much as 60 waits."""
    values, samples = [float(n // 3) for n in range(180)], [str(n // 3) for n in range(180)]
    naive, found, sixty = (
        percentile(values, 0.5),
        percentile(values, 0.5, samples),
        percentile([float(n) for n in range(60)], 0.5),
    )
    assert (found.low or 0) < (naive.low or 0)
    assert (found.low, found.high) == pytest.approx((sixty.low, sixty.high), abs=1)


def test_a_percentile_of_one_cluster_has_no_limits() -> None:
    found = percentile([1.0, 2.0, 3.0], 0.5, ["a"] * 3)
    assert (found.value, found.low, found.high) == (2, None, None)
