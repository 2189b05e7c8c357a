"""Comparisons that people saved by name; `broker.comparison.saved` reads and writes them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from db.base import Base, Words
from db.models import new_id, utc_now


class SavedComparison(Base):
    """What was asked, and the figures that answered it; `user` saved it last.

    `state` is shaped by `broker.comparison.state`, `snapshot` by `broker.comparison.snapshots`;
    `snapshot_hash` is its SHA-256 in hex.
    """

    __tablename__ = "saved_comparison"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[Words] = mapped_column(unique=True)
    state: Mapped[dict[str, Any]]
    snapshot: Mapped[dict[str, Any]]
    snapshot_hash: Mapped[str]
    user: Mapped[Words | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


def saved_comparisons() -> Select[str, str, str | None, datetime]:
    """Id, name, user and last change of all saved comparisons, by name."""
    columns = (SavedComparison.id, SavedComparison.name, SavedComparison.user, SavedComparison.updated_at)
    return select(*columns).order_by(SavedComparison.name)


def delete_comparison(session: Session, comparison_id: str) -> None:
    """Remove a saved comparison."""
    session.execute(delete(SavedComparison).where(SavedComparison.id == comparison_id))
