"""How people liked offers' answers in the playground: Bradley-Terry strengths on Elo's scale.

`docs/ratings.md` has the rules in words and how often the intervals hold. It is no quality that was scored.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, permutations
from math import log
from typing import TYPE_CHECKING, Literal, NamedTuple

from broker.stats.strengths import Choice, half_widths, information

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    Numbers = NDArray[np.float64]
    Indices = NDArray[np.intp]

MEAN = 1500.0
PER_LOG_ODDS = 400 / log(10)
# Wins added either way between two offers that met. Without them, who always lost would be endlessly bad.
PRIOR = 0.05
_ROUNDS = 10_000


@dataclass(frozen=True, slots=True)
class Rating:
    """What people thought of its answers in the playground: a Bradley-Terry strength on Elo's scale.

    It is no quality that was scored. `votes` are those that said something of it. `low` is `None` where it
    never won against the rest of its group, `high` where it never lost: votes set no limit there. Both are
    where votes are too few for an interval: all on one prompt, or on hardly more prompts than offers.
    """

    value: float
    low: float | None
    high: float | None
    votes: int


@dataclass(frozen=True)
class Ratings:
    """The rating of every offer that votes compared with another.

    Ratings are comparable within one of the `groups` alone, the largest first: no chain of votes leads from
    one to another, and each has the mean 1500. `votes` are those counted, `all_bad` those that found no
    answer good, which compare nothing.
    """

    by_offer: Mapping[str, Rating] = field(default_factory=dict[str, Rating])
    votes: int = 0
    all_bad: int = 0
    groups: tuple[tuple[str, ...], ...] = ()


class Ballot(NamedTuple):
    """One vote: the offers that answered a prompt, and which of them was best, `None` for a tie."""

    prompt: str
    offers: tuple[str, ...]
    best: str | None


def ratings(session: "Session", blind_only: bool = False) -> Ratings:
    """What all votes come to, or the blind ones alone; takes up to some 0.2 s, so keep what it returns."""
    ballots: list[Ballot] = []
    all_bad = 0
    for _, answers in groupby(session.execute(_answers(blind_only)), lambda row: row.id):
        rows = list(answers)
        offers = tuple(dict.fromkeys(row.offer for row in rows))
        if len(offers) < 2:
            continue
        if rows[0].choice == "all_bad":
            all_bad += 1
        else:
            best = next((row.offer for row in rows if row.call == row.best), None)
            ballots.append(Ballot(rows[0].prompt_id, offers, best))
    return rate(ballots, all_bad)


def rate(ballots: Sequence[Ballot], all_bad: int = 0) -> Ratings:
    """Ratings by ballots of at least two offers each, with the 95 % intervals of `half_widths`."""
    if not ballots:
        return Ratings(all_bad=all_bad)
    offers = sorted({offer for ballot in ballots for offer in ballot.offers})
    group_of = dict(zip(offers, _components(_wins(ballots, offers), "weak").tolist(), strict=True))
    members: dict[int, list[str]] = {}
    for offer, group in group_of.items():
        members.setdefault(group, []).append(offer)
    cast: dict[int, list[Ballot]] = {}
    for ballot in ballots:
        cast.setdefault(group_of[ballot.offers[0]], []).append(ballot)
    by_offer = {offer: one for group in members for offer, one in _rated(cast[group], members[group])}
    groups = sorted((tuple(group) for group in members.values()), key=lambda one: (-len(one), one))
    return Ratings(by_offer, len(ballots), all_bad, tuple(groups))


def _rated(ballots: Sequence[Ballot], offers: Sequence[str]) -> Iterator[tuple[str, Rating]]:
    """Rate the offers of one group."""
    import choix

    wins = _wins(ballots, offers)
    met = (wins + wins.T) > 0
    log_odds = choix.ilsr_pairwise_dense(wins + PRIOR * met, max_iter=_ROUNDS)
    log_odds -= log_odds.mean()
    index = {offer: i for i, offer in enumerate(offers)}
    choices = [
        Choice(prompt, tuple(index[one] for one in shown), None if best is None else index[best])
        for prompt, shown, best in ballots
    ]
    half = half_widths(choices, log_odds, information(wins + wins.T + 2 * PRIOR * met, log_odds))
    votes = Counter(offer for ballot in ballots for offer in ballot.offers)
    prompts = Counter(offer for _, offer in {(one.prompt, offer) for one in ballots for offer in one.offers})
    for i, (offer, low, high) in enumerate(zip(offers, _limited(wins), _limited(wins.T), strict=True)):
        value = MEAN + PER_LOG_ODDS * float(log_odds[i])
        off = None if half is None or prompts[offer] < 2 else PER_LOG_ODDS * float(half[i])
        ends = (value - off if off and low else None, value + off if off and high else None)
        yield offer, Rating(value, *ends, votes[offer])


def _answers(blind_only: bool) -> "Select[str, str, str, str | None, str, str]":
    """Votes with the answers they chose among, one row an answer, without any words."""
    from sqlalchemy import or_, select

    from db.models import Call, Vote

    columns = (
        Vote.id,
        Vote.prompt_id,
        Vote.choice,
        Vote.call_id.label("best"),
        Call.id.label("call"),
        Call.offer,
    )
    answered = or_(Call.status == "ok", Call.id == Vote.call_id)
    found = select(*columns).join(Call, Call.prompt_id == Vote.prompt_id).where(answered)
    return (found.where(Vote.blind) if blind_only else found).order_by(Vote.prompt_id, Vote.id, Call.position)


def _wins(ballots: Sequence[Ballot], offers: Sequence[str]) -> "Numbers":
    """How often each offer (row) won against each (column); a tie is half a win either way."""
    import numpy as np

    index = {offer: i for i, offer in enumerate(offers)}
    pairs = [(index[one], index[other], weight) for one, other, weight in _compared(ballots)]
    winner, loser, weight = zip(*pairs, strict=True)
    wins = np.zeros((len(offers), len(offers)))
    np.add.at(wins, (np.array(winner), np.array(loser)), np.array(weight))
    return wins


def _compared(ballots: Iterable[Ballot]) -> Iterator[tuple[str, str, float]]:
    """Winner, loser and how much of a win it is; whoever else lost is not compared."""
    for _, offers, best in ballots:
        if best is None:
            yield from ((one, other, 0.5) for one, other in permutations(offers, 2))
        else:
            yield from ((best, other, 1.0) for other in offers if other != best)


def _components(wins: "Numbers", connection: Literal["weak", "strong"]) -> "Indices":
    """For each offer the number of its component: joined by any vote, or by wins all around."""
    from scipy.sparse.csgraph import connected_components

    return connected_components(wins > 0, connection=connection)[1].astype(int)


def _limited(wins: "Numbers") -> "NDArray[np.bool_]":
    """Whether votes keep an offer from being endlessly worse than the rest of its group (Ford 1957)."""
    import numpy as np

    tiers = _components(wins, "strong")
    winners, losers = np.nonzero(wins)
    above = tiers[winners[tiers[winners] != tiers[losers]]]
    return np.isin(tiers, above) | (tiers.max() == 0)
