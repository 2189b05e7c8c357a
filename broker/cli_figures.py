"""A run's figures as a table on a terminal: a line a figure, a column an offer."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from broker.results.leaderboard import Standing, Waits
    from broker.stats import Estimate

_ACROSS = 3  # offers side by side: more would not fit on a terminal


def table(board: "Sequence[Standing]") -> Iterator[str]:
    """The lines; every figure with the limits of its 95 % interval and the number `n` that it rests on."""
    for start in range(0, len(board), _ACROSS):
        columns = [_column(standing) for standing in board[start : start + _ACROSS]]
        rows = [[name, *(column[name] for column in columns)] for name in columns[0]]
        widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
        for row in rows:
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _column(one: "Standing") -> dict[str, str]:
    """An offer's cells; those of the costs and times are left out where answers were made elsewhere."""
    made_here = {
        "$ per 1,000 tasks": _shown(one.cost_per_1000, "{:,.4g}".format),
        "$ per right answer": _shown(one.cost_per_right, "{:,.4g}".format),
        **_waits("first token", one.ttft),
        **_waits("first word", one.ttfa),
        **_waits("whole answer", one.total),
        "tokens/s p50": _shown(one.tokens_per_s, "{:,.1f}".format),
    }
    return {
        "": one.label,  # the heads
        "asked": f"{one.asked:,}",
        "answered": f"{one.answered:,}",
        "accuracy": _shown(one.accuracy, _percent),
        "of all asked": _shown(one.accuracy_of_asked, _percent),
        "score": _shown(one.score, _percent),
        **(made_here if one.kind == "measured" else {}),
    }


def _waits(name: str, waits: "Waits | None") -> dict[str, str]:
    parts = {"p50": waits and waits.p50, "p95": waits and waits.p95}
    return {f"{name} {part}": _shown(found, "{:,.0f} ms".format) for part, found in parts.items()}


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def _shown(estimate: "Estimate | None", show: Callable[[float], str]) -> str:
    """`85.0 % (70.9 % to 92.9 %), n = 40`; with one limit alone `(at least 350 ms)`."""
    if estimate is None or (estimate.value is None and estimate.low is None):
        return "unknown"
    if estimate.value is None:  # calls that timed out may have taken any time
        return f"more than {show(estimate.low or 0)}, n = {estimate.n:,}"
    low, high = (None if end is None else show(end) for end in (estimate.low, estimate.high))
    limits = f" ({low} to {high})" if low and high else ""
    one = f" (at least {low})" if low else f" (at most {high})" if high else ""
    return f"{show(estimate.value)}{limits or one}, n = {estimate.n:,}"
