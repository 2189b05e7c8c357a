"""How long offers took: half of their calls and 95 of 100, until the first token and the whole answer."""

import json
from typing import Any

from broker.comparison import Evidence, Shortlist, Speed
from broker.comparison_charts import Figure
from broker.comparison_charts.axes import NUMBERS, Span, beside, span
from broker.comparison_charts.theme import FADED, altair, distinct, palette
from broker.stats import Estimate

WIDTH, STEP, ROOM, MOST = 560, 34, 60, 30
_MARK, _MARK_ROOM = ", all calls", 62  # beside a figure that is of others than the suites' runs; its width
_NOTE = (
    "Ring: half of the calls had their first token by then. Dot: half of the answers were complete. Number: "
    "95 of 100 answers were; the line is the 95 % interval of that. Left is faster."
)
_CALLS = {
    "runs": " Calls: the chosen suites' own runs.",
    "calls": " Calls: all recorded ones, whatever was asked, to within 2 %.",
}
_MIXED = (
    " Calls: the chosen suites' own runs; where it says all calls, all recorded ones, whatever was asked, to "
    "within 2 %: those two compare only roughly."
)
_NO_LIMIT = "no limit"
_OPEN = " A line that ends with its bar has no upper limit: there are too few calls, or too many timed out."
_FADED_NOTE = " Faded: this machine was too busy to time them well."


def latency(shortlist: Shortlist, dark: bool = False, width: int = WIDTH) -> Figure | None:
    """A row an offer that was timed, the fastest first."""
    timed = [(one.evidence, speed) for one in shortlist.ranked if (speed := one.evidence.speed) is not None]
    rows = [_row(one, speed) for one, speed in timed if speed.total_p95.value]
    if not rows:
        return None
    rows.sort(key=lambda row: (row["late"], row["label"]))
    names = distinct({row["offer"]: row["label"] for row in rows}, 34)
    left_out = f" Not shown: {len(rows) - MOST} slower ones." if len(rows) > MOST else ""
    unknown = ", ".join(one.label for one, speed in timed if speed.total_p95.value is None)
    left_out += f" Not known, as too many calls timed out: {unknown}." if unknown else ""
    del rows[MOST:]
    axis = span([row[name] for row in rows for name in ("ttft", "middle", "late", "high") if row[name]])
    for row in rows:
        row["name"] = names[row["offer"]]
        row["start"] = row["middle"] or axis.low
    faded = _FADED_NOTE if any(row["shown"] < 1 for row in rows) else ""
    origins = {row["origin"] for row in rows}
    calls = _MIXED if len(origins) > 1 else _CALLS[rows[0]["origin"]]
    for row in rows:
        row["words"] += _MARK if len(origins) > 1 and row["origin"] == "calls" else ""
    room = ROOM + (_MARK_ROOM if len(origins) > 1 else 0)
    chart = _chart(rows, axis, room, dark).properties(width=width, height=STEP * len(rows))
    told = "; ".join(f"{row['label']} {row['late']:.2g} s" for row in rows)
    unlimited = _OPEN if any(row["ends"].endswith(_NO_LIMIT) for row in rows) else ""
    note = _NOTE + calls + unlimited + faded + left_out
    return Figure(chart, f"Seconds until 95 of 100 answers were complete: {told}.", note)


def _row(one: Evidence, speed: Speed) -> dict[str, Any]:
    late = speed.total_p95
    value = (late.value or 0) / 1000
    return {
        "offer": one.id,
        "label": one.label,
        "ttft": _seconds(speed.ttft_p50.value),
        "middle": _seconds(speed.total_p50.value),
        "late": value,
        "low": value if late.low is None else late.low / 1000,
        "high": value if late.high is None else late.high / 1000,
        "ends": _ends(late),
        "spoken": f"{one.label}: 95 of 100 within {value:.3g} s (95 %: {_ends(late)}), n = {late.n:,}",
        "words": f"{value:.3g} s" if value < 100 else f"{value:,.0f} s",
        "n": late.n,
        "origin": speed.origin,
        "whose": "the chosen suites' own runs" if speed.origin == "runs" else "all recorded calls",
        "shown": FADED if speed.reliable is False else 1.0,
    }


def _seconds(value: float | None) -> float | None:
    return None if value is None else value / 1000


def _ends(found: Estimate) -> str:
    """`2.04 to 3.15`, in seconds; few calls set no upper limit."""
    low, high = (_NO_LIMIT if end is None else f"{end / 1000:.3g}" for end in (found.low, found.high))
    return f"{low} to {high}"


def _chart(rows: list[dict[str, Any]], axis: Span, room: int, dark: bool) -> Any:
    alt, own = altair(), palette(dark)
    title = f"Seconds{' (logarithmic)' if axis.log else ''}"
    scale = alt.Scale(**axis.scale, range=beside(room))
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("offer:N", sort=[row["offer"] for row in rows], title=None).axis(
            labelExpr=_names(rows), labelLimit=260, grid=False
        ),
        opacity=alt.Opacity("shown:Q", scale=None),
        tooltip=_tooltip(alt),
        description="spoken:N",
    )
    x = alt.X("start:Q", scale=scale, title=title).axis(values=axis.ticks, labelExpr=NUMBERS)
    high, middle, first = (alt.X(f"{name}:Q", scale=scale) for name in ("high", "middle", "ttft"))
    bar = base.mark_bar(height=7, cornerRadius=3.5, color=own.accent, fillOpacity=0.35)
    limits = base.mark_rule(strokeWidth=1.4, color=own.accent, aria=False)
    dot = base.mark_point(filled=True, size=80, color=own.accent, aria=False)
    ring = base.mark_point(filled=False, size=55, color=own.accent, strokeWidth=1.6, aria=False)
    late = base.mark_text(align="left", dx=7, color=own.ink, aria=False)
    return alt.layer(
        bar.encode(x=x, x2="late:Q"),
        limits.encode(x=alt.X("low:Q", scale=scale), x2="high:Q"),
        ring.encode(x=first),
        dot.encode(x=middle),
        late.encode(x=high, text="words:N"),
    )


def _names(rows: list[dict[str, Any]]) -> str:
    """An expression that gives an offer's name for its id; ids and names are quoted as JSON."""
    names = {row["offer"]: row["name"] for row in rows}
    return f"{json.dumps(names)}[datum.value]"


def _tooltip(alt: Any) -> list[Any]:
    return [
        alt.Tooltip("label:N", title="Offer"),
        alt.Tooltip("ttft:Q", title="First token, half of calls, s", format=".2~f"),
        alt.Tooltip("middle:Q", title="Answer, half of calls, s", format=".2~f"),
        alt.Tooltip("late:Q", title="Answer, 95 of 100, s", format=".2~f"),
        alt.Tooltip("ends:N", title="Its 95 % interval, s"),
        alt.Tooltip("n:Q", title="Calls", format=","),
        alt.Tooltip("whose:N", title="Of"),
    ]
