"""Staff's facts: stored beside the ones before them, read back whole, the last word first."""

from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from broker.assurance import Fact
from broker.assurance.shipped import shipped_facts
from broker.assurance.staff import confirmed, history, known_facts, save
from broker.assurance.standing import standing
from db import facts as stored
from db.facts import StoredFact
from db.session import Database
from tests.dbtools import ENGINES, fresh_database

TODAY = date(2026, 11, 22)
SHIPPED = next(f for f in shipped_facts() if (f.platform, f.attribute) == ("groq", "hipaa_baa"))


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def stored_fact(database: Database, fact: Fact, user: str | None = "ada") -> Fact:
    with database.writer() as session:
        return save(session, fact, user)


def test_a_fact_comes_back_as_it_was(database: Database) -> None:
    told = Fact(
        id="",
        platform="acme",
        attribute="prompt_retention_default",
        value="0 to 30",
        origin="staff",
        confidence="medium",
        unit="days",
        scope="Zürich AI",
        source_url="https://trust.acme.example/retention?x=1",
        as_of=date(2026, 11, 1),
        note="=1+1, said the “vendor”",
        checked_by="Ada",
        checked_on=TODAY,
        expires=date(2027, 1, 31),
        replaces=SHIPPED.id,
        was="30",
    )
    before = datetime.now(UTC)
    kept = stored_fact(database, told)
    with database.reader() as session:
        (found,) = known_facts(session)["acme", "prompt_retention_default"]
    assert found == kept
    assert replace(found, id="", created_at=None, user=None) == told
    assert found.created_at is not None
    assert before <= found.created_at <= datetime.now(UTC)
    assert (found.user, len(found.id)) == ("ada", 32)


def test_what_is_not_said_is_null(database: Database) -> None:
    stored_fact(database, Fact("", "acme", "sso", "yes", "staff", "high", scope="", source_url=""), None)
    with database.reader() as session:
        (row,) = session.scalars(stored.facts("acme"))
        empty = {name for name, value in vars(row).items() if value is None}
    said = {"id", "platform", "attribute", "value", "confidence", "note", "created_at"}
    assert empty == set(StoredFact.__table__.columns.keys()) - said


def test_confirming_settles_an_expired_fact_and_keeps_it(database: Database) -> None:
    assert standing([SHIPPED], TODAY).verdict == "amber"
    kept = stored_fact(database, confirmed(SHIPPED, "Ada", TODAY))
    with database.reader() as session:
        told = known_facts(session)["groq", "hipaa_baa"]
    found = standing(told, TODAY)
    assert (found.verdict, found.fact, found.also) == ("satisfied", kept, (SHIPPED,))
    assert (kept.checked_by, kept.checked_on, kept.replaces) == ("Ada", TODAY, SHIPPED.id)


def test_history_says_who_when_and_what_was_before(database: Database) -> None:
    first = stored_fact(database, confirmed(SHIPPED, "Ada", TODAY))
    corrected = replace(confirmed(first, "Bob", TODAY), value="no", note="The addendum was withdrawn.")
    second = stored_fact(database, corrected, "bob")
    stored_fact(database, replace(first, scope="Meta"), "eve")
    with database.reader() as session:
        told = history(session, second)
        assert standing(told, TODAY).verdict == "not satisfied"
    assert told == [second, first, SHIPPED]
    assert [(f.user, f.was, f.replaces) for f in told[:2]] == [
        ("bob", "yes", first.id),
        ("ada", "yes", SHIPPED.id),
    ]


def test_shipped_facts_are_all_there(database: Database) -> None:
    with database.reader() as session:
        assert sorted(f.id for told in known_facts(session).values() for f in told) == sorted(
            f.id for f in shipped_facts()
        )


def test_a_wrong_fact_is_not_stored(database: Database) -> None:
    wrong = replace(confirmed(SHIPPED, "Ada", TODAY), value="perhaps", source_url="javascript:alert(1)")
    with database.writer() as session:
        with pytest.raises(ValueError, match=r"found 'perhaps'.*web address"):
            save(session, wrong, "ada")
        assert list(session.scalars(stored.facts())) == []


def test_the_table_knows_three_degrees_of_confidence(database: Database) -> None:
    row = StoredFact(platform="acme", attribute="sso", value="yes", confidence="sure", note="")
    with pytest.raises(IntegrityError), database.writer() as session:
        session.add(row)


def test_one_platform_can_be_read_alone(database: Database) -> None:
    for platform in ("acme", "other"):
        stored_fact(database, Fact("", platform, "sso", "yes", "staff", "high"))
    with database.reader() as session:
        assert [row.platform for row in session.scalars(stored.facts("acme"))] == ["acme"]
