"""Reviews: a judge asked about answers of a run that is over, and what it said of each."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_ALIVE = sa.text("status IN ('queued', 'running')")
_STATUS = "status IN ('queued', 'running', 'paused', 'done', 'cancelled', 'budget', 'failed')"


def upgrade() -> None:
    """Create the tables."""
    _create_review()
    _create_judgement()


def downgrade() -> None:
    """Drop them."""
    op.drop_table("judgement")
    op.drop_table("review")


def _create_review() -> None:
    op.create_table(
        "review",
        *[_text(name) for name in ("id", "run_id", "kind")],
        _time("created_at", null=False),
        _text("user", null=True),
        _text("status"),
        _text("wanted", null=True),
        _json("judge"),
        _text("baseline", null=True),
        _json("offers"),
        _text("criteria"),
        *[_number(name) for name in ("concurrency", "seed", "item_count", "handed_out")],
        _number("budget", null=True),
        _number("spent"),
        *[_time("started_at"), _time("ended_at")],
        _text("worker_id", null=True),
        _time("lease_until"),
        _text("problem", null=True),
        sa.CheckConstraint("kind IN ('pairs', 'answers')", name=op.f("ck_review_kind")),
        sa.CheckConstraint(_STATUS, name=op.f("ck_review_status")),
        sa.CheckConstraint("wanted IN ('pause', 'cancel')", name=op.f("ck_review_wanted")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_review_run_id_run")),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_review_worker_id_worker")),
    )
    op.create_index("ix_review_run_id", "review", ["run_id"])
    op.create_index("ix_review_alive", "review", ["created_at"], sqlite_where=_ALIVE, postgresql_where=_ALIVE)


def _create_judgement() -> None:
    sides = ("a_first", "b_first", "winner")
    op.create_table(
        "judgement",
        *[_text(name) for name in ("review_id", "a", "b")],
        *[_number(name) for name in ("position", "epoch")],
        *[_text("sample_key"), _text("status")],
        _number("attempt"),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.Column("judged", sa.Boolean(), nullable=True),
        *[_text(name, null=True) for name in (*sides, "explanation")],
        *[_number(name, null=True) for name in ("reserved", "cost")],
        _time("ended_at"),
        *[
            sa.CheckConstraint(f"{name} IN ('a', 'b', 'tie')", name=op.f(f"ck_judgement_{name}"))
            for name in sides
        ],
        sa.PrimaryKeyConstraint("review_id", "a", "b", "position", "epoch", name=op.f("pk_judgement")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_judgement_review_id_review")),
    )
    op.create_index("ix_judgement_review_id_status_judged", "judgement", ["review_id", "status", "judged"])


def _text(name: str, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _number(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null, autoincrement=False)


def _time(name: str, null: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False)
