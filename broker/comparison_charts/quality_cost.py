"""Quality against what 1,000 tasks cost, each with its interval, and the line of those that none beats."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from broker.comparison import Ranked, Shortlist
from broker.comparison.frontier import frontier
from broker.comparison_charts import Figure
from broker.comparison_charts.axes import Span, span
from broker.comparison_charts.labels import Box, placed
from broker.comparison_charts.theme import FADED, altair, coloured, palette, short
from broker.results.breakdown import Point

WIDTH, HEIGHT = 640, 360
SELECTION = "offer"  # the name of the selection, and of the field that it gives
_NOTE = (
    "Up is better, left is cheaper. Bars are 95 % intervals. The dashed line joins the offers that no other "
    "beats in both; the others are faded. A hollow point does not pass every gate."
)


@dataclass(frozen=True, slots=True)
class _Axes:
    cost: Span
    quality: Span


def quality_cost(
    shortlist: Shortlist, dark: bool = False, width: int = WIDTH, height: int = HEIGHT
) -> Figure | None:
    """The chart of the offers whose quality and cost were measured; a click on a point selects `offer`."""
    found = frontier(ranked.evidence for ranked in shortlist.ranked)
    points = [point for point in found.points if (point.cost_per_1000.value or 0) > 0]
    if not points:
        return None
    axes = _Axes(span(_ends(points, "cost")), span(_ends(points, "quality"), 0.0, 1.0))
    by_offer = {ranked.evidence.id: ranked for ranked in shortlist.ranked}
    colours = coloured([by_offer[point.offer].evidence.entry.offer.maker for point in points], dark)
    rows = [_row(point, by_offer[point.offer], axes, colours) for point in points]
    _label(rows, axes, width, height)
    chart = _chart(rows, _steps(points, axes), axes, dark).properties(width=width, height=height)
    left_out = f" Not shown, as a figure is unknown: {len(found.left_out)}." if found.left_out else ""
    return Figure(chart, _alt(points), _NOTE + left_out)


def _ends(points: Sequence[Point], what: str) -> list[float]:
    """Every value and limit that has to be within an axis."""
    told = [point.cost_per_1000 if what == "cost" else point.quality for point in points]
    ends = [end for one in told for end in (one.low, one.value, one.high) if end is not None]
    return [end for end in ends if end > 0] if what == "cost" else ends


def _row(point: Point, ranked: Ranked, axes: _Axes, colours: dict[str, str]) -> dict[str, Any]:
    cost, good, offer = point.cost_per_1000, point.quality, ranked.evidence.entry.offer
    value, share = cost.value or 0.0, good.value or 0.0
    colour = colours[offer.maker]
    return {
        SELECTION: point.offer,
        "label": point.label,
        "name": short(offer.name, 24),
        "maker": offer.maker,
        "cost": value,
        "cost_low": axes.cost.clipped(value if cost.low is None else cost.low),
        "cost_high": value if cost.high is None else cost.high,
        "quality": share,
        "low": share if good.low is None else good.low,
        "high": share if good.high is None else good.high,
        "n": good.n,
        "gates": ranked.outcome,
        "colour": colour,
        "fill": colour if ranked.outcome == "pass" else "transparent",
        "shown": 1.0 if point.frontier else FADED,
        "size": 150 if point.frontier else 90,
        "weight": "bold" if point.frontier else "normal",
    }


def _label(rows: list[dict[str, Any]], axes: _Axes, width: int, height: int) -> None:
    """Give each row the place of its name, those on the frontier first; `text` is empty without room."""
    order = sorted(rows, key=lambda row: -row["shown"])
    spots = placed(
        [(*_pixels(row["cost"], row["quality"], axes, width, height), row["name"]) for row in order],
        (width, height),
        [_bar(row, axes, width, height) for row in rows],
        must=sum(row["shown"] == 1 for row in rows),
    )
    for row, spot in zip(order, spots, strict=True):
        row["text"] = row["name"] if spot else ""
        row["dx"], row["dy"], row["align"] = (spot.dx, spot.dy, spot.align) if spot else (0, 0, "left")


def _pixels(cost: float, quality: float, axes: _Axes, width: int, height: int) -> tuple[float, float]:
    return axes.cost.at(cost) * width, (1 - axes.quality.at(quality)) * height


def _bar(row: dict[str, Any], axes: _Axes, width: int, height: int) -> Box:
    """The interval of the quality, which no name may cover."""
    x, top = _pixels(row["cost"], row["high"], axes, width, height)
    return Box(x - 2, top, x + 2, _pixels(row["cost"], row["low"], axes, width, height)[1])


def _steps(points: Sequence[Point], axes: _Axes) -> list[dict[str, float]]:
    """The corners of the frontier, from the cheapest to the best."""
    best = [(point.cost_per_1000.value or 0, point.quality.value or 0) for point in points if point.frontier]
    corners = [corner for one, other in pairwise(best) for corner in (one, (other[0], one[1]))] + best[-1:]
    return [{"step": i, "cost": cost, "quality": share} for i, (cost, share) in enumerate(corners)]


def _chart(rows: list[dict[str, Any]], steps: list[dict[str, float]], axes: _Axes, dark: bool) -> Any:
    alt, own = altair(), palette(dark)
    cost = alt.X("cost:Q", scale=alt.Scale(**axes.cost.scale), title=_cost_title(axes.cost)).axis(
        values=axes.cost.ticks, format="$,~g", grid=False
    )
    good = alt.Y("quality:Q", scale=alt.Scale(**axes.quality.scale), title="Quality").axis(
        values=axes.quality.ticks, format="~%"
    )
    colour, shown = alt.Color("colour:N", scale=None), alt.Opacity("shown:Q", scale=None)
    pick = alt.selection_point(name=SELECTION, fields=[SELECTION])
    line = (
        alt.Chart(alt.InlineData(values=steps))
        .mark_line(strokeDash=[4, 3], strokeWidth=1.2, color=own.quiet, opacity=0.7)
        .encode(x=cost, y=good, order="step:Q")
    )
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=cost, y=good, opacity=shown)
    upright = base.mark_rule(strokeWidth=1.6).encode(y=alt.Y("low:Q"), y2="high:Q", color=colour)
    across = base.mark_rule(strokeWidth=1.6).encode(x=alt.X("cost_low:Q"), x2="cost_high:Q", color=colour)
    ground = base.mark_point(filled=True, color=own.ground, opacity=1).encode(
        size=alt.Size("size:Q", scale=None), opacity=alt.value(1)
    )
    dots = (
        base.mark_point(strokeWidth=2)
        .encode(
            fill=alt.Fill("fill:N", scale=None),
            stroke=alt.Stroke("colour:N", scale=None),
            size=alt.Size("size:Q", scale=None),
            opacity=alt.when(pick).then(shown).otherwise(alt.value(0.15)),
            tooltip=_tooltip(alt),
        )
        .add_params(pick)
    )
    names = base.mark_text(
        dx=alt.expr("datum.dx"),
        dy=alt.expr("datum.dy"),
        align=alt.expr("datum.align"),
        fontWeight=alt.expr("datum.weight"),
        baseline="middle",
    ).encode(text="text:N", color=colour)
    return alt.layer(line, upright, across, ground, dots, names)


def _tooltip(alt: Any) -> list[Any]:
    return [
        alt.Tooltip("label:N", title="Offer"),
        alt.Tooltip("quality:Q", title="Quality", format=".1%"),
        alt.Tooltip("low:Q", title="Low end", format=".1%"),
        alt.Tooltip("high:Q", title="High end", format=".1%"),
        alt.Tooltip("n:Q", title="n", format=","),
        alt.Tooltip("cost:Q", title="Cost per 1,000 tasks, USD", format="$,.2f"),
        alt.Tooltip("gates:N", title="Gates"),
    ]


def _cost_title(axis: Span) -> str:
    return f"Cost per 1,000 tasks, US dollars{' (logarithmic)' if axis.log else ''}"


def _alt(points: Sequence[Point]) -> str:
    told = (
        f"{point.label} {100 * (point.quality.value or 0):.0f} % for ${point.cost_per_1000.value or 0:,.2f}"
        f"{', on the frontier' if point.frontier else ''}"
        for point in points
    )
    return f"Quality against cost per 1,000 tasks: {'; '.join(told)}."
