"""The samples of a run: filtered, a page at a time, each with how every offer did."""

from collections.abc import Mapping, Sequence

import streamlit as st
from sqlalchemy import select

from broker.results import Cell, RunResults
from broker.suites import Sample
from broker.suites.store import sample_of
from db import benchmarks as tables
from db.session import Database
from pages import _format as fmt
from pages import _run_answers as answers
from pages import _run_numbers as numbers
from pages import _ui as ui
from pages._run_data import Kept

PAGE = 20
_ALL, _APART = "All", "Where they disagree"


def draw(database: Database, user: str, kept: Kept) -> None:
    """The filters and a page of samples, each opened by a click."""
    keys = _wanted(kept)
    if not keys:
        st.caption("No sample matches these filters.")
        return
    st.caption(f"{fmt.plural(len(keys), 'sample')}. Open one to read the answers and to judge them yourself.")
    pages = -(-len(keys) // PAGE)
    place = st.container()
    number = st.pagination(pages, key="samples-page") if pages > 1 else 1
    shown = keys[(number - 1) * PAGE : number * PAGE]
    with place:
        for key, sample in _contents(database, kept.run, shown).items():
            _draw_one(database, user, kept.run, sample, kept.by_sample[key])


def _wanted(kept: Kept) -> list[str]:
    """The keys of the samples that pass the filters, in the suite's order; widest apart first if asked."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    choices = [_ALL, _APART] if len(kept.run.offers) > 1 else [_ALL]
    which = row.selectbox("Samples", choices, key="which", bind="query-params", width=200)
    outcome = row.selectbox(
        "Outcome",
        [_ALL, "right", "wrong", *kept.outcomes],
        format_func=lambda name: numbers.OUTCOMES.get(name, name),
        key="outcome",
        bind="query-params",
        width=160,
    )
    tags = kept.all_tags
    tag = row.selectbox("Tag", [_ALL, *tags], key="tag", bind="query-params", width=200) if tags else _ALL
    every = kept.apart if which == _APART else kept.by_sample
    return [
        key
        for key in every
        if (tag == _ALL or tag in kept.run.tags[key])
        and (outcome == _ALL or any(_is(cell, outcome) for cell in kept.by_sample[key]))
    ]


def _is(cell: Cell, outcome: str) -> bool:
    if outcome in ("right", "wrong"):
        return cell.passed is (outcome == "right")
    return cell.outcome == outcome


def _contents(database: Database, run: RunResults, keys: Sequence[str]) -> Mapping[str, Sample]:
    wanted = select(tables.Sample.key, tables.Sample.content).where(
        tables.Sample.suite_id == run.suite_id, tables.Sample.key.in_(keys)
    )
    with database.reader() as session:
        found = dict(session.execute(wanted).all())
    return {key: sample_of(found[key]) for key in keys}


def _draw_one(database: Database, user: str, run: RunResults, sample: Sample, cells: Sequence[Cell]) -> None:
    asked = fmt.short(ui.plain(answers.question(sample)), 110)
    marks = " ".join(
        f"{_mark(cell)} {ui.plain(run.labels[cell.offer])}" for cell in cells[: 2 * len(run.offers)]
    )
    label = f"**{ui.plain(sample.id)}** · {fmt.no_formula(asked)} · {marks}"
    opened = st.expander(label, key=f"sample-{run.id}-{sample.id}", on_change="rerun")
    if opened.open:
        with opened:
            answers.draw(database, user, run, sample)


def _mark(cell: Cell) -> str:
    if cell.passed is not None:
        return ":green[:material/check:]" if cell.passed else ":red[:material/close:]"
    if cell.value is not None:
        return f":gray[{cell.value:.2f}]"
    return f":orange[{numbers.OUTCOMES.get(cell.outcome, cell.outcome)}]"
