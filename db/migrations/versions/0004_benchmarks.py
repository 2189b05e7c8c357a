"""Benchmarks: suites with their samples and files, runs, results, what people think of them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ALIVE = sa.text("status IN ('queued', 'running')")
_CELL = ["run_id", "offer", "sample_key", "epoch"]


def upgrade() -> None:
    """Create the tables."""
    _create_suite()
    _create_sample()
    _create_run()
    _create_result()
    _create_human_grade()


def downgrade() -> None:
    """Drop them."""
    for table in ("human_grade", "result", "run", "sample", "suite", "suite_file"):
        op.drop_table(table)


def _text(name: str, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _number(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _part(name: str) -> sa.Column[int]:
    """A number of a primary key."""
    return sa.Column(name, sa.BigInteger(), nullable=False, autoincrement=False)


def _time(name: str, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _json(name: str, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=null)


def _flag(name: str, null: bool = False) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=null)


def _real(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double(), nullable=True)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _refers(table: str, column: str, to: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.{key}"], name=op.f(f"fk_{table}_{column}_{to}"))


def _create_suite() -> None:
    op.create_table(
        "suite_file",
        _text("sha256"),
        _text("name"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _time("created_at"),
        _key("suite_file", "sha256"),
    )
    op.create_table(
        "suite",
        _text("id"),
        _text("name"),
        _number("version"),
        _text("content_hash"),
        _time("created_at"),
        _time("archived_at", null=True),
        _text("user", null=True),
        _text("description"),
        _text("source"),
        _text("file_sha256", null=True),
        _json("definition"),
        _number("sample_count"),
        _key("suite", "id"),
        _refers("suite", "file_sha256", "suite_file", "sha256"),
    )
    op.create_index("ix_suite_name_version", "suite", ["name", "version"], unique=True)
    op.create_index("ix_suite_name_content_hash", "suite", ["name", "content_hash"])


def _create_sample() -> None:
    op.create_table(
        "sample",
        _text("suite_id"),
        _part("position"),
        _text("key"),
        _text("cluster", null=True),
        _json("tags"),
        _json("content"),
        _key("sample", "suite_id", "position"),
        _refers("sample", "suite_id", "suite"),
    )
    op.create_index("ix_sample_suite_id_key", "sample", ["suite_id", "key"], unique=True)


def _create_run() -> None:
    op.create_table(
        "run",
        _text("id"),
        _text("suite_id"),
        _text("kind"),
        _text("name"),
        _time("created_at"),
        _text("user", null=True),
        _text("status"),
        _text("wanted", null=True),
        _json("offers"),
        _json("judge", null=True),
        _number("epochs"),
        _number("sample_limit", null=True),
        _json("params"),
        _number("concurrency"),
        _number("seed"),
        _number("cell_count"),
        _number("handed_out"),
        _number("budget", null=True),
        _number("spent"),
        _time("started_at", null=True),
        _time("ended_at", null=True),
        _text("worker_id", null=True),
        _time("lease_until", null=True),
        _real("lag_p95_ms"),
        _text("problem", null=True),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'paused', 'done', 'cancelled', 'budget', 'failed')",
            name=op.f("ck_run_status"),
        ),
        sa.CheckConstraint("wanted IN ('pause', 'cancel')", name=op.f("ck_run_wanted")),
        sa.CheckConstraint("kind IN ('measured', 'imported')", name=op.f("ck_run_kind")),
        _key("run", "id"),
        _refers("run", "suite_id", "suite"),
        _refers("run", "worker_id", "worker"),
    )
    op.create_index("ix_run_suite_id", "run", ["suite_id"])
    op.create_index("ix_run_created_at", "run", ["created_at"])
    op.create_index("ix_run_alive", "run", ["created_at"], sqlite_where=_ALIVE, postgresql_where=_ALIVE)


def _create_result() -> None:
    op.create_table(
        "result",
        _text("run_id"),
        _text("offer"),
        _text("sample_key"),
        _part("epoch"),
        _number("position"),
        _text("status"),
        _number("attempt"),
        _flag("repeated"),
        _text("call_id", null=True),
        _time("started_at", null=True),
        _time("ended_at", null=True),
        _text("outcome", null=True),
        _real("value"),
        _flag("passed", null=True),
        _text("answer", null=True),
        _text("explanation", null=True),
        _json("scores", null=True),
        _text("text", null=True),
        _number("reserved", null=True),
        _number("cost", null=True),
        _number("judge_cost", null=True),
        _text("error_kind", null=True),
        _text("finish_reason", null=True),
        *[_real(name) for name in ("ttft_ms", "ttfa_ms", "total_ms", "elapsed_ms")],
        _number("output_tokens", null=True),
        _real("output_tokens_per_s"),
        _flag("retried"),
        _key("result", *_CELL),
        _refers("result", "run_id", "run"),
        _refers("result", "call_id", "call"),
    )
    op.create_index(
        "ix_result_run_id_offer_status_outcome", "result", ["run_id", "offer", "status", "outcome"]
    )
    op.create_index("ix_result_run_id_ended_at", "result", ["run_id", "ended_at"])
    op.create_index("ix_result_call_id", "result", ["call_id"])


def _create_human_grade() -> None:
    op.create_table(
        "human_grade",
        _text("id"),
        _text("run_id"),
        _text("offer"),
        _text("sample_key"),
        _number("epoch"),
        _text("user", null=True),
        _flag("passed"),
        _time("created_at"),
        _key("human_grade", "id"),
        sa.ForeignKeyConstraint(
            _CELL, [f"result.{column}" for column in _CELL], name=op.f("fk_human_grade_run_id_result")
        ),
    )
    one_a_user = [*_CELL, sa.text("coalesce(\"user\", '')")]
    op.create_index("ix_human_grade_cell_user", "human_grade", one_a_user, unique=True)
