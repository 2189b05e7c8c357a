"""The tables of reviews: a judge's pass over the answers of a run that is over, and what it said of each."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Words, partial_index
from db.models import new_id, utc_now

_ALIVE = "status IN ('queued', 'running')"


class Review(Base):
    """A job like a run: what is asked is a judge, of answers that are there already.

    `pairs` sets each of `offers` against the `baseline`, `answers` has them judged one by one where the run
    left that to a model. `judge` is a snapshot; `seed` orders the work. What is spent here is the judge's
    alone, and no part of what the run spent. The worker's columns are those of `Run`.
    """

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("kind IN ('pairs', 'answers')", name="kind"),
        CheckConstraint(
            "status IN ('queued', 'running', 'paused', 'done', 'cancelled', 'budget', 'failed')",
            name="status",
        ),
        CheckConstraint("wanted IN ('pause', 'cancel')", name="wanted"),
        partial_index("ix_review_alive", "created_at", where=_ALIVE),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), index=True)
    kind: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    user: Mapped[Words | None]
    status: Mapped[str]
    wanted: Mapped[str | None]
    judge: Mapped[dict[str, Any]]
    baseline: Mapped[str | None]
    offers: Mapped[list[Any]]
    criteria: Mapped[Words]
    concurrency: Mapped[int]
    seed: Mapped[int]
    item_count: Mapped[int]
    handed_out: Mapped[int] = mapped_column(default=0)
    budget: Mapped[Decimal | None]
    spent: Mapped[Decimal] = mapped_column(default=Decimal(0))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    worker_id: Mapped[str | None] = mapped_column(ForeignKey("worker.id"))
    lease_until: Mapped[datetime | None]
    problem: Mapped[Words | None]


class Judgement(Base):
    """One item of a review: two answers to a sample (`a` the baseline's), or one (`b` is then empty).

    `status`, `attempt`, `repeated` and `reserved` are as in `Result`. `a_first` and `b_first` are what the
    judge said with either answer in the first place: `a`, `b` or `tie`; `winner` is what both come to. They
    are `None` where nothing could be judged (`judged` is false), and of single answers, whose grades stand
    in the run's results. `cost` is `None` where that of a call is not known.
    """

    __tablename__ = "judgement"
    __table_args__ = (
        CheckConstraint("a_first IN ('a', 'b', 'tie')", name="a_first"),
        CheckConstraint("b_first IN ('a', 'b', 'tie')", name="b_first"),
        CheckConstraint("winner IN ('a', 'b', 'tie')", name="winner"),
        Index(None, "review_id", "status", "judged"),  # progress, without a look at the rows
    )

    review_id: Mapped[str] = mapped_column(ForeignKey("review.id"), primary_key=True)
    a: Mapped[str] = mapped_column(primary_key=True)
    b: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sample_key: Mapped[Words]
    status: Mapped[str]
    attempt: Mapped[int]
    repeated: Mapped[bool]
    judged: Mapped[bool | None]
    a_first: Mapped[str | None]
    b_first: Mapped[str | None]
    winner: Mapped[str | None]
    explanation: Mapped[Words | None]
    reserved: Mapped[Decimal | None]
    cost: Mapped[Decimal | None]
    ended_at: Mapped[datetime | None]
