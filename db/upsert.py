"""An INSERT that says what becomes of rows that are there already, as each engine spells it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert


def insert_into(table: Any, dialect: str) -> "Insert":
    """An INSERT with `on_conflict_do_update`; only the engine in use is imported. `KeyError` for others."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)  # pyright: ignore[reportReturnType] - the same methods
    from sqlalchemy.dialects import sqlite

    return {"sqlite": sqlite.insert}[dialect](table)
