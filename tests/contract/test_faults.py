"""What can go wrong on the wire, in every dialect: the exact error, nothing crashes, what arrived is kept."""

import asyncio
import contextlib
import gzip
import json
import socket
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import pytest

from broker import complete, deadlines, fold
from broker.types import Completion, Usage
from tests.contract.capabilities import ROWS, at
from tests.faults import BRISK, FaultServer, Kept, ask
from tests.wires import CLOSE, END, HOLD, RESET, WIRES, Step, Wire, chunk, head, sse, stream, whole

TEXT = "Grüße 🌍!"
NO_TYPE = ""  # leaves the header out

# What only server-sent events can be like, or what AWS's frames have a checksum against.
OF_EVENTS = {"blank lines", "CRLF", "comments and pings", "byte order mark", "no final blank line"}
every_dialect = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.dialect)


def each(names: Iterable[str]) -> pytest.MarkDecorator:
    """Every dialect with each of these replies that it can give."""
    pairs = [(wire, name) for name in names for wire in WIRES if wire.event is sse or name not in OF_EVENTS]
    return pytest.mark.parametrize(
        ("wire", "name"), [pytest.param(*p, id=f"{p[1]}-{p[0].dialect}") for p in pairs]
    )


@pytest.fixture(scope="module", name="server")
def _server() -> Iterator[FaultServer]:
    with contextlib.closing(FaultServer()) as server:
        yield server


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complete, "FIRST_WAIT_S", 0.004)
    monkeypatch.setattr(complete, "JITTER_S", 0.04)


@dataclass(frozen=True)
class Fault:
    """A reply and what is to come of it; `text` is what arrived before the fault."""

    reply: Callable[[Wire], list[Step]]
    kind: str
    status: int | None = None
    attempts: int = 1
    text: str = ""
    says: str = ""
    usage: bool = False  # the early one arrived, where the dialect has one


def refused(status: int, kind: str, attempts: int = 1) -> Fault:
    return Fault(lambda wire: wire.refusal(status), kind, status, attempts, says="No, thank you.")


def page(status: int, kind: str = "text/html") -> list[Step]:
    return [whole(b"<!DOCTYPE html><html><title>Sign in</title><p>Hello", status, kind)]


FAULTS = {
    "400": refused(400, "bad_request"),
    "401": refused(401, "auth"),
    "402": refused(402, "forbidden"),
    "403": refused(403, "forbidden"),
    "404 model": refused(404, "not_found"),
    "413": refused(413, "bad_request"),
    "422": refused(422, "bad_request"),
    "429": refused(429, "rate_limited", 3),
    "500": refused(500, "server_error", 3),
    "503": refused(503, "overloaded", 3),
    "529": refused(529, "overloaded", 3),
    "204": Fault(lambda _: [head(204, content_length="0")], "malformed", 204, says="HTTP 204"),
    "401 without a body": Fault(lambda _: [whole(b"", 401)], "auth", 401, says="HTTP 401"),
    "401 with broken gzip": Fault(
        lambda _: [whole(b"\x1f\x8bno", 401, content_encoding="gzip")], "auth", 401, says="HTTP"
    ),
    "500 cut short": Fault(
        lambda _: [head(500, content_length="99"), b'{"error', CLOSE], "server_error", 500, 3
    ),
    "redirect": Fault(
        lambda _: [whole(b"", 307, location="http://127.0.0.1:9/elsewhere")],
        "malformed",
        307,
        says="redirected to http://127.0.0.1:9/elsewhere",
    ),
    "page with 200": Fault(lambda _: page(200), "malformed", says="Sign in (an HTML page)"),
    "page with 502": Fault(lambda _: page(502), "server_error", 502, 3, says="Sign in"),
    "page called a stream": Fault(lambda _: page(200, "text/event-stream"), "malformed", says="Sign in"),
    "empty body": Fault(lambda _: [whole(b"")], "malformed", says="empty body"),
    "empty stream": Fault(lambda _: [head(), END], "malformed", says="empty body"),
    "blank lines": Fault(lambda _: [head(), chunk(b"\n\n"), END], "malformed", says="empty body"),
    "plain text": Fault(lambda _: [whole(b"not now", kind="text/plain")], "malformed"),
    "another JSON": Fault(lambda _: [whole(b'{"hello": "you"}')], "malformed"),
    "a JSON text": Fault(lambda _: [whole(b'"hello"')], "malformed"),
    "broken JSON": Fault(lambda _: [whole(b'{"choices": [')], "malformed"),
    "JSON cut short": Fault(
        lambda wire: [head(content_length="9999"), wire.document(TEXT), CLOSE], "truncated"
    ),
    "pings, then the end": Fault(lambda wire: stream(wire.ping, wire.ping), "malformed"),
    "not HTTP": Fault(lambda _: [b"SSH-2.0-OpenSSH_9.7\r\n", CLOSE], "malformed", says="HTTP"),
    "no reply": Fault(lambda _: [CLOSE], "connect", None, 3, says="without a reply"),
    "reset before the reply": Fault(lambda _: [RESET], "connect", None, 3),
    "reset after the headers": Fault(lambda _: [head(), 0.02, RESET], "truncated"),
    "broken gzip": Fault(
        lambda _: [whole(b"no gzip at all", content_encoding="gzip")],
        "malformed",
        says="compress",
    ),
    "error instead of an answer": Fault(
        lambda wire: [whole(json.dumps(wire.error("At capacity.")).encode())],
        "overloaded",
        attempts=3,
        says="At capacity.",
    ),
    "error before the first token": Fault(
        lambda wire: [*wire.begun(), chunk(wire.error_event()), END],
        "overloaded",
        attempts=3,
        usage=True,
    ),
    "error after the first token": Fault(
        lambda wire: [*wire.begun("Grüße ", "🌍!"), chunk(wire.error_event()), END],
        "overloaded",
        text=TEXT,
        says="At capacity.",
    ),
    "error, then silence": Fault(
        lambda wire: [*wire.begun(TEXT), chunk(wire.error_event()), HOLD], "overloaded", text=TEXT
    ),
    "end in mid-stream": Fault(lambda wire: [*wire.begun(TEXT), END], "truncated", text=TEXT),
    "reset in mid-stream": Fault(lambda wire: [*wire.begun(TEXT), 0.02, RESET], "truncated", text=TEXT),
    "chunked encoding cut": Fault(lambda wire: [*wire.begun(TEXT), CLOSE], "truncated", text=TEXT),
    "a chunk cut": Fault(
        lambda wire: [*wire.begun(TEXT), chunk(wire.said("lost"))[:-9], CLOSE], "truncated", text=TEXT
    ),
    "bad JSON in mid-stream": Fault(
        lambda wire: [
            *wire.begun(TEXT),
            chunk(wire.event(b'{"choices": [{]}', "contentBlockDelta")),
            *map(chunk, wire.ending),
            END,
        ],
        "malformed",
        text=TEXT,
    ),
    "bad JSON, then silence": Fault(
        lambda wire: [*wire.begun(TEXT), chunk(wire.event(b"{]", "contentBlockDelta")), HOLD],
        "malformed",
        text=TEXT,
    ),
    "bad UTF-8 in mid-stream": Fault(
        lambda wire: [*wire.begun(TEXT), chunk(wire.said("x").replace(b"x", b"\xff")), END],
        "malformed",
        text=TEXT,
    ),
}


def check(completion: Completion, record: Kept, fault: Fault) -> None:
    assert completion.status == "error"
    assert completion.error is not None
    assert (completion.error.kind, completion.text) == (fault.kind, fault.text)
    assert fault.says in completion.error.message
    kinds = [(attempt.error_kind, attempt.status) for attempt in completion.attempts]
    assert kinds == [(fault.kind, completion.error.status)] * fault.attempts
    starts = [attempt.started_ms for attempt in completion.attempts]
    ends = [attempt.started_ms + attempt.duration_ms for attempt in completion.attempts]
    assert starts[0] == 0
    assert all(end < start for end, start in zip(ends, starts[1:], strict=False))
    assert record.statuses == [("begin", "running"), ("finish", "error")]
    assert record.calls[-1][1] == completion
    assert completion.timing.elapsed_ms is not None
    assert completion.timing.elapsed_ms >= ends[-1]
    assert completion.cost is None


def fails(server: FaultServer, wire: Wire, name: str, row: str = "") -> None:
    """One fault in a dialect, or behind a platform's row that speaks it."""
    fault, record = FAULTS[name], Kept()
    url = server.script(fault.reply(wire))
    completion = ask(wire, url, record=record, provider=at(row, url) if row else None)
    check(completion, record, fault)
    assert completion.error is not None
    if fault.status:
        assert completion.error.status == fault.status
    arrived = fault.text or (fault.usage and wire.opening)
    assert completion.usage == (wire.early if arrived else Usage())
    assert len(server.requests) == fault.attempts


@each(FAULTS)
def test_faults(server: FaultServer, wire: Wire, name: str) -> None:
    fails(server, wire, name)


OF_ROWS = [
    pytest.param(row, "errors", name, id=f"{name}-{row}")
    for name in FAULTS
    for row in ROWS
    if ROWS[row].dialect != "bedrock" or name not in OF_EVENTS
]


@pytest.mark.parametrize(("row", "capability", "name"), OF_ROWS)
def test_faults_of_every_platform(server: FaultServer, row: str, capability: str, name: str) -> None:
    fails(server, next(wire for wire in WIRES if wire.dialect == ROWS[row].dialect), name, row)


def gzipped(wire: Wire) -> list[Step]:
    data = gzip.compress(b"".join(wire.answer("Grüße ", "🌍!")))
    return [head(content_encoding="gzip"), chunk(data[:30]), 0.005, chunk(data[30:]), END]


GOOD: dict[str, Callable[[Wire], list[Step]]] = {
    "plain": lambda wire: stream(*wire.answer("Grüße ", "🌍!")),
    "every byte a chunk": lambda wire: [
        head(),
        b"".join(chunk(bytes([byte])) for byte in b"".join(wire.answer(TEXT))),
        END,
    ],
    "cut inside the emoji": lambda wire: [
        head(),
        *(
            step
            for part in b"".join(wire.answer(TEXT)).partition("🌍".encode()[:2])
            for step in (chunk(part), 0.01)
        ),
        END,
    ],
    "gzip": gzipped,
    "deflate": lambda wire: [
        whole(
            zlib.compress(b"".join(wire.answer(TEXT))), kind="text/event-stream", content_encoding="deflate"
        )
    ],
    "CRLF": lambda wire: stream(*(event.replace(b"\n", b"\r\n") for event in wire.answer(TEXT))),
    "comments and pings": lambda wire: stream(b": hi\n\n", wire.ping, *wire.answer(TEXT), wire.ping),
    "unknown events": lambda wire: stream(wire.event({"type": "new", "x": [1]}, "new"), *wire.answer(TEXT)),
    "byte order mark": lambda wire: stream(b"\xef", b"\xbb\xbf", *wire.answer(TEXT)),
    "no final blank line": lambda wire: stream(*wire.answer(TEXT)[:-1], wire.answer(TEXT)[-1].rstrip()),
    "called JSON": lambda wire: [whole(b"".join(wire.answer(TEXT)))],
    "called HTML": lambda wire: [whole(b"".join(wire.answer(TEXT)), kind="text/html")],
    "without a type": lambda wire: [whole(b"".join(wire.answer(TEXT)), kind=NO_TYPE)],
    "ended by closing": lambda wire: [head(connection="close"), *wire.answer(TEXT), CLOSE],
    "reset after the end": lambda wire: [head(), *map(chunk, wire.answer(TEXT)), 0.02, RESET],
    "not streamed": lambda wire: [whole(wire.document(TEXT))],
    "not streamed, called a stream": lambda wire: [whole(wire.document(TEXT), kind="text/event-stream")],
    "not streamed, after blanks": lambda wire: [
        head(kind="application/json"),
        chunk(b"\n \n"),
        chunk(wire.document(TEXT)),
        END,
    ],
}


@each(GOOD)
def test_odd_but_good_replies(server: FaultServer, wire: Wire, name: str) -> None:
    record = Kept()
    completion = ask(wire, server.script(GOOD[name](wire)), record=record)
    assert (completion.status, completion.error, completion.text) == ("ok", None, TEXT)
    assert (completion.finish_reason, completion.served_model) == ("stop", wire.served)
    assert completion.usage == wire.usage
    assert [(attempt.error_kind, attempt.status) for attempt in completion.attempts] == [(None, 200)]
    assert record.statuses == [("begin", "running"), ("finish", "ok")]


@every_dialect
def test_five_megabytes(server: FaultServer, wire: Wire) -> None:
    piece = "🌍 all work and no play " * 400
    pieces = [piece] * (5_000_000 // len(piece.encode()) + 1)
    completion = ask(wire, server.script(stream(*wire.answer(*pieces))))
    assert completion.status == "ok"
    assert completion.text == "".join(pieces)
    in_one = ask(wire, server.script(stream(*wire.answer("".join(pieces)))))
    assert in_one.text == completion.text


@every_dialect
def test_a_reply_that_grows_beyond_bounds(
    server: FaultServer, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fold, "MAX_REPLY_BYTES", 1 << 20)
    url = server.script([*wire.begun(*["x" * 50_000] * 40), HOLD])
    completion = ask(wire, url)
    assert completion.error is not None
    assert (completion.error.kind, completion.error.message) == ("malformed", "the reply is larger than 1 MB")
    assert len(completion.text) >= 500_000


@every_dialect
def test_a_server_that_keeps_the_connection_open(
    server: FaultServer, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "AFTER_FINISH_S", 0.2)  # Gemini names no end, only a finish reason
    url = server.script([head(), *map(chunk, wire.answer(TEXT)), HOLD])
    start = perf_counter()
    completion = ask(wire, url)
    assert (completion.status, completion.text, completion.usage) == ("ok", TEXT, wire.usage)
    assert perf_counter() - start < 3
    assert server.gone.get(timeout=1)
    # The wait for the connection's end is not part of the answer's time.
    assert completion.timing.total_ms is not None
    assert completion.timing.last_token_ms is not None
    assert completion.timing.total_ms - completion.timing.last_token_ms < 90


@every_dialect
def test_pings_after_the_finish_reason_do_not_keep_it_open(
    server: FaultServer, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "AFTER_FINISH_S", 0.2)
    finish = [event for event in wire.ending if b"DONE" not in event and b"message_stop" not in event]
    pings: list[Step] = [chunk(wire.ping), 0.05]
    url = server.script([*wire.begun(TEXT), *map(chunk, finish), *pings * 120])
    start = perf_counter()
    assert ask(wire, url).status == "ok"
    assert perf_counter() - start < 4


PINGS: dict[str, Callable[[Wire], list[Step]]] = {
    "no headers": lambda _: [HOLD],
    "headers only": lambda _: [head(), HOLD],
    "opening only": lambda wire: [*wire.begun(), HOLD],
    "pings only": lambda wire: [head(), *[chunk(wire.ping), 0.02] * 100],
}


@each(PINGS)
def test_first_token_timeout(server: FaultServer, wire: Wire, name: str) -> None:
    record, url = Kept(), server.script(PINGS[name](wire))
    completion = ask(wire, url, replace(BRISK, first_token=0.15), record)
    check(completion, record, Fault(PINGS[name], "first_token_timeout", says="0.15 s"))
    assert 150 <= completion.attempts[0].duration_ms < 1500
    assert server.gone.get(timeout=1)


@every_dialect
def test_between_tokens_timeout(server: FaultServer, wire: Wire) -> None:
    pings: list[Step] = [chunk(wire.ping), 0.02]
    record, url = Kept(), server.script([*wire.begun("Grüße "), 0.05, chunk(wire.said("🌍!")), *pings * 100])
    completion = ask(wire, url, replace(BRISK, between_tokens=0.15), record)
    check(completion, record, Fault(lambda _: [], "idle_timeout", text=TEXT, says="0.15 s"))
    assert completion.timing.last_token_ms is not None
    assert completion.attempts[0].duration_ms >= completion.timing.last_token_ms + 150
    assert completion.usage == wire.early


@every_dialect
def test_broken_chunked_encoding_keeps_what_arrived(server: FaultServer, wire: Wire) -> None:
    url = server.script([*wire.begun(TEXT), 0.02, b"HTTP/1.1 502 Bad Gateway\r\n\r\n", CLOSE])
    completion = ask(wire, url, replace(BRISK, between_tokens=0.1))
    assert completion.text == TEXT
    assert completion.error is not None
    assert completion.error.kind in {"truncated", "idle_timeout"}  # aiohttp 3.14 leaves its reader waiting


@every_dialect
def test_total_timeout(server: FaultServer, wire: Wire) -> None:
    tokens: list[Step] = [chunk(wire.said("x")), 0.02]
    record, url = Kept(), server.script([head(), *tokens * 100])
    completion = ask(wire, url, replace(BRISK, total=0.2), record)
    check(completion, record, Fault(lambda _: [], "total_timeout", text=completion.text, says="0.2 s"))
    assert set(completion.text) == {"x"}
    assert 200 <= completion.attempts[0].duration_ms < 1500


@every_dialect
def test_retry_after_is_honoured(server: FaultServer, wire: Wire) -> None:
    url = server.script(wire.refusal(429, retry_after="0.3"), stream(*wire.answer(TEXT)))
    completion = ask(wire, url)
    assert (completion.status, completion.text) == ("ok", TEXT)
    first, second = completion.attempts
    assert (first.error_kind, first.status, second.error_kind) == ("rate_limited", 429, None)
    assert second.started_ms - first.duration_ms >= 300
    timing = completion.timing
    assert timing.elapsed_ms is not None
    assert timing.total_ms is not None
    assert timing.elapsed_ms - timing.total_ms >= second.started_ms


@every_dialect
def test_retry_after_longer_than_we_wait(server: FaultServer, wire: Wire) -> None:
    completion = ask(wire, server.script(wire.refusal(429, retry_after="120")))
    assert completion.error is not None
    assert (completion.error.kind, completion.error.retry_after_s) == ("rate_limited", 120)
    assert len(completion.attempts) == 1


@every_dialect
def test_a_second_attempt_answers(server: FaultServer, wire: Wire) -> None:
    url = server.script(wire.refusal(500), [RESET], stream(*wire.answer(TEXT)))
    completion = ask(wire, url)
    assert (completion.status, completion.text, completion.usage) == ("ok", TEXT, wire.usage)
    assert [attempt.error_kind for attempt in completion.attempts] == ["server_error", "connect", None]
    assert len({request.body for request in server.requests}) == 1


@every_dialect
def test_refused_connection(wire: Wire) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, not listening
        record, port = Kept(), unused.getsockname()[1]
        completion = ask(wire, f"http://127.0.0.1:{port}", record=record)
    check(completion, record, Fault(lambda _: [], "connect", None, 3, says=f"refused by 127.0.0.1:{port}"))


@every_dialect
def test_unknown_host(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("aiohttp.ThreadedResolver.resolve", nobody)  # no query leaves this machine
    record = Kept()
    completion = ask(wire, "http://models.invalid/v1", record=record)
    check(completion, record, Fault(lambda _: [], "connect", None, 3, says="models.invalid"))


@every_dialect
def test_connect_timeout(wire: Wire) -> None:
    with socket.socket() as full, contextlib.ExitStack() as others:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):  # fill the queue that nobody accepts from: further connections hang
            other = others.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        record = Kept()
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        completion = ask(wire, url, replace(BRISK, connect=0.1), record)
    check(completion, record, Fault(lambda _: [], "connect_timeout", None, 3))
    assert all(95 <= attempt.duration_ms < 2000 for attempt in completion.attempts)


@every_dialect
def test_slow_name_resolution_is_a_connect_timeout(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("aiohttp.ThreadedResolver.resolve", never)
    completion = ask(wire, "http://models.invalid/v1", replace(BRISK, connect=0.05))
    assert [attempt.error_kind for attempt in completion.attempts] == ["connect_timeout"] * 3
