"""How often intervals hold: by full enumeration where possible, else simulated, seeded."""

from collections.abc import Callable, Iterator
from functools import cache
from statistics import NormalDist

import numpy as np
from scipy.stats import binom

from broker.stats.agreement import kappa, macro_f1
from broker.stats.bootstrap import mean, ratio
from broker.stats.clusters import spread
from broker.stats.paired import difference_limits, paired_limits
from broker.stats.percentiles import percentile
from broker.stats.prediction import total
from broker.stats.proportions import clopper_pearson, share, student_quantile, wilson
from broker.stats.unit_cost import per_right

Limits = tuple[float | None, float | None]


def holds(limits: Limits, truth: float) -> bool:
    low, high = limits
    return (low is None or low <= truth) and (high is None or truth <= high)


# Enumerated: every outcome with its probability, no luck involved.


def coverage(interval: Callable[[int, int], object], n: int, rates: np.ndarray) -> np.ndarray:
    """Return how often an interval for a count holds, for each true rate."""
    counts = np.arange(n + 1)
    found = [interval(int(count), n) for count in counts]
    low, high = (np.array([getattr(each, end) for each in found]) for end in ("low", "high"))
    inside = (low <= rates[:, None]) & (rates[:, None] <= high)
    return (binom.pmf(counts, n, rates[:, None]) * inside).sum(axis=1)


def wilson_least(n: int) -> float:
    return float(coverage(wilson, n, np.linspace(0.5, 0.97, 471)).min())


def wilson_most(n: int) -> float:
    return float(coverage(wilson, n, np.linspace(0.5, 0.97, 471)).max())


def wilson_coverage(n: int, rate: float) -> float:
    """Return the mean coverage in a band about the rate: at one rate it is a matter of luck which counts
    fall inside, and the next rate has other luck (Brown, Cai and DasGupta 2001, figures 1 to 5)."""
    return float(coverage(wilson, n, np.linspace(rate - 0.02, rate + 0.02, 201)).mean())


def exact_coverage(n: int) -> float:
    return float(coverage(clopper_pearson, n, np.linspace(0.5, 0.99, 99)).min())


def percentile_coverage(n: int, part: float) -> float:
    found = percentile([float(value) for value in range(1, n + 1)], part)
    below = 1.0 if found.high is None else float(binom.cdf(found.high - 1, n, part))
    return below - (0.0 if found.low is None else float(binom.cdf(found.low - 1, n, part)))


def tables(n: int, only_a: float, only_b: float) -> Iterator[tuple[int, int, float]]:
    """Yield the discordant counts of n samples with their probability, all but one part in a million."""
    for lost in range(n + 1):
        weight = binom.pmf(lost, n, only_a)
        if weight > 1e-8:
            won = np.arange(n - lost + 1)
            chances = weight * binom.pmf(won, n - lost, only_b / (1 - only_a))
            yield from ((lost, int(count), chances[count]) for count in won[chances > 1e-9])


@cache
def tango(won: int, lost: int, n: int) -> tuple[float, float]:
    return difference_limits(won, lost, n, 1.959964)


def tango_coverage(n: int, only_a: float, only_b: float) -> float:
    cases = tables(n, only_a, only_b)
    return sum(p for lost, won, p in cases if holds(tango(won, lost, n), only_b - only_a))


# Simulated: seeded, so that a run says the same each time.


def draws(times: int, seed: int) -> Iterator[np.random.Generator]:
    rng = np.random.default_rng(seed)
    return (rng for _ in range(times))


def clustered(rng: np.random.Generator, groups: int, size: int, rate: float, alike: float) -> np.ndarray:
    """Return passes of equal clusters whose own rates vary so that two members correlate by `alike`."""
    weight = (1 - alike) / alike
    rates = rng.beta(rate * weight, (1 - rate) * weight, groups)
    return (rng.random((groups, size)) < rates[:, None]).ravel().astype(float)


def names(groups: int, size: int) -> list[str]:
    return [str(number // size) for number in range(groups * size)]


def clustered_share(groups: int, size: int, rate: float, alike: float, times: int = 1_500) -> float:
    clusters = names(groups, size)
    found = (share(clustered(rng, groups, size, rate, alike).tolist(), clusters) for rng in draws(times, 1))
    return sum(holds((each.low, each.high), rate) for each in found) / times


def student_share(groups: int, size: int, rate: float, alike: float, times: int = 1_500) -> float:
    """Return the same for the interval we do not use: the mean, give or take t standard errors."""
    held, clusters = 0, names(groups, size)
    for rng in draws(times, 1):
        known = spread(clustered(rng, groups, size, rate, alike).tolist(), clusters)
        half = student_quantile(0.95, known.dof) * known.variance**0.5
        held += holds((known.mean - half, known.mean + half), rate)
    return held / times


def difficulty(rng: np.random.Generator, n: int, rate: float) -> np.ndarray:
    """Return how likely each sample is passed: some are easy, some hard."""
    return rng.beta(rate * 3, (1 - rate) * 3, n)


def epochs_share(n: int, rate: float, times: int = 4_000) -> float:
    found = (share((rng.binomial(3, difficulty(rng, n, rate)) / 3).tolist()) for rng in draws(times, 2))
    return sum(holds((each.low, each.high), rate) for each in found) / times


def graded_difference(n: int, first: float, second: float, times: int = 1_500) -> float:
    """Return the coverage for two offers asked three times each; what is hard for one is for the other."""
    held = 0
    for rng in draws(times, 3):
        ease = rng.random(n)
        a, b = (
            rng.binomial(3, np.where(ease < rate, 0.5 + rate / 2, rate / 2)) / 3 for rate in (first, second)
        )
        limits = paired_limits((b - a).tolist(), None, 0.95, binary=False)
        held += holds(limits or (None, None), second - first)
    return held / times


def clustered_difference(groups: int, size: int, first: float, second: float, times: int = 1_500) -> float:
    clusters, held = names(groups, size), 0
    for rng in draws(times, 4):
        a, b = (clustered(rng, groups, size, rate, 0.2) for rate in (first, second))
        limits = paired_limits((b - a).tolist(), clusters, 0.95, binary=True)
        held += holds(limits or (None, None), second - first)
    return held / times


def unit_cost(n: int, rate: float, tail: float, times: int = 1_500) -> float:
    """Return the coverage of cost per right answer; costs are lognormal, those of wrong answers half more."""
    held = 0
    truth = np.exp(tail**2 / 2) * (rate + 1.5 * (1 - rate)) / rate
    for rng in draws(times, 6):
        right = rng.random(n) < rate
        cost = rng.lognormal(0, tail, n) * np.where(right, 1, 1.5)
        found = per_right(cost.tolist(), right.astype(float).tolist(), resamples=999)
        held += holds((found.low, found.high), truth)
    return held / times


def unit_cost_clustered(groups: int, size: int, rate: float, tail: float, times: int = 1_000) -> float:
    """Return the same where documents differ in how hard and how long they are."""
    held, clusters = 0, names(groups, size)
    for rng in draws(times, 35):
        right = clustered(rng, groups, size, rate, 0.2)
        cost = np.exp(tail * normals(rng, groups, size, 0.5))
        found = per_right(cost.tolist(), right.tolist(), clusters, resamples=999)
        held += holds((found.low, found.high), np.exp(tail**2 / 2) / rate)
    return held / times


def cost_over(n: int, tail: float, times: int = 1_500) -> float:
    """Return the coverage of B's cost over A's; what is long for one is for the other."""
    held = 0
    for rng in draws(times, 36):
        size = rng.lognormal(0, tail * 0.7, n)
        a, b = (size * rng.lognormal(0, tail * 0.7, n) for _ in range(2))
        found = ratio((0.6 * b).tolist(), a.tolist(), resamples=999)
        held += holds((found.low, found.high), 0.6)
    return held / times


def bill(n: int, count: int, tail: float, times: int = 2_000) -> float:
    """Return how often the sum of lognormal amounts to come lies within what n of them foretell."""
    held = 0
    for rng in draws(times, 37):
        limits = total(rng.lognormal(5, tail, n).tolist(), count)
        held += holds(limits, rng.lognormal(5, tail, count).sum())
    return held / times


def normals(rng: np.random.Generator, groups: int, size: int, alike: float) -> np.ndarray:
    """Return standard normal values of equal clusters, any two of which correlate by `alike`."""
    shared = np.repeat(rng.normal(0, alike**0.5, groups), size)
    return shared + rng.normal(0, (1 - alike) ** 0.5, groups * size)


def clustered_percentile(groups: int, size: int, part: float, alike: float, times: int = 1_000) -> float:
    """Return the coverage for waiting times that documents, or epochs of a sample, have in common."""
    held, clusters = 0, names(groups, size)
    truth = NormalDist().inv_cdf(part)
    for rng in draws(times, 21):
        found = percentile(normals(rng, groups, size, alike).tolist(), part, clusters)
        held += holds((found.low, found.high), truth)
    return held / times


def mean_cost(n: int, tail: float, times: int = 2_000) -> float:
    found = (mean(rng.lognormal(0, tail, n).tolist(), resamples=999) for rng in draws(times, 7))
    return sum(holds((each.low, each.high), np.exp(tail**2 / 2)) for each in found) / times


def kappa_coverage(n: int, prevalence: float, truth: float, times: int = 2_000) -> float:
    shares = np.array([prevalence, 1 - prevalence])
    table = truth * np.diag(shares) + (1 - truth) * np.outer(shares, shares)
    held = 0
    for rng in draws(times, 8):
        cells = rng.choice(4, n, p=table.ravel())
        found = kappa((cells // 2).tolist(), (cells % 2).tolist())
        held += holds((found.low, found.high), truth)
    return held / times


def f1_coverage(n: int, labels: int, rate: float, times: int = 2_000) -> float:
    """Return the coverage for even labels, each mistaken evenly for the others: F1 is then the rate."""
    held = 0
    for rng in draws(times, 9):
        targets = rng.integers(0, labels, n)
        slips = rng.integers(1, labels, n) * (rng.random(n) >= rate)
        found = macro_f1(targets.tolist(), ((targets + slips) % labels).tolist(), resamples=299)
        held += holds((found.low, found.high), rate)
    return held / times
