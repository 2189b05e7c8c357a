"""Two runs of one version of a suite: what a newer one fixed and what it broke."""

from dataclasses import dataclass

from broker.results import Measure, RunResults
from broker.stats import Comparison
from broker.stats.paired import both_answered, compare
from broker.verdicts import Verdict, verdict


@dataclass(frozen=True, slots=True)
class Regression:
    """An offer in the later run against itself in the earlier one, on the samples judged in both.

    `fixed` and `broken` are the samples that came out better or worse, in the suite's order.
    """

    offer: str
    measure: Measure
    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    comparison: Comparison
    verdict: Verdict


def regressions(before: RunResults, after: RunResults) -> list[Regression]:
    """Every offer that is in both runs; raises `ValueError` where they are not of the same suite version."""
    if before.suite_id != after.suite_id:
        raise ValueError("Only two runs of the same version of a suite can be compared sample by sample.")
    return [_offer(before, after, offer) for offer in before.offers if offer in after.offers]


def _offer(before: RunResults, after: RunResults, offer: str) -> Regression:
    measure = before.measure if before.measure == after.measure else "score"
    samples, old, new = both_answered(before.by_sample(offer, measure), after.by_sample(offer, measure))
    comparison = compare(old, new, before.clusters_of(samples))
    change = dict(zip(samples, (b - a for a, b in zip(old, new, strict=True)), strict=True))
    names = (f"{before.labels[offer]} then", f"{after.labels[offer]} now")
    return Regression(
        offer,
        measure,
        tuple(key for key in before.clusters if change.get(key, 0) > 0),
        tuple(key for key in before.clusters if change.get(key, 0) < 0),
        comparison,
        verdict(*names, comparison),
    )
