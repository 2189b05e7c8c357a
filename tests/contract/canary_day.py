"""The engine on a day when everything fails, in every row and every way."""

import asyncio
import contextlib
import io
import logging
import os
import socket
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import pytest

from broker import checks, discovery, playground
from broker.complete import LiveCall
from broker.config import Config
from broker.credentials import credential
from broker.errors import ProviderError
from broker.playground import Question
from broker.providers import encode
from broker.record import Recorder
from broker.runtime import Runtime
from broker.types import Offer
from db.session import Database
from tests.contract.canary import CANARY, CLOUDS, echo, planted, rows_at
from tests.contract.capabilities import models_of, offer
from tests.faults import REQUEST, FaultServer, until
from tests.wires import WIRES, Step, Wire

WIRE = {wire.dialect: wire for wire in WIRES}


@dataclass
class Day:
    """The engine with every row at one address."""

    engine: Runtime
    database: Database
    server: FaultServer

    def ask(self, question: str, *providers: str) -> list[LiveCall]:
        offers = tuple(asked(self.engine.config, name) for name in providers)
        calls = playground.ask(self.engine, self.database, Question(question, offers), [])[1]
        until(lambda: all(call.done for call in calls), 30)
        return calls

    def provoke(self, replies: Mapping[str, Callable[[Wire], list[Step]]]) -> None:
        """Every reply in every dialect to every row; each fails in the way that it should."""
        for name, reply in replies.items():
            for dialect, providers in by_dialect(self.engine.config).items():
                self.server.script(reply(WIRE[dialect]))
                for call in self.ask(name, *providers):
                    assert call.error is not None, (name, call.offer.id)
                    assert call.error.kind == name.partition(":")[0], (name, call.offer.id, call.error)


def asked(config: Config, provider: str) -> Offer:
    known = provider.partition("+")[0]
    return replace(offer(known, models_of(known)[0]), provider=provider)


def by_dialect(config: Config) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, row in config.providers.items():
        found.setdefault(encode(row, asked(config, name), REQUEST).dialect, []).append(name)
    assert found.keys() == WIRE.keys()
    return found


@contextlib.contextmanager
def a_day(url: str, database: Database, server: FaultServer) -> Iterator[Day]:
    recorder = Recorder(database)
    engine = Runtime(Config(rows_at(url)), recorder)
    try:
        yield Day(engine, database, server)
    finally:
        engine.close()
        recorder.close()


@contextlib.contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """What any library logs at any level."""
    kept, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(kept), root.level
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(args)s"))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield kept
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


@contextlib.contextmanager
def never_connecting() -> Iterator[str]:
    """An address where nobody answers: the queue that nobody accepts from is full."""
    with socket.socket() as full, contextlib.ExitStack() as others:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            other = others.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}"


def the_doors(day: Day) -> str:
    """How what holds a key shows itself."""
    rows = day.engine.config.providers.values()
    doors = [day.engine.submit(day.engine.open_door(row.id)).result(10) for row in rows]
    assert {door.key for door in doors} == {CANARY}
    found = [asyncio.run(credential(row)) for row in rows]
    return "\n".join(f"{each!r} {each}" for each in [*doors, *found])


def the_exceptions(day: Day) -> str:
    """What a failed look at a list of models raises."""
    told: list[str] = []
    for status in (200, 307, 401, 404, 500):
        for name in day.engine.config.providers:
            day.server.script(echo(WIRES[0], status))
            door = day.engine.submit(day.engine.open_door(name)).result(10)
            with pytest.raises(ProviderError) as caught:
                day.engine.submit(discovery.discover(door)).result(10)
            error = caught.value
            told += [repr(error), str(error), repr(error.as_value()), *traceback.format_exception(error)]
    return "\n".join(told)


def the_checks(day: Day) -> None:
    day.server.script(echo(WIRES[0], 401))
    for name in day.engine.config.providers:
        row = day.engine.submit(checks.check(day.engine, day.database, name, None)).result(30)
        assert not row.ok


def with_bad_keys(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that cannot be sent, then none at all and nobody signed in."""
    rows = day.engine.config.providers.values()
    keyed = [row.id for row in rows if row.key_env and not row.key_optional]
    names = {name for row in rows for name in row.key_env}
    for name in names:
        monkeypatch.setenv(name, f"{CANARY} {CANARY}\n{CANARY}")
    assert {call.error and call.error.kind for call in day.ask("unsendable", *keyed)} == {"auth"}
    sign_ins = {name for name in os.environ if name.startswith(CLOUDS)} - planted().keys()
    for name in names | sign_ins:
        monkeypatch.delenv(name)
    assert {call.error and call.error.kind for call in day.ask("no key", *keyed)} == {"no_key"}
