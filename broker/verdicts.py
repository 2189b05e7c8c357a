"""What a comparison comes to, as a sentence with its numbers: no more is claimed than they carry."""

from dataclasses import dataclass
from math import floor, log10
from typing import Literal

from broker.stats import Comparison, Estimate
from broker.stats.planning import more_samples

LEVEL = 0.05
"""How often a claim of better or worse may be wrong when the offers are alike."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """B against A. `not worse` holds within the margin, `undecided` is no claim of being alike."""

    kind: Literal["better", "worse", "not worse", "undecided", "no data"]
    sentence: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a comparison.

    `margin` is how much worse B may be, `target` the difference worth finding, both as shares (0.05 is five
    points). `comparisons` is how many are made at once, `p` then the value adjusted for that.
    """

    margin: float | None = None
    target: float = 0.05
    comparisons: int = 1
    p: float | None = None


def verdict(
    a: str, b: str, comparison: Comparison, question: Question | None = None, cost: Estimate | None = None
) -> Verdict:
    """Return what is known of offer `b` against `a`; `cost` is the ratio of b's cost to a's on the same work.

    Better and worse need both the test, adjusted where there are several comparisons, and the interval.
    Not worse rests on the interval alone: for several such claims compare with `simultaneous` confidence.
    """
    asked = question or Question()
    found, low, high = comparison.difference, comparison.low, comparison.high
    if found is None or low is None or high is None:
        return Verdict("no data", _no_data(a, b, comparison))
    plain = f"{_cost(cost, ' and')}; {_size(comparison)}"
    tail = f"{plain}{_family(asked)}."
    p = comparison.p if asked.p is None else asked.p
    sure = p is not None and p <= LEVEL and not low <= 0 <= high
    within = asked.margin is not None and low > -asked.margin
    level = f"{comparison.confidence * 100:.3g} %"
    if sure and found > 0:
        return Verdict("better", f"{b} is {_points(found)} better than {a} ({_interval(comparison)}){tail}")
    if within:
        margin = f"{_plain(asked.margin or 0)} worse than {a} ({level})"
        return Verdict("not worse", f"{b} is {'worse, but ' if sure else ''}no more than {margin}{plain}.")
    if sure:
        return Verdict(
            "worse", f"{b} is {_points(-found)} worse than {a} ({_interval(comparison, -1)}){tail}"
        )
    note = "" if low <= 0 <= high or p is None else f", p = {p:.2g}"
    doubt = _undecided(a, b, comparison, asked, note)
    return Verdict("undecided", f"{doubt}{_cost(cost, f'; {b}')}; {_size(comparison)}{_family(asked)}.")


def _no_data(a: str, b: str, comparison: Comparison) -> str:
    if comparison.n == 0:
        return f"No sample was answered by both {a} and {b}."
    if comparison.groups == 1 and comparison.n > 1:
        return f"Cannot tell {a} from {b}: all {comparison.n} samples share one document."
    return f"Cannot tell {a} from {b}: too few samples answered by both; {_size(comparison)}."


def _undecided(a: str, b: str, comparison: Comparison, asked: Question, note: str) -> str:
    reach = max(abs(comparison.low or 0), abs(comparison.high or 0))
    if comparison.only_a == 0 and comparison.only_b == 0:
        alike = f"{a} and {b} passed and failed the very same samples"
        return f"{alike}; a difference of up to {_points(reach)} is not ruled out"
    more = more_samples(comparison, asked.target, asked.comparisons)
    doubt = f"Cannot tell {a} from {b} ({_interval(comparison)}{note})"
    if more is None:
        return doubt
    if more:
        return f"{doubt}: about {_round(more)} more samples needed to find {_plain(asked.target)}"
    return f"{doubt}: if they differ, then by no more than {_points(reach)}"


def _cost(cost: Estimate | None, who: str) -> str:
    """Return what is known of the cost, after the words for who bears it; nothing where it was not asked."""
    if cost is None:
        return ""
    if cost.value is None:
        return "; how the costs compare is not known"
    change = (cost.value - 1) * 100
    size = f"{abs(change):.0f}" if abs(change) >= 1 else f"{abs(change):.1g}"
    words = f"{size} % {'less' if change < 0 else 'more'}"
    if cost.low is None or cost.high is None:
        return f"{who} costs {words} on these samples" if change else f"{who} costs the same"
    if cost.low <= 1 <= cost.high:
        ends = f"{_percent(cost.low)} to {_percent(cost.high)}"
        return f"; no difference in cost is shown ({ends})"
    return f"{who} costs {words}"


def _percent(ratio: float) -> str:
    return f"{_signed((ratio - 1) * 100, 0)} %"


def _interval(comparison: Comparison, sign: int = 1) -> str:
    ends = sorted((sign * 100 * (comparison.low or 0), sign * 100 * (comparison.high or 0)))
    low, high = (_signed(end, 1) for end in ends)
    return f"{comparison.confidence * 100:.3g} % interval {low} to {high}"


def _size(comparison: Comparison) -> str:
    shared = f" in {comparison.groups} groups" if comparison.groups < comparison.n else ""
    return f"n = {comparison.n:,}{shared}"


def _family(asked: Question) -> str:
    """Return for how many comparisons the test is corrected: intervals are each for themselves."""
    return f", test corrected for {asked.comparisons} comparisons" if asked.comparisons > 1 else ""


def _points(share: float) -> str:
    """Return a measured share with one decimal."""
    number = _signed(share * 100, 1)
    return f"{number} point{'' if number == '1.0' else 's'}"


def _plain(share: float) -> str:
    """Return a share that somebody chose, as they would write it."""
    number = f"{share * 100:g}"
    return f"{number} point{'' if number == '1' else 's'}"


def _signed(number: float, decimals: int) -> str:
    text = f"{number:.{decimals}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def _round(samples: int) -> str:
    """Return a number of samples to two digits, upwards: it is an estimate and should look like one."""
    step = 10 ** max(0, floor(log10(samples)) - 1)
    return f"{-(-samples // step) * step:,}"
