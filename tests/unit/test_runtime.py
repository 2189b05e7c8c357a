"""The engine: calls in its own thread, stopped in every phase, pools that hold and leak nothing."""

import contextlib
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import pytest

import broker
from broker import complete, deadlines, pricing, runtime
from broker.complete import LiveCall
from broker.config import Config
from broker.errors import ConnectFailed
from broker.runtime import Runtime
from broker.types import CallContext, Completion, Offer, Provider, Variable
from tests.faults import KEY, MODEL, REQUEST, FaultServer, Kept, until
from tests.wires import CLOSE, END, HOLD, RESET, WIRES, Step, Wire, chunk, head, stream

OPENAI = WIRES[0]
CONTEXT = CallContext("test")

every_dialect = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.dialect)


@pytest.fixture(scope="module", name="server")
def _server() -> Iterator[FaultServer]:
    with contextlib.closing(FaultServer()) as server:
        yield server


@pytest.fixture(autouse=True)
def _key_and_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_API_KEY", KEY)
    monkeypatch.setattr(complete, "FIRST_WAIT_S", 0.01)


@dataclass
class Engine:
    """A runtime with one provider, and what it recorded."""

    runtime: Runtime
    record: Kept

    def start(self, provider: str = "acme") -> LiveCall:
        return self.runtime.start(offer(provider), REQUEST, CONTEXT)

    def ask(self, provider: str = "acme") -> Completion:
        return self.runtime.complete([offer(provider)], REQUEST, CONTEXT)[0]


def offer(provider: str = "acme") -> Offer:
    return Offer(provider, MODEL, MODEL, "Acme", "Acme Large")


@contextlib.contextmanager
def running(*providers: Provider) -> Iterator[Engine]:
    record = Kept()
    engine = Runtime(Config({row.id: row for row in providers}), record)
    try:
        yield Engine(engine, record)
    finally:
        engine.close()


def ok(wire: Wire = OPENAI) -> list[Step]:
    return stream(*wire.answer("Hi"))


def text_arrived(call: LiveCall) -> Callable[[], bool]:
    return lambda: bool(call.snapshot().text)


# Calls


@every_dialect
def test_several_offers_at_once(server: FaultServer, wire: Wire) -> None:
    row = wire.provider(server.script(ok(wire)))
    rows = [replace(row, id=name) for name in ("one", "two", "three")]
    with running(*rows) as engine:
        offers = [offer(name) for name in ("three", "one", "nobody", "two")]
        answers = engine.runtime.complete(offers, REQUEST, CONTEXT)
    assert [answer.offer.provider for answer in answers] == ["three", "one", "nobody", "two"]
    assert [answer.text for answer in answers] == ["Hi", "Hi", "", "Hi"]
    assert answers[2].error is not None
    assert "'nobody'" in answers[2].error.message
    assert len(engine.record.calls) == 8


@every_dialect
def test_a_call_is_watched_while_it_runs(server: FaultServer, wire: Wire) -> None:
    gates = [threading.Event() for _ in range(4)]
    pieces = [wire.thought("Hm"), wire.said("Hi"), b"".join(wire.ending)]
    steps: list[Step] = [gates[0], head()]
    for gate, piece in zip(gates[1:], pieces, strict=True):
        steps += [gate, chunk(piece)]
    with running(wire.provider(server.script([*steps, END]))) as engine:
        call = engine.start()
        seen: list[tuple[str, str, str]] = []
        for gate, phase in zip(gates, ["waiting", "waiting", "thinking", "answering"], strict=True):
            until(lambda phase=phase: call.snapshot() and call.phase == phase)
            seen.append((call.phase, call.snapshot().reasoning, call.snapshot().text))
            gate.set()
        until(lambda: call.phase == "done")
        assert call.snapshot().status == "ok"
    assert seen == [("waiting", "", "")] * 2 + [("thinking", "Hm", ""), ("answering", "Hm", "Hi")]
    assert engine.record.calls[-1][1] == call.snapshot()


def test_a_missing_key_is_named(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACME_API_KEY")
    with running(OPENAI.provider(server.script(ok()))) as engine:
        error = engine.ask().error
        assert error is not None
        assert (error.kind, "ACME_API_KEY" in error.message) == ("no_key", True)
        monkeypatch.setenv("ACME_API_KEY", KEY)  # read at each call
        assert engine.ask().status == "ok"
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


# Stopping


def stopped_by(server: FaultServer, call: LiveCall) -> float:
    """Seconds until the server saw the connection close."""
    start = perf_counter()
    call.cancel()
    return server.gone.get(timeout=2) - start


@every_dialect
@pytest.mark.parametrize("phase", ["headers", "first token", "mid-stream"])
def test_a_stop_closes_the_connection(server: FaultServer, wire: Wire, phase: str) -> None:
    replies = {
        "headers": [HOLD],
        "first token": [*wire.begun(), HOLD],
        "mid-stream": [*wire.begun("Hi"), HOLD],
    }
    with running(wire.provider(server.script(replies[phase]))) as engine:
        call = engine.start()
        server.arrived.get(timeout=2)
        if phase == "first token":
            until(lambda: (call.fold is not None and call.fold.first_event_at) or not wire.opening)
        if phase == "mid-stream":
            until(text_arrived(call))
        assert stopped_by(server, call) < 0.5
        until(lambda: call.phase == "done")
    expected = "Hi" if phase == "mid-stream" else ""
    stopped = call.snapshot()
    assert (stopped.status, stopped.text, stopped.error) == ("stopped", expected, None)
    assert [attempt.error_kind for attempt in stopped.attempts] == ["stopped"]
    assert engine.record.statuses == [("begin", "running"), ("finish", "stopped")]
    assert len(server.requests) == 1


def test_a_stop_while_connecting(server: FaultServer) -> None:
    url = server.script(ok()).replace("http:", "https:")  # its hello is never answered
    with running(OPENAI.provider(url)) as engine:
        call = engine.start()
        until(lambda: server.connections)
        assert stopped_by(server, call) < 0.5
        until(lambda: call.phase == "done")
    assert engine.record.statuses == [("begin", "running"), ("finish", "stopped")]


def test_a_stop_between_attempts(server: FaultServer) -> None:
    with running(OPENAI.provider(server.script(OPENAI.refusal(429, retry_after="10"), ok()))) as engine:
        call = engine.start()
        until(lambda: call.attempts)
        start = perf_counter()
        call.cancel()
        until(lambda: call.phase == "done")
        assert perf_counter() - start < 0.5
    stopped = engine.record.calls[-1][1]
    assert (stopped.status, len(stopped.attempts), len(server.requests)) == ("stopped", 1, 1)
    assert stopped.timing.elapsed_ms is not None
    assert stopped.timing.elapsed_ms > stopped.attempts[0].duration_ms


def test_a_stop_while_queued(server: FaultServer) -> None:
    row = replace(OPENAI.provider(server.script([*OPENAI.begun("Hi"), HOLD], ok())), max_concurrency=1)
    with running(row) as engine:
        first = engine.start()
        until(text_arrived(first))
        second, third = engine.start(), engine.start()
        until(lambda: (second.phase, third.phase) == ("queued", "queued"))
        start = perf_counter()
        second.cancel()
        until(lambda: second.phase == "done")
        assert perf_counter() - start < 0.5
        assert (first.phase, third.phase) == ("answering", "queued")
        assert stopped_by(server, first) < 0.5
        until(lambda: third.phase == "done")
    assert [call.status for call in (first, second, third)] == ["stopped", "stopped", "ok"]
    assert (second.attempts, len(server.requests)) == ([], 2)


def test_stopping_twice_and_after_the_end(server: FaultServer) -> None:
    with running(OPENAI.provider(server.script([*OPENAI.begun("Hi"), HOLD], ok()))) as engine:
        call = engine.start()
        until(text_arrived(call))
        call.cancel()
        call.cancel()
        until(lambda: call.phase == "done")
        done = engine.start()
        until(lambda: done.phase == "done")
        done.cancel()
    done.cancel()
    assert [status for what, status in engine.record.statuses if what == "finish"] == ["stopped", "ok"]


def test_closing_records_calls_under_way(server: FaultServer) -> None:
    row = OPENAI.provider(server.script([*OPENAI.begun("Hi"), HOLD]))
    with running(row) as engine:
        calls = [engine.start() for _ in range(3)]
        for call in calls:
            until(text_arrived(call))
    finished = [completion for what, completion in engine.record.calls if what == "finish"]
    assert [(completion.status, completion.text) for completion in finished] == [("stopped", "Hi")] * 3
    for _ in calls:
        server.gone.get(timeout=1)


# The model of this machine


@pytest.fixture(name="local")
def _local(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A stand-in for `broker.local`."""
    module = SimpleNamespace(endpoint=None, stop=lambda: None)
    monkeypatch.setitem(sys.modules, "broker.local", module)
    monkeypatch.setattr(broker, "local", module, raising=False)
    return module


LOCAL = Provider("local", "This machine", "openai", "local:", free=True)


def test_a_stop_while_the_local_model_starts(local: SimpleNamespace) -> None:
    ready, asked = threading.Event(), threading.Event()

    def endpoint() -> None:
        asked.set()
        ready.wait(5)

    local.endpoint = endpoint
    try:
        with running(LOCAL) as engine:
            call = engine.start("local")
            assert asked.wait(2)
            assert call.phase == "starting"
            start = perf_counter()
            call.cancel()
            until(lambda: call.phase == "done")
            assert perf_counter() - start < 0.5
    finally:
        ready.set()
    assert engine.record.statuses == [("begin", "running"), ("finish", "stopped")]
    assert call.attempts == []


def test_a_local_model_that_moved_is_asked_again(server: FaultServer, local: SimpleNamespace) -> None:
    places = iter(["http://127.0.0.1:9", server.script(ok())])
    local.endpoint = lambda: SimpleNamespace(base_url=next(places), key="local-key")
    with running(LOCAL) as engine:
        answer = engine.ask("local")
    assert [attempt.error_kind for attempt in answer.attempts] == ["connect", None]
    assert server.requests[0].headers["authorization"] == "Bearer local-key"
    assert answer.cost is not None
    assert answer.cost.total == 0


def test_a_local_model_that_cannot_start(local: SimpleNamespace) -> None:
    def endpoint() -> None:
        raise ConnectFailed("the model file is missing")

    local.endpoint = endpoint
    with running(LOCAL) as engine:
        answer = engine.ask("local")
    assert answer.error is not None
    assert (answer.error.kind, answer.error.message) == ("connect", "the model file is missing")


# Connections


def test_connections_are_reused(server: FaultServer) -> None:
    with running(OPENAI.provider(server.script(ok()))) as engine:
        assert [engine.ask().status for _ in range(5)] == ["ok"] * 5
    assert (len(server.requests), server.connections) == (5, 1)


@every_dialect
@pytest.mark.parametrize("end", [CLOSE, RESET])
def test_a_pooled_connection_that_the_server_closed(server: FaultServer, wire: Wire, end: Step) -> None:
    with running(wire.provider(server.script([*ok(wire), end], ok(wire)))) as engine:
        answers = [engine.ask() for _ in range(2)]
    assert [answer.status for answer in answers] == ["ok", "ok"]
    assert server.connections == 2


def test_a_pooled_connection_that_closes_on_the_next_request(server: FaultServer) -> None:
    with running(OPENAI.provider(server.script(ok(), [CLOSE], ok()))) as engine:
        first, second = engine.ask(), engine.ask()
    assert (first.status, second.status) == ("ok", "ok")
    assert [attempt.error_kind for attempt in second.attempts] == ["connect", None]


def test_an_address_of_the_account_s_own_is_reached_through_the_proxy(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", server.script(ok()))
    row = Provider(
        "acme", "Acme", "openai", "{host}/v1", ("ACME_API_KEY",), variables={"host": Variable(("ACME_HOST",))}
    )
    monkeypatch.setenv("ACME_HOST", "http://models.invalid")
    with running(row) as engine:
        assert engine.ask().text == "Hi"


def open_sockets() -> int:
    count = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it is closed by now
            count += str(descriptor.readlink()).startswith("socket:")
    return count


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_three_hundred_mixed_calls_leak_nothing(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "LOOK_EVERY_S", 0.02)
    wire = OPENAI
    replies: list[list[Any]] = [
        ok(),
        wire.refusal(401),
        [*wire.begun("Hi"), END],
        [*wire.begun("Hi"), RESET],
        [head(), *map(chunk, wire.answer("Hi")), HOLD],
        [*wire.begun("Hi"), chunk(b"data: {]\n\n"), HOLD],
        [*wire.begun("Hi"), HOLD],
        [HOLD],
        wire.refusal(500),
        [CLOSE],
    ]
    before = open_sockets()
    with running(wire.provider(server.script(*replies * 60))) as engine:
        for _ in range(15):
            calls = [engine.start() for _ in range(20)]
            until(lambda calls=calls: sum(call.phase == "done" for call in calls) >= 8)
            for call in calls:
                call.cancel()
            until(lambda calls=calls: all(call.phase == "done" for call in calls))
        assert [gate.in_flight for gate in engine.runtime._gates.values()] == [0]
        # The idle pool: no more than were open at once, every other connection is closed.
        until(lambda: open_sockets() - before <= 2 * 20 + 6)
    until(lambda: open_sockets() <= before)
    assert len(engine.record.calls) == 600
    assert {"ok", "error", "stopped"} == {completion.status for _, completion in engine.record.calls} - {
        "running"
    }


# Our own failures, and the process's one runtime


def test_busy_threads_let_the_loop_in_soon() -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.005)  # Python's own
    try:
        with running():
            assert sys.getswitchinterval() <= 0.001
    finally:
        sys.setswitchinterval(before)


def test_the_price_list_is_not_read_on_the_loop(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    read = pricing.price_list

    def price_list() -> object:
        threads.append(threading.current_thread().name)
        return read()

    monkeypatch.setattr(pricing, "price_list", price_list)
    monkeypatch.setattr(pricing, "is_loaded", lambda: bool(threads))
    row = replace(OPENAI.provider(server.script(ok())), prices_id="openai")
    with running(row) as engine:
        assert [engine.ask().status for _ in range(2)] == ["ok", "ok"]
    assert threads[0] != "broker-loop"


def test_a_failure_of_our_own_is_logged(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(complete, "encode", fail)
    with running(OPENAI.provider(server.script(ok()))) as engine:
        call = engine.start()
        until(lambda: caplog.records)
        assert call.status == "interrupted"
        with pytest.raises(RuntimeError, match="a mistake"):
            engine.ask()
    assert caplog.records[0].levelno == logging.ERROR
    assert "a mistake" in caplog.text
    assert KEY not in caplog.text
    assert engine.record.statuses == [("begin", "running"), ("finish", "interrupted")] * 2


def test_the_configuration_read_last_is_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people save at once: the first one's reading must not replace the second one's."""
    in_force: list[Config] = []
    readings = iter([Config({}), Config({"acme": OPENAI.provider("http://127.0.0.1:9")})])
    reading, overtaken = threading.Event(), threading.Event()

    def read(_: object) -> Config:
        config = next(readings)
        if not config.providers:
            reading.set()
            overtaken.wait(0.2)
        return config

    def save() -> None:
        runtime.reconfigure()
        overtaken.set()

    monkeypatch.setattr("db.session.open_database", lambda: None)
    monkeypatch.setattr("broker.connections.load", read)
    monkeypatch.setattr(runtime, "runtime", lambda: SimpleNamespace(configure=in_force.append))
    people = [threading.Thread(target=save) for _ in range(2)]
    people[0].start()
    assert reading.wait(5)
    people[1].start()
    for person in people:
        person.join(5)
    assert [*in_force[-1].providers] == ["acme"]


def test_one_runtime_a_process(
    local: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BROKER_DATABASE_URL", f"sqlite:///{tmp_path}/broker.db")
    monkeypatch.chdir(tmp_path)
    ends: list[str] = []
    local.stop = lambda: ends.append("local")
    runtime.flush()  # nothing to flush yet
    first = runtime.runtime()
    try:
        assert runtime.runtime() is first
        assert first.complete([offer("nobody")], REQUEST, CONTEXT)[0].status == "error"
        runtime.flush()
    finally:
        runtime.shutdown()
    runtime.shutdown()
    assert ends == ["local", "local"]
    second = runtime.runtime()
    assert second is not first
    runtime.shutdown()
