"""What each person has last seen of prices, models and facts."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, Session, mapped_column

from db.base import Base, Words, clean
from db.upsert import insert_into


class LastVisit(Base):
    """One row a person: `state` is what there was to see at `seen_at`, shaped by `broker.watch.seen`."""

    __tablename__ = "last_visit"

    user: Mapped[Words] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    state: Mapped[bytes] = mapped_column(LargeBinary)


def begin(session: Session, user: str, seen_at: datetime, state: bytes) -> None:
    """Keep a person's first state; one that is there stays, also where two tabs open at once."""
    insert = insert_into(LastVisit, session.get_bind().dialect.name)
    session.execute(insert.values(user=user, seen_at=seen_at, state=state).on_conflict_do_nothing())


def save(session: Session, user: str, seen_at: datetime, state: bytes) -> None:
    """Keep a person's state in place of the earlier one."""
    session.merge(LastVisit(user=clean(user), seen_at=seen_at, state=state))
