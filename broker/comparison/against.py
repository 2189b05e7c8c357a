"""Two offers on the chosen suites: how far one is from the other, sample by sample where that can be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from broker.comparison.combine import difference, weighted_mean
from broker.comparison.suites import Found
from broker.results.summary import Summary
from broker.stats import Estimate
from broker.stats.paired import both_answered, paired_limits

Weighted = Sequence[tuple[str, int]]  # suites with their weights
_UNKNOWN = Estimate(None, None, None, 0, "unknown")


def over_suites(suites: Weighted, a: Mapping[str, Found], b: Mapping[str, Found]) -> Estimate:
    """How much better b is than a over all suites by their weights; unknown where one lacks a suite."""
    if not suites or any(name not in a or name not in b for name, _ in suites):
        return _UNKNOWN
    return weighted_mean([(weight, on_suite(a[name], b[name])) for name, weight in suites])


def on_suite(a: Found, b: Found) -> Estimate:
    """How much better b is than a in one suite, as a share; `method` begins with `paired` or `unpaired`.

    Paired on the samples that were judged of both, with the limits of `broker.stats.paired.compare`. Where
    those are fewer than two, from the two intervals: MOVER, as Newcombe's (1998) of two proportions.
    """
    one, other = (a.summary, a.offer), (b.summary, b.offer)
    if a.result.suite_id == b.result.suite_id and a.result.measure == b.result.measure:
        turned = (one[0].run_id, one[1]) > (other[0].run_id, other[1])  # either way is worked out once
        found = _turned(_paired(*other, *one)) if turned else _paired(*one, *other)
        if found.value is not None and found.low is not None:
            return found
    apart = difference(a.result.quality, b.result.quality)
    return replace(apart, method=f"unpaired, {apart.method}")


@lru_cache(maxsize=4096)
def _paired(run: Summary, offer: str, other_run: Summary, other: str) -> Estimate:
    """What `other` is better by on shared samples, kept: it depends on nothing that is asked of a page."""
    samples, left, right = both_answered(run.values[offer], other_run.values[other])
    if len(samples) < 2:
        return _UNKNOWN
    differences = [b - a for a, b in zip(left, right, strict=True)]
    grouped = any(run.clusters.values())
    clusters = [run.clusters.get(sample) for sample in samples] if grouped else None
    binary = all(value in (0, 1) for value in (*left, *right))
    limits = paired_limits(differences, clusters, 0.95, binary=binary) or (None, None)
    mean = sum(differences) / len(differences)
    return Estimate(mean, *limits, len(samples), "paired, score interval")


def _turned(one: Estimate) -> Estimate:
    value, low, high = (None if end is None else -end for end in (one.value, one.high, one.low))
    return Estimate(value, low, high, one.n, one.method)
