"""One call as each contender makes it: streamed, read to the end, its tokens stamped where they are read."""

import asyncio
import json
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from time import perf_counter, thread_time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from broker.record import Recorder
    from broker.types import CallContext, ChatRequest, Completion, Offer

PROMPT = "Name three rivers of Europe."


@dataclass(slots=True)
class Answer:
    """What a client reports of one call: TTFT in seconds, `perf_counter` stamps of its tokens, the text.

    Without any stamps where the client does not show them.
    """

    ttft: float
    arrivals: list[float]
    text: str


async def _nothing() -> None:
    """Plain clients keep no record."""


@dataclass(slots=True)
class Client:
    """An open client. `settle` returns once all that it owes (its records) is done."""

    call: Callable[[], Awaitable[Answer]]
    settle: Callable[[], Awaitable[None]] = _nothing


@contextmanager
def _recorder() -> "Iterator[Recorder]":
    """A recorder that writes to a SQLite database of its own."""
    from broker.record import Recorder
    from db.session import open_database

    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(open_database(f"sqlite:///{folder}/bench.db"))
        yield recorder
        recorder.close()


def _priced() -> "tuple[Offer, ChatRequest, CallContext]":
    """What is asked: a model of the price list, so that each call looks its price up."""
    from broker.types import CallContext, ChatRequest, Message, Offer

    offer = Offer("openai", "gpt-5-mini", "gpt-5-mini", "OpenAI", "GPT-5 mini")
    return offer, ChatRequest((Message("user", PROMPT),)), CallContext("bench")


def _answer(completion: "Completion", arrivals: list[float]) -> Answer:
    if completion.status != "ok" or completion.cost is None or completion.timing.ttft_ms is None:
        raise RuntimeError(f"not a complete answer: {completion}")
    return Answer(completion.timing.ttft_ms / 1000, arrivals, completion.text)


@asynccontextmanager
async def broker(base_url: str, concurrency: int) -> AsyncIterator[Client]:
    """The product's own path, each call recorded."""
    from broker.complete import Door, LiveCall, run_call
    from broker.transport import open_transport
    from broker.types import Provider

    provider = Provider("openai", "Bench", "openai", base_url, prices_id="openai")
    offer, request, context = _priced()
    door = Door(provider, base_url, open_transport(), "key")
    kept = _keep_arrivals()

    async def open_door(_provider_id: str) -> Door:
        return door

    async def call() -> Answer:
        live = LiveCall(offer, request, context)
        completion = await run_call(live, open_door, recorder)
        return _answer(completion, kept.pop(live.fold))

    with _recorder() as recorder:
        yield Client(call, lambda: asyncio.to_thread(recorder.flush))
        await door.transport.aclose()


def _keep_arrivals() -> dict[Any, list[float]]:
    """The stamps that the transport gives to each fold, which keeps only the first and the last."""
    from broker.fold import Fold

    add, kept = Fold.add, dict[Any, list[float]]()

    def keep_and_add(self: Fold, chunk: bytes, at: float) -> None:
        kept.setdefault(self, []).extend([at] * chunk.count(b'"content"'))
        add(self, chunk, at)

    Fold.add = keep_and_add
    return kept


@asynccontextmanager
async def app(base_url: str, concurrency: int) -> AsyncIterator[Client]:
    """The product as the app runs it: calls in the engine's thread, beside pages that are drawn."""
    from broker.config import Config
    from broker.runtime import Runtime
    from broker.types import Provider

    provider = Provider("openai", "Bench", "openai", base_url, prices_id="openai")
    offer, request, context = _priced()
    loop = asyncio.get_running_loop()

    def ask() -> Answer:
        return _answer(engine.complete([offer], request, context)[0], [])

    with _recorder() as recorder, ThreadPoolExecutor(concurrency) as pool, _pages():
        engine = Runtime(Config({"openai": provider}), recorder)
        yield Client(lambda: loop.run_in_executor(pool, ask), lambda: asyncio.to_thread(recorder.flush))
        engine.close()


@contextmanager
def _pages() -> Iterator[None]:
    """Two sessions that watch answers stream: each redraws twelve times a second, with 12 ms of Python."""
    over = threading.Event()

    def draw() -> None:
        while not over.wait(1 / 12):
            until = thread_time() + 0.012
            while thread_time() < until:
                sum(range(1000))

    sessions = [threading.Thread(target=draw) for _ in range(2)]
    for session in sessions:
        session.start()
    yield
    over.set()
    for session in sessions:
        session.join()


@asynccontextmanager
async def httpx(base_url: str, concurrency: int) -> AsyncIterator[Client]:
    """httpx as its documentation shows it, with room in the pool for every call in flight."""
    import httpx

    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    messages = [{"role": "user", "content": PROMPT}]
    body = {"model": "gpt-5-mini", "messages": messages, "stream": True}
    async with httpx.AsyncClient(base_url=base_url, limits=limits, timeout=120) as client:

        async def call() -> Answer:
            sent, arrivals, text = perf_counter(), list[float](), ""
            async with client.stream("POST", "/chat/completions", json=body) as response:
                response.raise_for_status()
                async for line in response.aiter_lines():
                    if not line.startswith("data: ") or line == "data: [DONE]":
                        continue
                    at = perf_counter()
                    choices = json.loads(line[6:])["choices"]
                    if choices and (token := choices[0]["delta"].get("content")):
                        arrivals.append(at)
                        text += token
            return Answer(arrivals[0] - sent, arrivals, text)

        yield Client(call)


@asynccontextmanager
async def litellm(base_url: str, concurrency: int) -> AsyncIterator[Client]:
    """litellm as its documentation shows it."""
    import litellm  # type: ignore[import-not-found]

    messages = [{"role": "user", "content": PROMPT}]

    async def call() -> Answer:
        sent, arrivals, text = perf_counter(), list[float](), ""
        stream: Any = await litellm.acompletion(
            model="openai/gpt-5-mini", messages=messages, stream=True, api_base=base_url, api_key="key"
        )
        async for chunk in stream:
            at = perf_counter()
            if chunk.choices and (token := chunk.choices[0].delta.content):
                arrivals.append(at)
                text += token
        return Answer(arrivals[0] - sent, arrivals, text)

    yield Client(call)


Contender = Callable[[str, int], AbstractAsyncContextManager[Client]]
CONTENDERS: dict[str, Contender] = {"broker": broker, "app": app, "httpx": httpx, "litellm": litellm}


def run(contender: str, measure: Coroutine[Any, Any, Any]) -> None:
    """Measure in this process, on the event loop that the contender is used on, and print the result."""
    if contender == "broker":
        import uvloop

        result = uvloop.run(measure)
    else:
        result = asyncio.run(measure)
    print(json.dumps(result))
    sys.stdout.flush()
