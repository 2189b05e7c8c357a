"""Two runs of one version of a suite: what a newer one fixed and what it broke."""

from dataclasses import dataclass

from broker.results import Measure, RunResults
from broker.stats import Comparison
from broker.stats.multiplicity import holm
from broker.stats.paired import both_answered, compare
from broker.verdicts import Question, Verdict, verdict


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
    """Every offer that is in both runs; what is claimed of them is corrected for their number (Holm).

    Raises `ValueError` where the runs are not of the same suite version.
    """
    if before.suite_id != after.suite_id:
        raise ValueError("Only two runs of the same version of a suite can be compared sample by sample.")
    measure: Measure = before.measure if before.measure == after.measure else "score"
    shared = [offer for offer in before.offers if offer in after.offers]
    found = [_compared(before, after, offer, measure) for offer in shared]
    known = [comparison.p for _, comparison in found if comparison.p is not None]
    adjusted = iter(holm(known))
    return [
        Regression(
            offer,
            measure,
            fixed=tuple(key for key in before.clusters if change.get(key, 0) > 0),
            broken=tuple(key for key in before.clusters if change.get(key, 0) < 0),
            comparison=comparison,
            verdict=verdict(
                f"{before.labels[offer]} then",
                f"{after.labels[offer]} now",
                comparison,
                Question(comparisons=len(known), p=None if comparison.p is None else next(adjusted)),
            ),
        )
        for offer, (change, comparison) in zip(shared, found, strict=True)
    ]


def _compared(
    before: RunResults, after: RunResults, offer: str, measure: Measure
) -> tuple[dict[str, float], Comparison]:
    """By how much each sample came out better, and the test of all of them."""
    samples, old, new = both_answered(before.by_sample(offer, measure), after.by_sample(offer, measure))
    change = dict(zip(samples, (b - a for a, b in zip(old, new, strict=True)), strict=True))
    return change, compare(old, new, before.clusters_of(samples))
