"""Databases to test on: a SQLite file, or a database of a PostgreSQL server started for this run."""

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import psycopg
import pytest

from broker.types import (
    Attempt,
    CallContext,
    CallError,
    ChatRequest,
    Completion,
    Cost,
    Message,
    Offer,
    Params,
    Timing,
    TokenLogprob,
    TokenPrice,
    Tool,
    ToolCall,
    Usage,
)
from db.session import Database, open_database

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
START_S = 30

OFFER = Offer(
    provider="acme",
    model="acme-large",
    wire_model="acme-large-0925",
    maker="Acme",
    name="Acme Large",
    defaults=Params(temperature=0.0),
)
LOOKUP = Tool("look_up", "Looks up a fact.", {"type": "object", "properties": {"of": {"type": "string"}}})
REQUEST = ChatRequest(
    (
        Message("system", "Be brief.", cache=True),
        Message("user", "Wie heißt die Hauptstadt?"),
        Message("assistant", tool_calls=(ToolCall("call_1", "look_up", '{"of": "Schweiz"}', "mark"),)),
        Message("tool", "Bern", tool_call_id="call_1"),
    ),
    Params(
        top_p=0.5,
        max_tokens=64,
        stop=("\n\n",),
        seed=0,
        json_schema={"type": "object"},
        reasoning_budget=1024,
        tools=(LOOKUP,),
        tool_choice="auto",
        logprobs=1,
    ),
)
PRICE = TokenPrice(Decimal("1.20"), Decimal("4.80"), Decimal("0.12"), source="contract")


def started(offer: Offer = OFFER) -> Completion:
    """A call just begun, with a fresh id."""
    return Completion(uuid.uuid4().hex, offer, REQUEST, "running", datetime.now(UTC))


def answered(begun: Completion, text: str = "Bern.") -> Completion:
    """The call at its end, with every field of a Completion in use but the error and what is not kept."""
    return replace(
        begun,
        status="ok",
        text=text,
        reasoning="Switzerland?",
        finish_reason="stop",
        served_model="acme-large-0925b",
        usage=Usage(40, 10, 0, 5, 2),
        cost=Cost(Decimal("0.000036"), Decimal("0.0000012"), Decimal(0), Decimal("0.000024"), PRICE),
        timing=Timing(80.5, 100.25, 120.0, 160.125, 161.0, 700.5),
        attempts=(Attempt(0.0, 40.0, "overloaded", 529), Attempt(539.5, 161.0, None, 200)),
        dropped=("seed",),
        adapted=("json_schema",),
        tool_calls=(ToolCall("call_2", "look_up", '{"of": "Be', None), ToolCall("call_3", "", "")),
        logprobs=(TokenLogprob("Be", -0.25, (("Be", -0.25), ("Zü", -1.5))), TokenLogprob("rn", 0.0)),
    )


def failed(begun: Completion) -> Completion:
    """The call at its end, refused by the platform."""
    error = CallError("bad_request", "the prompt 'Wie heißt' is too long", 400)
    return replace(begun, status="error", error=error, attempts=(Attempt(0.0, 9.0, "bad_request", 400),))


def context(prompt_id: str | None = None, position: int | None = None) -> CallContext:
    """A call made by Ada, in a pane when it belongs to a prompt."""
    return CallContext("playground", "ada", prompt_id, position)


@contextmanager
def fresh_url(engine: str, folder: Path) -> Generator[str]:
    """The url of an empty database; skips where there is no PostgreSQL. Connections are closed at the end."""
    url = _sqlite(folder) if engine == "sqlite" else _url(_create_database())
    yield url
    open_database(url).engine.dispose()


@contextmanager
def fresh_database(engine: str, folder: Path) -> Generator[Database]:
    """An empty migrated database: a copy of one that was migrated once for this process."""
    if engine == "sqlite":
        (folder / "broker.db").write_bytes(migrated_file())
    url = _sqlite(folder) if engine == "sqlite" else _url(_create_database(f"TEMPLATE {_template()}"))
    database = open_database(url)
    yield database
    database.engine.dispose()


@cache
def migrated_file() -> bytes:
    """What an empty migrated SQLite database holds."""
    with tempfile.TemporaryDirectory() as folder:
        open_database(_sqlite(Path(folder))).engine.dispose()
        return (Path(folder) / "broker.db").read_bytes()


@cache
def _template() -> str:
    name = _create_database()
    open_database(_url(name)).engine.dispose()
    return name


def _sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'broker.db'}"


def _url(name: str) -> str:
    return f"postgresql://postgres@/{name}?host={_server()}"


def _create_database(how: str = "") -> str:
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(f"host={_server()} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} {how}")
    return name


@cache
def _server() -> Path:
    """The folder with the socket of a server that ends with this process."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed (looked for initdb in PATH and /usr/lib/postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="broker-pg-"))
    user = _server_user()
    if user is not None:
        os.chown(folder, user, -1)
    data = folder / "data"
    # Nothing here outlives the run, so nothing needs to reach the disk.
    init = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run([binaries / "initdb", *init], check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)
    listen = ["-k", folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, *listen], user=user, cwd=folder, stdout=log, stderr=log
        )
    atexit.register(_stop, server, folder)
    _await_server(server, folder)
    return folder


def _await_server(server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(f"host={folder} user=postgres dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError((folder / "log").read_text())


def _stop(server: subprocess.Popen[bytes], folder: Path) -> None:
    server.send_signal(signal.SIGQUIT)  # "immediate": nothing is written that is then thrown away
    server.wait(START_S)
    shutil.rmtree(folder)


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[4]))
    return newest[-1].parent if newest else None


def _server_user() -> int | None:
    """Whom the server runs as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    return None
