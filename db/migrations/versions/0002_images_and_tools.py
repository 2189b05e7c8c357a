"""Pictures, tools, token probabilities, and what was sent in another way."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_WORDS = ("tools", "tool_calls", "logprobs")


def upgrade() -> None:
    """Add the columns, and the tables of pictures."""
    with op.batch_alter_table("call") as call:
        call.add_column(sa.Column("adapted", _json(), nullable=False, server_default="[]"))
    with op.batch_alter_table("call") as call:
        call.alter_column("adapted", server_default=None)  # it was for the rows that are there
    for table, columns in (("call_content", _WORDS), ("prompt", ("images",))):
        for column in columns:
            op.add_column(table, sa.Column(column, _json(), nullable=True))
    _create_image()
    _create_call_image()


def downgrade() -> None:
    """Drop them; what was sent with pictures then looks as if it had had none."""
    op.drop_table("call_image")
    op.drop_table("image")
    for table, columns in (("call_content", _WORDS), ("prompt", ("images",)), ("call", ("adapted",))):
        with op.batch_alter_table(table) as changed:
            for column in columns:
                changed.drop_column(column)


def _json() -> sa.JSON:
    return sa.JSON(none_as_null=True)


def _create_image() -> None:
    op.create_table(
        "image",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_image")),
    )


def _create_call_image() -> None:
    op.create_table(
        "call_image",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "sha256", name=op.f("pk_call_image")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_image_call_id_call")),
        sa.ForeignKeyConstraint(["sha256"], ["image.sha256"], name=op.f("fk_call_image_sha256_image")),
    )
    op.create_index("ix_call_image_sha256", "call_image", ["sha256"])
