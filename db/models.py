"""The tables. Unknown is NULL; durations are milliseconds; ids are the 32 hex digits of a UUID."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Words, partial_index


def new_id() -> str:
    """A fresh row id: 32 hex digits."""
    return uuid.uuid4().hex


def utc_now() -> datetime:
    """This instant, aware."""
    return datetime.now(UTC)


class Worker(Base):
    """A process that records calls. `pid_started` tells it from a later process with the same pid."""

    __tablename__ = "worker"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    host: Mapped[str]
    pid: Mapped[int]
    pid_started: Mapped[str | None]
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]


class Prompt(Base):
    """One playground prompt asked of several offers; its words are NULL once it is deleted.

    `offers` lists offer ids in pane order; `params` is shaped by `db.shapes.params_json`. `images` lists
    the keys of its pictures in order, NULL where it has none.
    """

    __tablename__ = "prompt"
    __table_args__ = (
        Index(None, "deleted_at", "created_at"),  # history: what is left, newest first
        Index(None, "conversation_id", "turn"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[str]
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("prompt.id"))
    turn: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    deleted_at: Mapped[datetime | None]
    user: Mapped[Words | None]
    blind: Mapped[bool] = mapped_column(default=False)
    offers: Mapped[list[Any]]
    params: Mapped[dict[str, Any]] = mapped_column(default=dict[str, Any])
    system: Mapped[Words | None]
    text: Mapped[Words | None]
    variables: Mapped[dict[str, Any] | None]
    images: Mapped[list[Any] | None]


class Call(Base):
    """One recorded call, ended or not: who, why, which offer, what it took and cost. Never its words.

    `platform` and `offer_name` are display names at the time of the call; `defaults` are the offer's own
    parameters, `params` what was asked on top. `price` is the price in force (`db.shapes.price_json`).
    """

    __tablename__ = "call"
    __table_args__ = (
        Index(None, "prompt_id", "position"),
        Index(None, "offer", "started_at"),
        partial_index("ix_call_running", "worker_id", where="status = 'running'"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    worker_id: Mapped[str | None] = mapped_column(ForeignKey("worker.id"))
    user: Mapped[Words | None]
    purpose: Mapped[str]
    prompt_id: Mapped[str | None] = mapped_column(ForeignKey("prompt.id"))
    position: Mapped[int | None]

    offer: Mapped[str]
    offer_name: Mapped[str]
    provider: Mapped[str]
    platform: Mapped[str]
    maker: Mapped[str]
    model: Mapped[str]
    wire_model: Mapped[str]
    defaults: Mapped[dict[str, Any]]
    params: Mapped[dict[str, Any]]
    dropped: Mapped[list[Any]]

    status: Mapped[str]
    finish_reason: Mapped[str | None]
    error_kind: Mapped[str | None]
    error_status: Mapped[int | None]
    error_message: Mapped[Words | None]
    served_model: Mapped[Words | None]

    input_tokens: Mapped[int | None]
    cache_read_tokens: Mapped[int | None]
    cache_write_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    reasoning_tokens: Mapped[int | None]
    cost_input: Mapped[Decimal | None]
    cost_cache_read: Mapped[Decimal | None]
    cost_cache_write: Mapped[Decimal | None]
    cost_output: Mapped[Decimal | None]
    cost_total: Mapped[Decimal | None]
    price: Mapped[dict[str, Any] | None]

    first_event_ms: Mapped[float | None]
    ttft_ms: Mapped[float | None]
    ttfa_ms: Mapped[float | None]
    last_token_ms: Mapped[float | None]
    total_ms: Mapped[float | None]
    elapsed_ms: Mapped[float | None]
    attempt_count: Mapped[int]
    attempts: Mapped[list[Any]]
    adapted: Mapped[list[Any]]


class CallContent(Base):
    """The words of a call, which can go while its figures stay. `text` and `reasoning` may be partial.

    `text` comes first because the history search reads it of every row, and nothing behind it. Where there
    are none, `tools`, `tool_calls` and `logprobs` are NULL. Pictures stand in `messages` by their keys.
    """

    __tablename__ = "call_content"

    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"), primary_key=True)
    text: Mapped[Words]
    reasoning: Mapped[Words]
    messages: Mapped[list[Any]]
    json_schema: Mapped[dict[str, Any] | None]
    tools: Mapped[list[Any] | None]
    tool_calls: Mapped[list[Any] | None]
    logprobs: Mapped[list[Any] | None]


class StoredImage(Base):
    """A picture's file, kept once however often it is sent. Its key is the SHA-256 of its bytes in hex."""

    __tablename__ = "image"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class CallImage(Base):
    """A picture that a call's messages refer to: as long as one does, the picture stays."""

    __tablename__ = "call_image"

    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("image.sha256"), primary_key=True, index=True)


class Vote(Base):
    """What one user thought of the answers to a prompt: this one (`call_id`), a tie, or all bad."""

    __tablename__ = "vote"
    __table_args__ = (
        CheckConstraint("choice IN ('one', 'tie', 'all_bad')", name="choice"),
        CheckConstraint("(choice = 'one') = (call_id IS NOT NULL)", name="winner"),
        # Without sign-in there is no user, and NULLs would never collide.
        Index("ix_vote_prompt_user", "prompt_id", func.coalesce(text('"user"'), text("''")), unique=True),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    prompt_id: Mapped[str] = mapped_column(ForeignKey("prompt.id"))
    user: Mapped[Words | None]
    choice: Mapped[str]
    call_id: Mapped[str | None] = mapped_column(ForeignKey("call.id"))
    reason: Mapped[Words | None]
    blind: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


class SavedCase(Base):
    """A prompt kept as a test case; it outlives the prompt it came from."""

    __tablename__ = "saved_case"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    prompt_id: Mapped[str | None] = mapped_column(ForeignKey("prompt.id"))
    name: Mapped[Words]
    system: Mapped[Words | None]
    text: Mapped[Words]
    variables: Mapped[dict[str, Any]] = mapped_column(default=dict[str, Any])
    expected: Mapped[Words | None]
    user: Mapped[Words | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Template(Base):
    """A prompt with `{{variables}}` to fill in, known by its name."""

    __tablename__ = "template"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[Words] = mapped_column(unique=True)
    system: Mapped[Words | None]
    text: Mapped[Words]
    user: Mapped[Words | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)
