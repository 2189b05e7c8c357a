"""Samples that are no independent evidence: epochs of one sample, samples of one document."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Clusters = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean of values and how uncertain it is.

    `variance` is that of the mean, `dof` its degrees of freedom, `tail_dof` the same where few clusters
    carry all the variation, `kish` the design effect if all members of a cluster were alike.
    """

    mean: float
    variance: float
    dof: float
    tail_dof: float
    groups: int
    kish: float


def by_sample(scores: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return each sample's mean over its epochs, from (sample id, score) in any order.

    Epochs of a sample are averaged first: they tell more of the sample, nothing of other samples
    (Miller 2024, "Adding Error Bars to Evals", section 3.1).
    """
    rows = list(scores)
    if len(once := dict(rows)) == len(rows):
        return once
    epochs: dict[str, list[float]] = {}
    for sample, score in rows:
        epochs.setdefault(sample, []).append(score)
    return {sample: sum(values) / len(values) for sample, values in epochs.items()}


def group_count(n: int, clusters: Clusters | None) -> int:
    """Return how many independent units n samples are."""
    return n if clusters is None else len(set(clusters) - {None}) + list(clusters).count(None)


def codes(n: int, clusters: Clusters | None) -> "NDArray[np.intp]":
    """Return each sample's group number, from 0; a sample without a cluster is a group of its own."""
    import numpy as np

    if clusters is None:
        return np.arange(n)
    if len(clusters) != n:
        raise ValueError(f"{n} values but {len(clusters)} clusters")
    numbers: dict[object, int] = {}
    keys = ((index,) if name is None else name for index, name in enumerate(clusters))
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.intp)


def kish(n: int, clusters: Clusters | None) -> float:
    """Return the design effect if all members of a cluster were alike (Kish 1965): Σ size² / n."""
    sizes = Counter(name for name in clusters or () if name is not None)
    alone = n - sizes.total()
    return (alone + sum(size**2 for size in sizes.values())) / n


def spread(values: Sequence[float], clusters: Clusters | None = None) -> Spread | None:
    """Return the mean with its cluster-robust variance; `None` for fewer than two groups.

    The variance is the sandwich of Miller (2024) in its bias-reduced form CR2, which is unbiased for
    independent values whatever the cluster sizes; `dof` are Satterthwaite's for it (Bell and McCaffrey 2002,
    Survey Methodology 28:169). Without clusters this is s²/n with n - 1. `tail_dof` are Satterthwaite's
    2v²/Var(v) with the variance of v taken from the fourth powers of the clusters' totals: a few clusters
    that hold all failures are fewer pieces of evidence than their number says.
    """
    import numpy as np

    x, group = np.asarray(values, dtype=float), codes(len(values), clusters)
    groups = int(group.max()) + 1 if len(x) else 0
    if groups < 2:
        return None
    n, mean = len(x), float(x.mean())
    sizes = np.bincount(group)
    factors = 1 / (1 - sizes / n)
    squares = np.bincount(group, weights=x - mean) ** 2
    crossed = sizes**2 * factors
    trace = float((sizes**2).sum() / n**2 + (crossed.sum() ** 2 - (crossed**2).sum()) / n**4)
    dof = 1 / trace
    return Spread(
        mean=mean,
        variance=float((squares * factors).sum()) / n**2,
        dof=dof,
        tail_dof=min(dof, _tail_dof(float(squares.sum()), float((squares**2).sum()), groups)),
        groups=groups,
        kish=kish(n, clusters),
    )


def _tail_dof(squares: float, fourths: float, groups: int) -> float:
    """Return 2v²/Var(v) for the mean of squared totals, at least 1."""
    surplus = fourths / squares**2 - 1 / groups if squares > 0 else 0.0
    return max(1.0, 2 / surplus) if surplus > 0 else float("inf")
