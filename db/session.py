"""The one way to reach the database: which one, opened once a process, readers apart from writers."""

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.orm import Session

URL_VARIABLE = "BROKER_DATABASE_URL"
_DEFAULT_FILE = Path(__file__).parent.parent / "data" / "broker.db"
_BUSY_TIMEOUT_MS = 10_000

_databases: "dict[tuple[int, str], Database]" = {}
_opening = threading.Lock()


class Database:
    """An engine and its two kinds of session. Objects stay readable after their session has closed."""

    def __init__(self, url: "URL") -> None:
        from sqlalchemy.orm import sessionmaker

        self.url = url
        self.engine = _sqlite_engine(url) if url.get_backend_name() == "sqlite" else _server_engine(url)
        writing = self.engine.execution_options(write=True)
        self._readers = sessionmaker(self.engine, expire_on_commit=False)
        self._writers = sessionmaker(writing, expire_on_commit=False)

    @contextmanager
    def reader(self) -> "Generator[Session]":
        """A session whose reads see one state (on SQLite); what it writes is rolled back."""
        with self._readers() as session:
            yield session

    @contextmanager
    def writer(self) -> "Generator[Session]":
        """A session committed at the end, rolled back on error.

        On SQLite it holds the only write lock from its first statement on, so what it reads stays true
        until it commits: keep it short.
        """
        with self._writers.begin() as session:
            yield session


def open_database(url: str | None = None) -> Database:
    """The migrated database at `url`, else at `BROKER_DATABASE_URL`, else in `data/broker.db`.

    One `Database` a process and url. Raises `db.migrate.SchemaError` when a later version has been here.
    """
    found = _resolve(url or os.environ.get(URL_VARIABLE))
    key = (os.getpid(), found.render_as_string(hide_password=False))  # a forked child must not share sockets
    with _opening:
        if key not in _databases:
            _databases[key] = _open(found)
        return _databases[key]


def _open(url: "URL") -> Database:
    from db.migrate import is_current, upgrade

    database = Database(url)
    try:
        if not is_current(database.engine):
            upgrade(database.engine)
    except BaseException:
        database.engine.dispose()
        raise
    return database


def _resolve(url: str | None) -> "URL":
    from sqlalchemy import URL, make_url

    if url is None:
        return URL.create("sqlite", database=str(_DEFAULT_FILE))
    parsed = make_url(url)
    # `postgres` is how several hosting companies spell it.
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _server_engine(url: "URL") -> "Engine":
    from sqlalchemy import create_engine

    return create_engine(url, pool_pre_ping=True, **_common())


def _sqlite_engine(url: "URL") -> "Engine":
    from sqlalchemy import create_engine, event

    if url.database in (None, "", ":memory:"):
        raise ValueError("the database must be a file: a SQLite database in memory cannot be shared")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, **_common())
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _common() -> dict[str, Any]:
    from db.base import dump_json, load_json

    # Parameters are people's words: they must not appear in a log or an error.
    return {"hide_parameters": True, "json_serializer": dump_json, "json_deserializer": load_json}


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not start transactions: `_begin` does
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # deleted words are overwritten in the file


def _begin(connection: "Connection") -> None:
    # A writer that starts as a reader cannot upgrade once another has written: it would fail or overwrite.
    writing = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
