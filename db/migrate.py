"""Bring a database to the schema this code expects, whoever else starts at the same moment."""

import fcntl
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from db.migrations import HEAD

_ADVISORY_LOCK = 0x6D6F64656C62726B  # "modelbrk": any number nothing else in that database uses


class SchemaError(Exception):
    """The database was migrated by a later version of this software."""


def is_current(engine: Engine) -> bool:
    """True when nothing is to be done; reads only, and does not import Alembic."""
    with engine.connect() as connection:
        return _revision(connection) == HEAD and _journal_mode(connection) in (None, "wal")


def upgrade(engine: Engine) -> None:
    """Run the pending migrations in one transaction, alone; `SchemaError` when the code is behind."""
    with _alone(engine):
        if engine.dialect.name == "sqlite":
            _use_wal(engine)
        with engine.execution_options(write=True).begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            _run_pending(connection)


def _run_pending(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    folder = Path(__file__).parent / "migrations"
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
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


def _use_wal(engine: Engine) -> None:
    # Outside any transaction, where alone SQLite allows it; the file remembers it from then on.
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA journal_mode = WAL")


@contextmanager
def _alone(engine: Engine) -> Generator[None]:
    """Hold a lock file beside a SQLite file. PostgreSQL has its own lock, taken inside the transaction."""
    if engine.dialect.name != "sqlite":
        yield
        return
    with Path(f"{engine.url.database}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file closes, also by a crash
        yield
