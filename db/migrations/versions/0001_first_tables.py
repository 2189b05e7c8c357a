"""First tables: worker, prompt, call, call_content, vote, saved_case, template."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    _create_worker()
    _create_prompt()
    _create_call()
    _create_call_content()
    _create_vote()
    _create_saved_case()
    _create_template()


def downgrade() -> None:
    """Drop everything."""
    for table in ("template", "saved_case", "vote", "call_content", "call", "prompt", "worker"):
        op.drop_table(table)


def _text(name: str, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _number(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _time(name: str, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _json(name: str, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=null)


def _key(table: str, column: str = "id") -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=op.f(f"pk_{table}"))


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _create_worker() -> None:
    op.create_table(
        "worker",
        _text("id"),
        _text("host"),
        _number("pid"),
        _text("pid_started", null=True),
        _time("started_at"),
        _time("heartbeat_at"),
        _key("worker"),
    )


def _create_prompt() -> None:
    op.create_table(
        "prompt",
        _text("id"),
        _text("conversation_id"),
        _text("parent_id", null=True),
        _number("turn"),
        _time("created_at"),
        _time("deleted_at", null=True),
        _text("user", null=True),
        sa.Column("blind", sa.Boolean(), nullable=False),
        _json("offers"),
        _json("params"),
        _text("system", null=True),
        _text("text", null=True),
        _json("variables", null=True),
        _key("prompt"),
        _refers("prompt", "parent_id", "prompt"),
    )
    op.create_index("ix_prompt_deleted_at_created_at", "prompt", ["deleted_at", "created_at"])
    op.create_index("ix_prompt_conversation_id_turn", "prompt", ["conversation_id", "turn"])


def _create_call() -> None:
    op.create_table(
        "call",
        _text("id"),
        _time("started_at"),
        _time("ended_at", null=True),
        _text("worker_id", null=True),
        _text("user", null=True),
        _text("purpose"),
        _text("prompt_id", null=True),
        _number("position", null=True),
        *[_text(name) for name in ("offer", "offer_name", "provider", "platform", "maker")],
        *[_text(name) for name in ("model", "wire_model")],
        *[_json(name) for name in ("defaults", "params", "dropped")],
        _text("status"),
        _text("finish_reason", null=True),
        _text("error_kind", null=True),
        _number("error_status", null=True),
        _text("error_message", null=True),
        _text("served_model", null=True),
        *[_number(f"{name}_tokens", null=True) for name in ("input", "cache_read", "cache_write")],
        *[_number(f"{name}_tokens", null=True) for name in ("output", "reasoning")],
        *[_number(f"cost_{name}", null=True) for name in ("input", "cache_read", "cache_write")],
        *[_number(f"cost_{name}", null=True) for name in ("output", "total")],
        _json("price", null=True),
        *[_milliseconds(name) for name in ("first_event", "ttft", "ttfa", "last_token", "total", "elapsed")],
        _number("attempt_count"),
        _json("attempts"),
        _key("call"),
        _refers("call", "worker_id", "worker"),
        _refers("call", "prompt_id", "prompt"),
    )
    op.create_index("ix_call_started_at", "call", ["started_at"])
    op.create_index("ix_call_prompt_id_position", "call", ["prompt_id", "position"])
    op.create_index("ix_call_offer_started_at", "call", ["offer", "started_at"])
    running = sa.text("status = 'running'")
    op.create_index("ix_call_running", "call", ["worker_id"], sqlite_where=running, postgresql_where=running)


def _milliseconds(name: str) -> sa.Column[float]:
    return sa.Column(f"{name}_ms", sa.Double(), nullable=True)


def _create_call_content() -> None:
    op.create_table(
        "call_content",
        _text("call_id"),
        _text("text"),
        _text("reasoning"),
        _json("messages"),
        _json("json_schema", null=True),
        _key("call_content", "call_id"),
        _refers("call_content", "call_id", "call"),
    )


def _create_vote() -> None:
    op.create_table(
        "vote",
        _text("id"),
        _text("prompt_id"),
        _text("user", null=True),
        _text("choice"),
        _text("call_id", null=True),
        _text("reason", null=True),
        sa.Column("blind", sa.Boolean(), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        _key("vote"),
        _refers("vote", "prompt_id", "prompt"),
        _refers("vote", "call_id", "call"),
        sa.CheckConstraint("choice IN ('one', 'tie', 'all_bad')", name=op.f("ck_vote_choice")),
        sa.CheckConstraint("(choice = 'one') = (call_id IS NOT NULL)", name=op.f("ck_vote_winner")),
    )
    one_a_user = ["prompt_id", sa.text("coalesce(\"user\", '')")]
    op.create_index("ix_vote_prompt_user", "vote", one_a_user, unique=True)


def _create_saved_case() -> None:
    op.create_table(
        "saved_case",
        _text("id"),
        _text("prompt_id", null=True),
        _text("name"),
        _text("system", null=True),
        _text("text"),
        _json("variables"),
        _text("expected", null=True),
        _text("user", null=True),
        _time("created_at"),
        _key("saved_case"),
        _refers("saved_case", "prompt_id", "prompt"),
    )


def _create_template() -> None:
    op.create_table(
        "template",
        _text("id"),
        _text("name"),
        _text("system", null=True),
        _text("text"),
        _text("user", null=True),
        _time("created_at"),
        _time("updated_at"),
        _key("template"),
        sa.UniqueConstraint("name", name=op.f("uq_template_name")),
    )
