"""What a winner is chosen for: by how much, at what confidence, at what cost, as sentences."""

from collections.abc import Iterator, Sequence
from math import sqrt

from broker.comparison import Evidence, Ranked, Shortlist
from broker.comparison.combine import difference
from broker.comparison.scores import cost_of
from broker.comparison.sentence_words import (
    Name,
    cost_in_words,
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


def ahead(winner: Ranked, rival: Ranked, name: Name) -> str:
    """By how much the first is ahead of the next."""
    scores = f"The score of {name(winner)} is {winner.score:.2f}, that of {name(rival)} {rival.score:.2f}"
    return f"{scores}; {quality_against(winner.evidence, rival.evidence)}."


def cheapest(shortlist: Shortlist, winner: Ranked, rival: Ranked | None, name: Name) -> Iterator[str]:
    """The cheapest that passes, and what it is worse in; nothing where it is the next anyway."""
    yearly = shortlist.gathered.workload is not None
    passing = [one for one in shortlist.ranked if one.outcome == "pass" and _dollars(one, yearly) is not None]
    least = min(passing, key=lambda one: _dollars(one, yearly) or 0, default=None)
    own = _dollars(winner, yearly)
    if least is None or own is None or least is rival:
        return
    if own > (_dollars(least, yearly) or 0):
        cost = cost_in_words(least.evidence, yearly)
        apart = quality_against(winner.evidence, least.evidence)
        yield f"The cheapest that passes is {name(least)}, at {cost}; compared with it, {apart}."
    elif len(passing) > 1:
        yield "No other offer that passes is known to cost less."


def best(shortlist: Shortlist, winner: Ranked, rival: Ranked | None, name: Name) -> Iterator[str]:
    """Who passes and was shown to be better in quality; nothing where it is the next anyway."""
    yearly, own = shortlist.gathered.workload is not None, winner.evidence.quality
    passing = [one for one in shortlist.ranked if one.outcome == "pass" and one.evidence.quality is not None]
    first = max(passing, key=_right, default=None)
    if first is None or first in (winner, rival) or own is None or first.evidence.quality is None:
        return
    apart = difference(own, first.evidence.quality)
    if apart.low is not None and apart.low > 0:
        cost = cost_in_words(first.evidence, yearly) or "at an unknown cost"
        apart_in_words = quality_against(first.evidence, winner.evidence)
        yield f"The best that passes is {name(first)}, {cost}: {apart_in_words}."


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
    cost = cost_in_words(told, workload is not None)
    if workload is not None and cost:
        yield f"For the workload {workload.name} it costs {cost} at our price."
    elif cost:
        yield f"Measured, it costs {cost}{_ends(told.per_1000)}."


def _ends(told: Estimate | None) -> str:
    if told is None or told.low is None or told.high is None or told.low == told.high:
        return ""
    return f" (95 % interval {money(told.low)} to {money(told.high)}, n = {told.n:,})"


def stability(winner: Ranked) -> str:
    """How often it comes first."""
    both, weights = share_of_draws(winner.wins or 0), share_of_draws(winner.wins_by_weights or 0)
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
    least, most = (cost_in_words(one.evidence, yearly) for one in (cheap, dear))
    if least == most:
        return f"{'Both' if two else 'They all'} cost {least}; choose by what is not scored here."
    rest = f"{name(dear)} costs {most}" if two else f"the dearest of them costs {most}"
    return f"Take the {'cheaper' if two else 'cheapest of them'}, {name(cheap)}, at {least}; {rest}."


def what_would_tell(shortlist: Shortlist, winner: Ranked, rival: Ranked) -> Iterator[str]:
    """Samples, where figures are what is uncertain; else that the weights decide."""
    tied = abs((winner.score or 0) - (rival.score or 0)) < _TIED
    if (winner.wins_by_weights or 0) < TELLS and not tied:
        yield "The choice hangs on the weights: decide what matters more, and the order follows."
        return
    margin = shortlist.gathered.wanted.margin
    more = _more_samples(winner.evidence, rival.evidence, margin)
    if more:
        yield (
            f"About {more:,} more samples at the most would show a difference in quality of {margin * 100:g} "
            "points."
        )


def _more_samples(one: Evidence, other: Evidence, difference: float) -> int | None:
    """Samples to add, to two digits upwards; at the most, as samples that both answered tell more.

    `None` where the deviations are not known. The deviation of one sample is what its interval tells.
    """
    deviations = [_deviation(told) for told in (one.quality, other.quality)]
    if not difference or one.quality is None or other.quality is None or None in deviations:
        return None
    both = sqrt(sum((deviation or 0) ** 2 for deviation in deviations))
    more = samples_needed_graded(difference, both) - min(one.quality.n, other.quality.n)
    step = 10 ** max(0, len(str(more)) - 2)
    return -(-more // step) * step if more > 0 else 0


def _deviation(told: Estimate | None) -> float | None:
    if told is None or told.low is None or told.high is None:
        return None
    return (told.high - told.low) / 2 / 1.96 * sqrt(told.n)


def _dollars(one: Ranked, yearly: bool) -> float | None:
    told = cost_of(one.evidence, yearly)
    return told and told.value
