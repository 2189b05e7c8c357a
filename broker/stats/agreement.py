"""Labels: how far a judge agrees with people, how well answers match the right labels."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from broker.stats import Estimate
from broker.stats.bootstrap import resampled
from broker.stats.clusters import Clusters, codes, group_count, kish, spread
from broker.stats.proportions import score_limits, student_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def confusion(targets: Sequence[Hashable], answers: Sequence[Hashable]) -> Counter[tuple[Hashable, Hashable]]:
    """Return how often each (target, answer) occurs."""
    return Counter(zip(targets, answers, strict=True))


def kappa(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    clusters: Clusters | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Return Cohen's kappa, agreement beyond chance (Cohen 1960), with an interval.

    The standard error is that of Fleiss, Cohen and Everitt (1969, Psychological Bulletin 72:323); with
    clusters that of their linearised form summed up by cluster, never less. Taken at face value it gives no
    width to perfect agreement and holds too seldom near it; so it sets the effective number of samples (never
    more than there are) of a score interval for the observed agreement, and that is carried over to kappa at
    the observed chance agreement. `None` where one label is all there is.
    """
    counts, n = confusion(first, second), len(first)
    agreed, chance = _agreement(counts)
    if chance == 1:
        return Estimate(None, None, None, n, "kappa")
    value, groups = (agreed - chance) / (1 - chance), group_count(n, clusters)
    known = spread(_influences(first, second, counts), clusters)
    if known is None:
        return Estimate(value, None, None, n, "kappa")
    clustered, dof = (known.variance, known.tail_dof) if groups < n else (0.0, n - 1)
    nominal = agreed * (1 - agreed) / n / (1 - chance) ** 2
    variance = max(kappa_variance(counts), clustered)
    effect = max(1.0, variance / nominal) if nominal > 0 else known.kish
    limits = score_limits(agreed, n / effect, student_quantile(confidence, dof))
    low, high = ((limit - chance) / (1 - chance) for limit in limits)
    return Estimate(value, low, high, n, f"kappa, score interval, {groups} groups")


def kappa_variance(counts: Counter[tuple[Hashable, Hashable]]) -> float:
    """Return the large-sample variance of kappa for independent samples (Fleiss, Cohen and Everitt 1969)."""
    n, (agreed, chance) = counts.total(), _agreement(counts)
    first, second = _margins(counts)
    rest = (1 - agreed) / (1 - chance)
    agreeing = off = 0.0
    for (one, other), count in counts.items():
        if one == other:
            agreeing += count / n * (1 - (first[one] + second[one]) / n * rest) ** 2
        else:
            off += count / n * ((second[one] + first[other]) / n) ** 2
    return (agreeing + rest**2 * off - (1 - rest - chance * rest) ** 2) / (1 - chance) ** 2 / n


def _influences(
    first: Sequence[Hashable], second: Sequence[Hashable], counts: Counter[tuple[Hashable, Hashable]]
) -> list[float]:
    """Return how far each sample moves kappa, times n: their mean square over n is its variance."""
    n, (agreed, chance), (ones, others) = counts.total(), _agreement(counts), _margins(counts)
    rest = (1 - agreed) / (1 - chance)
    return [
        ((one == other) - rest * (ones[other] + others[one]) / n) / (1 - chance)
        for one, other in zip(first, second, strict=True)
    ]


def macro_f1(
    targets: Sequence[Hashable],
    answers: Sequence[Hashable],
    clusters: Clusters | None = None,
    confidence: float = 0.95,
    resamples: int = 1_999,
) -> Estimate:
    """Return the mean over the targets' labels of F1 = 2TP / (2TP + FP + FN), with an interval.

    F1 is van Rijsbergen's (Rijsbergen 1979, Information Retrieval, chapter 7), its mean over labels macro
    averaging (Lewis 1991). An answer that is no label counts against its target's recall alone. The
    bootstrap (Efron and Tibshirani 1993; whole groups drawn
    again; a label that a draw lacks is left out of its mean) gives the standard error, and that the effective
    number of samples, never more than there are, of a score interval: near 1, percentile and BCa intervals
    hold far less often than they say. With fewer than about ten samples a label it is somewhat too narrow.
    """
    import numpy as np

    n, groups = len(targets), group_count(len(targets), clusters)
    if n == 0:
        return Estimate(None, None, None, 0, "macro-F1")
    labels = sorted(set(targets), key=repr)
    right = np.array([[target == label for label in labels] for target in targets], dtype=float)
    said = np.array([[answer == label for label in labels] for answer in answers], dtype=float)
    members = codes(n, clusters)
    sums = np.zeros((groups, 2 * len(labels)))
    np.add.at(sums, members, np.hstack([2 * right * said, right + said]))

    def mean_f1(counts: "NDArray[np.float64]") -> "NDArray[np.float64]":
        hits, cases = np.split(counts @ sums, 2, axis=-1)
        return np.where(cases > 0, hits / np.maximum(cases, 1), 0).sum(axis=-1) / (cases > 0).sum(axis=-1)

    value = float(mean_f1(np.ones(groups)))
    if groups < 2:
        return Estimate(value, None, None, n, "macro-F1")
    variance = float(resampled(groups, mean_f1, resamples).var(ddof=1))
    nominal = value * (1 - value) / n
    effect = max(1.0, variance / nominal) if nominal > 0 else kish(n, clusters)
    low, high = score_limits(value, n / effect, student_quantile(confidence, groups - 1))
    return Estimate(value, low, high, n, f"macro-F1, {groups} groups")


def _margins(counts: Counter[tuple[Hashable, Hashable]]) -> tuple[Counter[Hashable], Counter[Hashable]]:
    """Return how often each label was given first and second."""
    first, second = Counter[Hashable](), Counter[Hashable]()
    for (one, other), count in counts.items():
        first[one] += count
        second[other] += count
    return first, second


def _agreement(counts: Counter[tuple[Hashable, Hashable]]) -> tuple[float, float]:
    """Return the share that agrees, and the share that chance alone would make agree; 1 where none are."""
    n, (first, second) = counts.total(), _margins(counts)
    if n == 0:
        return 1.0, 1.0
    agreed = sum(counts[label, label] for label in first) / n
    return agreed, sum(count * second[label] for label, count in first.items()) / n**2
