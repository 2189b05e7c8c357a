"""Quality against what 1,000 tasks cost, each with its interval, and the line of those that none beats."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from broker.comparison import Ranked, Shortlist
from broker.comparison.frontier import frontier
from broker.comparison.sentence_words import money
from broker.comparison_charts import Figure
from broker.comparison_charts.axes import Span, span, span_with_zero
from broker.comparison_charts.labels import Box, placed
from broker.comparison_charts.quality_cost_layers import SELECTION, Axes, layers
from broker.comparison_charts.theme import FADED, coloured, distinct
from broker.results.breakdown import Point
from broker.stats import Estimate

WIDTH, HEIGHT = 640, 360
_BOLD: Mapping[str, Any] = {"shown": 1.0, "size": 150, "weight": "bold"}
_QUIET: Mapping[str, Any] = {"shown": FADED, "size": 90, "weight": "normal"}
_NOTE = "Up is better, left is cheaper. Bars are 95 % intervals. The dashed line joins the offers"
_PASSING = (
    " with all must-haves that no other of these beats in both; the others are faded, and hollow where they "
    "do not pass."
)
_ALL = " that no other beats in both; the others are faded."
_NONE_PASSES = (
    " None of the offers in the chart passes every must-have, so the line is drawn over all of them."
)
_FREE = " Free offers stand at the left edge, off the scale."
_RECOMMENDED = " The recommended offer is bold in any case."


def quality_cost(
    shortlist: Shortlist, dark: bool = False, width: int = WIDTH, height: int = HEIGHT
) -> Figure | None:
    """The chart of the offers whose quality and cost were measured; a click on a point selects `offer`.

    `None` where all of these are free as well: then quality alone tells them apart.
    """
    found = frontier(ranked.evidence for ranked in shortlist.ranked)
    if all(map(_is_free, found.points)):
        return None
    points = _compared(found.points, shortlist)
    axes = Axes(_cost_axis(points), span(_ends(points, "quality"), 0.0, 1.0))
    by_offer = {ranked.evidence.id: ranked for ranked in shortlist.ranked}
    colours = coloured([by_offer[point.offer].evidence.entry.offer.maker for point in points], dark)
    names = _names([by_offer[point.offer] for point in points])
    rows = [_row(point, by_offer[point.offer], axes, colours) for point in points]
    for row in rows:
        row["name"] = names[row[SELECTION]]
    _embolden(rows, shortlist.winner)
    _label(rows, axes, width, height)
    chart = layers(rows, _steps(points, axes), axes, dark).properties(width=width, height=height)
    free = _FREE if axes.cost.log and any(map(_is_free, points)) else ""
    left_out = f" Not shown, as a figure is unknown: {len(found.left_out)}." if found.left_out else ""
    return Figure(chart, _alt(points), _note(points, by_offer, shortlist.winner) + free + left_out)


def _is_free(point: Point) -> bool:
    return point.cost_per_1000.value == 0


def _cost_axis(points: Sequence[Point]) -> Span:
    values = _ends(points, "cost")
    return span_with_zero(values) if any(map(_is_free, points)) else span(values)


def _compared(points: Sequence[Point], shortlist: Shortlist) -> list[Point]:
    """The points with the frontier of the offers that can be chosen: those that pass, or all if none does."""
    drawn = {point.offer for point in points}
    shown = [ranked for ranked in shortlist.ranked if ranked.evidence.id in drawn]
    passing = [ranked for ranked in shown if ranked.outcome == "pass"] or shown
    best = {point.offer for point in frontier(one.evidence for one in passing).points if point.frontier}
    return [replace(point, frontier=point.offer in best) for point in points]


def _note(points: Sequence[Point], by_offer: Mapping[str, Ranked], winner: Ranked | None) -> str:
    """How to read the chart: over which offers the line goes."""
    passing = sum(by_offer[point.offer].outcome == "pass" for point in points)
    told = _NOTE + (_PASSING if 0 < passing < len(points) else _ALL)
    if not passing:
        return told + _NONE_PASSES
    beaten = any(winner and point.offer == winner.evidence.id and not point.frontier for point in points)
    return told + (_RECOMMENDED if beaten else "")


def _embolden(rows: Sequence[dict[str, Any]], winner: Ranked | None) -> None:
    """Show the recommended offer as those on the frontier, wherever it lies."""
    for row in rows:
        if winner is not None and row[SELECTION] == winner.evidence.id:
            row.update(_BOLD)


def _ends(points: Sequence[Point], what: str) -> list[float]:
    """Every value and limit that has to be within an axis."""
    told = [point.cost_per_1000 if what == "cost" else point.quality for point in points]
    ends = [end for one in told for end in (one.low, one.value, one.high) if end is not None]
    return [end for end in ends if end > 0] if what == "cost" else ends


def _names(shown: Sequence[Ranked]) -> dict[str, str]:
    """Models by offer, with their platforms where several offer the same one."""
    models = Counter(ranked.evidence.entry.offer.name for ranked in shown)
    told = [(one.evidence, one.evidence.entry.offer.name) for one in shown]
    return distinct({one.id: one.label if models[name] > 1 else name for one, name in told}, 24)


def _row(point: Point, ranked: Ranked, axes: Axes, colours: dict[str, str]) -> dict[str, Any]:
    cost, good, offer = point.cost_per_1000, point.quality, ranked.evidence.entry.offer
    value, share = cost.value or 0.0, good.value or 0.0
    colour = colours[offer.maker]
    return {
        SELECTION: point.offer,
        "label": point.label,
        "maker": offer.maker,
        "cost": value,
        "paid": _price(point),
        "x": axes.cost.shown(value),
        "x_low": axes.cost.clipped(axes.cost.shown(value if cost.low is None else cost.low)),
        "x_high": axes.cost.shown(value if cost.high is None else cost.high),
        "quality": share,
        "low": share if good.low is None else good.low,
        "high": share if good.high is None else good.high,
        "said": _said(good),
        "n": good.n,
        "gates": ranked.outcome,
        "spoken": f"{point.label}: quality {_said(good)}, n = {good.n:,}; {_price(point)} per 1,000 tasks",
        "colour": colour,
        "fill": colour if ranked.outcome == "pass" else "transparent",
        **(_BOLD if point.frontier else _QUIET),
    }


def _price(point: Point) -> str:
    return "free" if _is_free(point) else money(point.cost_per_1000.value or 0)


def _said(good: Estimate) -> str:
    """`84.8 % (81.2 to 87.9)`."""
    value = f"{100 * (good.value or 0):.1f} %"
    if good.low is None or good.high is None:
        return value
    return f"{value} ({100 * good.low:.1f} to {100 * good.high:.1f})"


def _label(rows: list[dict[str, Any]], axes: Axes, width: int, height: int) -> None:
    """Give each row the place of its name, those on the frontier first; `text` is empty without room."""
    order = sorted(rows, key=lambda row: -row["shown"])
    spots = placed(
        [(*_pixels(row["x"], row["quality"], axes, width, height), row["name"]) for row in order],
        (width, height),
        [_bar(row, axes, width, height) for row in rows],
        must=sum(row["shown"] == 1 for row in rows),
    )
    for row, spot in zip(order, spots, strict=True):
        row["text"] = row["name"] if spot else ""
        row["dx"], row["dy"], row["align"] = (spot.dx, spot.dy, spot.align) if spot else (0, 0, "left")


def _pixels(cost: float, quality: float, axes: Axes, width: int, height: int) -> tuple[float, float]:
    return axes.cost.at(cost) * width, (1 - axes.quality.at(quality)) * height


def _bar(row: dict[str, Any], axes: Axes, width: int, height: int) -> Box:
    """The interval of the quality, which no name may cover."""
    x, top = _pixels(row["x"], row["high"], axes, width, height)
    return Box(x - 2, top, x + 2, _pixels(row["x"], row["low"], axes, width, height)[1])


def _steps(points: Sequence[Point], axes: Axes) -> list[dict[str, float]]:
    """The corners of the frontier, from the cheapest to the best."""
    joined = [point for point in points if point.frontier]
    best = [(axes.cost.shown(one.cost_per_1000.value or 0), one.quality.value or 0) for one in joined]
    corners = [corner for one, other in pairwise(best) for corner in (one, (other[0], one[1]))] + best[-1:]
    return [{"step": i, "x": x, "quality": share} for i, (x, share) in enumerate(corners)]


def _alt(points: Sequence[Point]) -> str:
    told = (
        f"{point.label} {100 * (point.quality.value or 0):.0f} % for {_price(point)}"
        f"{', on the frontier' if point.frontier else ''}"
        for point in points
    )
    return f"Quality against cost per 1,000 tasks: {'; '.join(told)}."
