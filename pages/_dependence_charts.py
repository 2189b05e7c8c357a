"""Shares of spend as bars with their figures beside them, recorded spend dark, declared spend light."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from broker.dependence import Layer, Share
from pages import _dependence_words as words
from pages import _format as fmt
from pages._run_chart import ink

_SHOWN = 8
_LIGHT = 0.45
_LABEL_PX = 110


def draw(shares: Sequence[Share], layer: Layer) -> None:
    """The bars of one layer, the largest first; many small ones are drawn as one."""
    paid = [share for share in shares if share.spend]
    if paid:
        labels = ", ".join(f"{share.name} {words.percent(share.share)}" for share in paid[:_SHOWN])
        st.vega_lite_chart(_spec(_rows(paid, layer)), width="stretch", alt=f"Spend by {layer}: {labels}")


def _rows(paid: Sequence[Share], layer: Layer) -> list[dict[str, Any]]:
    rows = [_row(share.name, share.recorded, share.declared, share.share) for share in paid[:_SHOWN]]
    rest = paid[_SHOWN:]
    if rest:
        recorded = sum((share.recorded for share in rest), Decimal(0))
        declared = sum((share.declared for share in rest), Decimal(0))
        share_of = sum(share.share or 0 for share in rest)
        rows.append(_row(fmt.plural(len(rest), f"more {layer}"), recorded, declared, share_of))
    return rows


def _row(name: str, recorded: Decimal, declared: Decimal, share: float | None) -> dict[str, Any]:
    label = f"{words.percent(share)} · {fmt.usd(recorded + declared)}"
    spend = float(recorded + declared)
    shown = {"name": fmt.short(name, 32), "recorded": float(recorded), "spend": spend, "label": label}
    return shown | {"spoken": f"{name}: {label}"}


def _spec(rows: list[dict[str, Any]]) -> dict[str, Any]:
    y = {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 200}}
    scale = {
        "domain": [0, max(row["spend"] for row in rows)],
        "range": [0, {"expr": f"max(20, width - {_LABEL_PX})"}],  # the rest is the longest bar's label
    }
    x = {"type": "quantitative", "scale": scale, "axis": None}
    said = {"description": {"field": "spoken", "type": "nominal"}}
    bar = {"type": "bar", "cornerRadiusEnd": 2, "height": {"band": 0.62}}
    return {
        "data": {"values": rows},
        "height": {"step": 34},
        "layer": [
            {"mark": {**bar, "opacity": _LIGHT}, "encoding": {"y": y, "x": {**x, "field": "spend"}, **said}},
            {"mark": {**bar, "aria": False}, "encoding": {"y": y, "x": {**x, "field": "recorded"}}},
            {
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 6,
                    "color": ink(),
                    "fontSize": 13,
                    "aria": False,
                },
                "encoding": {
                    "y": y,
                    "x": {**x, "field": "spend"},
                    "text": {"field": "label", "type": "nominal"},
                },
            },
        ],
        "config": {"view": {"stroke": None}, "axisY": {"domain": False, "ticks": False, "grid": False}},
    }
