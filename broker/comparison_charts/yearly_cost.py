"""What a year costs by its volume, and from which volume on another offer is the cheaper one."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from broker.comparison import Ranked, Shortlist
from broker.comparison_charts import Figure
from broker.comparison_charts.axes import Span, beside
from broker.comparison_charts.labels import spread
from broker.comparison_charts.theme import altair, distinct, left_out, palette
from broker.workload import Tokens, Unknown
from broker.workload.break_even import Curve, curve_of, points, ranges
from broker.workload.ledger import ledger
from broker.workload.terms import Term
from broker.workload.yearly import tokens_of

WIDTH, HEIGHT, ROOM, MOST = 680, 320, 190, 6
_ZERO = "datum.value ? datum.label : '{}'"  # else it would be 0k
_TIMES = 3  # as many requests as the workload has
_NOTE = "A year under our terms, by the requests of its first month; the upright line is the workload."


def curves(
    shortlist: Shortlist, terms: Iterable[Term] = (), measured: Mapping[str, Tokens] | None = None
) -> dict[str, Curve]:
    """Each offer's yearly cost over the volume, by id, where it is known; empty without a workload."""
    workload, agreed = shortlist.gathered.workload, tuple(terms)
    found: dict[str, Curve] = {}
    for ranked in shortlist.ranked if workload else ():
        entry = ranked.evidence.entry
        cost = ranked.evidence.cost
        tokens = tokens_of(workload, entry.id, measured) if workload else None
        if workload and isinstance(tokens, Tokens) and cost and not isinstance(cost.ours, Unknown):
            billed = ledger(workload, entry, tokens, agreed)
            if not isinstance(billed, Unknown):
                found[entry.id] = curve_of(billed)
    return found


def yearly_cost(
    shortlist: Shortlist, curves: Mapping[str, Curve], dark: bool = False, width: int = WIDTH
) -> Figure | None:
    """The lines of the first offers of the shortlist, with where the first of them stops being cheapest."""
    workload = shortlist.gathered.workload
    known = [ranked for ranked in shortlist.ranked if ranked.evidence.id in curves]
    shown = known[:MOST]
    if workload is None or not workload.requests or not shown:
        return None
    most = workload.requests * _TIMES
    flips = _flips(shown, curves, most)
    rows = [row for i, one in enumerate(shown) for row in _line(one, curves[one.evidence.id], most, i, dark)]
    spoken = {one.evidence.id: _at(one, curves, workload.requests) for one in shown}
    short_names = distinct({one.evidence.id: one.evidence.label for one in shown}, 30)
    for row in rows:
        row |= {"name": short_names[row["offer"]], "spoken": spoken[row["offer"]]}
    high = max(row["usd"] for row in rows) or 1.0
    names = _names(rows, most, high)
    chart = _chart((rows, names, flips), float(workload.requests), (float(most), high), dark)
    sized = chart.properties(width=width, height=HEIGHT)
    return Figure(
        sized, _alt(shown, curves, workload.requests), _note(flips) + _others(shortlist, shown, known)
    )


def _flips(shown: Sequence[Ranked], curves: Mapping[str, Curve], most: Decimal) -> list[dict[str, Any]]:
    """Where the first and one that stands as it does at the must-haves cost the same, within the chart."""
    first, name = curves[shown[0].evidence.id], shown[0].evidence.label
    found: list[dict[str, Any]] = []
    for other in (one for one in shown[1:] if one.outcome == shown[0].outcome):
        for _, after in pairwise(ranges(first, curves[other.evidence.id])):
            if after.start < most:
                words = "up to {:,.0f}" if after.cheaper == "first" else "from {:,.0f} on"
                told = f"{words.format(after.start)} {other.evidence.label}"
                usd = float(first.cost(Fraction(after.start)))
                spoken = f"Cheaper than {name}: {told}"
                flip = {"requests": float(after.start), "usd": usd, "told": told, "first": name}
                found.append(flip | {"spoken": spoken})
    return sorted(found, key=lambda flip: flip["requests"])


def _line(one: Ranked, curve: Curve, most: Decimal, i: int, dark: bool) -> list[dict[str, Any]]:
    named = {"offer": one.evidence.id, "label": one.evidence.label}
    colours = palette(dark).series
    look = {"colour": colours[i % len(colours)], "width": 2.6 if i == 0 else 1.6}
    return [
        named | look | {"requests": float(v), "usd": float(usd), "weight": "bold" if i == 0 else "normal"}
        for v, usd in points(curve, most)
    ]


def _names(rows: list[dict[str, Any]], most: Decimal, high: float) -> list[dict[str, Any]]:
    """Each line's name at its right end, moved apart where ends are close; `usd` is where it stands."""
    ends = [row for row in rows if row["requests"] == float(most)]
    heights = spread([(1 - row["usd"] / high) * HEIGHT for row in ends], HEIGHT)
    return [row | {"usd": (1 - y / HEIGHT) * high} for row, y in zip(ends, heights, strict=True)]


def _chart(
    data: tuple[list[dict[str, Any]], ...], requests: float, most: tuple[float, float], dark: bool
) -> Any:
    alt, own, (rows, names, flips) = altair(), palette(dark), data
    across = alt.Scale(domain=[0, most[0]], range=beside(ROOM))
    x = alt.X("requests:Q", title="Requests in the first month", scale=across).axis(
        values=Span(0, most[0]).ticks, format="~s", labelExpr=_ZERO.format("0"), grid=False
    )
    y = alt.Y("usd:Q", title="US dollars a year", scale=alt.Scale(domain=[0, most[1]])).axis(
        values=Span(0, most[1]).ticks, format="$~s", labelExpr=_ZERO.format("$0")
    )
    colour = alt.Color("colour:N", scale=None)
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line()
        .encode(
            x=x,
            y=y,
            color=colour,
            detail="offer:N",
            strokeWidth=alt.StrokeWidth("width:Q", scale=None),
            description="spoken:N",
            tooltip=[
                alt.Tooltip("label:N", title="Offer"),
                alt.Tooltip("requests:Q", title="Requests", format=",.0f"),
                alt.Tooltip("usd:Q", title="A year", format="$,.0f"),
            ],
        )
    )
    text = alt.Chart(alt.InlineData(values=names)).mark_text(
        align="left", dx=8, fontWeight=alt.expr("datum.weight"), aria=False
    )
    here = alt.Chart(alt.InlineData(values=[{"requests": requests}])).mark_rule(
        color=own.quiet, strokeDash=[2, 3], aria=False
    )
    dots = alt.Chart(alt.InlineData(values=flips)).mark_point(
        filled=True, size=60, color=own.ground, stroke=own.ink, strokeWidth=1.6, opacity=1
    )
    told = [
        alt.Tooltip("requests:Q", title="Same cost at", format=",.0f"),
        alt.Tooltip("told:N", title="Cheaper"),
    ]
    return alt.layer(
        here.encode(x=x),
        lines,
        dots.encode(x=x, y=y, tooltip=told, description="spoken:N"),
        text.encode(x=x, y=y, text="name:N", color=colour),
    )


def _note(flips: Sequence[dict[str, Any]]) -> str:
    told = "; ".join(flip["told"] for flip in flips)
    return f"{_NOTE} Cheaper than {flips[0]['first']}, by requests: {told}." if flips else _NOTE


def _alt(shown: Sequence[Ranked], curves: Mapping[str, Curve], requests: Decimal) -> str:
    costs = (_at(one, curves, requests) for one in shown)
    return f"Yearly cost at {requests:,.0f} requests in the first month: {'; '.join(costs)}."


def _at(one: Ranked, curves: Mapping[str, Curve], requests: Decimal) -> str:
    return f"{one.evidence.label} ${float(curves[one.evidence.id].cost(Fraction(requests))):,.0f}"


def _others(shortlist: Shortlist, shown: Sequence[Ranked], known: Sequence[Ranked]) -> str:
    """Which offers have no line, and why."""
    unknown = len(shortlist.ranked) - len(known)
    cost = f" Of {unknown:,} more the cost is unknown." if unknown else ""
    return left_out(len(shown), len(known)) + cost
