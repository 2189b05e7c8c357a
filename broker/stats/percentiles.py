"""Percentiles of waiting times: the median, and what one call in twenty exceeds."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from math import ceil

from broker.stats import Estimate
from broker.stats.clusters import Clusters, group_count, spread
from broker.stats.proportions import score_limits, student_quantile


def percentile(
    values: Sequence[float], share: float, clusters: Clusters | None = None, confidence: float = 0.95
) -> Estimate:
    """Return what `share` (0.95 for p95) of the values stay below, with an interval between two of them.

    Independent values: ranks from the binomial distribution, exact whatever the distribution of the values
    and for that a little wider than need be (Conover 1999, Practical Nonparametric Statistics, 3.2).
    Values that share clusters, epochs of one sample among them: the ranks of a cluster-robust interval for
    `share` itself (Woodruff 1952, JASA 47:635). A limit beyond the extremes is `None`: 40 calls cannot say
    how high p95 may be.
    """
    import numpy as np

    n, groups = len(values), group_count(len(values), clusters)
    if n == 0:
        return Estimate(None, None, None, 0, "order statistics")
    ordered = sorted(values)
    value = float(np.quantile(ordered, share))
    exact = groups == n
    ranks = (
        _exact_ranks(n, share, confidence)
        if exact
        else _woodruff_ranks(values, value, share, clusters, confidence)
    )
    low, high = (ordered[rank - 1] if 1 <= rank <= n else None for rank in ranks)
    return Estimate(value, low, high, n, "order statistics" if exact else f"Woodruff, {groups} groups")


def percentile_of_counts(
    counts: Sequence[tuple[float, int]], share: float, confidence: float = 0.95
) -> Estimate:
    """Return the same of independent values that were counted: (value, how many) with rising values.

    Ranks as in `percentile` (Conover 1999). Where each value stands for others near it, what comes back is
    off by as much as they are at the most.
    """
    n = sum(count for _, count in counts)
    if n == 0:
        return Estimate(None, None, None, 0, "order statistics")
    ends = list(accumulate(count for _, count in counts))

    def at(rank: int) -> float:
        return counts[bisect_left(ends, rank)][0]

    place = share * (n - 1)  # as numpy's quantile: between two neighbours
    below, between = int(place) + 1, place % 1
    value = at(below) + between * (at(min(below + 1, n)) - at(below))
    low, high = (at(rank) if 1 <= rank <= n else None for rank in _exact_ranks(n, share, confidence))
    return Estimate(value, low, high, n, "order statistics")


@lru_cache(maxsize=4096)
def _exact_ranks(n: int, share: float, confidence: float) -> tuple[int, int]:
    """Return the ranks, from 1, that enclose the percentile at least this often."""
    from scipy.special import bdtr, bdtrc  # scipy.stats has them too, and takes 0.4 s to load

    tail, counts = (1 - confidence) / 2, range(n + 1)
    low = bisect_left(counts, tail, key=lambda count: bdtr(count, n, share))
    return low, bisect_left(counts, -tail, key=lambda count: -bdtrc(count, n, share)) + 1


def _woodruff_ranks(
    values: Sequence[float], value: float, share: float, clusters: Clusters | None, confidence: float
) -> tuple[int, int]:
    """Return the ranks at the limits of a score interval for `share`; 0 and n + 1 where there are none."""
    n = len(values)
    known = spread([float(each <= value) for each in values], clusters)
    if known is None:
        return 0, n + 1
    effect = max(1.0, known.variance * n / (share * (1 - share)))
    low, high = score_limits(share, n / effect, student_quantile(confidence, known.tail_dof))
    return int(low * n), ceil(high * n) + 1
