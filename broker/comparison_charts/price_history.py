"""What a million tokens cost at list over time, changes to come included."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, Literal

from broker.catalog_entries import Entry, price_of
from broker.comparison import Shortlist
from broker.comparison.gate_expressions import plain_number
from broker.comparison_charts import Figure
from broker.comparison_charts.axes import DOLLARS
from broker.comparison_charts.dates import months, range_of, scale, today
from broker.comparison_charts.labels import spread
from broker.comparison_charts.theme import altair, distinct, left_out, palette
from broker.workload.rates import change_days

Side = Literal["input", "output"]
WIDTH, HEIGHT, ROOM, MOST = 680, 260, 190, 6
_SINCE = timedelta(days=730)
_NOTE = "List prices as the price list dates them; beyond today are changes that were announced."


def price_history(
    shortlist: Shortlist, side: Side = "output", dark: bool = False, width: int = WIDTH
) -> Figure | None:
    """Steps by day, of the shortlist's first offers that have a price; `None` where no price ever changed."""
    at = shortlist.gathered.at
    entries = [ranked.evidence.entry for ranked in shortlist.ranked]
    priced = [entry for entry in entries if _price(entry, at, side) is not None]
    first, changes = priced[:MOST], {entry.id: _changes(entry, at) for entry in priced}
    if not any(changes.values()):
        return None
    days = range_of([day for entry in first for day in changes[entry.id]], at)
    names = distinct({entry.id: _label(entry) for entry in first}, 30)
    lines = [_line(entry, changes[entry.id], days, side) for entry in first]
    rows = [
        row | {"i": i, "name": names[row["offer"]], "spoken": f"{_label(entry)}: {_told(line)}"}
        for i, (entry, line) in enumerate(zip(first, lines, strict=True))
        for row in line
    ]
    chart = _chart(rows, days, at, side, dark).properties(width=width, height=HEIGHT)
    alt_text = "; ".join(f"{_label(entry)} {_told(line)}" for entry, line in zip(first, lines, strict=True))
    changed = [_label(entry) for entry in priced[MOST:] if changes[entry.id]]
    return Figure(
        chart,
        f"List price of a million {side} tokens over time: {alt_text}.",
        _NOTE + left_out(len(first), len(priced)) + _beyond(changed, len(entries) - len(priced)),
    )


def _label(entry: Entry) -> str:
    return f"{entry.offer.name} · {entry.platform}"


def _beyond(changed: Sequence[str], unknown: int) -> str:
    """Of which of the offers without a line the price changed, and of how many it is unknown."""
    more = [f"{len(changed) - MOST:,} more"] if len(changed) > MOST else []
    told = f" Of those the prices of these changed: {'; '.join([*changed[:MOST], *more])}." if changed else ""
    return told + (f" Of {unknown:,} more the price is unknown." if unknown else "")


def _changes(entry: Entry, at: date) -> list[date]:
    return sorted(day for day in change_days(entry) if day > at - _SINCE)


def _line(entry: Entry, changes: list[date], days: tuple[date, date], side: Side) -> list[dict[str, Any]]:
    """The price on the first day, on each day of a change and on the last; empty where it is unknown."""
    told = ((day, _price(entry, day, side)) for day in (days[0], *changes, days[1]))
    return [{"offer": entry.id, "day": day.isoformat(), "usd": usd} for day, usd in told if usd is not None]


def _price(entry: Entry, day: date, side: Side) -> float | None:
    price = price_of(entry, datetime.combine(day, time(), UTC))
    found = price and (price.input_mtok if side == "input" else price.output_mtok)
    return None if found is None else float(found)


def _chart(rows: list[dict[str, Any]], days: tuple[date, date], at: date, side: Side, dark: bool) -> Any:
    alt, own = altair(), palette(dark)
    for row in rows:
        row["colour"] = own.series[row["i"] % len(own.series)]
    most = max(row["usd"] for row in rows) * 1.08 or 1.0
    y_scale = alt.Scale(domain=[0, most])
    x = alt.X("day:T", scale=scale(alt, days, ROOM), title=None).axis(**months(days), grid=False)
    y = alt.Y("usd:Q", scale=y_scale, title=f"US dollars a million tokens, {side}").axis(
        labelExpr=DOLLARS, tickCount=5
    )
    colour = alt.Color("colour:N", scale=None)
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=x,
            y=y,
            color=colour,
            detail="offer:N",
            description="spoken:N",
            tooltip=[
                alt.Tooltip("name:N", title="Offer"),
                alt.Tooltip("day:T", title="From", format="%d %b %Y"),
                alt.Tooltip("usd:Q", title="US dollars", format="$,.4~f"),
            ],
        )
    )
    names = alt.Chart(alt.InlineData(values=_names(rows, days[1], most))).mark_text(
        align="left", dx=8, aria=False
    )
    return alt.layer(lines, names.encode(x=x, y=y, text="name:N", color=colour), today(alt, at, own.quiet))


def _names(rows: list[dict[str, Any]], last: date, most: float) -> list[dict[str, Any]]:
    ends = [row for row in rows if row["day"] == last.isoformat()]
    heights = spread([(1 - row["usd"] / most) * HEIGHT for row in ends], HEIGHT)
    return [row | {"usd": (1 - y / HEIGHT) * most} for row, y in zip(ends, heights, strict=True)]


def _told(line: list[dict[str, Any]]) -> str:
    """`$25, then $20`."""
    return ", then ".join(
        f"${plain_number(Decimal(str(usd)))}" for usd, _ in groupby(row["usd"] for row in line)
    )
