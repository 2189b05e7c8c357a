"""Instants, money, text and JSON come back as they went in, on every engine."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, select
from sqlalchemy.exc import StatementError
from sqlalchemy.types import JSON

from db.base import CleanText, Money, UtcDateTime, clean
from db.session import Database
from tests.dbtools import ENGINES, fresh_database

SAMPLE = Table(
    "specimen",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime),
    Column("cost", Money),
    Column("text", CleanText),
    Column("value", JSON(none_as_null=True)),
)


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        with database.writer() as session:
            SAMPLE.create(session.connection())
        yield database


def store(database: Database, column: str, *values: object) -> list[object]:
    """What is read back after storing the values."""
    with database.writer() as session:
        session.connection().execute(SAMPLE.insert(), [{column: value} for value in values])
    with database.reader() as session:
        return list(session.scalars(select(SAMPLE.c[column]).order_by(SAMPLE.c.id)))


def test_an_instant_comes_back_in_utc(database: Database) -> None:
    tokyo = datetime(2026, 3, 1, 5, 30, 0, 123456, timezone(timedelta(hours=9)))
    (found,) = store(database, "at", tokyo)
    assert isinstance(found, datetime)
    assert found == tokyo
    assert found.tzinfo == UTC


def test_instants_sort_by_time_whatever_their_zone(database: Database) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    later = datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=-5)))  # 13:00 in UTC
    store(database, "at", later, noon)
    with database.reader() as session:
        assert list(session.scalars(select(SAMPLE.c.at).order_by(SAMPLE.c.at))) == [noon, later]
        assert session.scalar(select(func.count()).where(SAMPLE.c.at > noon)) == 1


def test_a_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        store(database, "at", datetime(2026, 3, 1))


@pytest.mark.parametrize(
    ("dollars", "kept"),
    [
        ("0", "0"),
        ("0.0000000001", "0.0000000001"),
        ("123456.7890123456", "123456.7890123456"),
        ("-1.5", "-1.5"),
        ("0.00000000005", "0"),  # a half goes to the even neighbour
        ("0.00000000015", "0.0000000002"),
        ("0.00000000025", "0.0000000002"),
        ("0.000000000250001", "0.0000000003"),
    ],
)
def test_money_is_kept_to_a_ten_billionth_dollar(database: Database, dollars: str, kept: str) -> None:
    assert store(database, "cost", Decimal(dollars)) == [Decimal(kept)]


def test_sums_of_money_are_exact(database: Database) -> None:
    store(database, "cost", *[Decimal("0.1")] * 1000, Decimal("0.0000000001"))
    with database.reader() as session:
        assert session.scalar(select(func.sum(SAMPLE.c.cost))) == Decimal("100.0000000001")


def test_unknown_money_stays_unknown(database: Database) -> None:
    assert store(database, "cost", None) == [None]


@pytest.mark.parametrize("wrong", [0.1, 1, "0.1"])
def test_money_is_a_decimal(database: Database, wrong: object) -> None:
    with pytest.raises(StatementError, match="money is a Decimal"):
        store(database, "cost", wrong)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("Ärger 中文 👩‍🚀", "Ärger 中文 👩‍🚀"),
        ("a\x00b", "a\ufffdb"),
        ("lone \ud83d here", "lone \ufffd here"),
        ("\ud83d\ude80 split", "🚀 split"),
    ],
)
def test_text_is_kept_but_for_what_no_engine_takes(database: Database, text: str, kept: str) -> None:
    assert store(database, "text", text) == [kept]
    assert clean(kept) == kept


@pytest.mark.parametrize(
    "value",
    [None, {}, [], {"a": [1, 2.5, None, True, "ä"]}, [{"role": "user", "content": "x\x00y"}], {"n": 2**70}],
)
def test_json_comes_back(database: Database, value: object) -> None:
    assert store(database, "value", value) == [value]


def test_json_with_a_lone_surrogate_can_be_kept(database: Database) -> None:
    assert store(database, "value", ["a\udc00b"]) == [["a\ufffdb"]]


def test_no_json_is_null(database: Database) -> None:
    store(database, "value", None, {})
    with database.reader() as session:
        assert session.scalar(select(func.count()).where(SAMPLE.c.value.is_(None))) == 1
