"""What runs come to, worked out once and kept: `broker.results.summary` says what is in it."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import ForeignKey, Select, Table, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from db.base import Base
from db.models import utc_now
from db.upsert import insert_into


class RunSummary(Base):
    """The figures of a run, and what its single samples came to, as JSON of a `version`.

    It holds as long as `mark` is that of the run. Anyone may delete it: it is worked out again.
    """

    __tablename__ = "run_summary"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    version: Mapped[int]
    mark: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=utc_now)
    figures: Mapped[dict[str, Any]]
    samples: Mapped[dict[str, Any]]


def figures(run_id: str, version: int, mark: str) -> Select[dict[str, Any]]:
    """The figures alone: a small part of the row."""
    return select(RunSummary.figures).where(*_current(run_id, version, mark))


def both(run_id: str, version: int, mark: str) -> Select[dict[str, Any], dict[str, Any]]:
    """The figures and the samples."""
    return select(RunSummary.figures, RunSummary.samples).where(*_current(run_id, version, mark))


def keep(session: Session, row: RunSummary) -> None:
    """Write it in place of an earlier one. Takes a session of `Database.writer()`."""
    connection = session.connection()
    names = [column.name for column in RunSummary.__table__.columns if column.name != "made_at"]
    values = {name: getattr(row, name) for name in names} | {"made_at": utc_now()}
    insert = insert_into(cast(Table, RunSummary.__table__), connection.dialect.name).values(values)
    changing = {name: insert.excluded[name] for name in values if name != "run_id"}
    connection.execute(insert.on_conflict_do_update(index_elements=["run_id"], set_=changing))


def _current(run_id: str, version: int, mark: str) -> tuple[Any, ...]:
    return RunSummary.run_id == run_id, RunSummary.version == version, RunSummary.mark == mark
