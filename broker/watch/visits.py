"""When each person last said that they have seen everything, and what there was to see then."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from broker.watch import State
from broker.watch.seen import pack, unpack
from db import watch as stored


@dataclass(frozen=True)
class Visit:
    """A person's last look: when, and the state that was seen."""

    at: datetime
    state: State


def last_visit(session: Session, user: str) -> Visit | None:
    """What a person has seen last; `None` for somebody who is new here."""
    row = session.get(stored.LastVisit, user)
    return None if row is None else Visit(row.seen_at, unpack(row.state))


def begin(session: Session, user: str, now: State, at: datetime | None = None) -> None:
    """Keep the state of a person's first visit; of anybody else nothing is changed."""
    stored.begin(session, user, at or datetime.now(UTC), pack(now))


def mark_seen(session: Session, user: str, now: State, at: datetime | None = None) -> None:
    """Keep this state as seen, in place of the earlier one."""
    stored.save(session, user, at or datetime.now(UTC), pack(now))
