"""Shares of samples: how many passed, and what that says of all such samples."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

from broker.stats import Estimate
from broker.stats.clusters import Clusters, group_count, spread


def wilson(successes: int, n: int, confidence: float = 0.95) -> Estimate:
    """Return a share of independent samples with Wilson's score interval (Wilson 1927, JASA 22:209).

    Brown, Cai and DasGupta (2001, Statistical Science 16:101) recommend it for n up to 40; beyond, they find
    it as good as the simpler one that they prefer there. Its coverage swings about the nominal level as the
    rate changes; no interval of a count avoids that.
    """
    if n == 0:
        return Estimate(None, None, None, 0, "Wilson")
    low, high = score_limits(successes / n, n, normal_quantile(confidence))
    return Estimate(successes / n, low, high, n, "Wilson")


def clopper_pearson(successes: int, n: int, confidence: float = 0.95) -> Estimate:
    """Return a share with the exact interval (Clopper and Pearson 1934, Biometrika 26:404).

    It holds at least as often as it says, for every rate, and is wider than it need be on average.
    """
    from scipy.stats import binomtest

    if n == 0:
        return Estimate(None, None, None, 0, "Clopper-Pearson")
    limits = binomtest(successes, n).proportion_ci(confidence, method="exact")
    return Estimate(successes / n, float(limits.low), float(limits.high), n, "Clopper-Pearson")


def share(scores: Sequence[float], clusters: Clusters | None = None, confidence: float = 0.95) -> Estimate:
    """Return the mean of scores from 0 to 1, one a sample, with a score interval that stays within 0 to 1.

    Independent passes and failures get Wilson's interval. Graded scores, means over epochs, and samples
    that share clusters get the same interval for an effective number of samples, n / design effect, and
    Student's t: the quasi-binomial score interval, variance φμ(1-μ)/n (Wedderburn 1974, Biometrika 61:439),
    with φ from the cluster-robust variance; for surveys see Kott and Carr (1997) and Franco et al. (2019).
    Clusters of passes and failures never narrow it. Student's plain interval about a mean near 1 holds far
    less often than it says. One group alone has no interval.
    """
    n, groups = len(scores), group_count(len(scores), clusters)
    binary = all(score in (0, 1) for score in scores)
    if n == 0 or (binary and groups == n):
        return wilson(round(sum(scores)), n, confidence)
    known = spread(scores, clusters)
    if known is None:
        return Estimate(sum(scores) / n, None, None, n, "one group: no interval")
    nominal = known.mean * (1 - known.mean) / n
    effect = known.variance / nominal if min(nominal, known.variance) > 1e-15 else known.kish
    effect = max(effect, 1.0) if binary else effect
    low, high = score_limits(known.mean, n / effect, student_quantile(confidence, known.tail_dof))
    return Estimate(known.mean, low, high, n, f"score interval, {groups} groups")


def score_limits(rate: float, n: float, quantile: float) -> tuple[float, float]:
    """Return the shares p with |rate - p| at most `quantile` standard errors sqrt(p(1-p)/n) (Wilson 1927)."""
    square = quantile * quantile
    centre = (rate + square / (2 * n)) / (1 + square / n)
    half = quantile / (1 + square / n) * sqrt(max(rate * (1 - rate), 0) / n + square / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def normal_quantile(confidence: float) -> float:
    """Return how many standard errors a two-sided interval goes to either side."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def student_quantile(confidence: float, dof: float) -> float:
    """Return the same where the standard error is itself estimated, with `dof` degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(dof, (1 + confidence) / 2))
