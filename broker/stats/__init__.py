"""Statistics of test runs: what is known, how well, and what is not known. One file a noun.

Shares and scores go from 0 to 1. What cannot be said is `None`, never 0. `docs/statistics.md` names the
methods, their sources, and how often their intervals hold.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval: `n` is what it rests on (samples, calls), `method` how it was found.

    `value` is `None` where nothing was measured; `low` and `high` each where no limit can be given.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """B against A on the samples that both answered: `difference` is B's mean score less A's.

    `p` is the two-sided chance of a difference this large if the two were alike. The four counts are `None`
    where scores are graded. `deviation` is the standard deviation of one sample's difference and
    `design_effect` by how much clusters blow up its variance: planning needs both. `groups` counts the
    independent units: clusters, or samples where none are shared.
    """

    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    groups: int
    method: str
    both_right: int | None = None
    only_a: int | None = None
    only_b: int | None = None
    both_wrong: int | None = None
    deviation: float | None = None
    design_effect: float = 1.0
    confidence: float = 0.95
