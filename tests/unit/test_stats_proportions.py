"""Shares against published tables, and what clusters and graded scores do to their intervals."""

import pytest
from scipy.stats import binomtest

from broker.stats.proportions import clopper_pearson, share, wilson

# Newcombe (1998), Statistics in Medicine 17:857, table I: methods 3 (score) and 5 (Clopper-Pearson).
NEWCOMBE = [
    (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
    (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
    (0, 20, (0.0000, 0.1611), (0.0000, 0.1684)),
    (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
]


@pytest.mark.parametrize(("successes", "n", "score", "exact"), NEWCOMBE)
def test_published_intervals(
    successes: int, n: int, score: tuple[float, float], exact: tuple[float, float]
) -> None:
    found, sure = wilson(successes, n), clopper_pearson(successes, n)
    assert (found.low, found.high) == pytest.approx(score, abs=5e-5)
    assert (sure.low, sure.high) == pytest.approx(exact, abs=5e-5)
    assert found.value == sure.value == successes / n


@pytest.mark.parametrize(("successes", "n", "confidence"), [(3, 7, 0.9), (286, 1319, 0.95), (40, 40, 0.99)])
def test_wilson_is_scipys(successes: int, n: int, confidence: float) -> None:
    limits = binomtest(successes, n).proportion_ci(confidence, method="wilson")
    found = wilson(successes, n, confidence)
    assert (found.low, found.high) == pytest.approx((limits.low, limits.high), abs=1e-12)


@pytest.mark.parametrize("estimate", [wilson(0, 0), clopper_pearson(0, 0), share([])])
def test_nothing_asked_is_unknown(estimate: object) -> None:
    assert (estimate.value, estimate.low, estimate.high, estimate.n) == (None, None, None, 0)  # type: ignore[attr-defined]


def test_independent_passes_get_wilsons_interval() -> None:
    scores = [1.0] * 37 + [0.0] * 3
    assert share(scores) == wilson(37, 40)
    assert share(scores, [None] * 40) == share(scores, [str(n) for n in range(40)]) == wilson(37, 40)


def test_copies_of_samples_add_nothing() -> None:
    """Ten documents asked five times with the same result are ten pieces of evidence, not fifty."""
    scores, documents = [1.0] * 40 + [0.0] * 10, [str(n // 5) for n in range(50)]
    copied, ten, fifty = share(scores, documents), wilson(8, 10), wilson(40, 50)
    assert copied.value == 0.8
    assert (copied.low or 1) < (ten.low or 0) + 0.02  # Student's t makes it a little wider still
    assert (copied.low or 1) < (fifty.low or 0) - 0.1


def test_clusters_never_narrow_passes() -> None:
    """Clusters that happen to balance look better than chance; that is no evidence."""
    scores, pairs = [1.0, 0.0] * 20, [str(n // 2) for n in range(40)]
    found, plain = share(scores, pairs), wilson(20, 40)
    assert (found.low or 1) <= (plain.low or 0)
    assert (found.high or 0) >= (plain.high or 1)


def test_all_right_in_few_documents_leaves_doubt() -> None:
    found = share([1.0] * 40, [str(n // 10) for n in range(40)])
    assert found.high == 1
    assert (found.low or 1) < (wilson(4, 4).low or 0)


def test_one_document_has_no_interval() -> None:
    found = share([1.0, 0.0, 1.0], ["a"] * 3)
    assert (found.value, found.low, found.high) == (pytest.approx(2 / 3), None, None)


def test_graded_scores_are_known_better_than_passes_and_stay_within_bounds() -> None:
    graded = share([0.9, 1.0, 0.95, 1.0, 0.85, 1.0, 0.9, 1.0, 1.0, 0.9])
    assert 0.85 < (graded.low or 0) < 0.95 < (graded.high or 0) <= 1


def test_scores_without_spread_are_not_certain() -> None:
    found = share([0.5] * 3)
    assert (found.low or 1) < 0.2
    assert (found.high or 0) > 0.8


def test_clusters_must_match_the_scores() -> None:
    with pytest.raises(ValueError, match="3 values but 2 clusters"):
        share([1.0, 0.5, 0.0], ["a", "b"])
