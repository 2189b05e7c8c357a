"""How often each contender comes first when weights move and figures lie elsewhere in their intervals.

- Weights: each times a number drawn evenly from 0.8 to 1.2, then divided by their sum.
- Quality: as often below its value as above, on either side like half a normal variable, so that 2.5 % of
  draws lie beyond each end of the 95 % interval; what falls outside 0 to 1 is set to the end that it passed.
- Cost and time: the same of their logarithms, so that they stay above 0. A low end of 0 is taken to be as
  many times below the value as the high end is above it.
- The lowest cost and the shortest time are found anew in each draw.

A cost that was given or is nothing is sure and stays as it is. Where a contender's measured figure has no
interval, nobody can say how far it may lie elsewhere: then the weights alone move, and how often anyone comes
first is unknown. The limits of each score come from the same draws, at the weights as they are. Figures are
drawn each by itself: offers that met the same hard samples are alike in that, so their order is, if anything,
surer than this says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from broker.comparison import CRITERIA, Criterion, Weights
from broker.stats import Estimate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOVE = 0.2
REACH: Mapping[Criterion, float] = {"cost": 100.0, "speed": 10.0}
"""So many times the least is 0 on the scale, each doubling loses the same."""
FREE = 10.0
"""What is free counts as the lowest price divided by so much: no logarithm tells it from what costs."""
_Z = 1.959964
_ENDS = (2.5, 97.5)
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Contender:
    """Its scales, and the figures behind three of them; `None` where it has none of a kind."""

    scales: Mapping[Criterion, float | None]
    quality: Estimate | None = None
    cost: Estimate | None = None
    time: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Stability:
    """The shares of draws that one came first in, all moving and the weights alone; ties are shared.

    Between `low` and `high` its score lies in 95 of 100 draws, at the weights as they are; `None` where no
    figure of anyone's moves. `wins` and both limits are `None` where a figure that ought to has no interval;
    an only contender wins all the same.
    """

    wins: float | None
    wins_by_weights: float
    low: float | None
    high: float | None


def stability(
    contenders: Sequence[Contender], weights: Weights, draws: int, seed: int
) -> Iterator[Stability]:
    """How stable each contender's place and score are; nothing where nothing has a weight."""
    import numpy as np

    counted: list[Criterion] = [name for name in CRITERIA if getattr(weights, name)]
    if not contenders or not counted:
        return
    random = np.random.default_rng(seed)
    plain = np.array([getattr(weights, name) for name in counted], dtype=float)
    moved = plain * random.uniform(1 - MOVE, 1 + MOVE, (draws, len(counted)))
    moved /= moved.sum(axis=1, keepdims=True)
    fixed: dict[Criterion, Floats] = {
        name: np.array([[one.scales[name] or 0.0] for one in contenders]) for name in counted
    }
    still = [fixed[name] for name in counted]
    by_weights = _shares(still, plain, moved).tolist()
    if any(without_interval(one, weights) for one in contenders):
        alone = 1.0 if len(contenders) == 1 else None
        yield from (Stability(alone, share, None, None) for share in by_weights)
        return
    moving = _drawn(contenders, counted, random, draws)
    figures = [(fixed | moving)[name] for name in counted]
    limits = _limits(figures, still, plain) if moving else [(None, None)] * len(contenders)
    wins = _shares(figures, plain, moved).tolist()
    for share, by_weight, (low, high) in zip(wins, by_weights, limits, strict=True):
        yield Stability(share, by_weight, low, high)


def without_interval(one: Contender, weights: Weights) -> "dict[Criterion, Estimate]":
    """The figures with a weight that were measured, and of which no interval can be given."""
    weighed: list[Criterion] = [name for name in CRITERIA if getattr(weights, name)]
    found: dict[Criterion, Estimate] = {}
    for name in weighed:
        told = _estimate(one, name)
        if told is not None and _is_open(name, told):
            found[name] = told
    return found


def _is_open(name: Criterion, told: Estimate) -> bool:
    """Free is free, and a cost that rests on no call was given: these are sure without an interval."""
    is_sure = name == "cost" and (not told.n or not told.value)
    return not is_sure and (told.low is None or told.high is None)


def _limits(
    drawn: "Sequence[Floats]", fixed: "Sequence[Floats]", plain: "Floats"
) -> "list[tuple[float, float]]":
    """The 2.5th and 97.5th percentile of each row's score, so wide that they hold the score itself."""
    import numpy as np

    scores, own = (_weighted(columns, plain / plain.sum()) for columns in (drawn, fixed))
    low, high = np.percentile(scores, _ENDS, axis=1)
    return list(zip(np.minimum(low, own[:, 0]).tolist(), np.maximum(high, own[:, 0]).tolist(), strict=True))


def _weighted(columns: "Sequence[Floats]", parts: "Floats") -> "Floats":
    found = columns[0] * parts[0]
    for column, part in zip(columns[1:], parts[1:], strict=True):
        found = found + column * part
    return found


def _drawn(
    contenders: Sequence[Contender], counted: Sequence[Criterion], random: "np.random.Generator", draws: int
) -> "dict[Criterion, Floats]":
    """The scales that have intervals, contenders × draws."""
    import numpy as np

    found: dict[Criterion, Floats] = {}
    for name in counted:
        told = [_estimate(one, name) for one in contenders]
        known = [one for one in told if one is not None and one.value is not None]
        if len(known) < len(told) or all(one.low is None for one in known):
            continue
        figures = _figures(known, name != "quality", random, draws)
        found[name] = np.clip(figures, 0, 1) if name == "quality" else nearness(figures, REACH[name])
    return found


def _estimate(one: Contender, name: Criterion) -> Estimate | None:
    return {"quality": one.quality, "cost": one.cost, "speed": one.time}.get(name)


def _figures(told: Sequence[Estimate], ratios: bool, random: "np.random.Generator", draws: int) -> "Floats":
    import numpy as np

    ends = np.array([_ends(one, ratios) for one in told])
    if ratios:
        with np.errstate(divide="ignore"):  # the logarithm of what is free is -inf, and e to that is 0 again
            ends = np.log(ends)
    middle = ends[:, :1]
    spread = np.where(np.isfinite(middle), np.abs(ends[:, 1:] - np.where(np.isfinite(middle), middle, 0)), 0)
    z = random.standard_normal((len(told), draws)) / _Z
    found = middle + z * np.where(z < 0, spread[:, :1], spread[:, 1:])
    return np.exp(found) if ratios else found


def _ends(told: Estimate, ratios: bool) -> tuple[float, float, float]:
    """Value, low and high; what is sure is all three itself."""
    value = told.value or 0.0
    if told.low is None or told.high is None:
        return value, value, value
    low, high = min(told.low, value), max(told.high, value)
    return value, (value * value / high if ratios and low <= 0 < high else low), high


def nearness(figures: "Floats", reach: float) -> "Floats":
    """How near each figure is to the least above 0 of its column, from 1 to 0 at `reach` times that.

    It falls by the logarithm; what is 0 has 1, and counts as the least divided by `FREE`.
    """
    import numpy as np

    costly = np.where(figures > 0, figures, np.inf)
    least = costly.min(axis=0, keepdims=True) / np.where((figures > 0).all(axis=0, keepdims=True), 1.0, FREE)
    with np.errstate(invalid="ignore", divide="ignore"):
        times = np.where(figures > 0, costly / least, 1.0)
    return np.clip(1 - np.log(times) / np.log(reach), 0, 1)


def _shares(columns: "Sequence[Floats]", plain: "Floats", moved: "Floats") -> "Floats":
    """The share of draws that each row comes first in; columns are rows × draws or rows × 1."""
    import numpy as np

    rows = _hopeful(columns, plain)
    scores = sum(column[rows] * moved[:, i] for i, column in enumerate(columns))
    first = scores >= np.max(scores, axis=0) - _TIE
    found = np.zeros(len(columns[0]))
    found[rows] = (first / first.sum(axis=0)).mean(axis=1)
    return found


def _hopeful(columns: "Sequence[Floats]", plain: "Floats") -> "NDArray[np.intp]":
    """The rows that do not come behind a certain other one in every draw, whatever the weights do."""
    import numpy as np

    low = np.stack([column.min(axis=1) for column in columns], axis=1)
    high = np.stack([column.max(axis=1) for column in columns], axis=1)
    ahead = low[np.argmax(low @ plain)] - high
    at_least = (plain * np.where(ahead > 0, 1 - MOVE, 1 + MOVE) * ahead).sum(axis=1)
    return np.flatnonzero(at_least <= _TIE * plain.sum() * 2)
