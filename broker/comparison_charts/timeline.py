"""When offers end: the days that were published, and how sure they are."""

import json
from datetime import date
from typing import Any

from broker.comparison import Evidence, Shortlist
from broker.comparison_charts import Figure
from broker.comparison_charts.dates import day, months, range_of, scale, today
from broker.comparison_charts.theme import altair, distinct, left_out, palette
from broker.lifecycle import Lifecycle
from broker.lifecycle_seen import NOT_LISTED, in_words

WIDTH, STEP, ROOM, MOST = 600, 34, 180, 30
_NOTE = (
    "Bars run to the last day that was published. Faded: to a day before which it does not end, which "
    "announces nothing. Where no day is known there may be one nevertheless."
)
_MISSING = " That a platform's own list does not have an offer is a sign, not an announcement."


def timeline(shortlist: Shortlist, dark: bool = False, width: int = WIDTH) -> Figure | None:
    """A row an offer in the shortlist's order; `None` where no day of any is known."""
    at = shortlist.gathered.at
    lives = _shown([ranked.evidence for ranked in shortlist.ranked])
    names = distinct({one.id: one.label for one, _ in lives}, 34)
    days = [found for _, life in lives for found in (life.retires, life.not_before, life.deprecated) if found]
    if not days and not any(life.listed is False for _, life in lives):
        return None
    own = palette(dark)
    rows = [
        _row(one, life, at) | {"name": names[one.id], "colour": own.ink if life.ending else own.quiet}
        for one, life in lives
    ]
    chart = _chart(rows, range_of(days, at), at, dark).properties(width=width, height=STEP * len(rows))
    told = "; ".join(f"{row['label']}: {row['words']}" for row in rows)
    more = left_out(len(rows), len(shortlist.ranked))
    missing = _MISSING if any(life.listed is False for _, life in lives) else ""
    return Figure(chart, f"When each offer ends. {told}.", _NOTE + missing + more)


def _shown(offers: list[Evidence]) -> list[tuple[Evidence, Lifecycle]]:
    """Those that fit, in their order; where not all do, those with an end known go first."""
    lives = [(one, one.lifecycle) for one in offers]
    if len(lives) > MOST:
        lives.sort(key=lambda pair: not (pair[1].ending or pair[1].not_before))  # a stable sort
    return lives[:MOST]


def _row(one: Evidence, life: Lifecycle, at: date) -> dict[str, Any]:
    end = life.retires or life.not_before
    first, last = sorted((at, end or at))
    return {
        "offer": one.id,
        "label": one.label,
        "start": first.isoformat(),
        "end": last.isoformat(),
        "shown": 1.0 if life.retires else 0.35 if end else 0.0,
        "words": _words(life, at),
        "spoken": f"{one.label}: {_words(life, at)}",
        "source": life.source or "none",
        "certainty": life.certainty,
        "seen": in_words(life) or "not asked",
        "successor": life.successor or "unknown",
    }


def _words(life: Lifecycle, at: date) -> str:
    if life.listed is not False:
        return _end(life, at)
    return f"{_end(life, at)}; {NOT_LISTED} on {day(life.listed_on or at)}"


def _end(life: Lifecycle, at: date) -> str:
    if life.retires is not None:
        left = life.days_left(at) or 0
        when = f"in {left} days" if left > 0 else "today" if left == 0 else f"{-left} days ago"
        sure = "" if life.certainty == "vendor" else f", {life.certainty}"
        return f"{day(life.retires)}, {when}{sure}"
    if life.not_before is not None:
        return f"not before {day(life.not_before)}"
    return "is ending, no day published" if life.ending else "no day known"


def _chart(rows: list[dict[str, Any]], days: tuple[date, date], at: date, dark: bool) -> Any:
    alt, own = altair(), palette(dark)
    names = json.dumps({row["offer"]: row["name"] for row in rows})
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("offer:N", sort=[row["offer"] for row in rows], title=None).axis(
            labelExpr=f"{names}[datum.value]", labelLimit=260, grid=False
        ),
        tooltip=[
            alt.Tooltip("label:N", title="Offer"),
            alt.Tooltip("words:N", title="Ends"),
            alt.Tooltip("certainty:N", title="Certainty"),
            alt.Tooltip("source:N", title="Source"),
            alt.Tooltip("seen:N", title="The platform's own list"),
            alt.Tooltip("successor:N", title="Successor"),
        ],
        description="spoken:N",
    )
    x = alt.X("start:T", scale=scale(alt, days, ROOM), title=None).axis(**months(days))
    shown = alt.Opacity("shown:Q", scale=None)
    bar = base.mark_bar(height=8, cornerRadius=4, color=own.accent).encode(x=x, x2="end:T", opacity=shown)
    words = base.mark_text(align="left", dx=8, aria=False).encode(
        x=alt.X("end:T"), text="words:N", color=alt.Color("colour:N", scale=None)
    )
    return alt.layer(bar, words, today(alt, at, own.quiet))
