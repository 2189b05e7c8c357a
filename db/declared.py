"""Spend that this product has not seen: what people say is paid for models elsewhere."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Words
from db.models import new_id, utc_now


class DeclaredSpend(Base):
    """US dollars a month paid for a maker's models on a platform, both by the names people know.

    It holds from `first_day` to `last_day`, both included; NULL is without end. `user` saved it last.
    """

    __tablename__ = "declared_spend"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("last_day >= first_day", name="days"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    platform: Mapped[Words]
    maker: Mapped[Words]
    amount: Mapped[Decimal]
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    note: Mapped[Words]
    user: Mapped[Words | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


def declared_spend() -> Select[DeclaredSpend]:
    """All of it: by platform, maker and first day."""
    order = (DeclaredSpend.platform, DeclaredSpend.maker, DeclaredSpend.first_day, DeclaredSpend.id)
    return select(DeclaredSpend).order_by(*order)
