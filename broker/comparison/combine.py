"""Estimates of independent things put together: a weighted mean over suites, the difference of two offers."""

from collections.abc import Iterable, Sequence
from math import sqrt

from broker.stats import Estimate


def weighted_mean(parts: Sequence[tuple[float, Estimate]]) -> Estimate:
    """The mean of estimates by their weights, each of samples of its own; with weights all 0, all alike."""
    total = sum(weight for weight, _ in parts)
    weights = [weight / total if total else 1 / len(parts) for weight, _ in parts]
    estimates = [estimate for _, estimate in parts]
    if len(estimates) == 1:
        return estimates[0]
    return linear(zip(weights, estimates, strict=True))


def difference(a: Estimate, b: Estimate) -> Estimate:
    """What b is more than a, each of samples of its own."""
    return linear([(-1.0, a), (1.0, b)])


def linear(parts: Iterable[tuple[float, Estimate]]) -> Estimate:
    """The sum of independent estimates, each times its weight, which may be negative.

    Its limits lie as far from it as the root of the summed squares of the parts' own distances: MOVER (Zou
    and Donner 2008, Statistics in Medicine 27:1693), which keeps their lopsidedness. `n` is the sum. One
    unknown value makes the sum unknown, one unknown limit the limits.
    """
    known = [(weight, one) for weight, one in parts if weight]
    n, method = sum(one.n for _, one in known), f"MOVER of {len(known)}"
    values = [weight * one.value for weight, one in known if one.value is not None]
    if not known or len(values) < len(known):
        return Estimate(None, None, None, n, method)
    value = sum(values)
    below, above = _reach(known, -1), _reach(known, 1)
    low = None if below is None else value - below
    return Estimate(value, low, None if above is None else value + above, n, method)


def _reach(parts: Sequence[tuple[float, Estimate]], side: int) -> float | None:
    """How far the limit of a sum is from it, above (1) or below (-1); a negative weight swaps the sides."""
    squares = 0.0
    for weight, one in parts:
        limit = one.high if weight * side > 0 else one.low
        if limit is None or one.value is None:
            return None
        squares += (weight * (limit - one.value)) ** 2
    return sqrt(squares)
