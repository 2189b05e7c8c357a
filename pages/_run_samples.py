"""The samples of a run one by one: what was asked, every offer's answer, its score and why."""

from collections.abc import Mapping, Sequence

import streamlit as st
from sqlalchemy import select

from broker.results import Cell, RunResults
from broker.results.samples import Given, case
from broker.suites import Sample
from broker.suites.store import sample_of
from broker.templates import fill
from db import benchmark_changes as changes
from db import benchmark_queries as queries
from db import benchmarks as tables
from db.session import Database
from pages import _format as fmt
from pages import _run_numbers as numbers
from pages import _ui as ui
from pages._markdown import safe_markdown
from pages._run_data import Kept

PAGE = 20
_ALL, _APART = "All", "Where they disagree"
_RIGHT, _WRONG = "Right", "Wrong"


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
    asked = fmt.short(ui.plain(question(sample)[-400:] if sample.variables else question(sample)), 110)
    marks = " ".join(
        f"{_mark(cell)} {ui.plain(run.labels[cell.offer])}" for cell in cells[: 2 * len(run.offers)]
    )
    label = f"**{ui.plain(sample.id)}** · {fmt.no_formula(asked)} · {marks}"
    opened = st.expander(label, key=f"sample-{run.id}-{sample.id}", on_change="rerun")
    if opened.open:
        with opened:
            _draw_case(database, user, run, sample)


def question(sample: Sample) -> str:
    """What is asked, as one text: of a conversation every turn."""
    turns = sample.input if isinstance(sample.input, tuple) else ()
    text = "\n\n".join(f"{turn.role}: {turn.content}" for turn in turns) if turns else str(sample.input)
    return fill(text, sample.variables)


def _mark(cell: Cell) -> str:
    if cell.passed is not None:
        return ":green[:material/check:]" if cell.passed else ":red[:material/close:]"
    if cell.value is not None:
        return f":gray[{cell.value:.2f}]"
    return f":orange[{numbers.OUTCOMES.get(cell.outcome, cell.outcome)}]"


def _draw_case(database: Database, user: str, run: RunResults, sample: Sample) -> None:
    with database.reader() as session:
        found = case(session, run.id, sample.id)
        grades = {
            (grade.offer, grade.epoch): grade.passed
            for grade in session.scalars(queries.grades(run.id))
            if grade.sample_key == sample.id and (grade.user or "") == user
        }
    with st.container(border=True):
        st.caption("Asked")
        st.text(fmt_long(question(sample)))
        for choice in sample.choices:
            st.text(choice)
        if sample.targets:
            st.caption("A right answer")
            st.text(fmt_long("\n".join(sample.targets)))
    done = [given for given in found.answers if given.cell.status == "done"]
    for start in range(0, len(done), 2):
        for column, given in zip(st.columns(2, gap="small"), done[start : start + 2], strict=False):
            with column.container(border=True, height="stretch"):
                _answer(run, given)
                _grading(database, user, given, grades.get((given.cell.offer, given.cell.epoch)))


def fmt_long(text: str, most: int = 6_000) -> str:
    """The text, or its beginning where it is very long, which it says."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters in all)"


def _answer(run: RunResults, given: Given) -> None:
    cell = given.cell
    again = f" · time {cell.epoch + 1}" if run.epochs > 1 else ""
    st.markdown(f"**{ui.plain(run.labels[cell.offer])}**{again} {_badge(cell)}")
    if given.text is None:
        st.caption("The words of this answer are not kept.")
    elif given.text:
        st.markdown(safe_markdown(given.text))
    else:
        st.caption("No text came.")
    if cell.explanation:
        st.markdown(f":material/gavel: {ui.plain(cell.explanation)}")
    st.caption(fmt.no_formula(" · ".join(_facts(run, cell))))


def _badge(cell: tables.Result) -> str:
    if cell.passed is not None:
        return ":green-badge[Right]" if cell.passed else ":red-badge[Wrong]"
    if cell.outcome != "answered":
        return f":orange-badge[{numbers.OUTCOMES.get(cell.outcome or '', cell.outcome)}]"
    return ":gray-badge[Not judged]" if cell.value is None else f":gray-badge[Score {cell.value:.2f}]"


def _facts(run: RunResults, cell: tables.Result) -> list[str]:
    facts = [f"read as {ui.plain(fmt.short(cell.answer, 80))}"] if cell.answer else []
    facts += [f"score {cell.value:.2f}"] if cell.value is not None else []
    facts += [ui.plain(cell.error_kind)] if cell.error_kind else []
    if run.kind == "imported":
        return [*facts, "made elsewhere: times and cost unknown"]
    shaky = "" if run.timings_reliable else " (timings unreliable)"
    facts += [f"{fmt.ms(cell.ttft_ms)} first token, {fmt.ms(cell.total_ms)} in all{shaky}"]
    facts += [f"cost {fmt.usd(cell.cost)}"]
    facts += ["second try" if cell.retried else ""]
    facts += ["asked again after an interruption" if cell.repeated else ""]
    return [fact for fact in facts if fact]


def _grading(database: Database, user: str, given: Given, mine: bool | None) -> None:
    cell = given.cell
    key = f"grade-{cell.run_id}-{cell.offer}-{cell.sample_key}-{cell.epoch}"

    def keep() -> None:
        said = st.session_state[key]
        place = (cell.run_id, cell.offer, cell.sample_key, cell.epoch)
        with database.writer() as session:
            changes.grade(session, place, None if said is None else said == _RIGHT, user)

    before = None if mine is None else _RIGHT if mine else _WRONG
    st.segmented_control("Your own judgement", [_RIGHT, _WRONG], default=before, key=key, on_change=keep)
