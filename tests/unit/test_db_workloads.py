"""Workloads and contract terms are kept as they were, with who and when; what cannot be billed is refused."""

from collections.abc import Generator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from broker.workload import Tokens, Workload
from broker.workload.store import load_terms, load_workloads, save_term, save_workload
from broker.workload.terms import Term
from db import workloads as tables
from db.session import Database
from db.turns import Overtaken
from tests.dbtools import ENGINES, fresh_database

D = Decimal
LETTERS = Workload(
    name="Letters",
    requests=D(120_000),
    start=date(2027, 1, 1),
    tokens=Tokens(D("1850.5"), D("240.125")),
    cache_read=D("0.6"),
    cache_write=D("0.05"),
    batch=D("0.3"),
    growth=D("0.0125"),
)
CLAIMS = Workload("Claims", D(0), date(2027, 2, 1), run_id="a" * 32)
DISCOUNT = Term("discount", D("12.5"), "acme", date(2027, 1, 1), date(2027, 12, 31), note="Framework 7")


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def keep(database: Database, *terms: Term, user: str | None = "ada") -> list[str]:
    with database.writer() as session:
        return [save_term(session, term, user) for term in terms]


def kept(database: Database) -> list[Term]:
    with database.reader() as session:
        return [replace(term, id="") for term in load_terms(session)]


def test_workloads_come_back_exactly_by_name(database: Database) -> None:
    with database.writer() as session:
        ids = [save_workload(session, one, "ada") for one in (LETTERS, CLAIMS)]
    with database.reader() as session:
        assert list(load_workloads(session).items()) == [(ids[1], CLAIMS), (ids[0], LETTERS)]
        row = session.get_one(tables.Workload, ids[0])
        assert (row.user, row.created_at.tzinfo is not None) == ("ada", True)


def test_a_workload_of_the_same_name_is_replaced(database: Database) -> None:
    with database.writer() as session:
        first = save_workload(session, LETTERS, "ada")
    with database.writer() as session:
        assert save_workload(session, replace(LETTERS, requests=D(7)), "bob") == first
        tables.delete_workload(session, save_workload(session, CLAIMS, "bob"))
    with database.reader() as session:
        assert load_workloads(session) == {first: replace(LETTERS, requests=D(7))}
        row = session.get_one(tables.Workload, first)
    assert row.user == "bob"
    assert row.created_at < row.updated_at


def test_a_workload_with_faults_is_refused(database: Database) -> None:
    with database.writer() as session, pytest.raises(ValueError, match="Say either the tokens"):
        save_workload(session, replace(LETTERS, run_id="b" * 32), "ada")


def test_terms_come_back_exactly(database: Database) -> None:
    commitment = Term("commitment", D("250000.01"), "acme", date(2027, 1, 1), maker="Acmé", period="year")
    elsewhere = replace(DISCOUNT, provider="other", offer="other/m")
    keep(database, commitment, DISCOUNT, elsewhere)
    assert kept(database) == [commitment, DISCOUNT, elsewhere]


def test_an_overlapping_term_is_refused_and_both_are_named(database: Database) -> None:
    keep(database, DISCOUNT)
    again = replace(DISCOUNT, value=D(20), first=date(2027, 12, 31), last=None)
    with pytest.raises(ValueError, match=r"discount of 12\.5 % for acme .* discount of 20 % for acme"):
        keep(database, again)
    keep(database, replace(again, first=date(2028, 1, 1)), replace(again, maker="Acme"))
    keep(database, replace(DISCOUNT, provider="vertex"))
    with pytest.raises(ValueError, match=r"for vertex from .* for vertex-claude from"):
        keep(database, replace(again, provider="vertex-claude"))  # another door of the same platform
    assert len(kept(database)) == 4


def test_a_term_can_be_changed_and_removed(database: Database) -> None:
    (term_id,) = keep(database, DISCOUNT)
    keep(database, replace(DISCOUNT, id=term_id, last=date(2027, 6, 30)), user="bob")
    assert kept(database) == [replace(DISCOUNT, last=date(2027, 6, 30))]
    with database.reader() as session:
        assert session.get_one(tables.ContractTerm, term_id).user == "bob"
    with pytest.raises(LookupError, match="no contract term gone"):
        keep(database, replace(DISCOUNT, id="gone", provider="other"))
    with database.writer() as session:
        tables.delete_term(session, term_id)
    assert kept(database) == []


def test_a_term_that_was_changed_or_removed_since_it_was_read_is_refused(database: Database) -> None:
    (term_id,) = keep(database, DISCOUNT)
    read = replace(DISCOUNT, id=term_id)
    with database.writer() as session:
        save_term(session, replace(read, note="Framework 8"), "bob", read)
    mine = replace(read, value=D(20))
    with pytest.raises(Overtaken) as told, database.writer() as session:
        save_term(session, mine, "ada", read)
    assert (told.value.by, told.value.now) == ("bob", replace(read, note="Framework 8"))
    with database.writer() as session:
        tables.delete_term(session, term_id)
    with pytest.raises(Overtaken) as told, database.writer() as session:
        save_term(session, mine, "ada", read)
    assert (told.value.by, told.value.now) == (None, None)
    assert kept(database) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "rebate"},
        {"period": "month"},
        {"kind": "commitment", "period": "week"},
        {"maker": "Acme", "offer": "acme/m"},
        {"last_day": date(2026, 12, 31)},
    ],
)
def test_the_database_refuses_nonsense_too(database: Database, wrong: dict[str, object]) -> None:
    sound = {"provider": "acme", "kind": "discount", "value": D(5), "first_day": date(2027, 1, 1), "note": ""}
    with pytest.raises(IntegrityError), database.writer() as session:
        session.add(tables.ContractTerm(**(sound | wrong)))
