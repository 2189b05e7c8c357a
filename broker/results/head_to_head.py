"""What a judge said of two offers' answers side by side: who wins how often, and how far to trust it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy.orm import Session

from broker.results import RunResults
from broker.results.judging import Cell, people
from broker.stats import Comparison, Estimate
from broker.stats.agreement import kappa
from broker.stats.clusters import by_sample
from broker.stats.multiplicity import holm
from broker.stats.paired import compare
from broker.stats.proportions import share
from broker.verdicts import LEVEL
from db import review_queries as queries
from db.reviews import Judgement, Review

_WORTH = {"a": 0.0, "tie": 0.5, "b": 1.0}  # of a pair, to b


@dataclass(frozen=True, slots=True)
class HeadToHead:
    """Offer `b` against the baseline `a`, pair by pair.

    `rate` is b's share of wins, ties counting half, over samples; `p` the two-sided chance of so clear a
    preference between equals, adjusted for the number of offers compared (Holm). `contradictory` pairs (among
    the ties) got different winners in the two orders: `position` is their share of the `judged`; in
    `first_favoured` and `second_favoured` of them the answer in that place won both times. `alike` and
    `kappa` set the judge against people on the `graded` pairs of which people have graded both answers.
    """

    a: str
    b: str
    judged: int
    unjudged: int
    wins_a: int
    wins_b: int
    ties: int
    contradictory: int
    first_favoured: int
    second_favoured: int
    rate: Estimate
    p: float | None
    position: Estimate
    graded: int
    alike: Estimate
    kappa: Estimate
    sentence: str


@dataclass(frozen=True, slots=True)
class PairReview:
    """A judge's comparison of a run's answers: each offer against the baseline.

    `cost` is that of the judge's calls, `None` where one is not known; `spent` counts what was set aside for
    those.
    """

    id: str
    status: str
    judge: str
    criteria: str
    cost: Decimal | None
    spent: Decimal
    done: int
    total: int
    against: tuple[HeadToHead, ...]


def head_to_head(session: Session, review: Review, run: RunResults) -> PairReview:
    """What is finished of a review of pairs, which may still be under way."""
    rows = list(session.scalars(queries.judgements(review.id)))
    votes = people(session, review.run_id)
    found = [_compared(run, review.baseline or "", b, rows, votes) for b in review.offers]
    known = [one.p for one in found if one.p is not None]
    adjusted = iter(holm(known))
    judge = str(review.judge["name"])
    told = [
        _told(run, judge, one, next(adjusted) if one.p is not None else None, len(known)) for one in found
    ]
    costs = [row.cost for row in rows if row.judged is not None and row.cost is not None]
    whole = len(costs) == len(rows) and bool(rows)
    return PairReview(
        id=review.id,
        status=review.status,
        judge=judge,
        criteria=review.criteria,
        cost=sum(costs, Decimal(0)) if whole else None,
        spent=review.spent,
        done=len(rows),
        total=review.item_count,
        against=tuple(told),
    )


def _compared(
    run: RunResults, a: str, b: str, rows: Sequence[Judgement], votes: Mapping[Cell, bool]
) -> HeadToHead:
    mine = [row for row in rows if row.b == b]
    judged = [row for row in mine if row.winner is not None]
    wins = Counter(row.winner for row in judged)
    twisted = [row for row in judged if row.a_first != row.b_first]
    rates = by_sample((row.sample_key, _WORTH[str(row.winner)]) for row in judged)
    comparison = _comparison(run, rates)
    human = [(row, said) for row in judged if (said := _human(row, votes)) is not None]
    agree = [float(row.winner == said) for row, said in human]
    units = [run.clusters.get(row.sample_key) or f"sample {row.sample_key}" for row, _ in human]
    return HeadToHead(
        a=a,
        b=b,
        judged=len(judged),
        unjudged=len(mine) - len(judged),
        wins_a=wins["a"],
        wins_b=wins["b"],
        ties=wins["tie"],
        contradictory=len(twisted),
        first_favoured=sum((row.a_first, row.b_first) == ("a", "b") for row in twisted),
        second_favoured=sum((row.a_first, row.b_first) == ("b", "a") for row in twisted),
        rate=_over_samples(run, judged, lambda row: _WORTH[str(row.winner)]),
        p=comparison.p,
        position=_over_samples(run, judged, lambda row: float(row.a_first != row.b_first)),
        graded=len(human),
        alike=share(agree, units),
        kappa=kappa([said for _, said in human], [str(row.winner) for row, _ in human], units),
        sentence="",
    )


def _comparison(run: RunResults, rates: Mapping[str, float]) -> Comparison:
    """The test of whether b wins as often as a."""
    values = list(rates.values())
    return compare([1 - value for value in values], values, run.clusters_of(list(rates)))


def _over_samples(
    run: RunResults, rows: Sequence[Judgement], worth: Callable[[Judgement], float]
) -> Estimate:
    means = by_sample((row.sample_key, worth(row)) for row in rows)
    return share(list(means.values()), run.clusters_of(list(means)))


def _human(row: Judgement, votes: Mapping[Cell, bool]) -> str | None:
    """Whom people would have win, where they have graded both answers: alike is a tie."""
    a = votes.get((row.a, row.sample_key, row.epoch))
    b = votes.get((row.b, row.sample_key, row.epoch))
    if a is None or b is None:
        return None
    return "tie" if a == b else "a" if a else "b"


def _told(run: RunResults, judge: str, found: HeadToHead, p: float | None, family: int) -> HeadToHead:
    a, b = run.labels[found.a], run.labels[found.b]
    return replace(found, p=p, sentence=sentence(judge, (a, b), found.rate, p, family))


def sentence(judge: str, names: tuple[str, str], rate: Estimate, p: float | None, family: int = 1) -> str:
    """What may be said of b (the second name) against a: no more than interval and test carry."""
    a, b = names
    if rate.value is None:
        return f"{judge} has judged no pair of {a} and {b}."
    if rate.low is None or rate.high is None:
        return f"{judge} cannot tell {b} from {a}: all samples share one document."
    several = f", test corrected for {family} comparisons" if family > 1 else ""
    sure = p is not None and p <= LEVEL and not rate.low <= 0.5 <= rate.high
    if sure and rate.value < 0.5:
        a, b, rate = b, a, _turned(rate)
    limits = f"{(rate.low or 0) * 100:.0f} to {(rate.high or 0) * 100:.0f}"
    figures = (
        f"wins {(rate.value or 0) * 100:.0f} % of the pairs (95 % interval {limits}; n = {rate.n:,}{several})"
    )
    known = f"{judge} prefers {b} to {a}" if sure else f"{judge} cannot tell {b} from {a}"
    return f"{known}: {b} {figures}, ties counting half."


def _turned(rate: Estimate) -> Estimate:
    """The same seen from the other side."""
    low, value, high = (None if one is None else 1 - one for one in (rate.high, rate.value, rate.low))
    return replace(rate, value=value, low=low, high=high)
