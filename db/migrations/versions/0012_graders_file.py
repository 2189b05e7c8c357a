"""A suite's second file: how its answers are judged, where that came in a file of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column."""
    op.add_column("suite", sa.Column("graders_sha256", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("suite", "graders_sha256")
