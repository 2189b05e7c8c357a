"""Several people keep the same thing at the same moment: nothing is lost without a word."""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from broker.assurance import Fact, staff
from broker.comparison.saved import listed, save
from broker.workload import Tokens, Workload
from broker.workload.store import load_terms, load_workloads, save_term
from broker.workload.terms import Term
from db.session import Database
from pages import _workload_save as workloads
from tests.dbtools import ENGINES, fresh_database
from tests.made_up_shortlist import shortlist

PEOPLE = ("ada", "bob", "cyd", "dan")
FIRST = date(2027, 1, 1)
TERM = Term("discount", Decimal(10), "acme", FIRST)
WORK = Workload("Letters", Decimal(100), FIRST, Tokens(Decimal(10), Decimal(5)))
BAA = Fact("", "bedrock", "hipaa_baa", "yes", "staff", "high")


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def at_once(work: Callable[[str], object]) -> list[str]:
    """What each person is told: nothing where all went well."""
    ready = threading.Barrier(len(PEOPLE))

    def one(person: str) -> str:
        ready.wait(30)
        try:
            work(person)
        except ValueError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(len(PEOPLE)) as threads:
        return sorted(threads.map(one, PEOPLE))


def writing(database: Database, write: Callable[[Session, str], object]) -> Callable[[str], None]:
    """Several statements in one transaction, as a page does it."""

    def work(person: str) -> None:
        with database.writer() as session:
            write(session, person)

    return work


def test_a_comparisons_name_is_given_once(database: Database) -> None:
    found = shortlist()
    told = at_once(writing(database, lambda session, person: save(session, "Spring", found, person)))
    assert told == ["", *["There is a comparison called Spring already."] * 3]
    with database.reader() as session:
        (kept,) = listed(session)
    assert kept.user in PEOPLE


def test_terms_that_overlap_are_kept_once(database: Database) -> None:
    def write(session: Session, person: str) -> None:
        save_term(session, replace(TERM, value=Decimal(PEOPLE.index(person))), person)

    told = at_once(writing(database, write))
    assert [bool(one) for one in told] == [False, True, True, True]
    assert all("Two terms overlap" in one for one in told[1:])
    with database.reader() as session:
        assert len(load_terms(session)) == 1


def test_a_workloads_name_is_given_once(database: Database) -> None:
    def keep(person: str) -> None:
        workloads.keep(database, None, replace(WORK, requests=Decimal(PEOPLE.index(person))), person)

    assert at_once(keep) == ["", *["There is another workload named Letters."] * 3]
    with database.reader() as session:
        assert len(load_workloads(session)) == 1


def test_every_fact_is_kept(database: Database) -> None:
    def write(session: Session, person: str) -> None:
        staff.save(session, replace(BAA, note=person), person)

    assert at_once(writing(database, write)) == [""] * 4
    with database.reader() as session:
        told = staff.history(session, BAA)
    assert {fact.note for fact in told if fact.origin == "staff"} == set(PEOPLE)
