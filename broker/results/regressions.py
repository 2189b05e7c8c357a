"""Two runs of one suite: what a newer one fixed and what it broke, or two offers across them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from broker.results import Measure, RunResults
from broker.stats import Comparison
from broker.stats.multiplicity import holm
from broker.stats.paired import both_answered, compare
from broker.verdicts import Question, Verdict, verdict


@dataclass(frozen=True, slots=True)
class Regression:
    """An offer of the later run against one of the earlier, mostly itself, on the samples judged in both.

    `fixed` and `broken` are the samples that came out better or worse, in the suite's order.
    """

    before: str
    offer: str
    measure: Measure
    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    comparison: Comparison
    verdict: Verdict


def regressions(
    before: RunResults,
    after: RunResults,
    couples: Sequence[tuple[str, str]] | None = None,
    alike: Collection[str] | None = None,
) -> list[Regression]:
    """Every offer that is in both runs; what is claimed of them is corrected for their number (Holm).

    Or these `couples`, an offer of the earlier run and one of the later: so answers that were made elsewhere
    are set against measured ones. Only the samples that are `alike` in both versions of the suite count
    (`versions.shared`); raises `ValueError` where there are two versions and nobody says which these are.
    """
    if before.suite_id != after.suite_id and alike is None:
        raise ValueError(
            "Two versions of a suite can be compared only on the samples that are alike in both."
        )
    measure: Measure = before.measure if before.measure == after.measure else "score"
    if couples is None:
        couples = [(offer, offer) for offer in before.offers if offer in after.offers]
    found = [_compared(before, after, couple, measure, alike) for couple in couples]
    known = [comparison.p for _, comparison in found if comparison.p is not None]
    adjusted = iter(holm(known))
    return [
        Regression(
            *couple,
            measure,
            fixed=tuple(key for key in before.clusters if change.get(key, 0) > 0),
            broken=tuple(key for key in before.clusters if change.get(key, 0) < 0),
            comparison=comparison,
            verdict=verdict(
                *_names(before, after, couple),
                comparison,
                Question(comparisons=len(known), p=None if comparison.p is None else next(adjusted)),
            ),
        )
        for couple, (change, comparison) in zip(couples, found, strict=True)
    ]


def _names(before: RunResults, after: RunResults, couple: tuple[str, str]) -> tuple[str, str]:
    then, now = before.labels[couple[0]], after.labels[couple[1]]
    alike = couple[0] == couple[1] or then == now
    return (f"{then} then", f"{now} now") if alike else (then, now)


def _compared(
    before: RunResults,
    after: RunResults,
    couple: tuple[str, str],
    measure: Measure,
    alike: Collection[str] | None,
) -> tuple[dict[str, float], Comparison]:
    """By how much each sample came out better, and the test of all of them."""
    then, now = couple
    known = before.by_sample(then, measure)
    counted = known if alike is None else {key: value for key, value in known.items() if key in alike}
    samples, old, new = both_answered(counted, after.by_sample(now, measure))
    change = dict(zip(samples, (b - a for a, b in zip(old, new, strict=True)), strict=True))
    return change, compare(old, new, after.clusters_of(samples))
