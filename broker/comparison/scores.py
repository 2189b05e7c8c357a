"""Offers by score: each criterion on an open scale from 0 to 1, their weighted mean, and who wins how often.

Contenders are the offers that pass every must-have and of which all that has a weight is known. They alone
set the measure for cost and speed, and they alone are drawn (`stability`). Where there are none, all offers
that pass set it, else all. Whoever beats the measure has 1.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from math import log

from broker.comparison import (
    CRITERIA,
    Criterion,
    Evidence,
    Gate,
    GateResult,
    Gathered,
    Ranked,
    Shortlist,
    SuiteResult,
    Wanted,
    Weights,
)
from broker.comparison.assured import WANTED, assured_by
from broker.comparison.gates import Ask, judge, remembered
from broker.comparison.stability import FREE, REACH, Contender, Stability, stability, without_interval
from broker.stats import Estimate
from broker.workload import Unknown

DRAWS, SEED = 2_000, 20_261_122
SCALES: Mapping[Criterion, str] = {
    "quality": "The share of right answers, or the mean score, over the chosen suites, as it is. Not known "
    "where fewer than half of a suite's samples could be judged: the others need not be like them.",
    "cost": "1 for the lowest cost among the contenders, 0 for a hundred times that; each doubling takes "
    "0.15. A year of the workload at our price, or 1,000 tasks as measured where no workload is chosen. What "
    "is free has 1 and counts as a tenth of the lowest price, so the cheapest of the others has a half.",
    "speed": "1 for the shortest median time until the whole answer among the contenders, 0 for ten times "
    "that; each doubling takes 0.3.",
    "assurance": f"The share of {len(WANTED)} wanted attributes of its platform that are satisfied; what is "
    "not known counts as not shown.",
    "independence": "1 − 1 / (1 + doors + rivals): 0 with nowhere to switch to, a half with one way, three "
    "quarters with three. Doors are other platforms with the same weights; where it is not known which "
    "weights answer, none counts. Of those shown, none that fails a must-have counts.",
}


Scales = dict[Criterion, float | None]


def shortlist(gathered: Gathered, draws: int = DRAWS, seed: int = SEED) -> Shortlist:
    """Every offer judged and scored, in the order that `Shortlist` tells; the same seed, the same draws."""
    wanted, facts, at, ask = (
        gathered.wanted,
        gathered.facts,
        gathered.at,
        remembered(gathered.facts, gathered.at),
    )
    judged = [
        tuple(judge(gate, one, facts, at, ask) for gate in (*wanted.gates, *_over(one, at)))
        for one in gathered.offers
    ]
    offers = _where_to_go(gathered.offers, judged)
    scales = _scales(replace(gathered, offers=offers), judged, ask)
    ranked = [
        Ranked(one, gates, found, score(found, wanted.weights))
        for one, gates, found in zip(offers, judged, scales, strict=True)
    ]
    return Shortlist(gathered, tuple(sorted(_with_wins(ranked, gathered, draws, seed), key=_order)), draws)


def _over(one: Evidence, at: date) -> Iterator[Gate]:
    """What nobody has to ask for: that an offer has not ended."""
    left = one.lifecycle.days_left(at)
    if left is not None and left < 0:
        yield Gate("retires", str(one.lifecycle.retires))


def score(scales: Mapping[Criterion, float | None], weights: Weights) -> float | None:
    """The weighted mean of what has a weight; `None` where one of these is unknown or nothing has any."""
    total, weighted = 0, 0.0
    for name in CRITERIA:
        weight, scale = getattr(weights, name), scales[name]
        if weight:
            if scale is None:
                return None
            total, weighted = total + weight, weighted + weight * scale
    return weighted / total if total else None


def cost_of(evidence: Evidence, yearly: bool) -> Estimate | None:
    """What offers are compared by: a year of the workload at our price, or 1,000 tasks as measured."""
    if not yearly:
        return evidence.per_1000
    if evidence.cost is None or isinstance(evidence.cost.ours, Unknown):
        return None
    if evidence.year is not None:
        return evidence.year
    return Estimate(float(evidence.cost.ours.year.total), None, None, 0, "price list and terms")


def open_figures(one: Ranked, gathered: Gathered) -> Mapping[Criterion, Estimate]:
    """A contender's measured figures that have a weight and no interval."""
    return without_interval(_contender(one, gathered.workload is not None), gathered.wanted.weights)


def thin_results(evidence: Evidence, wanted: Wanted) -> list[SuiteResult]:
    """The results that count and on which too few samples were judged to score their quality."""
    counting = {name for name, weight in wanted.suites if weight} or dict(wanted.suites).keys()
    return [result for result in evidence.results if result.is_thin and result.suite in counting]


def independence(evidence: Evidence) -> float | None:
    """The scale of that name; `None` where no suite tells the rivals.

    Other doors are those that are known: an alias or a model of one's own, whose weights have no name, has
    none, and can be scored.
    """
    if evidence.rivals is None:
        return None
    return 1 - 1 / (1 + (evidence.other_platforms or 0) + len(evidence.rivals))


def _where_to_go(
    offers: tuple[Evidence, ...], judged: Sequence[tuple[GateResult, ...]]
) -> tuple[Evidence, ...]:
    """The offers without those doors and rivals that fail a must-have: nobody would switch to these."""
    failed = {
        one.id
        for one, gates in zip(offers, judged, strict=True)
        if any(gate.outcome == "fail" for gate in gates)
    }
    return tuple(_without(one, failed) for one in offers) if failed else offers


def _without(one: Evidence, failed: set[str]) -> Evidence:
    if failed.isdisjoint(one.doors or ()) and failed.isdisjoint(one.rivals or ()):
        return one
    doors, rivals = (
        ids and tuple(offer for offer in ids if offer not in failed) for ids in (one.doors, one.rivals)
    )
    return replace(one, doors=doors, rivals=rivals)


def _scales(gathered: Gathered, judged: Sequence[tuple[GateResult, ...]], ask: Ask) -> list[Scales]:
    """The scales of every offer; those of cost and speed against the best of the contenders."""
    assured, yearly = assured_by(gathered, ask), gathered.workload is not None
    found: list[Scales] = [
        {
            "quality": None if thin_results(one, gathered.wanted) else _value(one.quality),
            "cost": _value(cost_of(one, yearly)),  # until the least of them is known
            "speed": _value(one.speed and one.speed.total_p50),
            "assurance": assured(one),
            "independence": independence(one),
        }
        for one in gathered.offers
    ]
    passing = [
        row for row, gates in zip(found, judged, strict=True) if all(g.outcome == "pass" for g in gates)
    ]
    contending = [row for row in passing if score(row, gathered.wanted.weights) is not None]
    for name in ("cost", "speed"):
        measure = contending or passing or found
        least = _least(name, measure) or _least(name, found)
        if any(row[name] == 0 for row in measure):
            least /= FREE
        for row in found:
            row[name] = _nearness(row[name], least, REACH[name])
    return found


def _least(name: Criterion, rows: Iterable[Scales]) -> float:
    """The least figure above 0; 0 where there is none."""
    return min((row[name] or 0 for row in rows if row[name]), default=0)


def _nearness(own: float | None, least: float, reach: float) -> float | None:
    """How near a figure is to the least, as `stability.nearness` has it."""
    if own is None or not own or own <= least:
        return None if own is None else 1.0
    return max(0.0, 1 - log(own / least) / log(reach))


def _value(told: Estimate | None) -> float | None:
    return told and told.value


def _with_wins(ranked: Sequence[Ranked], gathered: Gathered, draws: int, seed: int) -> Iterator[Ranked]:
    contending = [one for one in ranked if one.outcome == "pass" and one.score is not None]
    contenders = [_contender(one, gathered.workload is not None) for one in contending]
    found = stability(contenders, gathered.wanted.weights, draws, seed)
    drawn = {one.evidence.id: told for one, told in zip(contending, found, strict=True)}
    for one in ranked:
        told = drawn.get(one.evidence.id)
        yield _stable(one, told) if told else one


def _stable(one: Ranked, told: Stability) -> Ranked:
    shares = {"wins": told.wins, "wins_by_weights": told.wins_by_weights}
    return replace(one, **shares, score_low=told.low, score_high=told.high)


def _contender(one: Ranked, yearly: bool) -> Contender:
    told = one.evidence
    return Contender(one.scales, told.quality, cost_of(told, yearly), told.speed and told.speed.total_p50)


def _order(one: Ranked) -> tuple[int, float, str, str]:
    place = {"pass": 0 if one.score is not None else 1, "unknown": 2, "fail": 3}[one.outcome]
    return place, 1.0 if one.score is None else -one.score, one.evidence.label, one.evidence.id
