"""Workload profiles, and what contracts say of prices."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_CHECKS = {
    "kind": "kind IN ('discount', 'uplift', 'batch_discount', 'commitment')",
    "commitment": "(kind = 'commitment') = (period IS NOT NULL)",
    "period": "period IN ('month', 'year')",
    "scope": "maker IS NULL OR offer IS NULL",
    "days": "last_day >= first_day",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "workload",
        _text("id"),
        _text("name"),
        sa.Column("profile", sa.JSON(none_as_null=True), nullable=False),
        *_who_and_when(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workload")),
        sa.UniqueConstraint("name", name=op.f("uq_workload_name")),
    )
    op.create_table(
        "contract_term",
        *[_text("id"), _text("provider"), _text("maker", null=True), _text("offer", null=True)],
        _text("kind"),
        sa.Column("value", sa.BigInteger(), nullable=False),
        _text("period", null=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        _text("note"),
        *_who_and_when(),
        *[sa.CheckConstraint(rule, name=op.f(f"ck_contract_term_{name}")) for name, rule in _CHECKS.items()],
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_term")),
    )
    op.create_index("ix_contract_term_provider", "contract_term", ["provider"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("contract_term")
    op.drop_table("workload")


def _who_and_when() -> list[sa.Column[object]]:
    return [_text("user", null=True), _time("created_at"), _time("updated_at")]


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _text(name: str, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=null)
