"""The fields of a workload; every change is taken at once, so that its cost moves along."""

from datetime import date
from decimal import Decimal
from typing import Any

import streamlit as st

from broker.workload import Tokens, Workload
from db import benchmark_queries as queries
from db.benchmarks import Run
from db.session import Database
from pages import _format as fmt
from pages import _ui as ui
from pages import _workload_words as say

_FIXED, _MEASURED = "The same for every offer", "As a run measured them"
_SHARES = {
    "cache_read": (
        "Read from the cache, % of input",
        "Input that the platform has seen before, such as a long instruction: billed at a lower price.",
    ),
    "cache_write": (
        "Written to the cache, % of input",
        "Input that is put into the cache; some platforms ask more for it.",
    ),
    "batch": ("In batches, % of requests", "Requests that may wait for hours, at the batch price."),
}
_BACK, _AHEAD = 12, 36  # months around this one in which a workload may start


def draw(database: Database, key: str, begun: Workload, at: date) -> Workload:
    """The workload as its fields say, which may be wrong."""
    first = st.columns([3, 2, 2, 2])
    name = (
        first[0].text_input("Name", begun.name, key=f"{key}-name", placeholder="Letters to customers").strip()
    )
    requests = _amount(first[1], "Requests a month", begun.requests, f"{key}-requests")
    months = _months(begun.start, at)
    start = first[2].selectbox(
        "First month", months, months.index(begun.start), format_func=say.month, key=f"{key}-start"
    )
    growth = _share(
        first[3],
        ("Growth, % a month", "How much more each month than in the month before, compounded."),
        begun.growth,
        f"{key}-growth",
        least=-99.9,
    )
    tokens, run_id = _tokens(database, key, begun)
    third = st.columns(3)
    read, written, batch = (
        _share(place, words, getattr(begun, field), f"{key}-{field}")
        for place, (field, words) in zip(third, _SHARES.items(), strict=True)
    )
    return Workload(name, requests, start, tokens, run_id, read, written, batch, growth)


def _months(begun: date, at: date) -> list[date]:
    """First days of months around today, the one that was chosen before among them."""
    now = at.year * 12 + at.month - 1
    near = {date(n // 12, n % 12 + 1, 1) for n in range(now - _BACK, now + _AHEAD + 1)}
    return sorted(near | {begun})


def _tokens(database: Database, key: str, begun: Workload) -> tuple[Tokens | None, str | None]:
    """Either the tokens of a request or the run that measured them."""
    with database.reader() as session:
        runs = [
            run for run in session.scalars(queries.runs()) if run.kind == "measured" and run.status == "done"
        ]
    way, left, right = st.columns([2, 1.5, 1.5], vertical_alignment="bottom")
    how = way.segmented_control(
        "Tokens of a request", [_FIXED, _MEASURED], default=_MEASURED if begun.run_id else _FIXED,
        required=True, key=f"{key}-how",
        help="Tokenizers and manners of speech differ: a run measures each offer's own.",
    )  # fmt: skip
    if how == _FIXED:
        known = begun.tokens or Tokens(Decimal(1_500), Decimal(300))
        given = _amount(left, "Input tokens", known.input, f"{key}-input")
        return Tokens(given, _amount(right, "Output tokens", known.output, f"{key}-output")), None
    return None, _run(left, key, begun, {run.id: run for run in runs})


def _run(place: Any, key: str, begun: Workload, runs: dict[str, Run]) -> str | None:
    gone = [begun.run_id] if begun.run_id and begun.run_id not in runs else []
    options = [*gone, *runs]
    return place.selectbox(
        "Run",
        options,
        options.index(begun.run_id) if begun.run_id in options else None,
        format_func=lambda run: _named(runs[run]) if run in runs else "A run that is not here any more",
        key=f"{key}-run",
        placeholder="Choose a finished run" if options else "No run has finished yet",
    )


def _named(run: Run) -> str:
    return f"{run.name}, {ui.when(run.created_at)}, {fmt.plural(len(run.offers), 'offer')}"


def _amount(place: Any, label: str, begun: Decimal, key: str) -> Decimal:
    """A count; empty is 0, and what was stored with a fraction keeps it."""
    whole = begun == begun.to_integral_value()
    value: Any = int(begun) if whole else float(begun)
    typed = place.number_input(label, min_value=0 if whole else 0.0, value=value, key=key)
    return Decimal(str(typed or 0))


def _share(place: Any, words: tuple[str, str], begun: Decimal, key: str, least: float = 0.0) -> Decimal:
    """Percent in the field, a share in the workload; `words` are the field's label and its help."""
    label, hint = words
    typed = place.number_input(
        label, least, None if least else 100.0, float(begun * 100), 5.0, format="%0.1f", key=key, help=hint
    )
    return Decimal(str(typed or 0)) / 100
