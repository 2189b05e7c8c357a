"""The comparison's charts, each with how to read it and as files to take along."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from broker.comparison import Shortlist
from broker.comparison_charts import Figure, latency, price_history, timeline, yearly_cost
from broker.comparison_charts import quality_cost as scatter
from broker.comparison_charts.render import png, svg
from broker.comparison_charts.theme import themed
from broker.workload import Tokens
from broker.workload.terms import Term
from pages import _format as fmt

_SELECTED = "offer"
_WIDTH = 900


def dark() -> bool:
    """Whether the page is."""
    return st.context.theme.type == "dark"


def quality(found: Shortlist) -> frozenset[str]:
    """Quality against cost; the offers that are selected in it."""
    figure = scatter.quality_cost(found, dark(), _WIDTH)
    if figure is None:
        return frozenset()
    event: Any = show(figure, "quality-and-cost", on_select="rerun", key="vendor-chart")
    points = event.selection.get(_SELECTED, []) if event else []
    picked = frozenset(str(point.get("id", "")) for point in points)
    if picked:
        chosen = fmt.plural(len(picked), "offer")
        st.caption(f"The table shows {chosen}, chosen in the chart. Double-click the chart to see all.")
    return picked


def speed(found: Shortlist) -> None:
    """How long answers take."""
    _draw(
        latency.latency(found, dark(), _WIDTH),
        "speed",
        "No offer was timed yet. Runs and the playground time every call.",
    )


def yearly(found: Shortlist, terms: tuple[Term, ...], measured: dict[str, Tokens] | None) -> None:
    """A year's cost over the volume, with where the choice flips."""
    if found.gathered.workload is None:
        st.info(
            "Choose a workload above to see what a year costs at every volume.", icon=":material/payments:"
        )
        st.page_link("terms.py", label="Enter a workload", icon=":material/edit_note:")
        return
    curves = yearly_cost.curves(found, terms, measured)
    nothing = "No price is known for any of these offers, so no yearly cost can be told."
    _draw(yearly_cost.yearly_cost(found, curves, dark(), _WIDTH), "yearly-cost", nothing)


def prices(found: Shortlist) -> None:
    """How prices changed, and what is announced."""
    side: Any = st.segmented_control(
        "Price of",
        ["output", "input"],
        default="output",
        key="vendor-price-side",
        required=True,
        format_func=lambda name: f"{name.capitalize()} tokens",
    )
    figure = price_history.price_history(found, side or "output", dark(), _WIDTH)
    _draw(
        figure,
        "prices",
        "No price of these offers ever changed in the price list, and no change is announced.",
    )


def lifecycle(found: Shortlist) -> None:
    """When each offer ends."""
    nothing = "No day is published on which any of these offers ends. That is not a promise that they stay."
    _draw(timeline.timeline(found, dark(), _WIDTH), "lifecycle", nothing)


def _draw(figure: Figure | None, name: str, nothing: str) -> None:
    if figure is None:
        st.info(nothing, icon=":material/info:")
    else:
        show(figure, name)


def show(figure: Figure, name: str, **selecting: Any) -> Any:
    """The chart, how to read it, and the ways to take it along."""
    chart = themed(figure.chart, dark())
    event = st.altair_chart(chart, width="stretch", theme=None, alt=figure.alt_text, **selecting)
    left, right = st.columns([8, 1], vertical_alignment="top")
    left.caption(fmt.no_formula(figure.note))
    with right.popover("Save", icon=":material/download:", width="stretch"):
        _file("PNG", f"{name}.png", "image/png", lambda: png(figure.chart))
        _file("SVG", f"{name}.svg", "image/svg+xml", lambda: svg(figure.chart).encode())
    return event


def _file(kind: str, name: str, mime: str, data: Callable[[], bytes]) -> None:
    st.download_button(
        f"As {kind}", data, name, mime, on_click="ignore", key=f"vendor-{name}", width="stretch"
    )
