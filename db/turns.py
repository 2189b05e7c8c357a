"""Taking turns: who looks at what there is before writing waits for others who do."""

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.base import Base


def take_turn(session: "Session", table: "type[Base]") -> None:
    """Nobody else writes to the table until this transaction ends; on SQLite a writer is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f'LOCK TABLE "{table.__tablename__}" IN SHARE ROW EXCLUSIVE MODE'))
