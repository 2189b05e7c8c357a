"""How long each call of an offer took: the calls behind `Evidence.speed`, one by one or by bucket."""

from collections import Counter
from collections.abc import Iterator
from math import inf

from sqlalchemy.orm import Session

from broker.comparison import Evidence, Gathered
from broker.comparison.suites import found_again
from db.rollups import Counts, months, waits
from db.tally import Clock


def waits_of(session: Session, gathered: Gathered, clock: Clock) -> dict[str, Counts]:
    """By offer id the calls that its speed rests on: milliseconds, rising, each with how many took so long.

    Those of the chosen suites' runs as they were measured, `inf` where they timed out; all recorded ones
    that were answered, to within 2 %. An offer without any answer is missing.
    """
    timed = [(one, one.speed) for one in gathered.offers if one.speed is not None]
    in_runs = {one.id: _in_runs(session, one, clock) for one, speed in timed if speed.origin == "runs"}
    others = [one.id for one, _ in timed if one.id not in in_runs]
    called = months(session) if others else []
    in_calls = waits(session, called[0], called[-1], clock, others) if called else {}
    return {
        offer: counts for offer, counts in {**in_runs, **in_calls}.items() if counts and counts[0][0] < inf
    }


def within(counts: Counts, ms: float) -> float:
    """The share of calls that took no longer."""
    return sum(calls for value, calls in counts if value <= ms) / sum(calls for _, calls in counts)


def curve(counts: Counts, most: int = 100) -> Iterator[tuple[float, float]]:
    """The share of calls over the milliseconds that they took at the most, in at most so many steps.

    Where there are more durations than that, only those at which the share has grown by a step are there;
    the last one always is, with the share 1 unless calls timed out.
    """
    ended = [one for one in counts if one[0] < inf]
    total, done, told = sum(calls for _, calls in counts), 0, 0
    last = sum(calls for _, calls in ended)
    for value, calls in ended:
        done += calls
        if done * most // total > told or done == last:
            told = done * most // total
            yield value, done / total


def _in_runs(session: Session, one: Evidence, clock: Clock) -> Counts:
    found = [found_again(session, result, one.entry) for result in one.results if result.origin == "measured"]
    times = (value for each in found for value in getattr(each.samples.timed[each.offer], clock))
    return tuple(sorted(Counter(value for value in times if value is not None).items()))
