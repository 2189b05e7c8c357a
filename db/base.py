"""The declarative base and the column types: instants, money, text and JSON, alike on every engine."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any, cast

import orjson
from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Index, MetaData, Text, text
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

MONEY_DIGITS = 10


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, aware and in UTC both ways; a naive one raises `ValueError`."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant in UTC; SQLite keeps no zone, and what was stored there is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """US dollars as a whole number of 1e-10 dollars, so that sums are exact; halves round to even."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> int | None:
        """The count of 1e-10 dollars; a float raises `TypeError`."""
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError(f"money is a Decimal, not {type(value).__name__}")
        return int(value.scaleb(MONEY_DIGITS).to_integral_value(ROUND_HALF_EVEN))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        """Dollars. The driver gives an `int`, a `Decimal` for a sum, a `float` for an average."""
        return None if value is None else Decimal(value).scaleb(-MONEY_DIGITS)


class CleanText(TypeDecorator[str]):
    """Text any engine can keep: NUL and lone surrogates, which some refuse, become U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text without what cannot be stored."""
        return None if value is None else clean(value)


def clean(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def clean_json(value: Any) -> Any:
    """A value of JSON with its texts as `clean` leaves them.

    PostgreSQL stores a NUL in JSON, but then can select nothing of it.
    """
    match value:
        case str():
            return clean(value)
        case dict():
            told = cast(dict[str, Any], value)
            return {clean(key): clean_json(one) for key, one in told.items()}
        case list() | tuple():
            return [clean_json(one) for one in cast(Sequence[Any], value)]
        case _:
            return value


def dump_json(value: object) -> str:
    """JSON text of a value; what `orjson` refuses (lone surrogates, huge integers) goes the slow way."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return clean(json.dumps(value, ensure_ascii=False))


def load_json(text: str | bytes) -> Any:
    """The value of a stored JSON text."""
    return json.loads(text)


Words = Annotated[str, mapped_column(CleanText)]  # text from outside: people, models, platforms


class Base(DeclarativeBase):
    """Every table. Constraints are named by rule, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own spelling
        str: CleanText,  # also ids: an address may ask for any
        int: BigInteger,  # a token count is whatever a platform says it is
        datetime: UtcDateTime,
        Decimal: Money,
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
    }


def partial_index(name: str, column: str, *, where: str) -> Index:
    """An index of the rows that `where` names.

    On PostgreSQL it is the migration that says so: saying it here as well would load that dialect.
    """
    return Index(name, column, sqlite_where=text(where))
