"""What difference of two offers a run will be able to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from typing import Literal

from sqlalchemy.orm import Session

from broker import scorers
from broker.errors import ConfigError
from broker.judge_scales import JUDGED
from broker.results import Measure
from broker.runs import Order
from broker.runs.usage import ENOUGH
from broker.scorers import Answer
from broker.stats.clusters import by_sample, group_count, kish
from broker.stats.paired import both_answered, design_effect
from broker.stats.planning import detectable_difference, detectable_difference_graded
from broker.suites import Sample, ScorerSpec, Suite
from db import suite_history as history

_GROUPS = 10  # documents with answers before what they have in common is believed to be known
_WORST = 0.5  # mean square of the differences of two offers that fail independently, at the most


@dataclass(frozen=True, slots=True)
class Power:
    """The smallest `difference` that shows in four cases of five, from 0 to 1; `None` where none does.

    It is one of pass rates, or of mean scores, as `measure` says. Corrected for so many `comparisons`.
    `groups` counts the independent units: documents, or samples where none are shared. `basis` is `history`
    where earlier answers to the suite tell how far the offers differ, `worst case` where any pair has none.
    """

    difference: float | None
    measure: Measure
    comparisons: int
    groups: int
    basis: Literal["history", "worst case"]


def power(session: Session, suite: Suite, order: Order, asked: Sequence[Sample]) -> Power:
    """What asking these samples can show of any two of the offers."""
    measure: Measure = "score" if _graded(suite, asked, judged=order.judge is not None) else "passed"
    scores = [_scores(session, suite.name, offer.id, measure) for offer in order.offers]
    clusters = [sample.cluster for sample in asked]
    known = [_seen(suite, a, b) for a, b in combinations(scores, 2)]
    alpha, most = 0.05 / max(1, len(known)), kish(len(asked), clusters) if asked else 1.0
    found = [
        _detectable(len(asked), square, alpha, min(most, effect or most), measure)
        for square, effect in (one or (None, None) for one in known or [None])
    ]
    reached = [one for one in found if one is not None]
    return Power(
        difference=max(reached) if len(reached) == len(found) else None,
        measure=measure,
        comparisons=len(known),
        groups=group_count(len(asked), clusters),
        basis="history" if known and all(known) else "worst case",
    )


def _scores(session: Session, suite: str, offer: str, measure: Measure) -> Mapping[str, float]:
    """Each sample's mean over an offer's earlier answers to it."""
    rows = session.execute(history.judged(suite, offer)).all()
    worth = ((key, passed if measure == "passed" else value) for key, passed, value in rows)
    return by_sample((key, float(one)) for key, one in worth if one is not None)


def _seen(suite: Suite, a: Mapping[str, float], b: Mapping[str, float]) -> tuple[float, float | None] | None:
    """The mean square of the differences on the samples that both answered, and the documents' design effect.

    For passes the first is the discordance. Four made-up samples, two of them discordant, are added: few
    answers that agree are no proof that all would (Agresti and Coull 1998, American Statistician 52:119). The
    second is `None` where too few documents were answered to tell; `None` altogether without enough samples.
    """
    shared, left, right = both_answered(a, b)
    if len(shared) < ENOUGH:
        return None
    differences = [y - x for x, y in zip(left, right, strict=True)]
    square = (sum(d * d for d in differences) + 2) / (len(shared) + 4)
    documents = {sample.id: sample.cluster for sample in suite.samples}
    clusters = [documents.get(key) for key in shared]
    enough = group_count(len(shared), clusters) >= _GROUPS
    return square, design_effect(differences, clusters) if enough else None


def _detectable(n: int, square: float | None, alpha: float, effect: float, measure: Measure) -> float | None:
    if measure == "passed":
        return detectable_difference(n, square, alpha=alpha, effect=effect)
    found = detectable_difference_graded(
        n, sqrt(_WORST if square is None else square), alpha=alpha, effect=effect
    )
    return found if found is not None and found <= 1 else None


def _graded(suite: Suite, asked: Sequence[Sample], *, judged: bool) -> bool:
    """Whether nothing passes or fails: every scorer only measures."""
    cases = [(suite.scorers, asked[0])] if asked and not asked[0].scorers else []
    cases += [(sample.scorers, sample) for sample in asked if sample.scorers]
    specs = [
        (spec, sample)
        for specs, sample in cases
        for spec in specs
        if spec.weight > 0 and (judged or spec.name not in JUDGED)
    ]
    return bool(specs) and all(_only_measures(spec, sample) for spec, sample in specs)


def _only_measures(spec: ScorerSpec, sample: Sample) -> bool:
    """Judging an empty answer tells; no model passes such, nor is one asked."""
    if spec.name in JUDGED:
        return False
    try:
        found = scorers.judge(spec, Answer(""), sample)
    except ConfigError:
        return False
    return found.value is not None and found.passed is None
