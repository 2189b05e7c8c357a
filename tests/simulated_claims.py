"""How often claims are made that are false: by full enumeration where possible, else simulated, seeded."""

from functools import cache
from itertools import combinations

import numpy as np

from broker.stats.multiplicity import holm, simultaneous
from broker.stats.paired import difference_limits, mcnemar, paired_limits, sign_flip
from broker.stats.proportions import normal_quantile
from tests.simulated_intervals import clustered, difficulty, draws, holds, names, tables, tango


def false_claims(n: int, discordance: float) -> float:
    """Return how often two offers that are alike are told apart: test and interval both say so."""
    return sum(
        p
        for lost, won, p in tables(n, discordance / 2, discordance / 2)
        if mcnemar(lost, won) <= 0.05 and not holds(tango(won, lost, n), 0)
    )


def false_alarms(groups: int, size: int, times: int = 4_000) -> float:
    """Return how often the permutation test tells offers apart that are alike, cluster by cluster."""
    clusters, alarms = names(groups, size), 0
    for rng in draws(times, 5):
        rates = rng.beta(4, 1, groups)[:, None]
        a, b = (rng.binomial(2, np.repeat(rates, size, axis=1)) / 2 for _ in range(2))
        alarms += sign_flip((b - a).ravel().tolist(), clusters) <= 0.05
    return alarms / times


@cache
def exact_p(only_a: int, only_b: int) -> float:
    return mcnemar(only_a, only_b)


def family_alarms(offers: int, n: int, rate: float, lead: float = 0, times: int = 2_000) -> float:
    """Return how often any two offers that are alike are told apart, of all pairs, after Holm.

    One offer is better than the rest by `lead`: then the others alone are alike.
    """
    couples, alarms = list(combinations(range(offers), 2)), 0
    for rng in draws(times, 31):
        ease = difficulty(rng, n, rate)
        passed = [rng.random(n) < ease + (lead if offer == 0 else 0) for offer in range(offers)]
        p = [
            exact_p(int((passed[a] & ~passed[b]).sum()), int((passed[b] & ~passed[a]).sum()))
            for a, b in couples
        ]
        alarms += any(
            adjusted <= 0.05 for adjusted, (a, _) in zip(holm(p), couples, strict=True) if a > 0 or not lead
        )
    return alarms / times


def family_alarms_graded(offers: int, groups: int, size: int, times: int = 800) -> float:
    """Return the same for graded scores and whole documents, by the permutation test."""
    clusters, alarms = names(groups, size), 0
    for rng in draws(times, 32):
        rates = rng.beta(4, 1, groups)[:, None]
        scores = [rng.binomial(2, np.repeat(rates, size, axis=1)).ravel() / 2 for _ in range(offers)]
        couples = combinations(scores, 2)
        alarms += min(holm([sign_flip((b - a).tolist(), clusters) for a, b in couples])) <= 0.05
    return alarms / times


def margin_claims(n: int, margin: float, discordance: float) -> float:
    """Return how often B is called no more than a margin worse though it is just that much worse."""
    worse, better = (discordance + margin) / 2, (discordance - margin) / 2
    return sum(p for lost, won, p in tables(n, worse, better) if tango(won, lost, n)[0] > -margin)


def margin_claims_clustered(groups: int, size: int, margin: float, rate: float, times: int = 4_000) -> float:
    clusters, wrong = names(groups, size), 0
    for rng in draws(times, 33):
        a, b = (clustered(rng, groups, size, each, 0.2) for each in (rate, rate - margin))
        limits = paired_limits((b - a).tolist(), clusters, 0.95, binary=True)
        wrong += limits is not None and limits[0] > -margin
    return wrong / times


def margin_claims_epochs(n: int, margin: float, rate: float, times: int = 4_000) -> float:
    wrong = 0
    for rng in draws(times, 34):
        ease = rng.random(n)
        a, b = (
            rng.binomial(3, np.where(ease < each, 0.5 + each / 2, each / 2)) / 3
            for each in (rate, rate - margin)
        )
        limits = paired_limits((b - a).tolist(), None, 0.95, binary=False)
        wrong += limits is not None and limits[0] > -margin
    return wrong / times


def margin_family(offers: int, n: int, margin: float, rate: float, times: int = 2_000) -> float:
    """Return how often any of several offers that are just the margin worse is called within it."""
    confidence, wrong = simultaneous(offers * (offers - 1) // 2), 0
    for rng in draws(times, 38):
        ease = difficulty(rng, n, rate)
        first = rng.random(n) < ease
        others = [rng.random(n) < ease - margin * ease / rate for _ in range(offers - 1)]
        counts = [(int((one & ~first).sum()), int((first & ~one).sum())) for one in others]
        wrong += any(limits_at(*each, n, confidence)[0] > -margin for each in counts)
    return wrong / times


@cache
def limits_at(won: int, lost: int, n: int, confidence: float) -> tuple[float, float]:
    return difference_limits(won, lost, n, normal_quantile(confidence))
