"""Offers against each other on the samples that both answered, and what may be said of it."""

from dataclasses import dataclass
from itertools import combinations

from broker.results import Measure, RunResults, resamples
from broker.stats import Comparison, Estimate
from broker.stats.bootstrap import ratio
from broker.stats.multiplicity import holm, simultaneous
from broker.stats.paired import both_answered, compare
from broker.verdicts import Question, Verdict, verdict


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """Offer `b` against `a`. `p` is adjusted for the number of pairs (Holm).

    `cost_ratio` is b's cost over a's on these samples, `None` where it is no question: nothing is known
    of the costs of imported answers, and what is free on both sides has no ratio.
    """

    a: str
    b: str
    measure: Measure
    comparison: Comparison
    p: float | None
    cost_ratio: Estimate | None
    verdict: Verdict


def pairs(
    run: RunResults, margin: float | None = None, target: float | None = None, measure: Measure | None = None
) -> list[PairVerdict]:
    """Each pair of the run's offers once, `b` being the cheaper one where the costs are known.

    `margin` is how much worse b may be and still do (0.03 is three points); the intervals are then wide
    enough for all of those claims to hold together. `target` is the difference worth finding: the margin,
    or five points. Compared is what passed, or the scores where nothing passes or fails.
    """
    target = target or margin or 0.05
    couples = [_ordered(run, *couple) for couple in combinations(run.offers, 2)]
    confidence = 0.95 if margin is None else simultaneous(max(1, len(couples)))
    chosen = measure or run.measure
    found = [compared(run, a, b, chosen, confidence) for a, b in couples]
    adjusted = iter(holm([one.p for one in found if one.p is not None]))
    questions = [
        Question(margin, target, len(couples), None if one.p is None else next(adjusted)) for one in found
    ]
    return [
        _judged(run, (a, b, chosen), comparison, question)
        for (a, b), comparison, question in zip(couples, found, questions, strict=True)
    ]


def compared(run: RunResults, a: str, b: str, measure: Measure, confidence: float = 0.95) -> Comparison:
    """Offer b against a on the samples that were judged of both."""
    samples, left, right = both_answered(run.by_sample(a, measure), run.by_sample(b, measure))
    return compare(left, right, run.clusters_of(samples), confidence)


def cost_ratio(run: RunResults, a: str, b: str) -> Estimate | None:
    """What b costs as a multiple of a, on the samples that both answered; see `PairVerdict`."""
    if run.kind == "imported":
        return None
    costs = _costs_of_both(run, a, b)
    if costs is None:
        return Estimate(None, None, None, 0, "unknown")
    samples, below, above = costs
    if not any(below) and not any(above):
        return None
    draws = resamples(len(samples))
    return ratio(above, below, run.clusters_of(samples), resamples=draws)


def _judged(
    run: RunResults, of: tuple[str, str, Measure], comparison: Comparison, asked: Question
) -> PairVerdict:
    a, b, measure = of
    cost = cost_ratio(run, a, b)
    said = verdict(run.labels[a], run.labels[b], comparison, asked, cost)
    return PairVerdict(a, b, measure, comparison, asked.p, cost, said)


def _ordered(run: RunResults, one: str, other: str) -> tuple[str, str]:
    """The dearer first, where that is known; else as in the run."""
    costs = _costs_of_both(run, one, other)
    return (other, one) if costs and sum(costs[1]) < sum(costs[2]) else (one, other)


def _costs_of_both(run: RunResults, a: str, b: str) -> tuple[list[str], list[float], list[float]] | None:
    """The samples that both answered with what each paid for them; `None` where a price is unknown."""
    mine, theirs = run.costs_by_sample(a), run.costs_by_sample(b)
    return None if mine is None or theirs is None else both_answered(mine, theirs)
