"""Quality against cost as Vega-Lite draws it: layers over the same two axes."""

from dataclasses import dataclass
from typing import Any

from broker.comparison_charts.axes import DOLLARS, PERCENT, Span
from broker.comparison_charts.theme import altair, palette

SELECTION = "offer"  # the name of the selection, and of the field that it gives


@dataclass(frozen=True, slots=True)
class Axes:
    """Both ranges."""

    cost: Span
    quality: Span


def layers(rows: list[dict[str, Any]], steps: list[dict[str, float]], axes: Axes, dark: bool) -> Any:
    """The line through `steps`, then each row's intervals, point and name."""
    alt, own = altair(), palette(dark)
    cost = alt.X("x:Q", scale=alt.Scale(**axes.cost.scale), title=_cost_title(axes.cost)).axis(
        values=axes.cost.ticks, labelExpr=_dollars(axes.cost), grid=False
    )
    good = alt.Y("quality:Q", scale=alt.Scale(**axes.quality.scale), title="Quality").axis(
        values=axes.quality.ticks, labelExpr=PERCENT
    )
    colour, shown = alt.Color("colour:N", scale=None), alt.Opacity("shown:Q", scale=None)
    pick = alt.selection_point(name=SELECTION, fields=[SELECTION])
    line = (
        alt.Chart(alt.InlineData(values=steps))
        .mark_line(strokeDash=[4, 3], strokeWidth=1.2, color=own.quiet, opacity=0.7, aria=False)
        .encode(x=cost, y=good, order="step:Q")
    )
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=cost, y=good, opacity=shown)
    upright = base.mark_rule(strokeWidth=1.6, aria=False).encode(y=alt.Y("low:Q"), y2="high:Q", color=colour)
    across = base.mark_rule(strokeWidth=1.6, aria=False).encode(
        x=alt.X("x_low:Q"), x2="x_high:Q", color=colour
    )
    ground = base.mark_point(filled=True, color=own.ground, opacity=1, aria=False).encode(
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
            description="spoken:N",  # else screen readers are told places and sizes
        )
        .add_params(pick)
    )
    names = base.mark_text(
        dx=alt.expr("datum.dx"),
        dy=alt.expr("datum.dy"),
        align=alt.expr("datum.align"),
        fontWeight=alt.expr("datum.weight"),
        baseline="middle",
        aria=False,
    ).encode(
        text="text:N",  # to be read whatever is faded
        color=alt.when("datum.shown == 1").then(colour).otherwise(alt.value(own.quiet)),
        opacity=alt.value(1),
    )
    return alt.layer(line, upright, across, ground, dots, names)


def _tooltip(alt: Any) -> list[Any]:
    return [
        alt.Tooltip("label:N", title="Offer"),
        alt.Tooltip("said:N", title="Quality, 95 %"),
        alt.Tooltip("n:Q", title="n", format=","),
        alt.Tooltip("paid:N", title="Cost per 1,000 tasks"),
        alt.Tooltip("gates:N", title="Must-haves"),
    ]


def _dollars(axis: Span) -> str:
    """An expression for the words at a mark."""
    return DOLLARS if axis.zero is None else f"datum.value <= {axis.zero!r} ? 'free' : {DOLLARS}"


def _cost_title(axis: Span) -> str:
    return f"Cost per 1,000 tasks, US dollars{' (logarithmic)' if axis.log else ''}"
