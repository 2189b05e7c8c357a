"""Facts about platforms that staff vouch for."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "fact",
        _text("id"),
        _text("platform"),
        _text("attribute"),
        _text("value"),
        _text("unit", null=True),
        _text("scope", null=True),
        _text("source_url", null=True),
        sa.Column("as_of", sa.Date(), nullable=True),
        _text("confidence"),
        _text("note"),
        _text("checked_by", null=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _text("user", null=True),
        _text("replaces", null=True),
        _text("was", null=True),
        sa.CheckConstraint("confidence IN ('high', 'medium', 'low')", name=op.f("ck_fact_confidence")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
    )
    op.create_index("ix_fact_platform_attribute_created_at", "fact", ["platform", "attribute", "created_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("fact")


def _text(name: str, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)
