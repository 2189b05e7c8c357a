"""Bring a database to the schema this code expects, whoever else starts at the same moment."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from db.migrations import HEAD

_FOLDER = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x6D6F64656C62726B  # "modelbrk": any number nothing else in that database uses


class SchemaError(Exception):
    """The database was migrated by a later version of this software."""


def is_current(engine: Engine) -> bool:
    """True when nothing is to be done; reads only, and does not import Alembic."""
    with engine.connect() as connection:
        return _revision(connection) == HEAD and _journal_mode(connection) in (None, "wal")


def upgrade(engine: Engine) -> None:
    """Run the pending migrations in one transaction, alone; `SchemaError` when the code is behind."""
    with _alone(engine), engine.execution_options(write=True).connect() as connection:
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(connection)
        try:
            with connection.begin():
                if engine.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
                _run_pending(connection)
        finally:
            connection.invalidate()  # the pool gets a new one, with foreign keys on


def _prepare_sqlite(connection: Connection) -> None:
    """What SQLite allows only outside a transaction."""
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute("PRAGMA journal_mode = WAL")  # the file remembers it
    raw.execute("PRAGMA foreign_keys = OFF")  # a table is changed by replacing it, whatever refers to it


def _run_pending(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = _revision(connection)
    if found is not None and found not in known:
        raise SchemaError(
            f"The database is at schema {found}, which this version does not know (it goes up to {HEAD}). "
            "A newer version of Model Broker has opened it: update this one."
        )
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def _journal_mode(connection: Connection) -> str | None:
    if connection.dialect.name != "sqlite":
        return None
    return connection.scalar(text("PRAGMA journal_mode"))


@contextmanager
def _alone(engine: Engine) -> Generator[None]:
    """Hold a lock file beside a SQLite file. PostgreSQL has its own lock, taken inside the transaction."""
    if engine.dialect.name != "sqlite":
        yield
        return
    with Path(f"{engine.url.database}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file closes, also by a crash
        yield
