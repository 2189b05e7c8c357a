"""A made-up platform for runs: it answers OpenAI-like on loopback, counts, and does what a test says.

Its models `good` and `bad` answer right and wrong: the question `2 + 2?` with `4`, or `5`. Every answer has
10 tokens in and 5 out. It runs in a thread, or as a process of its own that prints its port.
"""

import asyncio
import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from time import monotonic, sleep
from typing import Any

from aiohttp import web

from broker.config import Config
from broker.runs import Order
from broker.runs.start import start
from broker.runtime import Runtime
from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.store import save_suite
from broker.types import Offer, Params, Provider, TokenPrice
from db.session import Database

IN, OUT = 10, 5  # tokens of each answer
PRICE = TokenPrice(Decimal(1000), Decimal(2000), source="test")  # so that a call costs 2 cents
COST = (
    (IN * PRICE.input_mtok + OUT * PRICE.output_mtok) / 1_000_000
    if PRICE.input_mtok and PRICE.output_mtok
    else 0
)
LONGEST = 5  # max_tokens
PATIENCE_S = 30


@dataclass
class Platform:
    """The running server: what was asked how often, and how it is to behave."""

    url: str = ""
    delay_s: float = 0.0
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)  # by model and question
    fails: dict[str, int] = field(default_factory=dict)  # questions refused with this status
    replies: dict[str, str] = field(default_factory=dict)  # what a model says to everything
    think: dict[str, Callable[[str], str]] = field(default_factory=dict)  # what it says to each question
    refuses: dict[str, int] = field(default_factory=dict)  # models refused with this status
    under_way: int = 0
    most_at_once: int = 0
    hold: threading.Event | None = None  # answers wait for it
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    order: list[tuple[str, str]] = field(default_factory=list)

    @property
    def judged(self) -> int:
        """How often the model `judge` was asked."""
        return sum(model == "judge" for model, _ in self.order)


@contextmanager
def platform(**how: Any) -> Iterator[Platform]:
    """Serve in a thread until the block ends."""
    here, loop = Platform(**how), asyncio.new_event_loop()
    runner = loop.run_until_complete(_serve(here, 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield here
    finally:
        if here.hold is not None:
            here.hold.set()
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _serve(here: Platform, port: int) -> web.AppRunner:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", partial(_answer, here))
    app.router.add_get("/asked", partial(_asked, here))
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    here.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    return runner


async def _asked(here: Platform, _request: web.Request) -> web.Response:
    return web.json_response([[*key, count] for key, count in here.asked.items()])


async def _answer(here: Platform, request: web.Request) -> web.Response:
    body = await request.json()
    model, question = body["model"], body["messages"][-1]["content"]
    here.asked[model, question] += 1
    here.order.append((model, question))
    here.under_way += 1
    here.most_at_once = max(here.most_at_once, here.under_way)
    here.arrived.release()
    try:
        if here.hold is not None:
            await asyncio.to_thread(here.hold.wait, PATIENCE_S)
        await asyncio.sleep(here.delay_s)
    finally:
        here.under_way -= 1
    if status := here.fails.get(question) or here.refuses.get(model):
        return web.json_response({"error": {"message": "no"}}, status=status)
    said = here.think[model](question) if model in here.think else here.replies.get(model)
    text = said or str(eval(question.rstrip("?")) + (model == "bad"))
    return web.Response(body=_stream(text), headers={"content-type": "text/event-stream"})


def _stream(text: str) -> bytes:
    said = {"model": "m", "choices": [{"index": 0, "delta": {"content": text}}]}
    ended = {"model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    usage = {"model": "m", "choices": [], "usage": {"prompt_tokens": IN, "completion_tokens": OUT}}
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in (said, ended, usage))


def sums(count: int, *specs: ScorerSpec) -> Suite:
    """A suite of additions, `0 + 1?` and so on, judged by the number unless otherwise said."""
    samples = tuple(Sample(f"s{i}", f"{i} + 1?", (str(i + 1),)) for i in range(count))
    return Suite("Sums", samples, specs or (ScorerSpec("exact"),), params=Params(max_tokens=LONGEST))


def offer(model: str = "good", price: TokenPrice | None = PRICE) -> Offer:
    """A model of the made-up platform."""
    return Offer("acme", model, model, "Acme", model.title(), price=price)


@contextmanager
def engine_at(url: str) -> Iterator[Runtime]:
    """An engine that knows the made-up platform."""
    row = Provider("acme", "Acme", "openai", f"{url}/v1")
    engine = Runtime(Config({"acme": row}), None)
    try:
        yield engine
    finally:
        engine.close()


def ordered(database: Database, engine: Runtime, suite: Suite, **more: Any) -> str:
    """The id of a run in the queue, of the offer `good` unless otherwise said."""
    with database.writer() as session:
        suite_id, _ = save_suite(session, suite, "ada")
        order = Order(suite_id, **{"offers": (offer(),), **more})
        return start(session, order, engine.config.providers)


def until(condition: Callable[[], Any], seconds: float = PATIENCE_S) -> None:
    """Return once it is true; fail after so many seconds."""
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "it never came true"
        sleep(0.01)


def serve(delay_s: str) -> None:
    """Serve in this process, print the address, end with standard input."""
    loop = asyncio.new_event_loop()
    here = Platform(delay_s=float(delay_s))
    loop.run_until_complete(_serve(here, 0))
    print(here.url, flush=True)
    wait = threading.Thread(
        target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(loop.stop)), daemon=True
    )
    wait.start()
    loop.run_forever()


def work(url: str, database_url: str, run_id: str) -> None:
    """Carry a run out in this process and print how it ended: `taken` where another process has it."""
    from broker.runs.execute import execute
    from db.session import open_database

    with engine_at(url) as engine:
        try:
            print(execute(run_id, engine=engine, database=open_database(database_url)), flush=True)
        except LookupError:
            print("taken", flush=True)


if __name__ == "__main__":
    {"serve": serve, "work": work}[sys.argv[1]](*sys.argv[2:])
