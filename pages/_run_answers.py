"""One sample of a run in full: the question, every offer's answer, its score and why, and a person's own."""

from collections.abc import Mapping
from string import ascii_uppercase
from typing import Any

import streamlit as st

from broker.results import RunResults
from broker.results.samples import Given, case
from broker.runs.imported import FOREIGN
from broker.suites import Sample
from broker.templates import fill
from broker.types import Message
from db import benchmark_changes as changes
from db import benchmark_queries as queries
from db import benchmarks as tables
from db.session import Database
from pages import _format as fmt
from pages import _run_numbers as numbers
from pages import _ui as ui
from pages._markdown import safe_markdown

_IMAGE_WIDTH = 240  # pixels
_LONGEST = 6_000  # characters of a question or target
_RIGHT, _WRONG = "Right", "Wrong"


def draw(database: Database, user: str, run: RunResults, sample: Sample) -> None:
    with database.reader() as session:
        found = case(session, run.id, sample.id)
        grades = {
            (grade.offer, grade.epoch): grade.passed
            for grade in session.scalars(queries.grades(run.id))
            if grade.sample_key == sample.id and (grade.user or "") == user
        }
        system = session.get_one(tables.Suite, run.suite_id).definition.get("system", "")
    with st.container(border=True):
        if system and run.kind == "measured":
            st.caption("Said before")
            st.text(_shortened(fill(system, sample.variables)))
        st.caption("Asked")
        st.text(_shortened(question(sample)))
        for letter, choice in zip(ascii_uppercase, sample.choices, strict=False):
            st.text(f"{letter}. {choice}")
        for image in [image for turn in _turns(sample) for image in turn.images]:
            st.image(image.data, width=_IMAGE_WIDTH)
        if sample.targets:
            st.caption("A right answer")
            st.text(_shortened("\n".join(sample.targets)))
    done = [given for given in found.answers if given.cell.status == "done"]
    for start in range(0, len(done), 2):
        for column, given in zip(st.columns(2, gap="small"), done[start : start + 2], strict=False):
            with column.container(border=True, height="stretch"):
                _answer(run, given)
                _grading(database, user, given, grades.get((given.cell.offer, given.cell.epoch)))


def _shortened(text: str) -> str:
    """The text, or its beginning where it is very long, which it says."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters in all)"


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
    for line in reasons(cell):
        st.markdown(line)
    st.caption(fmt.no_formula(" · ".join(_facts(run, cell))))


def reasons(cell: tables.Result) -> list[str]:
    """Why it is worth that, as markdown: a line a scorer, by name where there are several.

    What its makers made of an imported answer is among them, last, and says that it does not count.
    """
    scores: list[dict[str, Any]] = cell.scores or []
    ours = [score for score in scores if score["name"] != FOREIGN]
    lines = [_reason(score, named=len(ours) > 1) for score in ours if score["explanation"] or len(ours) > 1]
    if cell.explanation and all(score["explanation"] != cell.explanation for score in ours):
        lines.insert(0, f":material/gavel: {ui.plain(cell.explanation)}")
    theirs = [ui.plain(str(score["explanation"])) for score in scores if score["name"] == FOREIGN]
    return [
        *lines,
        *(f":material/history_edu: Elsewhere it was given, and does not count: {t}" for t in theirs),
    ]


def _reason(score: Mapping[str, Any], *, named: bool) -> str:
    said = ui.plain(score["explanation"] or "")
    if not named:
        return f":material/gavel: {said}"
    worth = "not judged" if score["value"] is None else f"{score['value']:.2f}"
    verdict = {True: "right, ", False: "wrong, "}.get(score["passed"], "")
    return f":material/gavel: **{ui.plain(str(score['scorer']))}** ({verdict}{worth}) {said}".rstrip()


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
    unsure = "reliability of timings unknown" if run.lag_p95_ms is None else "timings unreliable"
    shaky = "" if run.timings_reliable else f" ({unsure})"
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


def question(sample: Sample) -> str:
    """What is asked, as one text: of a conversation every turn."""
    turns = _turns(sample)
    text = "\n\n".join(f"{turn.role}: {turn.content}" for turn in turns) if turns else str(sample.input)
    return fill(text, sample.variables)


def _turns(sample: Sample) -> tuple[Message, ...]:
    """The turns of a conversation; none of a single text."""
    return sample.input if isinstance(sample.input, tuple) else ()
