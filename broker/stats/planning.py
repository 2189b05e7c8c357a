"""How many samples a question needs, and how small a difference some number of them can show.

Normal approximations for two-sided tests. Discordance is the share of samples that exactly one of two
offers passes: the only ones that tell them apart. Clusters are paid for by the design effect.
"""

from math import ceil, sqrt
from statistics import NormalDist

from broker.stats import Comparison
from broker.stats.roots import crossing


def discordance(a: float, b: float) -> float:
    """Return the discordance of two pass rates if offers failed independently: in practice an upper bound.

    What is hard for one is seldom easy for the other, and each sample that both fail leaves fewer that tell
    them apart (Connor 1987, Biometrics 43:207, on positively related pairs).
    """
    return a * (1 - b) + b * (1 - a)


def design_effect(cluster_size: float, correlation: float) -> float:
    """Return by how much equal clusters blow up a variance (Kish 1965): 1 + (size - 1) x correlation."""
    return 1 + (cluster_size - 1) * correlation


def samples_needed(
    difference: float,
    discordance: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    effect: float = 1.0,
    continuity: bool = True,
) -> int:
    """Return how many samples show a difference of pass rates with this power in McNemar's exact test.

    Connor (1987, Biometrics 43:207) with the continuity correction that stands for the exact test (Edwards
    1948, Psychometrika 13:185); without `continuity` Connor's own numbers, which are for the test without
    it. A discordance below the difference is impossible and read as equal to it.
    """
    shared = max(discordance, difference)
    reach = _z(1 - alpha / 2) * sqrt(shared) + _z(power) * sqrt(shared - difference**2)
    # The root of the units u, from u x difference - 1 = reach x √u; without the 1 it is reach / difference.
    root = (reach + sqrt(reach**2 + 4 * difference * continuity)) / 2 / difference
    return _ceil(effect * root**2)


def detectable_difference(
    n: int, discordance: float | None, *, power: float = 0.8, alpha: float = 0.05, effect: float = 1.0
) -> float | None:
    """Return the smallest difference of pass rates that n samples show; `None` if no possible one.

    The formula of `samples_needed` (Connor 1987, with Edwards' correction of 1948) solved for the difference:
    this power is reached. Where no discordance is known (`None`), that of two offers that fail independently
    is taken, one of which passes as far above half of the samples as the other below: no two such offers
    differ on more.
    """
    units = n / effect

    def reached(difference: float) -> float:
        shared = (1 + difference**2) / 2 if discordance is None else discordance
        reach = _z(1 - alpha / 2) * sqrt(shared) + _z(power) * sqrt(max(0.0, shared - difference**2))
        return difference * sqrt(units) - reach - 1 / sqrt(units)

    most = 1.0 if discordance is None else discordance
    if n == 0 or most <= 0 or reached(most) < 0:
        return None
    return crossing(reached, 0.0, most)


def samples_needed_graded(
    difference: float, deviation: float, *, power: float = 0.8, alpha: float = 0.05, effect: float = 1.0
) -> int:
    """Return how many samples show a mean difference of scores whose paired differences deviate so.

    The usual normal formula; the paired form is in Miller 2024, "Adding Error Bars to Evals", section 5.
    """
    return _ceil(effect * ((_z(1 - alpha / 2) + _z(power)) * deviation / difference) ** 2)


def detectable_difference_graded(
    n: int, deviation: float, *, power: float = 0.8, alpha: float = 0.05, effect: float = 1.0
) -> float | None:
    """Return the smallest mean difference of scores that n samples show; `None` for no samples.

    The formula of `samples_needed_graded` (Miller 2024, section 5) solved for the difference.
    """
    return (_z(1 - alpha / 2) + _z(power)) * deviation * sqrt(effect / n) if n else None


def more_samples(comparison: Comparison, difference: float, comparisons: int = 1) -> int | None:
    """Return how many samples to add until a difference shows with power 0.8; 0 if there are enough.

    It is one of so many `comparisons`: the level is 0.05 / comparisons, Holm's first step. By Connor 1987,
    or Miller 2024 for graded scores. It trusts the discordance, or the deviation, seen so far; `None` where
    there is none to go by.
    """
    alpha, effect = 0.05 / comparisons, comparison.design_effect
    if comparison.only_a is None or comparison.only_b is None:
        if not comparison.deviation:
            return None
        needed = samples_needed_graded(difference, comparison.deviation, alpha=alpha, effect=effect)
    elif comparison.n < 2:
        return None
    else:
        seen = (comparison.only_a + comparison.only_b) / comparison.n
        needed = samples_needed(difference, seen, alpha=alpha, effect=effect)
    return max(0, needed - comparison.n)


def _z(probability: float) -> float:
    return NormalDist().inv_cdf(probability)


def _ceil(samples: float) -> int:
    """Round up, but not for what floating point adds to a whole number."""
    return ceil(samples - 1e-9)
