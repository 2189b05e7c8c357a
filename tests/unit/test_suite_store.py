"""Suites come back as they were saved, and what was saved never changes."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.store import File, find_suite, load_suite, save_suite
from broker.types import Image, Message, Params
from db import benchmark_queries as queries
from db import benchmarks as tables
from db.benchmark_changes import archive_suite
from db.session import Database
from tests.dbtools import ENGINES, fresh_database

PICTURE = Image("image/png", b"\x89PNG\r\n\x1a\n-1")
FULL = Sample(
    id="q-1",
    input=(
        Message("user", "See {{what}}.", images=(PICTURE,)),
        Message("assistant", "Yes?"),
        Message("user", "So?"),
    ),
    targets=("A", "a"),
    choices=("yes", "no"),
    variables={"what": "this"},
    tags=("easy", "images"),
    cluster="page 3",
    metadata={"row": 7, "nested": {"deep": [1, None]}},
    scorers=(ScorerSpec("choice"), ScorerSpec("cost", {"max_usd": 0.5}, 0.0, True, 0.0, "cheap")),
)
SUITE = Suite(
    name="Contracts",
    samples=(FULL, Sample("q-2", "Plain, with \x00 and 🌍?", ("t",))),
    scorers=(ScorerSpec("exact", {"ignore_case": True}, threshold=0.5),),
    description="What it is for.",
    system="Be brief.",
    template="Q: {{input}}",
    params=Params(temperature=0.0, max_tokens=64, stop=("\n",)),
    source="contracts.csv",
)


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def save(database: Database, suite: Suite, file: File | None = None) -> tuple[str, int]:
    with database.writer() as session:
        return save_suite(session, suite, "ada", file)


def load(database: Database, suite_id: str) -> Suite:
    with database.reader() as session:
        return load_suite(session, suite_id)


def listed(database: Database, archived: bool = False) -> list[tuple[str, int]]:
    with database.reader() as session:
        return [(suite.name, suite.version) for suite in session.scalars(queries.suites(archived))]


def test_the_same_content_takes_a_new_description_over_and_keeps_an_old_one(database: Database) -> None:
    first = save(database, SUITE)
    assert save(database, replace(SUITE, description="Better words.")) == first
    assert load(database, first[0]).description == "Better words."
    assert save(database, replace(SUITE, description="")) == first
    assert load(database, first[0]).description == "Better words."


def test_a_suite_comes_back_as_it_was(database: Database) -> None:
    suite_id, version = save(database, SUITE)
    assert (load(database, suite_id), version) == (SUITE, 1)


def test_the_same_content_is_the_same_version(database: Database) -> None:
    first = save(database, SUITE)
    assert save(database, replace(SUITE, description="Said in another way.", source="page")) == first


@pytest.mark.parametrize(
    "changed",
    [
        replace(SUITE, samples=SUITE.samples[:1]),
        replace(SUITE, samples=SUITE.samples[::-1]),
        replace(SUITE, samples=(FULL, replace(SUITE.samples[1], targets=("u",)))),
        replace(SUITE, scorers=(ScorerSpec("exact"),)),
        replace(SUITE, template=""),
        replace(SUITE, system=""),
        replace(SUITE, params=Params()),
    ],
)
def test_another_content_is_another_version(database: Database, changed: Suite) -> None:
    first, _ = save(database, SUITE)
    second, version = save(database, changed)
    assert version == 2
    assert (load(database, first), load(database, second)) == (SUITE, changed)
    assert save(database, SUITE) == (first, 1)  # going back is no third one


def test_the_hash_does_not_hang_on_the_order_of_keys(database: Database) -> None:
    turned = replace(FULL, metadata=dict(reversed(list(FULL.metadata.items()))))
    assert save(database, SUITE) == save(database, replace(SUITE, samples=(turned, SUITE.samples[1])))


def test_the_latest_version_is_listed_until_the_suite_is_archived(database: Database) -> None:
    save(database, SUITE)
    save(database, replace(SUITE, system=""))
    save(database, replace(SUITE, name="addresses"))
    assert listed(database) == [("addresses", 1), ("Contracts", 2)]
    with database.writer() as session:
        archive_suite(session, "Contracts")
    assert (listed(database), len(listed(database, archived=True))) == ([("addresses", 1)], 2)
    save(database, replace(SUITE, system=""))  # uploaded again
    assert listed(database) == [("addresses", 1), ("Contracts", 2)]


def test_a_suite_is_found_by_name_version_and_id(database: Database) -> None:
    first, _ = save(database, SUITE)
    second, _ = save(database, replace(SUITE, system=""))
    with database.reader() as session:
        wanted = ("Contracts", "Contracts@1", "Contracts@3", first, "nothing", "Contracts@x")
        found = [find_suite(session, name) for name in wanted]
    assert [row and row.id for row in found] == [second, first, None, first, None, None]


def test_the_file_is_kept_once_byte_by_byte(database: Database) -> None:
    file = File("contracts.csv", b"\xef\xbb\xbfa;b\r\n\x00")
    ids = [save(database, suite, file)[0] for suite in (SUITE, replace(SUITE, system=""))]
    with database.reader() as session:
        keys = {session.get_one(tables.Suite, suite_id).file_sha256 for suite_id in ids}
        kept = session.scalars(select(tables.SuiteFile)).one()
    assert (keys, kept.data, kept.name) == ({kept.sha256}, file.data, "contracts.csv")


@pytest.mark.parametrize(
    ("suite", "problem"),
    [
        (replace(SUITE, name=" "), "name"),
        (replace(SUITE, samples=()), "at least one sample"),
        (replace(SUITE, samples=(FULL, FULL)), "'q-1'"),
    ],
)
def test_what_cannot_be_a_suite_is_refused(database: Database, suite: Suite, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        save(database, suite)
    with database.reader() as session:
        assert session.scalar(select(func.count()).select_from(tables.Suite)) == 0


def test_a_suite_that_is_not_there(database: Database) -> None:
    with pytest.raises(LookupError, match="nothing"):
        load(database, "nothing")
