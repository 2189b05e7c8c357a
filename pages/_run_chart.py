"""Quality against cost as a chart, each with its interval; without costs, quality alone."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from broker.results import RunResults
from broker.results.breakdown import Point, points
from broker.results.leaderboard import Standing, quality
from pages import _format as fmt
from pages import _ui as ui

_AXIS = {"grid": True, "tickCount": 5}
_WIDE = 5.0  # costs that far apart need a logarithmic axis
_FADED = 0.45


def draw(run: RunResults, board: Sequence[Standing]) -> None:
    """The chart, and in words what it shows."""
    found = points(board, run.measure)
    paid = [point for point in found if point.cost_per_1000.value]
    left_out = [point.label for point in found if not point.cost_per_1000.value]
    what = "Right answers, %" if run.measure == "passed" else "Mean score, %"
    if len(paid) > 1:
        st.header("Quality and cost", anchor=False)
        spec = _scatter([_row(point) for point in paid], what)
        alt = "; ".join(f"{point.label} {(point.quality.value or 0) * 100:.0f} %" for point in paid)
        note = (
            "Up is better, left is cheaper; the lines are the 95 % intervals. Faded: by the figures alone, "
            "whatever their intervals, another offer is at least as good and costs no more."
        )
        if left_out:
            note += f" Not shown, as the cost is nothing or unknown: {fmt.listed(left_out)}."
    else:
        st.header("Quality", anchor=False)
        rows = [_quality(run, one) for one in board if quality(one, run.measure).value is not None]
        if not rows:
            return
        spec, note = _bars(rows, what), "The lines are the 95 % intervals."
        alt = "; ".join(f"{row['offer']} {row['quality']:.0f} %" for row in rows)
    st.vega_lite_chart(spec, width="stretch", alt=f"{what} by offer: {alt}")
    st.caption(fmt.no_formula(ui.plain(note)))


def ink() -> str:
    """The colour of text on a chart, which inherits none."""
    return "#e3eaee" if st.context.theme.type == "dark" else "#0d1920"


def _row(point: Point) -> dict[str, Any]:
    cost, good = point.cost_per_1000, point.quality
    return {
        "offer": point.label,
        "cost": cost.value,
        "cost_low": cost.low or cost.value,
        "cost_high": cost.high or cost.value,
        **_shares(good.value, good.low, good.high),
        "shown": 1.0 if point.frontier else _FADED,
    }


def _quality(run: RunResults, one: Standing) -> dict[str, Any]:
    found = quality(one, run.measure)
    return {"offer": one.label, **_shares(found.value, found.low, found.high)}


def _shares(value: float | None, low: float | None, high: float | None) -> dict[str, float]:
    middle = 100 * (value or 0)
    return {
        "quality": middle,
        "low": middle if low is None else 100 * low,
        "high": middle if high is None else 100 * high,
    }


def _scatter(rows: list[dict[str, Any]], what: str) -> dict[str, Any]:
    costs = [row["cost"] for row in rows]
    scale = {"type": "log", "nice": True} if max(costs) > _WIDE * min(costs) else {"zero": False}
    x = {"type": "quantitative", "scale": scale, "axis": {**_AXIS, "format": "$,~r"}}
    y = {"type": "quantitative", "scale": {"zero": False}, "axis": _AXIS}
    colour = {"field": "offer", "type": "nominal", "legend": None}
    shown = {"field": "shown", "type": "quantitative", "scale": None}
    cost = {**x, "field": "cost", "title": "Cost per 1,000 tasks, US dollars"}
    good = {**y, "field": "quality", "title": what}
    both = {"color": colour, "opacity": shown}
    return {
        "data": {"values": rows},
        "height": 360,
        "layer": [
            {
                "mark": "rule",
                "encoding": {"x": cost, "y": {**y, "field": "low"}, "y2": {"field": "high"}, **both},
            },
            {
                "mark": "rule",
                "encoding": {
                    "x": {**x, "field": "cost_low"},
                    "x2": {"field": "cost_high"},
                    "y": good,
                    **both,
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 110},
                "encoding": {"x": cost, "y": good, **both},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 10, "dy": -8, "color": ink()},
                "encoding": {"x": cost, "y": good, "text": {"field": "offer"}, "opacity": shown},
            },
        ],
    }


def _bars(rows: list[dict[str, Any]], what: str) -> dict[str, Any]:
    y = {"field": "offer", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 260}}
    x = {"type": "quantitative", "scale": {"domain": [0, 100]}, "axis": _AXIS, "title": what}
    colour = {"field": "offer", "type": "nominal", "legend": None, "sort": None}
    return {
        "data": {"values": rows},
        "height": {"step": 42},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": colour},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 130},
                "encoding": {"y": y, "x": {**x, "field": "quality"}, "color": colour},
            },
        ],
    }
