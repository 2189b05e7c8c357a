"""How people liked offers' answers in the playground: Bradley-Terry strengths on Elo's scale.

`docs/ratings.md` has the rules in words and how often the intervals hold. It is no quality that was scored.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, permutations
from math import isnan, log
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    Numbers = NDArray[np.float64]
    Indices = NDArray[np.intp]

MEAN = 1500.0
PER_LOG_ODDS = 400 / log(10)
DRAWS = 300
# Wins added either way between two offers that met. Without them, who always lost would be endlessly bad.
PRIOR = 0.05
_ROUNDS = 10_000


@dataclass(frozen=True, slots=True)
class Rating:
    """What people thought of its answers in the playground: a Bradley-Terry strength on Elo's scale.

    It is no quality that was scored. `votes` are those that said something of it. `low` is `None` where it
    never won against the rest of its group, `high` where it never lost: votes set no limit there.
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


@dataclass(frozen=True)
class _Pairs:
    """Comparisons of two offers each, by index: who won how much of one against whom, on which prompt."""

    prompt: "Indices"
    winner: "Indices"
    loser: "Indices"
    weight: "Numbers"

    def wins(self, count: int, by_prompt: "Numbers | None" = None) -> "Numbers":
        """How often each offer (row) won against each (column); prompts may weigh differently."""
        import numpy as np

        weight = self.weight if by_prompt is None else self.weight * by_prompt[self.prompt]
        sums = np.bincount(self.winner * count + self.loser, weight, count * count)
        return sums.reshape(count, count).astype(float)


def ratings(session: "Session", blind_only: bool = False) -> Ratings:
    """What all votes come to, or the blind ones alone; takes up to some 0.5 s, so keep what it returns."""
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


def rate(ballots: Sequence[Ballot], all_bad: int = 0, draws: int = DRAWS, seed: int = 0) -> Ratings:
    """Ratings by ballots of at least two offers each, with 95 % intervals.

    For those, prompts are weighed at random `draws` times (Rubin 1981, Annals of Statistics 9:130): votes on
    one prompt, and an answer's wins over several others, are no independent evidence.
    """
    import numpy as np

    if not ballots:
        return Ratings(all_bad=all_bad)
    counts = Counter(offer for ballot in ballots for offer in ballot.offers)
    offers = sorted(counts)
    pairs, n = _pairs(ballots, offers), len(offers)
    wins = pairs.wins(n)
    groups = _components(wins, "weak")
    random, prompts = np.random.default_rng(seed), int(pairs.prompt.max()) + 1
    drawn = [_strengths(pairs.wins(n, random.exponential(size=prompts)), groups) for _ in range(draws)]
    low, high = np.percentile(np.array(drawn), [2.5, 97.5], axis=0)
    low[~_limited(wins, groups)] = high[~_limited(wins.T, groups)] = np.nan
    rows = zip(offers, _strengths(wins, groups).tolist(), low.tolist(), high.tolist(), strict=True)
    by_offer = {offer: Rating(value, _known(a), _known(b), counts[offer]) for offer, value, a, b in rows}
    members = [tuple(offers[i] for i in np.flatnonzero(groups == one)) for one in range(groups.max() + 1)]
    return Ratings(by_offer, len(ballots), all_bad, tuple(sorted(members, key=lambda one: (-len(one), one))))


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


def _pairs(ballots: Sequence[Ballot], offers: Sequence[str]) -> _Pairs:
    import numpy as np

    index = {offer: i for i, offer in enumerate(offers)}
    prompts = {prompt: i for i, prompt in enumerate(dict.fromkeys(ballot.prompt for ballot in ballots))}
    rows = [
        (prompts[ballot.prompt], index[winner], index[loser], weight)
        for ballot in ballots
        for winner, loser, weight in _compared(ballot)
    ]
    prompt, winner, loser, weight = zip(*rows, strict=True)
    return _Pairs(np.array(prompt), np.array(winner), np.array(loser), np.array(weight, float))


def _compared(ballot: Ballot) -> Iterator[tuple[str, str, float]]:
    """Winner, loser and weight; a tie is half a win either way, and the losers are not compared."""
    if ballot.best is not None:
        yield from ((ballot.best, other, 1.0) for other in ballot.offers if other != ballot.best)
    else:
        yield from ((one, other, 0.5) for one, other in permutations(ballot.offers, 2))


def _strengths(wins: "Numbers", groups: "Indices") -> "Numbers":
    """Everyone's rating, 1500 on average in each group."""
    import choix
    import numpy as np

    found = np.full(len(wins), MEAN)
    met = (wins + wins.T) > 0
    for group in range(groups.max() + 1):
        members = np.flatnonzero(groups == group)
        among = np.ix_(members, members)
        log_odds = choix.ilsr_pairwise_dense(wins[among] + PRIOR * met[among], max_iter=_ROUNDS)
        found[members] += PER_LOG_ODDS * (log_odds - log_odds.mean())
    return found


def _components(wins: "Numbers", connection: Literal["weak", "strong"]) -> "Indices":
    """For each offer the number of its component: joined by any vote, or by wins all around."""
    from scipy.sparse.csgraph import connected_components

    return connected_components(wins > 0, connection=connection)[1].astype(int)


def _limited(wins: "Numbers", groups: "Indices") -> "NDArray[np.bool_]":
    """Whether votes keep an offer from being endlessly worse than the rest of its group (Ford 1957)."""
    import numpy as np

    tiers = _components(wins, "strong")
    whole = np.bincount(tiers)[tiers] == np.bincount(groups)[groups]
    winners, losers = np.nonzero(wins)
    above = tiers[winners[tiers[winners] != tiers[losers]]]
    return whole | np.isin(tiers, above)


def _known(limit: float) -> float | None:
    return None if isnan(limit) else limit
