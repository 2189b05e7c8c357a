"""What each person has last seen of prices, models and facts."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "last_visit",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("user", name=op.f("pk_last_visit")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("last_visit")
