"""Many comparisons at once: one in twenty of them would look real by chance alone."""

from collections.abc import Sequence
from itertools import accumulate


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for their number, in the given order (Holm 1979, Scand. J. Stat. 6:65).

    Those up to 0.05 are wrong together at most 5 % of the time, however the comparisons depend on each
    other.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    scaled = (p_values[index] * (len(order) - rank) for rank, index in enumerate(order))
    adjusted = dict(zip(order, accumulate(scaled, max), strict=True))
    return [min(1.0, adjusted[index]) for index in range(len(order))]


def simultaneous(comparisons: int, confidence: float = 0.95) -> float:
    """Return the confidence that each of so many intervals needs for all to hold together.

    Bonferroni's inequality (Dunn 1961, JASA 56:52).
    """
    return 1 - (1 - confidence) / comparisons
