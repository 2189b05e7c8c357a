"""Whether $ per million tokens says who is cheap: offers ranked by what a finished task costs, too.

A task is finished where the answer is right; in a run without pass or fail, where it was answered and billed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations

from broker.results import Measure
from broker.results.leaderboard import Standing
from broker.stats import Estimate
from broker.types import TokenPrice
from broker.workload.measured import Counted, Measured

_NOTABLE = 1.1  # a tenth more counts as a reason

Totals = Counted | Measured


@dataclass(frozen=True, slots=True)
class TaskCost:
    """One offer. `price_mtok`: US dollars per million tokens at the run's own mix of input and output.

    `cost`: US dollars per finished task. Ranks start at 1. `input_tokens` and `output_tokens` are those
    paid for per finished task, `finished` is the share of the calls that finished one.
    """

    offer: str
    label: str
    price_mtok: Decimal
    price_rank: int
    cost: Estimate
    cost_rank: int
    finished: float
    input_tokens: float
    output_tokens: float


@dataclass(frozen=True, slots=True)
class Honesty:
    """The offers by cost per finished task, cheapest first; `warning` where $ per million tokens misleads.

    `left_out` are the labels of those whose price, tokens or cost is not known.
    """

    offers: tuple[TaskCost, ...]
    left_out: tuple[str, ...]
    warning: str | None

    def of(self, offer: str) -> TaskCost | None:
        """An offer's row by its id; `None` where it is left out."""
        return next((one for one in self.offers if one.offer == offer), None)

    def against(self, offer: str) -> str | None:
        """The warning where an offer is the one that only looks cheap."""
        return _warning(self.offers, cheap=offer)

    def about(self, offer: str) -> str | None:
        """The same warning where an offer is one of the two that it names: the pair that misleads most."""
        return _warning(self.offers, offer)


def by_finished_task(
    standings: Sequence[Standing],
    tokens: Mapping[str, Totals],
    prices: Mapping[str, TokenPrice | None],
    measure: Measure,
) -> Honesty:
    """The offers of one run both ways; tokens and prices are by offer id."""
    found = [one for one in standings if one.offer in tokens and _cost(one, measure).value is not None]
    mix = _mix([tokens[one.offer] for one in found])
    per_mtok = {one.offer: _price(prices.get(one.offer), mix) for one in found}
    priced = [(one, price) for one in found if (price := per_mtok[one.offer]) is not None]
    by_price = sorted(price for _, price in priced)
    by_cost = sorted(_cost(one, measure).value or 0.0 for one, _ in priced)
    rows = [_task_cost(one, tokens[one.offer], measure, price, (by_price, by_cost)) for one, price in priced]
    known = {row.offer for row in rows}
    left_out = tuple(one.label for one in standings if one.offer not in known)
    rows.sort(key=lambda row: (row.cost_rank, row.price_rank, row.label))
    return Honesty(tuple(rows), left_out, _warning(rows))


def _task_cost(
    one: Standing,
    tokens: Totals,
    measure: Measure,
    price: Decimal,
    order: tuple[list[Decimal], list[float]],
) -> TaskCost:
    cost = _cost(one, measure)
    finished = one.right / cost.n if measure == "passed" else 1.0
    return TaskCost(
        offer=one.offer,
        label=one.label,
        price_mtok=price,
        price_rank=order[0].index(price) + 1,
        cost=cost,
        cost_rank=order[1].index(cost.value or 0.0) + 1,
        finished=finished,
        input_tokens=tokens.input_tokens / tokens.calls / finished,
        output_tokens=tokens.output_tokens / tokens.calls / finished,
    )


def _cost(one: Standing, measure: Measure) -> Estimate:
    """US dollars per finished task."""
    if measure == "passed":
        return one.cost_per_right
    per_1000 = one.cost_per_1000
    value, low, high = (
        None if end is None else end / 1000 for end in (per_1000.value, per_1000.low, per_1000.high)
    )
    return Estimate(value, low, high, per_1000.n, per_1000.method)


def _mix(tokens: Sequence[Totals]) -> Decimal:
    """The share of input in all tokens of the run; 0 where there are none."""
    given, written = (sum(one.input_tokens for one in tokens), sum(one.output_tokens for one in tokens))
    return Decimal(given) / (given + written) if given + written else Decimal(0)


def _price(price: TokenPrice | None, mix: Decimal) -> Decimal | None:
    if price is None or price.input_mtok is None or price.output_mtok is None:
        return None
    return price.input_mtok * mix + price.output_mtok * (1 - mix)


def _warning(rows: Sequence[TaskCost], offer: str | None = None, *, cheap: str | None = None) -> str | None:
    """A sentence on the pair that misleads most, those with the lowest price per token first.

    Of all pairs, or of those of one `offer`, or in which one looks `cheap`.
    """
    pairs = [
        (one, other)
        for one, other in permutations(rows, 2)
        if one.price_rank < other.price_rank and one.cost_rank > other.cost_rank
        if offer in (None, one.offer, other.offer) and cheap in (None, one.offer)
    ]
    if not pairs:
        return None
    low, fair = max(pairs, key=lambda pair: (-pair[0].price_rank, _times(pair)))
    reasons = " and ".join(_reasons(low, fair))
    return (
        f"Price per million tokens misleads: {low.label} asks {_usd(low.price_mtok)} against "
        f"{_usd(fair.price_mtok)} of {fair.label}, but a finished task costs {_usd(low.cost.value)} "
        f"against {_usd(fair.cost.value)}{', for it ' if reasons else ''}{reasons}."
        f"{' The two intervals overlap, so this may be chance.' if _overlap(low.cost, fair.cost) else ''}"
    )


def _reasons(cheap: TaskCost, fair: TaskCost) -> Iterator[str]:
    """What makes the cheaper token the dearer task, per call."""
    written = (cheap.output_tokens * cheap.finished, fair.output_tokens * fair.finished)
    given = (cheap.input_tokens * cheap.finished, fair.input_tokens * fair.finished)
    if written[0] > _NOTABLE * written[1]:
        yield f"writes {_ratio(written)} the tokens"
    if given[0] > _NOTABLE * given[1]:
        yield f"counts {_ratio(given)} the tokens in the same input"
    if fair.finished > _NOTABLE * cheap.finished:
        yield f"finishes {cheap.finished * 100:.0f} % of the tasks instead of {fair.finished * 100:.0f} %"


def _ratio(pair: tuple[float, float]) -> str:
    return f"{pair[0] / pair[1]:.1f} times" if pair[1] else "many times"


def _times(pair: tuple[TaskCost, TaskCost]) -> float:
    cheap, fair = (one.cost.value or 0.0 for one in pair)
    return cheap / fair if fair else cheap


def _overlap(one: Estimate, other: Estimate) -> bool:
    """Whether two intervals share a value; one without limits may be anywhere."""
    apart = (one.low is not None and other.high is not None and one.low > other.high) or (
        other.low is not None and one.high is not None and other.low > one.high
    )
    return not apart


def _usd(amount: Decimal | float | None) -> str:
    """Two decimals from ten cents up, else two significant digits."""
    value = float(amount or 0)
    return f"${value:,.2f}" if value >= 0.1 or not value else f"${Decimal(f'{value:.2g}'):f}"
