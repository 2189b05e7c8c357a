"""The comparison's charts, each with how to read it and as files to take along."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from broker.comparison_charts import Figure, latency, price_history, timeline, yearly_cost
from broker.comparison_charts import quality_cost as scatter
from broker.comparison_charts.render import png, svg
from broker.comparison_charts.theme import themed
from pages import _format as fmt
from pages import _ui as ui
from pages import _vendor_data as data
from pages._vendor_data import Answer

_WIDTH = 900
Made = Callable[[bool], Figure | None]
"""Draws a chart for a dark ground or a light one."""


@dataclass(frozen=True)
class _Drawn:
    """A figure, and its chart as the browser takes it: making that takes longer than all else on the page."""

    figure: Figure
    spec: Mapping[str, Any]


def dark() -> bool:
    """Whether the page is."""
    return st.context.theme.type == "dark"


def quality(found: Answer) -> frozenset[str]:
    """Quality against cost; the offers that are selected in it."""
    best = found.shortlist.winner
    # Of all that weights decide, it shows the winner alone; else every move of a slider would draw it anew.
    mark = f"quality {data.gated(found)} {best and best.evidence.id}"

    def made(dark: bool) -> Figure | None:
        return scatter.quality_cost(found.shortlist, dark, _WIDTH)

    drawn = _drawn(made, mark, dark())
    if drawn is None:
        st.caption("Of no offer are both quality and a cost above 0 measured, so there is no chart of them.")
        return frozenset()
    event: Any = _show(drawn, made, "quality-and-cost", on_select="rerun", key="vendor-chart")
    points = event.selection.get(scatter.SELECTION, []) if event else []
    picked = frozenset(str(point[scatter.SELECTION]) for point in points)
    if picked:
        chosen = fmt.plural(len(picked), "offer")
        st.caption(f"The table shows {chosen}, chosen in the chart. Double-click the chart to see all.")
    return picked


def speed(found: Answer) -> None:
    """How long answers take."""
    nothing = "No offer was timed yet. Runs and the playground time every call."
    draw(found, lambda dark: latency.latency(found.shortlist, dark, _WIDTH), "speed", nothing)


def yearly(found: Answer) -> None:
    """A year's cost over the volume, with where the choice flips."""
    if found.shortlist.gathered.workload is None:
        st.info(
            "Choose a workload above to see what a year costs at every volume.", icon=":material/payments:"
        )
        st.page_link("terms.py", label="Enter a workload", icon=":material/edit_note:")
        return
    nothing = (
        "No cost of this workload is known for any of these offers, so no curve can be drawn."
        if found.shortlist.gathered.workload.requests
        else "This workload has 0 requests a month, so there is no volume to draw costs over. What is still "
        "to be paid, such as a commitment, stands in the bills."
    )
    draw(found, lambda dark: _yearly(found, dark), "yearly-cost", nothing)


def _yearly(found: Answer, dark: bool) -> Figure | None:
    curves = yearly_cost.curves(found.shortlist, *data.billing(found))
    return yearly_cost.yearly_cost(found.shortlist, curves, dark, _WIDTH)


def prices(found: Answer) -> None:
    """How prices changed, and what is announced."""
    side: Any = st.segmented_control(
        "Price of",
        ["output", "input"],
        default="output",
        key="vendor-price-side",
        required=True,
        format_func=lambda name: f"{name.capitalize()} tokens",
    )
    nothing = "No price of these offers ever changed in the price list, and no change is announced."
    which = side or "output"
    draw(
        found,
        lambda dark: price_history.price_history(found.shortlist, which, dark, _WIDTH),
        f"prices-{which}",
        nothing,
    )


def lifecycle(found: Answer) -> None:
    """When each offer ends."""
    nothing = "No day is published on which any of these offers ends. That is not a promise that they stay."
    draw(found, lambda dark: timeline.timeline(found.shortlist, dark, _WIDTH), "lifecycle", nothing)


def draw(found: Answer, made: Made, name: str, nothing: str) -> None:
    """A chart with the ways to save it, or why there is nothing to draw."""
    drawn = _drawn(made, f"{name} {found.mark}", dark())
    if drawn is None:
        st.info(nothing, icon=":material/info:")
    else:
        _show(drawn, made, name)


@st.cache_resource(show_spinner="Drawing", max_entries=64)
def _drawn(_made: Made, mark: str, dark: bool) -> _Drawn | None:
    figure = _made(dark)
    return figure and _Drawn(figure, themed(figure.chart, dark).to_dict())


def _show(drawn: _Drawn, made: Made, name: str, **selecting: Any) -> Any:
    """The chart, how to read it, and the ways to take it along."""
    figure = drawn.figure
    event = st.vega_lite_chart(
        spec=dict(drawn.spec), width="stretch", theme=None, alt=figure.alt_text, **selecting
    )
    left, right = st.columns([5, 1], vertical_alignment="top")
    left.caption(ui.plain(figure.note))
    with right.popover("Save chart", width="stretch"):
        _file("PNG", f"{name}.png", "image/png", lambda: png(_for_paper(made)))
        _file("SVG", f"{name}.svg", "image/svg+xml", lambda: svg(_for_paper(made)).encode())
    return event


def _for_paper(made: Made) -> Any:
    """The chart in the colours of a light ground, which a file has whatever the page's is."""
    figure = made(False)
    assert figure is not None, "what was drawn can be drawn again"
    return figure.chart


def _file(kind: str, name: str, mime: str, made: Callable[[], bytes]) -> None:
    st.download_button(
        f"As {kind}", made, name, mime, on_click="ignore", key=f"vendor-{name}", width="stretch"
    )
