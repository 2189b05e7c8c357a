"""Taking turns: who looks at what there is before writing waits for others who do.

Who has looked long before, as people at a form have, is told where somebody else was faster.
"""

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.base import Base


class Overtaken(ValueError):
    """What is to be saved was changed since it was read: `now` is what is there, `None` where it was removed.

    `by` is who saved it last, `None` where that is not known.
    """

    def __init__(self, by: str | None, now: object) -> None:
        super().__init__("Somebody has changed it since it was read.")
        self.by = by
        self.now = now


def take_turn(session: "Session", table: "type[Base]") -> None:
    """Nobody else writes to the table until this transaction ends; on SQLite a writer is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f'LOCK TABLE "{table.__tablename__}" IN SHARE ROW EXCLUSIVE MODE'))
