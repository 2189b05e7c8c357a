"""What staff confirmed, corrected or added about platforms. Rows are only added: older ones are history."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Words
from db.models import new_id, utc_now


class StoredFact(Base):
    """One statement about a platform that a person vouches for (`broker.assurance.Fact`).

    `scope` is NULL for the whole platform. `replaces` is the id of the fact that it stands instead of, and
    `was` what that one said: it can be one that came with the product, and that is not in this table.
    """

    __tablename__ = "fact"
    __table_args__ = (
        CheckConstraint("confidence IN ('high', 'medium', 'low')", name="confidence"),
        Index(None, "platform", "attribute", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    platform: Mapped[Words]
    attribute: Mapped[str]
    value: Mapped[Words]
    unit: Mapped[str | None]
    scope: Mapped[Words | None]
    source_url: Mapped[Words | None]
    as_of: Mapped[date | None]
    confidence: Mapped[str]
    note: Mapped[Words]
    checked_by: Mapped[Words | None]
    checked_on: Mapped[date | None]
    expires: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    user: Mapped[Words | None]
    replaces: Mapped[str | None]
    was: Mapped[Words | None]


def facts(platform: str | None = None) -> Select[StoredFact]:
    """All that was ever stored, the last word first; about one platform where it is named."""
    told = select(StoredFact).order_by(StoredFact.created_at.desc(), StoredFact.id.desc())
    return told if platform is None else told.where(StoredFact.platform == platform)
