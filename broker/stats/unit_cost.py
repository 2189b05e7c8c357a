"""What one right answer costs: money over a count that can be short of a whole by very few."""

from collections.abc import Sequence
from math import exp, log, sqrt

from broker.stats import Estimate
from broker.stats.bootstrap import mean
from broker.stats.clusters import Clusters, codes, group_count
from broker.stats.proportions import share


def per_right(
    costs: Sequence[float],
    right: Sequence[float],
    clusters: Clusters | None = None,
    confidence: float = 0.95,
    resamples: int = 1_999,
) -> Estimate:
    """Return sum(costs) / sum(right), `right` being 1 or 0 for each: the mean cost over the share right.

    The interval is put together from theirs on the logarithm, with the correlation of cost and success
    (MOVER: Zou and Donner 2008, Statistics in Medicine 27:1693; for ratios Donner and Zou 2012, Statistical
    Methods in Medical Research 21:347): the mean's bootstrap-t, and the share's score interval, which knows
    that no wrong answer seen is not none to come. A bootstrap of the ratio itself does not. `value` is
    `None` where nothing is right, limits where one group is all.
    """
    n, groups = len(costs), group_count(len(costs), clusters)
    method = f"MOVER of bootstrap-t and score interval, {groups} groups"
    cost, rate = mean(costs, clusters, confidence, resamples), share(right, clusters, confidence)
    if not cost.value or not rate.value:
        return Estimate(0.0 if rate.value and cost.value == 0 else None, None, None, n, method)
    value, fixed = cost.value / rate.value, min(costs) == max(costs)  # nothing uncertain in the mean
    lowest, highest = (cost.value, cost.value) if fixed else (cost.low, cost.high)
    if groups < 2 or not lowest or not rate.low or rate.high is None:
        return Estimate(value, None, None, n, method)
    alike = _correlation(costs, right, clusters)
    low = _reach(log(cost.value / lowest), log(rate.high / rate.value), alike)
    if highest is None:
        return Estimate(value, value * exp(-low), None, n, method)
    high = _reach(log(highest / cost.value), log(rate.value / rate.low), alike)
    return Estimate(value, value * exp(-low), value * exp(high), n, method)


def _reach(cost: float, rate: float, correlation: float) -> float:
    """Return how far the limit of a difference of logarithms lies from it."""
    return sqrt(max(0.0, cost * cost + rate * rate - 2 * correlation * cost * rate))


def _correlation(costs: Sequence[float], right: Sequence[float], clusters: Clusters | None) -> float:
    """Return that of mean cost and share right, from the groups' totals; 0 where one does not vary."""
    import numpy as np

    cost, success = np.asarray(costs, dtype=float), np.asarray(right, dtype=float)
    group = codes(len(costs), clusters)
    a, b = (np.bincount(group, weights=each / each.mean() - 1) for each in (cost, success))
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norm if norm > 1e-9 else 0.0
