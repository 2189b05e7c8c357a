"""What a comparison comes to, in sentences that can be read aloud: the choice, or why there is none."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from broker.comparison import Ranked, Shortlist, Wanted
from broker.comparison.sentence_doubts import against, open_questions
from broker.comparison.sentence_none import nobody, unmeasured
from broker.comparison.sentence_open import interval_for, intervals_missing
from broker.comparison.sentence_points import (
    TELLS,
    ahead,
    best,
    cheaper,
    cheapest,
    measured,
    stability,
    what_would_tell,
)
from broker.comparison.sentence_words import Name, cost_with_ends, counted, listed, namer, share_of_draws
from broker.lifecycle import Lifecycle

Tone = Literal["clear", "close", "nobody", "unmeasured"]

_SOON = 90  # days: a change of models takes as long


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One sentence that says it, and the points behind it in the order of their weight.

    `clear`: there is a winner; `close`: the first two cannot be told apart, or how surely one is first cannot
    be said; `nobody`: no offer passes; `unmeasured`: some pass, but too little is known to score any.
    """

    headline: str
    points: tuple[str, ...]
    tone: Tone


def recommendation(shortlist: Shortlist) -> Recommendation:
    """The choice that a shortlist supports; there is always an answer, be it that there is none."""
    if not shortlist.ranked:
        return Recommendation("No offer is shown.", (_widen(shortlist.gathered.wanted),), "nobody")
    name, winner = namer(shortlist), shortlist.winner
    if winner is None:
        passing = [one for one in shortlist.ranked if one.outcome == "pass"]
        if passing:
            return Recommendation(*unmeasured(shortlist, passing, name), "unmeasured")
        return Recommendation(*nobody(shortlist, name), "nobody")
    rest = [one for one in shortlist.ranked if one.is_contender and one is not winner]
    if rest and winner.wins is None:
        return Recommendation(*_open(shortlist, winner, rest[0], name), "close")
    rival = max(rest, key=lambda one: one.wins or 0, default=None)
    if rival is not None and (winner.wins or 0) < TELLS:
        return Recommendation(*_close(shortlist, winner, rival, name), "close")
    return Recommendation(*_clear(shortlist, winner, rival, name), "clear")


def _widen(wanted: Wanted) -> str:
    """What brings offers into view."""
    if wanted.makers or wanted.platforms or wanted.search or wanted.scope not in ("tested", "doors"):
        return "Widen the scope, or drop a filter."
    return "Nothing was tested yet: run a suite on the offers in question, or look at those not tested too."


def _clear(
    shortlist: Shortlist, winner: Ranked, rival: Ranked | None, name: Name
) -> tuple[str, tuple[str, ...]]:
    points = (
        *([ahead(shortlist, winner, rival, name)] if rival else []),
        *_of("Against it", against(winner, shortlist.gathered)),
        *cheapest(shortlist, winner, rival, name),
        *best(shortlist, winner, rival, name),
        *open_questions(shortlist, winner, name),
        *measured(shortlist, winner),
        *([stability(winner)] if rival else []),
    )
    return f"Choose {name(winner)}: {_in_short(shortlist, winner, rival)}.", points


def _in_short(shortlist: Shortlist, winner: Ranked, rival: Ranked | None) -> str:
    """How good, at what cost, how sure."""
    told, at = winner.evidence, shortlist.gathered.at
    cost = cost_with_ends(told, shortlist.gathered.workload is not None)
    quality = told.quality and told.quality.value
    facts = [
        *([f"{quality * 100:.0f} % quality"] if quality is not None else []),
        cost or "cost unknown",
        f"first in {share_of_draws(winner.wins or 0)} of draws"
        if rival
        else "the only one that both passes and can be scored",
        *_ending(told.lifecycle, at),
    ]
    return ", ".join(facts)


def _ending(told: Lifecycle, at: date) -> Iterator[str]:
    """An end that is too near to begin with the offer."""
    days = told.days_left(at)
    if days is not None and days <= _SOON:
        yield f"though it ends on {told.retires}"


def _close(shortlist: Shortlist, winner: Ranked, rival: Ranked, name: Name) -> tuple[str, tuple[str, ...]]:
    most = max(winner.wins or 0, rival.wins or 0)
    alike = [one for one in shortlist.ranked if one is winner or one is rival or (one.wins or 0) >= most / 2]
    pair = (winner, rival)
    points = (
        cheaper(shortlist, alike, name),
        *what_would_tell(shortlist, winner, rival),
        ahead(shortlist, winner, rival, name),
        *(point for one in pair for point in _of(f"Against {name(one)}", against(one, shortlist.gathered))),
        *open_questions(shortlist, winner, name),
        *_of(name(winner), (*measured(shortlist, winner), stability(winner))),
    )
    if len(alike) > len(pair):
        apart = f"Cannot tell {counted(len(alike), 'offer')} apart, {listed([name(one) for one in alike])}"
        return f"{apart}: none comes first in more than {max(1, round(most * 100))} % of draws.", points
    first, second = share_of_draws(winner.wins or 0), share_of_draws(rival.wins or 0)
    headline = f"Cannot tell {name(winner)} from {name(rival)}"
    return f"{headline}: they come first in {first} and {second} of draws.", points


def _open(shortlist: Shortlist, winner: Ranked, rival: Ranked, name: Name) -> tuple[str, tuple[str, ...]]:
    """The first, where nobody can say how far its figures or those of others may lie elsewhere."""
    points = (
        interval_for(shortlist),
        ahead(shortlist, winner, rival, name),
        *(
            point
            for one in (winner, rival)
            for point in _of(f"Against {name(one)}", against(one, shortlist.gathered))
        ),
        *open_questions(shortlist, winner, name),
        *_of(name(winner), (*measured(shortlist, winner), stability(winner))),
    )
    headline = f"{name(winner)} has the highest score, but it is unknown how stable that is"
    return f"{headline}: {intervals_missing(shortlist, name)}.", points


def _of(whom: str, points: Iterable[str]) -> Iterator[str]:
    return (f"{whom}: {point[:1].lower()}{point[1:]}" for point in points)
