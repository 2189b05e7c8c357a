"""Two offers on the same samples: how they differ, and whether that could be chance."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import erfc, sqrt
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
_STEPS = 2**15  # into which the sum of all differences is divided, where they are no whole steps
_WHOLE = 60  # a whole number of steps for means over up to five epochs, and for most of those over six


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


def sign_flip(differences: Sequence[float], clusters: Clusters | None = None) -> float:
    """Return the two-sided p of a permutation test that swaps A and B in whole groups.

    All 2^groups swaps, counted and not drawn, so that a small p is as exact as a large one: the distribution
    of the sum is built up group by group (Pagano and Tritchler 1983, JASA 78:435), in whole steps. What is
    none is rounded to a 32,768th of the sum of all amounts, which is the exact test of the rounded
    differences. It needs no distribution, only that A and B could be swapped in every group were they alike;
    five groups or fewer can never reach 0.05.

    Beyond the 1,000 groups of the largest totals only those are swapped one by one. The sum of the others,
    none of which weighs more, is taken for the normal variable that it tends to (Lindeberg 1922; Hoeffding
    1952, Annals of Mathematical Statistics 23:169): the work stays the same however many there are.
    """
    import numpy as np

    totals = np.bincount(codes(len(differences), clusters), weights=np.asarray(differences, dtype=float))
    totals = totals.astype(float)[np.abs(totals) > 1e-12]  # swapping a tie changes nothing
    if len(totals) < 2:
        return 1.0
    totals = totals[np.argsort(-np.abs(totals), kind="stable")]
    swapped, others = totals[:_SWAPPED], totals[_SWAPPED:]
    scale = _steps_per_one(np.abs(swapped))
    steps = np.rint(swapped * scale).astype(np.int64)
    sums, chances = _all_swaps(np.abs(steps))
    if not len(others):
        return min(1.0, float(chances[np.abs(sums) >= abs(steps.sum())].sum()))
    observed, reach = abs(steps.sum() + others.sum() * scale), scale * np.sqrt(2 * (others**2).sum())
    tails = [erfc(distance) for distance in ((observed - sums) / reach).tolist()]  # both of them: alike
    return min(1.0, float(chances @ np.array(tails)))


def _steps_per_one(amounts: "NDArray[np.float64]") -> float:
    """Return by what to multiply the amounts to make them whole, or nearly so."""
    import numpy as np

    for scale in range(1, min(_WHOLE, int(_STEPS / amounts.sum())) + 1):
        if np.abs(amounts * scale - np.rint(amounts * scale)).max() < 1e-9:
            return scale
    return _STEPS / float(amounts.sum())


def _all_swaps(steps: "NDArray[np.int64]") -> "tuple[NDArray[np.int64], NDArray[np.float64]]":
    """Return every sum that these amounts can come to, each with either sign, and how likely it is."""
    import numpy as np

    chances, most = np.zeros(int(steps.sum()) + 1), 0  # by the sum of those that were swapped
    chances[0] = 1.0
    for step in steps[::-1].tolist():  # the smallest first: there is less to go through
        chances[: most + 1] /= 2
        chances[step : most + step + 1] += chances[: most + 1].copy()
        most += step
    return most - 2 * np.arange(most + 1), chances


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
