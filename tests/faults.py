"""A loopback server that does what a test says, byte by byte, and calls to it."""

import asyncio
import contextlib
import queue
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from time import monotonic, perf_counter, sleep
from typing import Any, TypeVar

import uvloop

from broker.complete import Door, LiveCall, Record, run_call
from broker.deadlines import Timeouts
from broker.limits import Gate
from broker.transport import open_transport
from broker.types import CallContext, ChatRequest, Completion, Message, Offer, Provider
from tests.wires import CLOSE, MODEL, Step, Wire

T = TypeVar("T")
KEY = "sk-canary-7f3a9c51d2e84b06"
REQUEST = ChatRequest((Message("system", "Be brief."), Message("user", "Grüße, 🌍?")))
BRISK = Timeouts(connect=5, first_token=5, between_tokens=5, total=10)


@dataclass(frozen=True)
class Request:
    """What the client sent: request line, lower-case headers, body."""

    line: str
    headers: dict[str, str]
    body: bytes


class FaultServer:
    """Replies to requests with `script`'s replies in turn; the last one repeats. Runs in its own thread."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.arrived: queue.Queue[Request] = queue.Queue()
        self.gone: queue.Queue[float] = queue.Queue()  # when clients closed connections, perf_counter seconds
        self.connections = 0
        self._replies: list[Sequence[Step]] = [[CLOSE]]
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=256, ssl=tls)
        )
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def script(self, *replies: Sequence[Step]) -> str:
        """Forget what was seen; from now on reply like this. Returns the base URL."""
        self.requests.clear()
        self.arrived, self.gone, self.connections = queue.Queue(), queue.Queue(), 0
        self._replies = list(replies)
        return self.url

    def next_reply(self) -> Sequence[Step]:
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._wind_up(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _wind_up(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # aborted connections say goodbye


class _Connection(asyncio.Protocol):
    def __init__(self, server: FaultServer) -> None:
        self.server, self.buffer = server, b""
        self.lost, self.ended_here = asyncio.Event(), False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.server.connections += 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, blank, rest = self.buffer.partition(b"\r\n\r\n")
        if not blank:
            return
        line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (text.partition(": ") for text in lines)}
        if len(rest) < int(headers.get("content-length", 0)):
            return
        self.buffer = b""
        request = Request(line, headers, rest)
        self.server.requests.append(request)
        self.server.arrived.put(request)
        self.task = asyncio.ensure_future(self.play(self.server.next_reply()))

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()
        if not self.ended_here:
            self.server.gone.put(perf_counter())

    async def play(self, reply: Sequence[Step]) -> None:
        try:
            for step in reply:
                await self.do(step)
        finally:
            if asyncio.current_task().cancelling():  # type: ignore[union-attr]
                self.transport.abort()

    async def do(self, step: Step) -> None:
        match step:
            case bytes():
                self.transport.write(step)
            case threading.Event():
                await asyncio.to_thread(step.wait, 5)
            case "close":
                self.ended_here = True
                self.transport.close()
            case "reset":
                self.ended_here = True
                linger = struct.pack("ii", 1, 0)
                self.transport.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
                self.transport.abort()
            case "hold":
                await self.lost.wait()
            case seconds:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.lost.wait(), seconds)


@dataclass
class Kept:
    """A record that keeps what it is told: (`begin` or `finish`, Completion) in order."""

    calls: list[tuple[str, Completion]] = field(default_factory=list)

    def begin(self, completion: Completion, context: CallContext) -> None:
        self.calls.append(("begin", completion))

    def finish(self, completion: Completion, context: CallContext) -> None:
        self.calls.append(("finish", completion))

    @property
    def statuses(self) -> list[tuple[str, str]]:
        return [(what, completion.status) for what, completion in self.calls]


OFFER = Offer("acme", MODEL, MODEL, "Acme", "Acme Large")


def live_call(timeouts: Timeouts = BRISK) -> LiveCall:
    return LiveCall(OFFER, REQUEST, CallContext("test"), timeouts)


def on_loop(work: Coroutine[Any, Any, T]) -> T:
    """The outcome of `work`, on the kind of loop that the product uses."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def carry_out(
    call: LiveCall, provider: Provider, record: Record | None = None, gate: Gate | None = None
) -> Completion:
    """Run one call over a pool of its own, and through a gate of its own unless one is given."""
    door = Door(provider, open_transport(provider.base_url), KEY, gate=gate or Gate(provider))

    async def open_door(_provider_id: str) -> Door:
        return door

    try:
        return await run_call(call, open_door, record)
    finally:
        await door.transport.aclose()


def ask(
    wire: Wire,
    url: str,
    timeouts: Timeouts = BRISK,
    record: Record | None = None,
    provider: Provider | None = None,
) -> Completion:
    """One call in a dialect, from beginning to end; behind a row of the registry if one is given."""
    return on_loop(carry_out(live_call(timeouts), provider or wire.provider(url), record))


def until(condition: Callable[[], Any], within_s: float = 5.0) -> None:
    """Wait for something that no event tells of."""
    end = monotonic() + within_s
    while not condition():
        assert monotonic() < end, "it did not come to pass"
        sleep(0.002)
