"""Write calls in batches; writing the same rows again changes nothing, so a lost connection loses none."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Executable, Table, bindparam, exc, select, update
from sqlalchemy.orm import Session

from broker.types import Image
from db import counting, images
from db.changes import forget_late_words
from db.models import Call, CallContent
from db.upsert import insert_into

_CALL, _CONTENT = cast(Table, Call.__table__), cast(Table, CallContent.__table__)
# What is known when a call begins. Left out of updates, which else would rewrite every index.
_FIXED = {
    "id", "started_at", "worker_id", "user", "purpose", "prompt_id", "position", "offer", "offer_name",
    "provider", "platform", "maker", "model", "wire_model", "defaults", "params",
    "call_id", "messages", "json_schema", "tools",
}  # fmt: skip

Rows = Sequence[Mapping[str, Any]]
Sent = Mapping[str, Mapping[str, Image]]
_NOTHING: Sent = {}


def write_calls(session: Session, calls: Rows, contents: Rows, sent: Sent = _NOTHING) -> None:
    """Insert calls and their contents, or bring them up to date; the words of deleted prompts stay out.

    The rows are those of `db.rows.call_row` and `content_row`; `sent` has, by the call's id, what
    `images_in` finds.
    """
    connection = session.connection()
    counting.count(session, calls)
    for table, rows in ((_CALL, calls), (_CONTENT, contents)):
        if rows:
            connection.execute(_upsert(table, connection.dialect.name), rows)
    if sent:
        images.keep_for_calls(session, sent)
    prompted = [row["id"] for row in calls if row["prompt_id"] is not None]
    if prompted:
        forget_late_words(session, prompted)


def write_partial(session: Session, partial: Rows) -> None:
    """Store what calls have answered so far, unless they are over; rows of `id`, `text`, `reasoning`."""
    if partial:
        session.connection().execute(_PARTIAL, partial)


def is_passing(error: Exception) -> bool:
    """True when the database could not rather than would not: locked, full, unreachable, restarting."""
    return isinstance(error, (exc.OperationalError, exc.InternalError, exc.InterfaceError, exc.TimeoutError))


@cache
def _upsert(table: Table, dialect: str) -> Executable:
    insert = insert_into(table, dialect)
    changing = {column.name: column for column in insert.excluded if column.name not in _FIXED}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changing)


_running = select(Call.id).where(Call.id == bindparam("id"), Call.status == "running").exists()
_PARTIAL = (
    update(_CONTENT)
    .where(CallContent.call_id == bindparam("id"), _running)
    .values(text=bindparam("text"), reasoning=bindparam("reasoning"))
)
