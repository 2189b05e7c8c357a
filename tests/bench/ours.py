"""The product as a contender: its path of a call, recorded in SQLite, alone and beside busy pages."""

import asyncio
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from time import thread_time
from typing import Any

from broker import runtime
from broker.complete import Door, LiveCall, run_call
from broker.fold import Fold
from broker.record import Recorder
from broker.transport import open_transport
from broker.types import CallContext, ChatRequest, Completion, Message, Offer, Provider
from db.session import open_database
from tests.bench.client import PROMPT, Answer, Client

# A model of the price list, so that each call looks its price up.
OFFER = Offer("openai", "gpt-5-mini", "gpt-5-mini", "OpenAI", "GPT-5 mini")
REQUEST, CONTEXT = ChatRequest((Message("user", PROMPT),)), CallContext("bench")


@asynccontextmanager
async def broker(base_url: str, concurrency: int) -> AsyncIterator[Client]:
    """The path of a call and nothing else in the process."""
    provider = Provider("openai", "Bench", "openai", base_url, prices_id="openai")
    door = Door(provider, open_transport(base_url), "key")
    kept = _keep_arrivals()

    async def open_door(_provider_id: str) -> Door:
        return door

    async def call() -> Answer:
        live = LiveCall(OFFER, REQUEST, CONTEXT)
        completion = await run_call(live, open_door, recorder)
        return _answer(completion, kept.pop(live.fold))

    with recording() as recorder:
        yield Client(call, lambda: asyncio.to_thread(recorder.flush))
        await door.transport.aclose()


@asynccontextmanager
async def app(base_url: str, concurrency: int) -> AsyncIterator[Client]:
    """As the app runs it: configured by a file, calls in the engine's thread, beside pages that are drawn."""
    loop = asyncio.get_running_loop()

    def ask() -> Answer:
        return _answer(engine.complete([OFFER], REQUEST, CONTEXT)[0], [])

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(concurrency) as pool, _pages():
        config = Path(folder, "broker.toml")
        config.write_text(f'[providers.openai]\nbase_url = "{base_url}"\n')
        database = f"sqlite:///{folder}/bench.db"
        os.environ.update(BROKER_CONFIG=str(config), BROKER_DATABASE_URL=database, OPENAI_API_KEY="key")
        engine = runtime.runtime()
        yield Client(lambda: loop.run_in_executor(pool, ask), lambda: asyncio.to_thread(runtime.flush))
        runtime.shutdown()


def _answer(completion: Completion, arrivals: list[float]) -> Answer:
    if completion.status != "ok" or completion.cost is None or completion.timing.ttft_ms is None:
        raise RuntimeError(f"not a complete answer: {completion}")
    return Answer(completion.timing.ttft_ms / 1000, arrivals, completion.text)


def _keep_arrivals() -> dict[Any, list[float]]:
    """The stamps that the transport gives to each fold, which keeps only the first and the last."""
    add, kept = Fold.add, dict[Any, list[float]]()

    def keep_and_add(self: Fold, chunk: bytes, at: float) -> None:
        kept.setdefault(self, []).extend([at] * chunk.count(b'"content"'))
        add(self, chunk, at)

    Fold.add = keep_and_add
    return kept


@contextmanager
def recording() -> Iterator[Recorder]:
    """A recorder that writes to a SQLite database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(open_database(f"sqlite:///{folder}/bench.db"))
        yield recorder
        recorder.close()


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
