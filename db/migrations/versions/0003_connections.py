"""Connections: providers and offers added in the app, the last check and the last list of models of each."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables."""
    _create_custom("custom_provider")
    _create_custom("custom_offer", _text("provider"))
    op.create_index("ix_custom_offer_provider", "custom_offer", ["provider"])
    op.create_table(
        "provider_check",
        _text("provider"),
        _time("checked_at"),
        sa.Column("ok", sa.Boolean(), nullable=False),
        *[_text(name, null=True) for name in ("offer", "error_kind", "message", "served_model")],
        _milliseconds("ttft_ms"),
        _milliseconds("total_ms"),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_provider_check")),
    )
    op.create_table(
        "discovery",
        _text("provider"),
        _time("found_at"),
        _json("models"),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_discovery")),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("discovery", "provider_check", "custom_offer", "custom_provider"):
        op.drop_table(table)


def _create_custom(table: str, *columns: sa.Column[str]) -> None:
    op.create_table(
        table,
        _text("id"),
        *columns,
        _json("settings"),
        _text("user", null=True),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _text(name: str, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=False)


def _milliseconds(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double(), nullable=True)
