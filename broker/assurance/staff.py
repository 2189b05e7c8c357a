"""Facts that people confirm, correct or add: each is stored beside the ones before it, none is changed."""

from dataclasses import replace
from datetime import date
from typing import cast

from sqlalchemy.orm import Session

from broker.assurance import Confidence, Fact, Known, known
from broker.assurance.shipped import shipped_facts
from broker.assurance.values import problems
from db import facts as stored
from db.facts import StoredFact


def known_facts(session: Session) -> Known:
    """All facts, staff's and shipped, by platform and attribute: as `known` orders them."""
    return known([*map(_fact, session.scalars(stored.facts())), *shipped_facts()])


def history(session: Session, fact: Fact) -> list[Fact]:
    """Everything told about the same thing, the last word first, at the end what was shipped."""
    told = known_facts(session).get((fact.platform, fact.attribute), ())
    return [other for other in told if other.scope == fact.scope]


def confirmed(fact: Fact, by: str, on: date, confidence: Confidence = "high") -> Fact:
    """The fact as a person vouches for it from that day on; `replace` what they correct. Not stored yet."""
    return replace(
        fact,
        origin="staff",
        confidence=confidence,
        checked_by=by,
        checked_on=on,
        expires=None,
        replaces=fact.id,
        was=fact.value,
        id="",
        created_at=None,
        user=None,
    )


def save(session: Session, fact: Fact, user: str | None) -> Fact:
    """Store staff's fact as the last word, here with its id and time; `ValueError` says what is wrong."""
    wrong = problems(fact)
    if wrong:
        raise ValueError(" ".join(wrong))
    row = StoredFact(
        platform=fact.platform,
        attribute=fact.attribute,
        value=fact.value,
        unit=fact.unit,
        scope=fact.scope or None,
        source_url=fact.source_url or None,
        as_of=fact.as_of,
        confidence=fact.confidence,
        note=fact.note,
        checked_by=fact.checked_by,
        checked_on=fact.checked_on,
        expires=fact.expires,
        user=user,
        replaces=fact.replaces,
        was=fact.was,
    )
    session.add(row)
    session.flush()
    return _fact(row)


def _fact(row: StoredFact) -> Fact:
    return Fact(
        id=row.id,
        platform=row.platform,
        attribute=row.attribute,
        value=row.value,
        origin="staff",
        confidence=cast(Confidence, row.confidence),
        unit=row.unit,
        scope=row.scope,
        source_url=row.source_url,
        as_of=row.as_of,
        note=row.note,
        checked_by=row.checked_by,
        checked_on=row.checked_on,
        expires=row.expires,
        created_at=row.created_at,
        user=row.user,
        replaces=row.replaces,
        was=row.was,
    )
