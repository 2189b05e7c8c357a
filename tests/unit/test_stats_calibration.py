"""How often the intervals hold and the tests cry wolf: by full enumeration where possible, else simulated.

`PYTHONPATH=. python tests/unit/test_stats_calibration.py` prints the table of docs/statistics.md.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from scipy.stats import binom

from broker.stats.agreement import kappa, macro_f1
from broker.stats.bootstrap import mean, ratio
from broker.stats.clusters import spread
from broker.stats.paired import difference_limits, mcnemar, paired_limits, sign_flip
from broker.stats.percentiles import percentile
from broker.stats.proportions import clopper_pearson, share, student_quantile, wilson

LOW, HIGH = 0.935, 0.965
SIZES, RATES = (40, 100, 300, 1_000), (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97)
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


def false_claims(n: int, discordance: float) -> float:
    """Return how often two offers that are alike are told apart: test and interval both say so."""
    return sum(
        p
        for lost, won, p in tables(n, discordance / 2, discordance / 2)
        if mcnemar(lost, won) <= 0.05 and not holds(tango(won, lost, n), 0)
    )


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


def false_alarms(groups: int, size: int, times: int = 4_000) -> float:
    """Return how often the permutation test tells offers apart that are alike, cluster by cluster."""
    clusters, alarms = names(groups, size), 0
    for rng in draws(times, 5):
        rates = rng.beta(4, 1, groups)[:, None]
        a, b = (rng.binomial(2, np.repeat(rates, size, axis=1)) / 2 for _ in range(2))
        alarms += sign_flip((b - a).ravel().tolist(), clusters, resamples=199) <= 0.05
    return alarms / times


def cost_ratio(n: int, rate: float, tail: float, times: int = 2_000) -> float:
    """Return the coverage of cost per right answer; costs are lognormal, those of wrong answers half more."""
    held = 0
    truth = np.exp(tail**2 / 2) * (rate + 1.5 * (1 - rate)) / rate
    for rng in draws(times, 6):
        right = rng.random(n) < rate
        cost = rng.lognormal(0, tail, n) * np.where(right, 1, 1.5)
        found = ratio(cost.tolist(), right.astype(float).tolist(), resamples=999)
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


def f1_coverage(n: int, labels: int, rate: float, times: int = 500) -> float:
    """Return the coverage for even labels, each mistaken evenly for the others: F1 is then the rate."""
    held = 0
    for rng in draws(times, 9):
        targets = rng.integers(0, labels, n)
        slips = rng.integers(1, labels, n) * (rng.random(n) >= rate)
        found = macro_f1(targets.tolist(), ((targets + slips) % labels).tolist(), resamples=299)
        held += holds((found.low, found.high), rate)
    return held / times


class Row(NamedTuple):
    """A line of the table: what is measured where, and between which bounds it must be."""

    what: str
    where: str
    measure: Callable[..., float]
    settings: list[tuple[float, ...]]
    low: float = LOW
    high: float = HIGH


EVEN = list(product((20, 60), (5,), (0.5, 0.8, 0.9), (0.1, 0.3)))
FEW = list(product((20, 60), (5,), (0.97,), (0.1, 0.3)))
PAIRS = [
    (40, 0.1, 0.1),
    (40, 0.2, 0.1),
    (40, 0.25, 0.05),
    (100, 0.05, 0.02),
    (100, 0.1, 0.1),
    (100, 0.2, 0.1),
]
PAIRS += [(300, 0.03, 0.03), (300, 0.1, 0.05), (1_000, 0.03, 0.03), (1_000, 0.05, 0.02)]
ROWS = [
    Row(
        "Wilson, share",
        "n 40 to 1,000; rates 0.5 to 0.97, mean over ± 2 points",
        wilson_coverage,
        list(product(SIZES, RATES)),
    ),
    # Exact at every rate, so above 95 % at most: no upper bound is asked.
    Row(
        "Clopper-Pearson, share",
        "n 40 to 300; the worst rate",
        exact_coverage,
        [(40,), (100,), (300,)],
        0.95,
        1,
    ),
    # Ranks are whole numbers: above 95 %. A limit that is missing excludes nothing.
    Row(
        "Ranks, p50 and p95", "n 40 to 1,000", percentile_coverage, list(product(SIZES, (0.5, 0.95))), 0.95, 1
    ),
    Row(
        "Score interval, clusters",
        "20 or 60 of 5; rates 0.5 to 0.9; correlation 0.1, 0.3",
        clustered_share,
        EVEN,
    ),
    # Failures in a handful of clusters: how they spread is then hardly known, and the interval allows for it.
    Row(
        "Score interval, clusters, few failures",
        "20 of 5, 60 of 5 or 100 of 10; rate 0.97; correlation 0.1, 0.3",
        clustered_share,
        [*FEW, (100, 10, 0.97, 0.1), (100, 10, 0.97, 0.3)],
        LOW,
        0.99,
    ),
    Row(
        "*Not used:* mean ± t standard errors",
        "20 or 60 of 5; rate 0.97; correlation 0.1, 0.3",
        student_share,
        FEW,
        0,
        LOW,
    ),
    Row(
        "Score interval, three epochs",
        "n 40 to 300; rates 0.5 to 0.97",
        epochs_share,
        [(40, 0.5), (40, 0.8), (100, 0.9), (300, 0.97)],
    ),
    Row(
        "Tango, paired passes",
        "n 40 to 1,000; 4 or more discordant samples expected",
        tango_coverage,
        PAIRS,
    ),
    # So few that hardly any table excludes the truth: too often is the price of whole numbers.
    Row(
        "Tango, paired passes, hardly any discordant",
        "2 or 3 expected",
        tango_coverage,
        [(40, 0.03, 0.03), (40, 0.05, 0.02), (100, 0.01, 0.01)],
        LOW,
        1,
    ),
    Row(
        "Paired difference, three epochs",
        "n 40 to 300",
        graded_difference,
        [(40, 0.5, 0.6), (40, 0.8, 0.8), (100, 0.9, 0.85), (300, 0.97, 0.93)],
    ),
    Row(
        "Paired difference, clusters",
        "20 or 60 of 5, 50 of 2; correlation 0.2",
        clustered_difference,
        [(20, 5, 0.5, 0.6), (20, 5, 0.8, 0.85), (60, 5, 0.9, 0.9), (50, 2, 0.8, 0.7)],
    ),
    Row(
        "Bootstrap-t, cost per right answer",
        "n 40 to 300; costs of log-deviation 0.5, 0.8",
        cost_ratio,
        [(40, 0.5, 0.5), (100, 0.8, 0.5), (100, 0.8, 0.8), (300, 0.97, 0.5, 800)],
    ),
    Row(
        "Bootstrap-t, cost per right answer, hard cases",
        "n 40 with one wrong expected, or log-deviation 1.2",
        cost_ratio,
        [(40, 0.97, 0.3), (100, 0.8, 1.2)],
        0.9,
    ),
    Row(
        "Bootstrap-t, mean cost",
        "n 40, 100; log-deviation 0.3 to 0.8",
        mean_cost,
        [(40, 0.3), (40, 0.6), (100, 0.8)],
    ),
    Row(
        "Kappa",
        "n 40 to 300; two labels, 0.5 and 0.8 of one",
        kappa_coverage,
        [(40, 0.5, 0.5), (40, 0.8, 0.8), (100, 0.5, 0.8), (300, 0.8, 0.9)],
    ),
    Row(
        "Macro-F1",
        "n 40 to 300; 2 to 5 labels, 20 or more of each",
        f1_coverage,
        [(40, 2, 0.8), (100, 4, 0.7), (100, 5, 0.9), (300, 5, 0.97)],
        LOW,
        0.975,
    ),
    # McNemar's exact test keeps 5 % always; what is left for test and interval together is less.
    Row(
        "*Alike:* claims by McNemar and Tango",
        "n 40 to 300; discordance 0.02 to 0.4",
        false_claims,
        list(product((40, 100, 300), (0.02, 0.06, 0.2, 0.4))),
        0,
        0.05,
    ),
    Row(
        "*Alike:* permutation test",
        "40 samples; 20 clusters of 5",
        false_alarms,
        [(40, 1), (20, 5)],
        0,
        0.055,
    ),
]


@pytest.mark.parametrize(
    ("row", "settings"),
    [pytest.param(row, each, id=f"{row.what} {each}") for row in ROWS for each in row.settings],
)
def test_calibration(row: Row, settings: tuple[float, ...]) -> None:
    assert row.low <= row.measure(*settings) <= row.high


def test_the_page_has_every_row() -> None:
    page = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text()
    assert [row.what for row in ROWS if f"| {row.what} | {row.where} |" not in page] == []


def table() -> Iterator[str]:
    """Yield the lines of the page's table."""
    yield "| interval or test | where | least | most |\n|---|---|---|---|"
    for row in ROWS:
        found = [row.measure(*settings) for settings in row.settings]
        yield f"| {row.what} | {row.where} | {min(found):.1%} | {max(found):.1%} |"


if __name__ == "__main__":
    print(*table(), sep="\n")
