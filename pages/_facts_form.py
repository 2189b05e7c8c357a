"""The form by which staff confirm, correct or add a fact: what it saves is a new row, never a changed one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import streamlit as st

from broker.assurance import Confidence, Fact, staff
from broker.assurance.attributes import NUMBERS, Attribute
from broker.assurance.values import CONDITIONS, NO_EVIDENCE, UNCLEAR, amount, in_words
from db.session import Database
from pages import _facts_words as words
from pages import _format as fmt
from pages import _ui as ui
from pages._facts_rows import Line

WHOLE = "The whole platform"
_CONFIDENCE: tuple[Confidence, ...] = ("high", "medium", "low")
_FOUND = "The value beside"
_OUTCOMES = {_FOUND: "", "Looked, found no public evidence": NO_EVIDENCE, "Unclear: take it back": UNCLEAR}
_ANSWERS = (
    *("yes", "no", *(f"yes_{condition}" for condition in CONDITIONS)),
    *("no_own_layer", "announced_not_available", NO_EVIDENCE, UNCLEAR),
)


def draw(database: Database, user: str, found: Sequence[Line], makers: Sequence[str]) -> None:
    """What to start from, then the form; a fact that was saved shows at once."""
    told = [fact for line in found for fact in line.current]
    label = "Confirm, correct or add" if told else "Add what you know"
    with st.expander(label, expanded=not told, icon=":material/edit_note:"):
        base = _start(found[0].attribute, told, found[0].platform)
        today = datetime.now(UTC).date()
        made = _form(found[0], base, makers, user, today)
        if made is not None:
            _save(database, made, user)


def _start(attribute: Attribute, told: Sequence[Fact], platform: str) -> Fact | None:
    """The fact that the form begins with; `None` for one of another scope, or the first of all."""
    if not told:
        return None
    options = [*(fact.id for fact in told), ""]
    by_id = {fact.id: fact for fact in told}
    chosen = st.selectbox(
        "Start from",
        options,
        format_func=lambda key: _option(by_id[key]) if key in by_id else "Nothing: add another fact",
        key=f"start-{platform}-{attribute.id}-{told[0].id}",
        help="Saved as it stands, it is confirmed; changed, it is corrected. What was told before is kept.",
    )
    return by_id.get(chosen or "")


def _option(fact: Fact) -> str:
    return f"{fact.origin.capitalize()}: {fmt.short(in_words(fact), 70)}" + (
        f" ({fact.scope})" if fact.scope else ""
    )


def _form(line: Line, base: Fact | None, makers: Sequence[str], user: str, today: date) -> Fact | None:
    """The fact once the form is sent, checked only when it is saved."""
    start = base or Fact(
        "", line.platform, line.attribute.id, "", "staff", "high", checked_by=user, checked_on=today
    )
    begun = staff.confirmed(start, user, today) if base else start
    with st.form(f"fact-{line.platform}-{line.attribute.id}-{start.id}", border=False, enter_to_submit=False):
        value = _value(line.attribute, begun.value)
        first = st.columns(3)
        scope = _scope(first[0], begun.scope, makers)
        confidence = first[1].selectbox("Confidence", _CONFIDENCE, _CONFIDENCE.index(begun.confidence))
        as_of = _date(first[2], "Date of the source", begun.as_of, "None shown")
        second = st.columns(3)
        checked_by = second[0].text_input("Checked by", begun.checked_by or "")
        checked_on = _date(second[1], "Checked on", begun.checked_on, "Not checked")
        expires = _date(second[2], "Counts until", None, "A year after both dates")
        url = st.text_input("Source", begun.source_url or "", placeholder="https://…")
        note = st.text_area(
            "Note", begun.note, height=80, placeholder="Which product, region, tier or plan it is about"
        )
        if not st.form_submit_button("Save", type="primary", icon=":material/save:"):
            return None
    made = replace(
        begun,
        value=value,
        unit=line.attribute.kind if line.attribute.kind in NUMBERS and amount(value) else None,
        scope=scope,
        confidence=confidence,
        source_url=url.strip() or None,
        as_of=as_of,
        checked_by=checked_by.strip() or None,
        checked_on=checked_on,
        expires=expires,
        note=note.strip(),
    )
    return made if scope == start.scope else replace(made, replaces=None, was=None)


def _value(attribute: Attribute, begun: str) -> str:
    """The field for the value, by its kind."""
    if attribute.kind == "yes/no":
        answers = _answers(attribute, begun)
        chosen = list(answers).index(_words(attribute, begun)) if begun else 0
        return answers[st.selectbox("Value", list(answers), chosen)]
    left, right = st.columns([2, 1])
    unit = f", in {attribute.kind}" if attribute.kind in NUMBERS else ""
    hints = {"list": "Items with semicolons between", "text": "Some words"}
    typed = left.text_input(
        f"Value{unit}",
        "" if begun in (NO_EVIDENCE, UNCLEAR) else begun,
        placeholder=hints.get(attribute.kind, "30, or a range: 0 to 30"),
    )
    known = {code: words_ for words_, code in _OUTCOMES.items()}
    outcome = right.selectbox(
        "What was found", list(_OUTCOMES), list(_OUTCOMES).index(known.get(begun, _FOUND))
    )
    return _OUTCOMES[outcome] or typed.strip()


def _answers(attribute: Attribute, begun: str) -> dict[str, str]:
    """Every answer in words with what is stored for it; of two ways to write one, that of `begun` stays."""
    found: dict[str, str] = {}
    objected = ("opt_out",) if attribute.wanted == "no" else ()
    for value in (*((begun,) if begun else ()), *_ANSWERS, *objected):
        found.setdefault(_words(attribute, value), value)
    order = {_words(attribute, value): value for value in (*_ANSWERS, *objected)}
    return {said: found[said] for said in (*order, *(said for said in found if said not in order))}


def _words(attribute: Attribute, value: str) -> str:
    return in_words(Fact("", "", attribute.id, value, "staff", "high")).capitalize()


def _scope(place: Any, begun: str | None, makers: Sequence[str]) -> str | None:
    options = [WHOLE, *dict.fromkeys([*([begun] if begun else []), *makers])]
    chosen = place.selectbox(
        "True of",
        options,
        options.index(begun) if begun else 0,
        accept_new_options=True,
        help="A maker's name, where the source speaks of that maker's models only.",
    )
    return None if chosen in (WHOLE, None) else str(chosen).strip() or None


def _date(place: Any, label: str, begun: date | None, hint: str) -> date | None:
    return place.date_input(label, begun, format="YYYY-MM-DD", help=f"Empty: {hint.lower()}.")


def _save(database: Database, made: Fact, user: str) -> None:
    try:
        with database.writer() as session:
            staff.save(session, made, user)
    except ValueError as error:
        st.error(words.plain(str(error)), icon=":material/error:")
        return
    st.toast(f"Saved: {ui.plain(fmt.short(in_words(made), 60))}.", icon=":material/check:")
    st.rerun()
