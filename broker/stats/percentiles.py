"""Percentiles of waiting times: the median, and what one call in twenty exceeds."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate
from math import ceil, inf, log

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

    `inf` stands for a wait whose end nobody saw: it is above all others. What falls among these is `None`,
    but of the lower limit it is known that it is no less than the longest wait that was seen.
    """
    n, groups = len(values), group_count(len(values), clusters)
    if n == 0:
        return Estimate(None, None, None, 0, "order statistics")
    ordered = sorted(values)
    value = _between(lambda rank: ordered[rank - 1], n, share)
    exact = groups == n
    ranks = (
        _exact_ranks(n, share, confidence)
        if exact
        else _woodruff_ranks(values, value, share, clusters, confidence)
    )
    low, high = (ordered[rank - 1] if 1 <= rank <= n else None for rank in ranks)
    if low == inf:
        low = max((each for each in ordered if each < inf), default=None)
    value, high = (None if end == inf else end for end in (value, high))
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

    value = _between(at, n, share)
    low, high = (at(rank) if 1 <= rank <= n else None for rank in _exact_ranks(n, share, confidence))
    return Estimate(value, low, high, n, "order statistics")


def fewest_for_limit(share: float, confidence: float = 0.95) -> int:
    """Return how many independent values it takes until `percentile` knows an upper limit: 72 for p95.

    All of them stay below it with the probability share ** n, which must not exceed the upper tail (Conover
    1999, Practical Nonparametric Statistics, 3.2).
    """
    return ceil(log((1 - confidence) / 2) / log(share))


def _between(at: Callable[[int], float], n: int, share: float) -> float:
    """Return the percentile from the values by rank, as numpy's quantile does: between two neighbours."""
    place = share * (n - 1)
    rank, part = int(place) + 1, place % 1
    low = at(rank)
    return low + part * (at(rank + 1) - low) if part and low < inf else low


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
    inside = [float(each <= value and each < inf) for each in values]
    known, part = spread(inside, clusters), share if value < inf else sum(inside) / n
    if known is None or not part:
        return 0, n + 1
    effect = max(1.0, known.variance * n / (part * (1 - part)))
    low, high = score_limits(share, n / effect, student_quantile(confidence, known.tail_dof))
    return int(low * n), ceil(high * n) + 1
