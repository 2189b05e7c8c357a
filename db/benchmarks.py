"""The tables of benchmarks: suites with their samples, runs, and what came of each cell of a run."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Words, partial_index
from db.models import new_id, utc_now

_ALIVE = "status IN ('queued', 'running')"


class SuiteFile(Base):
    """An uploaded file as it came, kept once. Its key is the SHA-256 of its bytes in hex."""

    __tablename__ = "suite_file"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[Words]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Suite(Base):
    """One version of a set of samples; it never changes. `definition` has all but the samples.

    `content_hash` tells versions apart: it is made of the definition and the samples. `file_sha256` and
    `graders_sha256` are the files it was read from, the second one where graders came in one of their own.
    """

    __tablename__ = "suite"
    __table_args__ = (Index(None, "name", "version", unique=True), Index(None, "name", "content_hash"))

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[Words]
    version: Mapped[int]
    content_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    archived_at: Mapped[datetime | None]
    user: Mapped[Words | None]
    description: Mapped[Words]
    source: Mapped[Words]
    file_sha256: Mapped[str | None] = mapped_column(ForeignKey("suite_file.sha256"))
    graders_sha256: Mapped[str | None]
    definition: Mapped[dict[str, Any]]
    sample_count: Mapped[int]


class Sample(Base):
    """One case of a suite. `key` is its id in the suite; `content` is shaped by `broker.suites.store`."""

    __tablename__ = "sample"
    __table_args__ = (Index(None, "suite_id", "key", unique=True),)

    suite_id: Mapped[str] = mapped_column(ForeignKey("suite.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[Words]
    cluster: Mapped[Words | None]
    tags: Mapped[list[Any]]
    content: Mapped[dict[str, Any]]


class Run(Base):
    """A suite asked of offers, or answers to it that were made elsewhere (`kind` is `imported`).

    `offers` and `judge` are snapshots (`broker.runs.snapshot`). `spent` is everything paid, repeated and
    failed calls and the judge's included; of a call whose cost is not known, what was reserved. `wanted` is
    what a running run should do next. The worker that holds it renews `lease_until`; so many cells of the
    plan it has `handed_out`, which is written before any of them is asked. `regraded_at` is when a judge
    last graded cells of a run that was over. `lag_p95_ms` is how late this machine's clocks were, in the
    worst of the stretches in which it was worked on.
    """

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint(
            "status IN ('queued', 'running', 'paused', 'done', 'cancelled', 'budget', 'failed')",
            name="status",
        ),
        CheckConstraint("wanted IN ('pause', 'cancel')", name="wanted"),
        CheckConstraint("kind IN ('measured', 'imported')", name="kind"),
        partial_index("ix_run_alive", "created_at", where=_ALIVE),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    suite_id: Mapped[str] = mapped_column(ForeignKey("suite.id"), index=True)
    kind: Mapped[str] = mapped_column(default="measured")
    name: Mapped[Words]
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
    user: Mapped[Words | None]
    status: Mapped[str]
    wanted: Mapped[str | None]
    offers: Mapped[list[Any]]
    judge: Mapped[dict[str, Any] | None]
    epochs: Mapped[int]
    sample_limit: Mapped[int | None]
    params: Mapped[dict[str, Any]]
    concurrency: Mapped[int]
    seed: Mapped[int]
    cell_count: Mapped[int]
    handed_out: Mapped[int] = mapped_column(default=0)
    budget: Mapped[Decimal | None]
    spent: Mapped[Decimal] = mapped_column(default=Decimal(0))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    worker_id: Mapped[str | None] = mapped_column(ForeignKey("worker.id"))
    lease_until: Mapped[datetime | None]
    lag_p95_ms: Mapped[float | None]
    problem: Mapped[Words | None]
    regraded_at: Mapped[datetime | None]

    @property
    def timings(self) -> Literal["none", "unknown", "reliable", "unreliable"]:
        """Whether the clocks can be trusted; answers that were made elsewhere have none.

        Unreliable: this machine was too busy to stamp what arrived, more than 5 ms late in one case of
        twenty.
        """
        if self.kind == "imported":
            return "none"
        if self.lag_p95_ms is None:
            return "unknown"
        return "unreliable" if self.lag_p95_ms > 5 else "reliable"


class Result(Base):
    """One cell of a run: a sample answered by an offer. Figures are copied here, so that tables need no join.

    `status` is `running` while its call is under way, `done`, or `again` once it is to be asked again.
    `attempt` counts how often it was begun; `repeated` says that a process died while it was under way, so
    that it may have been asked twice. `retried` says that the call itself needed several tries, so that its
    times say little. `text` is kept here for imported results alone; the others join `call_content`.
    """

    __tablename__ = "result"
    __table_args__ = (
        ForeignKeyConstraint(["run_id"], ["run.id"]),
        Index(None, "run_id", "offer", "status", "outcome"),  # progress, without a look at the rows
        Index(None, "run_id", "ended_at"),
    )

    run_id: Mapped[str] = mapped_column(primary_key=True)
    offer: Mapped[str] = mapped_column(primary_key=True)
    sample_key: Mapped[Words] = mapped_column(primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int]
    status: Mapped[str]
    attempt: Mapped[int] = mapped_column(default=1)
    repeated: Mapped[bool] = mapped_column(default=False)
    call_id: Mapped[str | None] = mapped_column(ForeignKey("call.id"), index=True)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    outcome: Mapped[str | None]
    value: Mapped[float | None]
    passed: Mapped[bool | None]
    answer: Mapped[Words | None]
    explanation: Mapped[Words | None]
    scores: Mapped[list[Any] | None]
    text: Mapped[Words | None]

    reserved: Mapped[Decimal | None]
    cost: Mapped[Decimal | None]
    judge_cost: Mapped[Decimal | None]
    error_kind: Mapped[str | None]
    finish_reason: Mapped[str | None]
    ttft_ms: Mapped[float | None]
    ttfa_ms: Mapped[float | None]
    total_ms: Mapped[float | None]
    elapsed_ms: Mapped[float | None]
    output_tokens: Mapped[int | None]
    output_tokens_per_s: Mapped[float | None]
    retried: Mapped[bool] = mapped_column(default=False)


class HumanGrade(Base):
    """A person's own judgement of one cell; the last word of each user counts."""

    __tablename__ = "human_grade"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "offer", "sample_key", "epoch"],
            ["result.run_id", "result.offer", "result.sample_key", "result.epoch"],
        ),
        Index(
            "ix_human_grade_cell_user",
            "run_id",
            "offer",
            "sample_key",
            "epoch",
            func.coalesce(text('"user"'), text("''")),
            unique=True,
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    run_id: Mapped[str]
    offer: Mapped[str]
    sample_key: Mapped[Words]
    epoch: Mapped[int]
    user: Mapped[Words | None]
    passed: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
