"""No key shows anywhere, whatever goes wrong: in no database, log, export, output or exception."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from broker import complete, credentials, export, playground
from broker.deadlines import Timeouts
from broker.errors import BY_KIND
from broker.types import Provider
from db.queries import HistoryFilter, history
from db.session import Database, open_database
from tests.contract.canary import (
    CANARY,
    CLOUDS,
    ECHOES,
    SILENCES,
    found_in,
    planted,
    rows_at,
    signed_in,
    token_reply,
)
from tests.contract.canary_compare import a_run, files, judged
from tests.contract.canary_day import (
    a_day,
    everything_logged,
    never_connecting,
    the_checks,
    the_doors,
    the_exceptions,
    with_bad_keys,
)
from tests.faults import FaultServer

PATIENT = {"connect": 5.0, "first_token": 30.0, "between_tokens": 30.0, "total": 60.0}
IMPATIENT = {
    "first_token_timeout": {"first_token": 0.3},
    "idle_timeout": {"between_tokens": 0.2},
    "total_timeout": {"total": 1.0},
}


@dataclass
class Left:
    """What failures left behind, by place; and which row met which kind of error."""

    places: dict[str, str | bytes]
    kinds: set[tuple[str, str]] = field(default_factory=set)
    judged: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    folder = tmp_path_factory.mktemp("canary")
    with pytest.MonkeyPatch.context() as monkeypatch, contextlib.ExitStack() as stack:
        server = stack.enter_context(contextlib.closing(FaultServer()))
        tokens = stack.enter_context(contextlib.closing(FaultServer()))
        environ = {**planted(), **signed_in(folder, tokens.script(token_reply())), "HOME": str(folder)}
        set_up(monkeypatch, environ)
        log = stack.enter_context(everything_logged())
        database = open_database(f"sqlite:///{folder / 'broker.db'}")
        stack.callback(database.engine.dispose)
        found = Left(everything_fails(server, database, monkeypatch))
        found.places |= exports(database)
        with contextlib.closing(sqlite3.connect(folder / "broker.db")) as connection:
            found.places["database, as text"] = "\n".join(connection.iterdump())
            found.kinds.update(connection.execute("SELECT provider, error_kind FROM call"))
            found.judged = {said for (said,) in connection.execute("SELECT explanation FROM judgement")}
        found.places |= {file.name: file.read_bytes() for file in folder.glob("broker.db*")}
        found.places["log"] = log.getvalue()
        yield found


def everything_fails(
    server: FaultServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str | bytes]:
    monkeypatch.setattr(complete, "FIRST_WAIT_S", 0.004)
    with a_day(server.url, database, server) as day:
        day.provoke(ECHOES)
        for name, reply in SILENCES.items():
            with time_limits(monkeypatch, **PATIENT | IMPATIENT[name]):
                day.provoke({name: reply})
        shown: dict[str, str | bytes] = {"doors": the_doors(day), "exceptions": the_exceptions(day)}
        the_checks(day)
        run_id = a_run(database)
        judged(day, run_id)
        shown |= files(database, day.engine.config, run_id)
    impatient = time_limits(monkeypatch, **PATIENT | {"connect": 0.1})
    with never_connecting() as url, a_day(url, database, server) as day, impatient:
        day.ask("connect_timeout", *day.engine.config.providers)
    with a_day(server.url, database, server) as day:
        with_bad_keys(day, monkeypatch)
    return shown


@contextlib.contextmanager
def time_limits(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> Iterator[None]:
    """Other limits for calls that name none."""
    with monkeypatch.context() as patch:
        patch.setattr(Timeouts.__init__, "__defaults__", tuple(seconds.values()))
        yield


def set_up(monkeypatch: pytest.MonkeyPatch, environ: Mapping[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith(CLOUDS)]:
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(credentials, "_sign_ins", {})
    monkeypatch.setattr(credentials, "_aws_sources", {})


def exports(database: Database) -> dict[str, bytes]:
    with database.reader() as session:
        prompts = list(session.scalars(history(HistoryFilter(), limit=10_000)))
    rows = export.answer_rows(playground.turns(database, prompts))
    assert len(rows) > 500
    return {"CSV": export.to_csv(rows), "JSON": export.to_json(rows)}


@pytest.mark.parametrize("provider", rows_at("http://127.0.0.1:9").values(), ids=lambda row: row.id)
def test_every_row_met_every_kind(left: Left, provider: Provider) -> None:
    needs_key = provider.key_env and not provider.key_optional
    kinds = {kind for row, kind in left.kinds if row == provider.id}
    assert kinds == set(BY_KIND) - (set() if needs_key else {"no_key"})


def test_the_judges_gave_the_key_back(left: Left) -> None:
    assert left.judged
    assert all("[key]" in said for said in left.judged)


FILES = ["wide CSV", "long CSV", "workbook", "report", "questionnaire", "SVG", "PNG", "pairs"]
PLACES = [
    *FILES,
    "doors",
    "exceptions",
    "CSV",
    "JSON",
    "database, as text",
    "broker.db",
    "broker.db-wal",
    "log",
]


@pytest.mark.parametrize("place", PLACES)
def test_the_key_is_not_in(left: Left, place: str) -> None:
    assert len(left.places[place]) > 1000
    assert found_in(left.places[place]) == []


def test_the_search_would_find_it() -> None:
    assert found_in(f"xx {CANARY}")
    assert found_in(CANARY[:12].encode())
    assert found_in(CANARY.replace("/", "%2F"))
    assert found_in("the key sk-c…, or none") == []
