"""Workload profiles, and what contracts say of prices; `broker.workload.store` reads and writes them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Select, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from db.base import Base, Words
from db.models import new_id, utc_now


class Workload(Base):
    """A named workload; `profile` is shaped by `broker.workload.store`. `user` saved it last."""

    __tablename__ = "workload"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[Words] = mapped_column(unique=True)
    profile: Mapped[dict[str, Any]]
    user: Mapped[Words | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


class ContractTerm(Base):
    """One agreement with a platform, for all it sells, a maker's models or an offer; `user` saved it last.

    `value` is percent, of a commitment US dollars a `period`. It holds from `first_day` to `last_day`, both
    included; NULL is without end.
    """

    __tablename__ = "contract_term"
    __table_args__ = (
        CheckConstraint("kind IN ('discount', 'uplift', 'batch_discount', 'commitment')", name="kind"),
        CheckConstraint("(kind = 'commitment') = (period IS NOT NULL)", name="commitment"),
        CheckConstraint("period IN ('month', 'year')", name="period"),
        CheckConstraint("maker IS NULL OR offer IS NULL", name="scope"),
        CheckConstraint("last_day >= first_day", name="days"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    provider: Mapped[str] = mapped_column(index=True)
    maker: Mapped[Words | None]
    offer: Mapped[Words | None]
    kind: Mapped[str]
    value: Mapped[Decimal]
    period: Mapped[str | None]
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    note: Mapped[Words]
    user: Mapped[Words | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


def workloads() -> Select[Workload]:
    """All workloads, by name."""
    return select(Workload).order_by(Workload.name)


def contract_terms() -> Select[ContractTerm]:
    """All terms, by platform, kind and first day."""
    order = (ContractTerm.provider, ContractTerm.kind, ContractTerm.first_day, ContractTerm.id)
    return select(ContractTerm).order_by(*order)


def delete_workload(session: Session, workload_id: str) -> None:
    """Remove a workload."""
    session.execute(delete(Workload).where(Workload.id == workload_id))


def delete_term(session: Session, term_id: str) -> None:
    """Remove a term, as if it had never been agreed; to end one, set its last day."""
    session.execute(delete(ContractTerm).where(ContractTerm.id == term_id))
