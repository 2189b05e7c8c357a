"""Calls summed up by offer and month, so that reading takes the same time however many were recorded.

`db.counting` keeps the tables, `broker rebuild-rollups` makes them anew. Months are calendar months in UTC,
named by their first day; a call belongs to the one in which it began.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from db.base import Base
from db.tally import Clock, middle_ms


class CallRollup(Base):
    """An offer's calls of one calendar month (its first day, UTC) that ended in one way.

    `cost` leaves out the `cost_unknown` calls without a known cost, tokens the `tokens_unknown` calls that
    told of none. `maker` is part of the key: what is known of an offer's maker may change.
    """

    __tablename__ = "call_rollup"
    __table_args__ = ({"sqlite_with_rowid": False},)

    month: Mapped[date] = mapped_column(primary_key=True)
    offer: Mapped[str] = mapped_column(primary_key=True)
    maker: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str]
    model: Mapped[str]
    calls: Mapped[int]
    cost: Mapped[Decimal]
    cost_unknown: Mapped[int]
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    tokens_unknown: Mapped[int]


class CallLatency(Base):
    """How many of an offer's calls of one month ended well within a bucket (`db.tally.bucket_of`).

    `clock` is `total`, until the whole answer, or `ttft`, until its first token. At most some 530 buckets.
    """

    __tablename__ = "call_latency"
    __table_args__ = (
        CheckConstraint("clock IN ('total', 'ttft')", name="clock"),
        {"sqlite_with_rowid": False},
    )

    clock: Mapped[str] = mapped_column(primary_key=True)  # in the order in which `waits` adds up
    offer: Mapped[str] = mapped_column(primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(primary_key=True)
    calls: Mapped[int]


@dataclass(slots=True)
class Totals:
    """An offer's calls over some months. `maker` is the last one known.

    `cost` sums up the known costs: `cost_unknown` calls have none, of those `failed_cost_unknown` failed.
    Tokens leave out the `tokens_unknown` calls. `ok` and `failed` are calls; the rest was stopped, by a
    person or with its process.
    """

    offer: str
    provider: str
    maker: str
    model: str
    calls: int = 0
    ok: int = 0
    failed: int = 0
    cost: Decimal = Decimal(0)
    cost_unknown: int = 0
    failed_cost_unknown: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    tokens_unknown: int = 0


def months(session: Session) -> list[date]:
    """The months in which calls were made, the first one first."""
    return list(session.scalars(select(CallRollup.month).distinct().order_by(CallRollup.month)))


def totals(session: Session, first: date, last: date) -> dict[str, Totals]:
    """By offer what was called from the month of `first` to that of `last`, both whole."""
    keys = (CallRollup.offer, CallRollup.provider, CallRollup.model, CallRollup.maker, CallRollup.status)
    summed = (
        CallRollup.calls, CallRollup.cost, CallRollup.cost_unknown,
        CallRollup.input_tokens, CallRollup.output_tokens, CallRollup.tokens_unknown,
    )  # fmt: skip
    within = CallRollup.month.between(first.replace(day=1), last.replace(day=1))
    newest = func.max(CallRollup.month)
    read = select(*keys, *map(func.sum, summed)).where(within).group_by(*keys).order_by(newest, *keys)
    found = dict[str, Totals]()
    for offer, provider, model, maker, status, calls, cost, unknown, sent, got, silent in session.execute(
        read
    ):
        one = found.setdefault(offer, Totals(offer, provider, maker, model))
        one.maker = maker
        one.calls += int(calls)
        one.ok += int(calls) if status == "ok" else 0
        one.failed += int(calls) if status == "error" else 0
        one.cost += cost
        one.cost_unknown += int(unknown)
        one.failed_cost_unknown += int(unknown) if status == "error" else 0
        one.input_tokens += int(sent)
        one.output_tokens += int(got)
        one.tokens_unknown += int(silent)
    return found


Counts = tuple[tuple[float, int], ...]


def waits(
    session: Session, first: date, last: date, clock: Clock, offers: Sequence[str] | None = None
) -> dict[str, Counts]:
    """By offer how long its good answers took in these months: milliseconds, rising, each with its calls.

    Each duration stands within 2 % of what it was; `broker.stats.percentiles.percentile_of_counts` reads
    them. An offer without any is missing.
    """
    within = CallLatency.month.between(first.replace(day=1), last.replace(day=1))
    keys = (CallLatency.offer, CallLatency.bucket)
    read = select(*keys, func.sum(CallLatency.calls)).where(within, CallLatency.clock == clock)
    if offers is not None:
        read = read.where(CallLatency.offer.in_(offers))
    found = dict[str, list[tuple[float, int]]]()
    for offer, bucket, calls in session.execute(read.group_by(*keys).order_by(*keys)):
        found.setdefault(offer, []).append((middle_ms(bucket), int(calls)))
    return {offer: tuple(counts) for offer, counts in found.items()}
