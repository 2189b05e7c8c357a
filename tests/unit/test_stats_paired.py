"""Paired comparisons against published examples."""

import random
import tracemalloc
from itertools import product
from math import erfc, sqrt
from operator import mul

import pytest
from scipy.optimize import brentq
from scipy.stats import binomtest

from broker.stats.multiplicity import holm, simultaneous
from broker.stats.paired import both_answered, compare, difference_limits, mcnemar, sign_flip
from broker.stats.roots import crossing


def pairs(both: int, only_a: int, only_b: int, neither: int) -> tuple[list[float], list[float]]:
    """Return the scores of A and B that make this table."""
    return (
        [1.0] * (both + only_a) + [0.0] * (only_b + neither),
        [1.0] * both + [0.0] * only_a + [1.0] * only_b + [0.0] * neither,
    )


# Tango's interval and the exact conditional p of `bentur_2009` and `cavo_2012`, the examples that Fagerland,
# Lydersen and Laake give in their R package `contingencytables`, chapter 8. Third row: Armitage and Berry
# (1994), p. 127 (no interval given).
PUBLISHED = [
    ((1, 1, 7, 12), (0.026, 0.517), 0.0703),
    ((59, 6, 16, 80), (0.0054, 0.1240), 0.052479),
    ((20, 12, 2, 16), None, 0.0129),
]


@pytest.mark.parametrize(("table", "limits", "p"), PUBLISHED)
def test_published_tables(
    table: tuple[int, int, int, int], limits: tuple[float, float] | None, p: float
) -> None:
    found = compare(*pairs(*table))
    assert (found.both_right, found.only_a, found.only_b, found.both_wrong) == table
    assert found.difference == pytest.approx((table[2] - table[1]) / sum(table))
    assert found.p == pytest.approx(p, abs=5e-5)
    if limits:
        assert (found.low, found.high) == pytest.approx(limits, abs=4e-4)


def test_agrestis_prime_minister() -> None:
    """Agresti (Categorical Data Analysis, 10.1): 944 and 880 of 1,600 approve; -0.04, 95 % (-0.06, -0.02)."""
    found = compare(*pairs(794, 150, 86, 570))
    assert (round(found.difference or 0, 2), round(found.low or 0, 2), round(found.high or 0, 2)) == (
        -0.04,
        -0.06,
        -0.02,
    )
    assert (found.p or 1) < 0.001


def test_identical_answers_leave_a_difference_possible() -> None:
    """Without discordance Tango's limits are z²/(n + z²), by putting 0 for both counts in his equation."""
    found = compare(*pairs(30, 0, 0, 10))
    reach = 1.959964**2 / (40 + 1.959964**2)
    assert (found.difference, found.low, found.high, found.p) == pytest.approx((0, -reach, reach, 1))


@pytest.mark.parametrize(("won", "lost", "n"), [(5, 0, 5), (0, 5, 5), (3, 0, 40), (0, 3, 40)])
def test_one_sided_tables_keep_their_limits(won: int, lost: int, n: int) -> None:
    low, high = difference_limits(won, lost, n, 1.96)
    assert -1 <= low < high <= 1
    assert low <= (won - lost) / n <= high


def test_mcnemar_without_discordance_is_no_evidence() -> None:
    assert mcnemar(0, 0) == 1


@pytest.mark.parametrize("only_a", [0, 1, 2, 7, 40, 500])
@pytest.mark.parametrize("only_b", [1, 7, 41, 503])
def test_mcnemar_is_the_binomial_test_of_a_fair_coin(only_a: int, only_b: int) -> None:
    assert mcnemar(only_a, only_b) == pytest.approx(binomtest(only_a, only_a + only_b).pvalue, rel=1e-9)


def test_fishers_randomisation_of_darwins_maize() -> None:
    """Fisher (The Design of Experiments, section 21): 2 x 863 of 32,768 orders are as extreme."""
    eighths = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    assert sign_flip(eighths) == pytest.approx(1726 / 32768, rel=1e-9)


def test_five_documents_cannot_show_a_difference() -> None:
    assert sign_flip([1.0] * 50, [str(n // 10) for n in range(50)]) == pytest.approx(2 / 32)


def all_swaps(totals: list[float]) -> float:
    """The same test by going through every order."""
    orders = [sum(map(mul, totals, signs)) for signs in product((1, -1), repeat=len(totals))]
    return sum(abs(one) >= abs(sum(totals)) - 1e-9 for one in orders) / len(orders)


@pytest.mark.parametrize("epochs", [1, 2, 3, 5, 7])
def test_means_over_epochs_are_swapped_exactly(epochs: int) -> None:
    chance = random.Random(epochs)
    for _ in range(5):
        found = [(chance.randint(0, epochs) - chance.randint(0, epochs)) / epochs for _ in range(11)]
        assert sign_flip(found) == pytest.approx(all_swaps(found), rel=1e-9)


def test_graded_scores_are_swapped_to_within_a_few_orders_of_many() -> None:
    chance = random.Random(8)
    found = [chance.gauss(0.3, 0.5) for _ in range(13)]
    assert sign_flip(found) == pytest.approx(all_swaps(found), abs=4 / 2**13)


@pytest.mark.parametrize("step", [1.0, 1 / 3, 0.1234567])
def test_a_small_p_has_no_floor(step: float) -> None:
    """Of 2^40 orders two are as extreme; of those with one loss among them 2 + 2 x 40."""
    assert sign_flip([step] * 40) == pytest.approx(2 / 2**40, rel=1e-6)
    assert sign_flip([step] * 39 + [-step]) == pytest.approx(82 / 2**40, rel=1e-6)


def normal_p(differences: list[float]) -> float:
    """The large-sample p of the same test: the sum over the root of the sum of squares, as z."""
    return erfc(abs(sum(differences)) / sqrt(2 * sum(d * d for d in differences)))


@pytest.mark.parametrize("groups", [900, 1_100, 20_000])  # swapped one by one, and all but 1,000 together
@pytest.mark.parametrize("z", [0.5, 1.96, 2.6])
def test_many_groups_agree_with_theory(groups: int, z: float) -> None:
    chance = random.Random(groups)
    noise = [chance.uniform(-1, 1) for _ in range(groups)]
    shift = z / sqrt(3 * groups) - sum(noise) / groups
    expected = normal_p(differences := [one + shift for one in noise])
    error = sqrt(expected * (1 - expected) / 9_999)
    assert sign_flip(differences) == pytest.approx(expected, abs=4 * error)


def test_three_large_groups_among_many_small_ones_remain_three() -> None:
    """Two of the eight orders of three totals are as extreme; the normal curve would say 0.083."""
    differences = [1_000.0, 1_000.0, 1_000.0] + [0.001, -0.001] * 3_000
    assert normal_p(differences) == pytest.approx(0.083, abs=0.001)
    # Which sign the small ones take decides whether the two count: they reach the observed sum half the time.
    assert sign_flip(differences) == pytest.approx(1 / 8, abs=0.014)


def test_fifty_thousand_samples_take_little_memory() -> None:
    chance = random.Random(1)
    a, b = ([chance.random() for _ in range(50_000)] for _ in range(2))
    tracemalloc.start()
    try:
        compare(a, b)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100e6  # a thousand swaps of all of them would be 400 MB


def test_ties_are_no_evidence() -> None:
    assert sign_flip([0.0] * 10) == 1


def test_clusters_widen_the_interval_and_are_flipped_together() -> None:
    a, b = pairs(20, 5, 20, 5)
    documents = [str(n // 5) for n in range(50)]
    plain, shared = compare(a, b), compare(a, b, documents)
    assert plain.difference == shared.difference
    assert (shared.low or 0) < (plain.low or 0)
    assert (shared.high or 0) > (plain.high or 0)
    assert (shared.p or 0) > (plain.p or 1)
    assert shared.design_effect > 2
    assert (shared.n, shared.groups) == (50, 10)


def test_swapping_the_offers_mirrors_everything() -> None:
    a, b = [0.2, 0.9, 0.5, 1.0, 0.3, 0.7], [0.4, 0.8, 0.9, 1.0, 0.1, 0.9]
    one, other = compare(a, b), compare(b, a)
    assert one.difference == pytest.approx(-(other.difference or 0))
    assert (one.low, one.high) == pytest.approx((-(other.high or 0), -(other.low or 0)))
    assert one.p == other.p
    assert one.only_a is None


@pytest.mark.parametrize(("a", "b"), [([], []), ([1.0], [0.0])])
def test_too_few_samples_say_nothing(a: list[float], b: list[float]) -> None:
    found = compare(a, b)
    assert (found.low, found.high, found.p, found.n) == (None, None, None, len(a))
    assert found.difference == (-1 if a else None)


def test_only_samples_that_both_answered_count() -> None:
    assert both_answered({"x": 1.0, "y": 0.0, "z": 1.0}, {"z": 0.0, "x": 1.0}) == (["x", "z"], [1, 1], [1, 0])


def test_holms_correction() -> None:
    """The worked example of R's and Wikipedia's pages on Holm: 0.01, 0.04, 0.03, 0.005."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_simultaneous_confidence() -> None:
    assert simultaneous(5) == pytest.approx(0.99)


@pytest.mark.parametrize(("low", "high"), [(0.0, 5.0), (-1.0, 1.0), (0.5, 0.8)])
def test_a_root_is_that_of_scipy(low: float, high: float) -> None:
    def rising(x: float) -> float:
        return x**3 + x - 0.9

    assert crossing(rising, low, high) == pytest.approx(brentq(rising, low, high), abs=1e-11)
