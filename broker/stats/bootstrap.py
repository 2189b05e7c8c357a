"""Means and ratios of quantities without an upper end: money, tokens, seconds."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from broker.stats import Estimate
from broker.stats.clusters import Clusters, codes, group_count

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def mean(
    values: Sequence[float],
    clusters: Clusters | None = None,
    confidence: float = 0.95,
    resamples: int = 1_999,
) -> Estimate:
    """Return the mean of positive values, such as costs, with the interval of `ratio` (Hall 1988)."""
    return ratio(values, [1.0] * len(values), clusters, confidence, resamples)


def ratio(
    above: Sequence[float],
    below: Sequence[float],
    clusters: Clusters | None = None,
    confidence: float = 0.95,
    resamples: int = 1_999,
) -> Estimate:
    """Return sum(above) / sum(below), one pair a sample: cost per correct answer, B's cost over A's.

    The interval is the bootstrap-t on the logarithm (Hall 1988, Annals of Statistics 16:927):
    whole groups are drawn again, and each draw is measured in its own standard error. Few wrong answers or
    long tails bend percentile intervals and Fieller's more. `value` is `None` where the divisor is 0;
    limits are `None` where the values show no spread, and where so few samples carry the divisor (three right
    answers, say) that a draw often holds none.
    """
    import numpy as np

    n, groups = len(above), group_count(len(above), clusters)
    method = f"bootstrap-t, {groups} groups"
    if n == 0 or sum(below) <= 0:
        return Estimate(None, None, None, n, method)
    value, group = sum(above) / sum(below), codes(n, clusters)
    top, bottom = (np.bincount(group, weights=np.asarray(side, dtype=float)) for side in (above, below))
    moments = np.stack([top, bottom, top * top, top * bottom, bottom * bottom], axis=1)
    centre, error = _log_ratio(moments.sum(axis=0))
    if value == 0 or groups < 2 or error < 1e-7:
        return Estimate(value, None, None, n, "no spread: no interval")

    def distance(counts: "NDArray[np.float64]") -> "NDArray[np.float64]":
        centres, errors = _log_ratio(counts @ moments)
        distances = np.where(np.isfinite(centres), (centres - centre) / errors, centres)
        return np.where(np.isnan(distances), 0.0, distances)

    tails = np.quantile(
        resampled(groups, distance, resamples),
        [(1 + confidence) / 2, (1 - confidence) / 2],
        method="inverted_cdf",
    )
    if not np.isfinite(tails).all():
        return Estimate(value, None, None, n, "divisor too rare: no interval")
    with np.errstate(over="ignore"):  # of few groups a draw may show next to no spread
        low, high = (float(end) for end in value * np.exp(-tails * error))
    return Estimate(value, low, high if high < np.inf else None, n, method)


def resampled(
    groups: int, statistic: "Callable[[NDArray[np.float64]], NDArray[np.float64]]", resamples: int
) -> "NDArray[np.float64]":
    """Return a statistic's values when whole groups are drawn again with replacement, the same way always.

    The bootstrap (Efron 1979, Annals of Statistics 7:1) of clusters (Davison and Hinkley 1997, Bootstrap
    Methods, section 3.8). `statistic` takes how often each group was drawn, a row a draw, and returns a
    number for each row. Batches that stay in the processor's cache are three times faster.
    """
    import numpy as np

    drawn, batch = _draws(groups, resamples), _batch(groups)
    with np.errstate(divide="ignore", invalid="ignore"):  # a draw may hold no right answer at all
        found = [statistic(drawn[at : at + batch].astype(float)) for at in range(0, resamples, batch)]
    return np.concatenate(found)


@lru_cache(maxsize=2)
def _draws(groups: int, resamples: int) -> "NDArray[np.uint8]":
    """How often each group (column) comes in each draw (row), kept for the next statistic.

    A byte is enough: of more than 255 groups none is drawn 256 times.
    """
    import numpy as np

    rng, batch, found = np.random.default_rng(0), _batch(groups), list["NDArray[np.uint8]"]()
    for start in range(0, resamples, batch):
        rows = min(batch, resamples - start)
        drawn = rng.integers(groups, size=(rows, groups)) + groups * np.arange(rows)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=rows * groups)
        found.append(counts.reshape(rows, groups).astype(np.uint8))
    return np.concatenate(found)


def _batch(groups: int) -> int:
    """So many draws at a time."""
    return max(1, 50_000 // groups)


def _log_ratio(sums: "NDArray[np.float64]") -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Return log(sum above / sum below) and its standard error, from the sums of the five moments.

    The error is the delta method's: the spread of above_g / sum(above) - below_g / sum(below).
    """
    import numpy as np

    above, below, above2, product, below2 = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = above2 / above**2 - 2 * product / (above * below) + below2 / below**2
        return np.log(above / below), np.sqrt(np.maximum(variance, 0))
