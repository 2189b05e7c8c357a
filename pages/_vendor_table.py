"""The shortlist: an offer a row, those that pass first, with what its place rests on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import streamlit as st

from broker.comparison import Evidence, Ranked, Shortlist
from broker.comparison.gates import in_words
from broker.lifecycle_seen import NOT_LISTED
from broker.stats import Estimate
from broker.workload import Unknown
from pages import _format as fmt
from pages import _vendor_figures as figures

_ROW_HEIGHT, _MOST_HEIGHT = 31, 560  # pixels
_MARKS = {"pass": "✓ passes", "unknown": "? unknown", "fail": "✗ fails"}
_COLUMNS: dict[str, Any] = {
    "Offer": st.column_config.TextColumn(pinned=True, width=250),
    "Must-haves": st.column_config.TextColumn(width=180, help="What is unknown or failed is named."),
    "Score": st.column_config.NumberColumn(
        format="%.2f", width=70, help="The weighted mean of the scales, 0 to 1; unknown where a part is."
    ),
    "Wins": st.column_config.NumberColumn(
        format="%.1f %%",
        width=75,
        help="The share of draws in which it has the best score among the offers that pass, while weights "
        "move by ±20 % and figures within their intervals.",
    ),
    "Quality": st.column_config.NumberColumn(
        format="%.1f %%", width=80, help="Right answers, or mean score, over the chosen suites."
    ),
    "Quality, 95 %": st.column_config.TextColumn(width=150, help="The interval, and on how many answers."),
    "Per 1,000 tasks": st.column_config.NumberColumn(
        format="$%.4g", width=110, help="What 1,000 tasks of these suites cost when they were measured."
    ),
    "A year": st.column_config.NumberColumn(
        format="dollar", width=100, help="The workload's year at our price, contract terms included."
    ),
    "p95": st.column_config.NumberColumn(
        format="%.2f s",
        width=75,
        help="95 of 100 whole answers came within this, from sending the request to the last byte.",
    ),
    "Retires": st.column_config.TextColumn(width=110, help="The published end; unknown is not never."),
    "Doors": st.column_config.NumberColumn(width=60, help="Other platforms with the same weights."),
    "Rivals": st.column_config.NumberColumn(
        width=60, help="Other makers' offers that are no worse within the margin."
    ),
    "Rating": st.column_config.NumberColumn(
        format="%d",
        width=70,
        help="Playground votes on Elo's scale, no scored quality. It compares only offers that votes link.",
    ),
    "Per 1,000 tasks, 95 %": st.column_config.TextColumn(
        width=150, help="The interval, and on how many answers."
    ),
    "A year, ends": st.column_config.TextColumn(
        width=150, help="The same at both ends of the tokens that a run measured, and on how many calls."
    ),
    "p95, 95 %": st.column_config.TextColumn(
        width=150,
        help="The interval, on how many calls, and whose they are if not those of the suites' runs.",
    ),
    "Rating, 95 %": st.column_config.TextColumn(width=150, help="The interval, and on how many votes."),
    "Marks": st.column_config.TextColumn(width=170),
}


_ONLY = st.column_config.TextColumn(
    width=75, help="Only this offer passes every must-have with a score, so it has no rival to win against."
)


def draw(found: Shortlist, shown: Sequence[Ranked]) -> Ranked | None:
    """The table; the offer that is chosen in it."""
    event: Any = st.dataframe(
        _frame(found, shown),
        key=f"vendor-table-{hash(tuple(one.evidence.id for one in shown))}",
        hide_index=True,
        height=min(_MOST_HEIGHT, _ROW_HEIGHT * (len(shown) + 1) + 3),
        row_height=_ROW_HEIGHT,
        on_select="rerun",
        selection_mode="single-row",
        placeholder=fmt.UNKNOWN,
        column_config=_COLUMNS | ({"Wins": _ONLY} if unrivalled(found) else {}),
        alt="Offers with must-haves, score, quality, cost, speed and dates",
    )
    picked = event.selection.rows
    return shown[picked[0]] if picked and picked[0] < len(shown) else None


def unrivalled(found: Shortlist) -> bool:
    """Whether there is just one contender, which then wins every draw and so says nothing."""
    return sum(one.is_contender for one in found.ranked) == 1


def _frame(found: Shortlist, shown: Sequence[Ranked]) -> Any:
    told = [one.evidence for one in shown]
    numbers: dict[str, list[float | None]] = {
        "Score": [one.score for one in shown],
        "Wins": [None if one.wins is None else 100 * one.wins for one in shown],
        "Quality": [_value(one.quality, 100) for one in told],
        "Per 1,000 tasks": [_value(one.per_1000) for one in told],
        "A year": [_year(one) for one in told],
        "p95": [_value(one.speed.total_p95, 0.001) if one.speed else None for one in told],
        "Doors": [one.other_platforms for one in told],
        "Rivals": [one.rival_count for one in told],
        "Rating": [one.rating.value if one.rating else None for one in told],
    }
    words = {
        "Offer": [one.label for one in told],
        "Must-haves": [_gates(one) for one in shown],
        "Quality, 95 %": [figures.ends(one.quality, figures.share) for one in told],
        "Per 1,000 tasks, 95 %": [figures.ends(one.per_1000, figures.dollars) for one in told],
        "A year, ends": [figures.year_ends(one) for one in told],
        "p95, 95 %": [figures.waits_ends(one.speed) for one in told],
        "Rating, 95 %": [figures.rating_ends(one.rating) for one in told],
        "Retires": [_end(one, found.gathered.at) for one in told],
        "Marks": [_marks(one) for one in told],
    }
    if unrivalled(found):
        del numbers["Wins"]
        words["Wins"] = ["only one" if one.wins is not None else "" for one in shown]
    columns: dict[str, Any] = {
        **{
            name: pa.array([None if text == fmt.UNKNOWN else text for text in column], pa.string())
            for name, column in words.items()
        },
        **{name: pa.array(column, pa.float64()) for name, column in numbers.items()},
    }
    always = {"Offer", "Score", "Quality"}
    kept = [
        name
        for name in _COLUMNS
        if name in always or any(_known(value) for value in [*words.get(name, ()), *numbers.get(name, ())])
    ]
    return pa.table({name: columns[name] for name in kept})


def _known(value: object) -> bool:
    return value not in (None, "", fmt.UNKNOWN)


def _value(told: Estimate | None, factor: float = 1) -> float | None:
    return told.value * factor if told and told.value is not None else None


def _year(one: Evidence) -> float | None:
    ours = one.cost.ours if one.cost else None
    return None if ours is None or isinstance(ours, Unknown) else float(ours.year.total)


def _gates(one: Ranked) -> str:
    """`✓ passes`, or what stands in the way."""
    if not one.gates:
        return ""
    ways = [in_words(result.gate) for result in one.gates if result.outcome == one.outcome]
    return _MARKS[one.outcome] + ("" if one.outcome == "pass" else f": {fmt.listed(ways)}")


def _end(one: Evidence, at: date) -> str:
    told = one.lifecycle
    if told.retires is not None:
        return f"{told.retires}{' (over)' if told.retires <= at else ''}"
    return "announced" if told.ending else f"not before {told.not_before}" if told.not_before else fmt.UNKNOWN


def _marks(one: Evidence) -> str:
    """What its reader has to mind."""
    found = [
        ("imported results", any(result.origin == "imported" for result in one.results)),
        ("timings unreliable", one.speed is not None and one.speed.reliable is False),
        (figures.BATCH, one.entry.only_batch),
        (NOT_LISTED, one.lifecycle.listed is False),
        ("not yet run on " + fmt.listed(one.missing), bool(one.missing) and bool(one.results)),
    ]
    return ", ".join(words for words, true in found if true)
