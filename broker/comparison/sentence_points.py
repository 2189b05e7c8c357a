"""What a winner is chosen for: by how much, at what confidence, at what cost, as sentences."""

from collections.abc import Iterator, Sequence
from math import sqrt

from broker.comparison import Ranked, Shortlist
from broker.comparison.scores import cost_of
from broker.comparison.sentence_words import (
    Name,
    apart,
    cost_in_words,
    cost_with_ends,
    is_paired,
    money,
    quality_against,
    quality_in_words,
    share_of_draws,
)
from broker.stats import Estimate
from broker.stats.planning import samples_needed_graded

TELLS = 0.8
"""The share of draws from which on a winner is called one."""
_TIED = 1e-6
_FEW = 10
"""Fewer samples do not tell how much one deviates from the next."""


def ahead(shortlist: Shortlist, winner: Ranked, rival: Ranked, name: Name) -> str:
    """By how much the first is ahead of the next."""
    scores = f"The score of {name(winner)} is {winner.score:.2f}, that of {name(rival)} {rival.score:.2f}"
    return f"{scores}; {_quality(shortlist, winner, rival)}."


def cheapest(shortlist: Shortlist, winner: Ranked, rival: Ranked | None, name: Name) -> Iterator[str]:
    """The cheapest that passes, and what it is worse in; of the next that has been said."""
    yearly = shortlist.gathered.workload is not None
    passing = [one for one in shortlist.ranked if one.outcome == "pass" and _dollars(one, yearly) is not None]
    least = min(passing, key=lambda one: _dollars(one, yearly) or 0, default=None)
    own = _dollars(winner, yearly)
    if least is None or own is None:
        return
    if own > (_dollars(least, yearly) or 0):
        cost, better = cost_with_ends(least.evidence, yearly), _quality(shortlist, winner, least)
        if least is rival:
            yield f"{name(least)} costs less, {cost}."
            return
        yield f"The cheapest that passes is {name(least)}, at {cost}; compared with it, {better}."
    elif len(passing) > 1:
        yield "No other offer that passes is known to cost less."


def best(shortlist: Shortlist, winner: Ranked, rival: Ranked | None, name: Name) -> Iterator[str]:
    """Who passes and was shown to be better in quality; nothing where it is the next anyway."""
    yearly = shortlist.gathered.workload is not None
    passing = [one for one in shortlist.ranked if one.outcome == "pass" and one.evidence.quality is not None]
    first = max(passing, key=_right, default=None)
    if first is None or first in (winner, rival):
        return
    better = apart(shortlist.gathered, first.evidence, winner.evidence)
    if better is not None and better.low is not None and better.low > 0:
        cost = cost_with_ends(first.evidence, yearly) or "at an unknown cost"
        yield f"The best that passes is {name(first)}, {cost}: {quality_against(better)}."


def _quality(shortlist: Shortlist, one: Ranked, other: Ranked) -> str:
    return quality_against(apart(shortlist.gathered, one.evidence, other.evidence))


def _right(one: Ranked) -> float:
    told = one.evidence.quality
    return -1.0 if told is None or told.value is None else told.value


def measured(shortlist: Shortlist, winner: Ranked) -> Iterator[str]:
    """What was measured of the winner, and what it would cost."""
    told, workload = winner.evidence, shortlist.gathered.workload
    if told.quality is not None:
        graded = any(result.measure == "score" for result in told.results)
        what = "Its mean score over the chosen suites is" if graded else "It was right in"
        yield f"{what} {quality_in_words(told.quality)}."
    cost = cost_with_ends(told, workload is not None)
    if workload is not None and cost:
        yield f"For the workload {workload.name} it costs {cost} at our price{_tokens(told.year)}."
    elif cost:
        yield f"Measured, it costs {cost}{_ends(told.per_1000)}."


def _tokens(year: Estimate | None) -> str:
    """What the range of a year rests on."""
    if year is None:
        return ""
    if year.low is None or year.high is None:
        return f"; its tokens are measured, too few or too alike for an interval (n = {year.n:,})"
    return (
        "; the range is what it costs with its measured tokens, in and out, both at the low and both at the "
        f"high end of their 95 % intervals (n = {year.n:,})"
    )


def _ends(told: Estimate | None) -> str:
    if told is None or told.low is None or told.high is None or told.low == told.high:
        return ""
    return f" (95 % interval {money(told.low)} to {money(told.high)}, n = {told.n:,})"


def stability(winner: Ranked) -> str:
    """How often it comes first."""
    weights = share_of_draws(winner.wins_by_weights or 0)
    if winner.wins is None:
        return (
            "How often it comes first as measured figures move is unknown; where the weights alone move, "
            f"each by up to 20 %, it does in {weights} of draws."
        )
    both = share_of_draws(winner.wins)
    return (
        f"It comes first in {both} of draws in which each weight moves by up to 20 % and measured figures "
        f"move within their intervals, and in {weights} where the weights alone move."
    )


def cheaper(shortlist: Shortlist, alike: Sequence[Ranked], name: Name) -> str:
    """Which of several that cannot be told apart to take."""
    yearly, two = shortlist.gathered.workload is not None, len(alike) == 2
    if any(_dollars(one, yearly) is None for one in alike):
        return f"Which of {'the two costs less' if two else 'them costs least'} is not known."
    cheap, *_, dear = sorted(alike, key=lambda one: _dollars(one, yearly) or 0)
    if (same := cost_in_words(cheap.evidence, yearly)) == cost_in_words(dear.evidence, yearly):
        return f"{'Both' if two else 'They all'} cost {same}; choose by what is not scored here."
    least, most = (cost_with_ends(one.evidence, yearly) for one in (cheap, dear))
    rest = f"{name(dear)} costs {most}" if two else f"the dearest of them costs {most}"
    return f"Take the {'cheaper' if two else 'cheapest of them'}, {name(cheap)}, at {least}; {rest}."


def what_would_tell(shortlist: Shortlist, winner: Ranked, rival: Ranked) -> Iterator[str]:
    """Samples, where figures are what is uncertain; else that the weights decide."""
    tied = abs((winner.score or 0) - (rival.score or 0)) < _TIED
    if (winner.wins_by_weights or 0) < TELLS and not tied:
        yield "The choice hangs on the weights: decide what matters more, and the order follows."
        return
    margin, pair = shortlist.gathered.wanted.margin, (winner.evidence, rival.evidence)
    paired = apart(shortlist.gathered, *pair)
    of_both = paired is not None and is_paired(paired)
    parts = [one for one in ([paired] if of_both else [one.quality for one in pair]) if one is not None]
    if any(one.n < _FEW for one in parts):
        yield "Too few samples were judged to say how many more would tell their quality apart."
        return
    more = _more_samples(parts, margin)
    if more:
        each = "" if of_both else " of each"
        yield (
            f"About {more:,} more samples{each} would show a difference in quality of {margin * 100:g} "
            "points four times in five."
        )


def _more_samples(known: Sequence[Estimate], difference: float) -> int | None:
    """Samples to add, to two digits upwards, by the difference on samples that both answered.

    Without one by the two qualities, each of samples of its own; these are some more where samples are
    shared. `None` where the deviations are not known. That of one sample is what its interval tells.
    """
    deviations = [found for one in known if (found := _deviation(one)) is not None]
    if not difference or len(deviations) < len(known):
        return None
    both = sqrt(sum(deviation**2 for deviation in deviations))
    more = samples_needed_graded(difference, both) - min(one.n for one in known)
    step = 10 ** max(0, len(str(more)) - 2)
    return -(-more // step) * step if more > 0 else 0


def _deviation(told: Estimate) -> float | None:
    if told.low is None or told.high is None:
        return None
    return (told.high - told.low) / 2 / 1.96 * sqrt(told.n)


def _dollars(one: Ranked, yearly: bool) -> float | None:
    told = cost_of(one.evidence, yearly)
    return told and told.value
