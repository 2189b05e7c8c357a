"""What has not been measured yet: the sum of values to come."""

from collections.abc import Sequence
from math import exp, sqrt
from statistics import fmean, stdev

from broker.stats.proportions import student_quantile


def total(values: Sequence[float], count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return between which limits the sum of `count` further values lies, from two or more (0 or larger).

    The prediction interval for the mean of further values (Hahn and Meeker 1991, Statistical Intervals,
    chapter 4): Student's t times s √(1/n + 1/count), here as a share of the mean and by its logarithm, which
    suits bills with a few large items and never falls below 0. Equal values are no proof that all are equal:
    by Laplace's rule of succession one in n + 1 may be off, taken to be by the mean itself, so that the
    spread is never read as less than mean / √(n + 1).
    """
    n, mean = len(values), fmean(values)
    if mean == 0 or count == 0:
        return 0.0, 0.0
    spread = max(stdev(values) / mean, 1 / sqrt(n + 1))
    reach = student_quantile(confidence, n - 1) * spread * sqrt(1 / n + 1 / count)
    return count * mean * exp(-reach), count * mean * exp(reach)
