"""Calls summed up by offer and month, those that are there among them; spend that people declare."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from db.base import Money, UtcDateTime
from db.tally import FIGURES, Tally

revision = "0007"
down_revision = "0006"

_TYPES = {"started_at": UtcDateTime(), "cost_total": Money()}
_CALL = sa.table("call", *[sa.column(name, _TYPES.get(name)) for name in FIGURES])


def upgrade() -> None:
    """Create the tables and count the calls."""
    tables = (_create_call_rollup(), _create_call_latency())
    _create_declared_spend()
    connection = op.get_bind()
    tally = Tally()
    over = _CALL.c.status != "running"
    calls: Any = connection.execute(sa.select(_CALL).where(over).execution_options(yield_per=5_000))
    tally.add(calls)
    for table, rows in zip(tables, tally.rows(), strict=True):
        if rows:
            connection.execute(sa.insert(table), rows)


def downgrade() -> None:
    """Drop them."""
    for table in ("declared_spend", "call_latency", "call_rollup"):
        op.drop_table(table)


def _create_call_rollup() -> sa.Table:
    return op.create_table(
        "call_rollup",
        *[_month(), _text("offer"), _text("maker"), _text("status"), _text("provider"), _text("model")],
        _number("calls"),
        sa.Column("cost", Money(), nullable=False),
        *[_number(name) for name in ("cost_unknown", "input_tokens", "output_tokens", "tokens_unknown")],
        sa.PrimaryKeyConstraint("month", "offer", "maker", "status", name=op.f("pk_call_rollup")),
        sqlite_with_rowid=False,
    )


def _create_call_latency() -> sa.Table:
    return op.create_table(
        "call_latency",
        *[_text("clock"), _text("offer")],
        sa.Column("bucket", sa.BigInteger(), nullable=False, autoincrement=False),
        *[_month(), _number("calls")],
        sa.CheckConstraint("clock IN ('total', 'ttft')", name=op.f("ck_call_latency_clock")),
        sa.PrimaryKeyConstraint("clock", "offer", "bucket", "month", name=op.f("pk_call_latency")),
        sqlite_with_rowid=False,
    )


def _create_declared_spend() -> None:
    op.create_table(
        "declared_spend",
        *[_text("id"), _text("platform"), _text("maker"), _number("amount")],
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        _text("note"),
        _text("user", null=True),
        *[
            sa.Column(name, sa.DateTime(timezone=True), nullable=False)
            for name in ("created_at", "updated_at")
        ],
        sa.CheckConstraint("amount > 0", name=op.f("ck_declared_spend_amount")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_declared_spend_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_spend")),
    )


def _month() -> sa.Column[object]:
    return sa.Column("month", sa.Date(), nullable=False)


def _text(name: str, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=null)


def _number(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), nullable=False)
