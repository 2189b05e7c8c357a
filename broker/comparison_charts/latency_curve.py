"""How waiting times are spread: the share of an offer's calls that were answered within so many seconds."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from broker.comparison import Evidence, Shortlist
from broker.comparison.waiting import curve, within
from broker.comparison_charts import Figure
from broker.comparison_charts.axes import NUMBERS, PERCENT, Span, beside, span
from broker.comparison_charts.theme import FADED, altair, distinct, left_out, palette
from db.rollups import Counts
from db.tally import Clock

WIDTH, HEIGHT, ROOM, MOST, LINE = 640, 300, 240, 6, 17
_SHARES = [0, 0.25, 0.5, 0.75, 0.95, 1]
_LEVELS = (0.5, 0.95)
_CLOCKS: Mapping[Clock, str] = {
    "total": "the whole answer had arrived",
    "ttft": "the first token had arrived",
}
_CALLS = {"runs": "the chosen suites' own runs", "calls": "all recorded calls, to within 2 %"}
_FADED_NOTE = " Faded: this machine was too busy to time them well."


def latency_curve(
    shortlist: Shortlist,
    waits: Mapping[str, Counts],
    clock: Clock = "total",
    dark: bool = False,
    width: int = WIDTH,
) -> Figure | None:
    """A line for each of the first offers of the shortlist that were timed; `waits` are those of `clock`."""
    timed = [one.evidence for one in shortlist.ranked if waits.get(one.evidence.id)]
    if not timed:
        return None
    shown = sorted(timed[:MOST], key=lambda one: _median(waits[one.id]))
    axis = span([value / 1000 for one in shown for value, _ in waits[one.id] if value < inf])
    shares = {one.id: f"{one.label} {_shares(waits[one.id], axis)}" for one in shown}
    rows = [
        row | {"spoken": shares[one.id]}
        for i, one in enumerate(shown)
        for row in _line(one, waits[one.id], axis, (i, dark))
    ]
    short_names = distinct({one.id: one.label for one in shown})
    names = [
        {"words": f"{short_names[one.id]}, n = {_calls(waits[one.id]):,}", "place": 6 + i * LINE}
        | _look(one, (i, dark))
        for i, one in enumerate(shown)
    ]
    chart = _chart(rows, names, axis, dark).properties(width=width, height=HEIGHT)
    alt_text = f"Share of calls by the seconds until {_CLOCKS[clock]}: {'; '.join(shares.values())}."
    return Figure(chart, alt_text, _note(shown, clock) + left_out(len(shown), len(timed)))


def _line(one: Evidence, counts: Counts, axis: Span, look: tuple[int, bool]) -> list[dict[str, Any]]:
    """Steps from nothing at the left end to all that were answered at the right one."""
    same = {"offer": one.id, "label": one.label, "n": _calls(counts)} | _look(one, look)
    told = [(value / 1000, share) for value, share in curve(counts)]
    ends = (axis.low, 0.0), (axis.high, told[-1][1])
    return [same | {"seconds": s, "share": share} for s, share in (ends[0], *told, ends[1])]


def _calls(counts: Counts) -> int:
    return sum(n for _, n in counts)


def _look(one: Evidence, look: tuple[int, bool]) -> dict[str, Any]:
    colours = palette(look[1]).series
    unreliable = one.speed is not None and one.speed.reliable is False
    return {"colour": colours[look[0] % len(colours)], "shown": FADED if unreliable else 1.0}


def _median(counts: Counts) -> float:
    return next((value for value, share in curve(counts) if share >= 0.5), inf)


def _shares(counts: Counts, axis: Span) -> str:
    """Up to three round times with the share that was answered by then."""
    ticks = [tick for tick in axis.ticks if within(counts, tick * 1000) > 0][:3]
    return ", ".join(f"{within(counts, tick * 1000) * 100:.0f} % within {tick:g} s" for tick in ticks)


def _note(shown: Sequence[Evidence], clock: Clock) -> str:
    origins = dict.fromkeys(one.speed.origin for one in shown if one.speed)
    calls = "; ".join(_CALLS[origin] for origin in origins)
    mixed = " Lines of different calls compare only roughly." if len(origins) > 1 else ""
    faded = _FADED_NOTE if any(one.speed and one.speed.reliable is False for one in shown) else ""
    return (
        f"The share of calls of which {_CLOCKS[clock]}, by seconds since the request was sent, on this "
        "machine's clock. Steeper and further left is better; a long way to the top is a tail of slow calls. "
        f"Dashed: half, and 95 of 100. Calls: {calls}; failures are left out, in runs second tries too, but "
        "not what timed out there: a line that ends below the top lacks those. "
        f"Names: the lower median first.{mixed}{faded}"
    )


def _chart(rows: list[dict[str, Any]], names: list[dict[str, Any]], axis: Span, dark: bool) -> Any:
    alt, own = altair(), palette(dark)
    title = f"Seconds{' (logarithmic)' if axis.log else ''}"
    x = alt.X("seconds:Q", title=title, scale=alt.Scale(**axis.scale, range=beside(ROOM))).axis(
        values=axis.ticks, labelExpr=NUMBERS, grid=False
    )
    y = alt.Y("share:Q", title="Calls answered by then", scale=alt.Scale(domain=[0, 1])).axis(
        values=_SHARES, labelExpr=PERCENT
    )
    colour, shown = alt.Color("colour:N", scale=None), alt.Opacity("shown:Q", scale=None)
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=x,
            y=y,
            color=colour,
            opacity=shown,
            detail="offer:N",
            description="spoken:N",
            tooltip=[
                alt.Tooltip("label:N", title="Offer"),
                alt.Tooltip("share:Q", title="Share of calls", format=".0%"),
                alt.Tooltip("seconds:Q", title="Within, s", format=".3~r"),
                alt.Tooltip("n:Q", title="Calls", format=","),
            ],
        )
    )
    ends = {"seconds": axis.low, "end": axis.high}
    levels = alt.Chart(alt.InlineData(values=[ends | {"share": share} for share in _LEVELS])).mark_rule(
        color=own.quiet, strokeDash=[2, 3], aria=False
    )
    return alt.layer(levels.encode(x=x, x2="end:Q", y=y), lines, *(_label(alt, name) for name in names))


def _label(alt: Any, name: dict[str, Any]) -> Any:
    """A name in the colour of its line, in the room at the right; heights are pixels, not shares."""
    right = alt.expr(f"max(80, width - {ROOM}) + 12")
    mark = {
        "align": "left",
        "baseline": "middle",
        "x": right,
        "y": name["place"],
        "color": name["colour"],
        "aria": False,
    }
    chart = alt.Chart(alt.InlineData(values=[name]))
    return chart.mark_text(**mark).encode(text="words:N")
