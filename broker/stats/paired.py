"""Two offers on the same samples: how they differ, and whether that could be chance."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import stdev
from typing import TYPE_CHECKING

from broker.stats import Comparison
from broker.stats.clusters import Clusters, codes, group_count, spread
from broker.stats.proportions import normal_quantile, student_quantile
from broker.stats.roots import crossing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SWAPPED = 1_000  # groups swapped one by one
_BATCH = 1_000  # swaps at a time


def both_answered(
    a: Mapping[str, float], b: Mapping[str, float]
) -> tuple[list[str], list[float], list[float]]:
    """Return the samples in both, in the order of `a`, with the scores of each."""
    shared = [sample for sample in a if sample in b]
    return shared, [a[sample] for sample in shared], [b[sample] for sample in shared]


def compare(
    a: Sequence[float], b: Sequence[float], clusters: Clusters | None = None, confidence: float = 0.95
) -> Comparison:
    """Return B against A; scores from 0 to 1, one a sample, in the same order.

    Independent passes and failures: Tango's score interval (Tango 1998, Statistics in Medicine 17:891)
    and the exact McNemar test. Otherwise Tango's interval for an effective number of samples and Student's
    t, the design effect from the cluster-robust variance (for passes this is Obuchowski's, 1998, Statistics
    in Medicine 17:1495; clusters never narrow it), and a test that swaps A and B within whole groups.
    """
    n, groups = len(a), group_count(len(a), clusters)
    differences = [right - left for left, right in zip(a, b, strict=True)]
    counts = _counts(a, b)
    limits = paired_limits(differences, clusters, confidence, binary=bool(counts))
    mean = sum(differences) / n if n else None
    if limits is None:
        return Comparison(mean, None, None, None, n, groups, "no interval", **counts, confidence=confidence)
    plain = bool(counts) and groups == n
    return Comparison(
        mean,
        *limits,
        p=mcnemar(counts["only_a"], counts["only_b"]) if plain else sign_flip(differences, clusters),
        n=n,
        groups=groups,
        method="Tango's interval, exact McNemar test" if plain else "score interval, permutation test",
        deviation=stdev(differences),
        design_effect=design_effect(differences, clusters),
        confidence=confidence,
        **counts,
    )


def paired_limits(
    differences: Sequence[float], clusters: Clusters | None, confidence: float, *, binary: bool
) -> tuple[float, float] | None:
    """Return the limits that `compare` gives for these differences; `None` for fewer than two groups.

    Tango 1998; with clusters and graded scores at the effective sample size of Obuchowski 1998.
    """
    n, known = len(differences), spread(differences, clusters)
    if known is None:
        return None
    won, lost = sum(max(d, 0) for d in differences), sum(max(-d, 0) for d in differences)
    if binary and known.groups == n:
        return difference_limits(won, lost, n, normal_quantile(confidence))
    nominal = ((won + lost) / n - known.mean**2) / n
    effect = known.variance / nominal if min(nominal, known.variance) > 1e-15 else known.kish
    effect = max(effect, 1.0) if binary else effect
    return difference_limits(won / effect, lost / effect, n / effect, student_quantile(confidence, known.dof))


def difference_limits(won: float, lost: float, n: float, quantile: float) -> tuple[float, float]:
    """Return the limits for (won - lost) / n: the differences that the score test of Tango 1998 keeps."""
    estimate = (won - lost) / n
    # The score falls as the difference that it is measured from rises.
    low = crossing(lambda at: quantile - _score(won, lost, n, at), -1.0, estimate)
    high = crossing(lambda at: -quantile - _score(won, lost, n, at), estimate, 1.0)
    return low, high


def mcnemar(only_a: int, only_b: int) -> float:
    """Return the two-sided p of McNemar's exact conditional test: a fair coin for each discordant sample.

    McNemar 1947, Psychometrika 12:153; the exact form counts the binomial's tails. It never rejects too
    often. The mid-p variant has more power (Fagerland, Lydersen and Laake 2013, BMC Medical Research
    Methodology 13:91) but promises nothing; who buys on it is better served by the promise.
    """
    from scipy.special import bdtr  # scipy.stats.binomtest says the same, and takes 0.4 s to load

    return min(1.0, 2 * float(bdtr(min(only_a, only_b), only_a + only_b, 0.5)))


def sign_flip(
    differences: Sequence[float], clusters: Clusters | None = None, resamples: int = 9_999
) -> float:
    """Return the two-sided p of a permutation test that swaps A and B in whole groups.

    All 2^groups swaps where they are no more than `resamples`, else so many random ones, always the same;
    the observed order counts as one of them (Phipson and Smyth 2010). It needs no distribution, only that
    A and B could be swapped in every group were they alike; five groups or fewer can never reach 0.05.

    Beyond the 1,000 groups of the largest totals only those are swapped one by one. The sum of the others,
    none of which weighs more, is drawn as the normal variable that it tends to (Lindeberg 1922; Hoeffding
    1952, Annals of Mathematical Statistics 23:169): the work stays the same however many there are.
    """
    import numpy as np
    from scipy.stats import permutation_test

    totals = np.bincount(codes(len(differences), clusters), weights=np.asarray(differences, dtype=float))
    totals = totals.astype(float)[np.abs(totals) > 1e-12]  # swapping a tie changes nothing
    if len(totals) < 2:
        return 1.0
    if len(totals) > _SWAPPED:
        return _sign_flip_many(totals, resamples)
    found = permutation_test(
        (totals,),
        np.sum,
        permutation_type="samples",
        vectorized=True,
        n_resamples=resamples,
        batch=_BATCH,
        rng=np.random.default_rng(0),
    )
    return float(found.pvalue)


def _sign_flip_many(totals: "NDArray[np.float64]", resamples: int) -> float:
    """Return the p of `sign_flip` for more groups than are swapped one by one."""
    import numpy as np

    rng, totals = np.random.default_rng(0), totals[np.argsort(-np.abs(totals), kind="stable")]
    swapped, reach = totals[:_SWAPPED], float(np.sqrt((totals[_SWAPPED:] ** 2).sum()))
    observed, extreme = abs(float(totals.sum())), 0
    for start in range(0, resamples, _BATCH):
        rows = min(_BATCH, resamples - start)
        signs = 2.0 * rng.integers(2, size=(rows, _SWAPPED), dtype=np.int8) - 1
        sums = signs @ swapped + reach * rng.standard_normal(rows)
        extreme += int((np.abs(sums) >= observed).sum())
    return (1 + extreme) / (1 + resamples)


def _counts(a: Sequence[float], b: Sequence[float]) -> dict[str, int]:
    """Return how often both, one and none passed; empty where a score is graded."""
    if not all(score in (0, 1) for score in (*a, *b)):
        return {}
    seen = Counter(zip(map(bool, a), map(bool, b), strict=True))
    return {
        "both_right": seen[True, True],
        "only_a": seen[True, False],
        "only_b": seen[False, True],
        "both_wrong": seen[False, False],
    }


def design_effect(differences: Sequence[float], clusters: Clusters | None) -> float:
    """Return by how much clusters blow up the variance of the mean difference, at least 1 (Kish 1965)."""
    known, alone = spread(differences, clusters), spread(differences)
    if known is None or alone is None:
        return 1.0
    return max(1.0, known.variance / alone.variance) if alone.variance else known.kish


def _score(won: float, lost: float, n: float, difference: float) -> float:
    """Return the standardised distance of (won - lost) / n from `difference`, of the most likely table."""
    linear = -won - lost + (2 * n - won + lost) * difference
    root = sqrt(max(linear * linear + 8 * n * lost * difference * (1 - difference), 0.0))
    lost_share = (root - linear) / (4 * n)
    variance = n * (2 * lost_share + difference * (1 - difference))
    distance = won - lost - n * difference
    return distance / sqrt(variance) if variance > 1e-15 else (distance > 0) * 1e9 - (distance < 0) * 1e9
