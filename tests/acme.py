"""A made-up platform for page tests: an OpenAI-like server whose models are named after what they do.

`acme/good`, `acme/other`, … are offers in the `broker.toml` that `toml(url)` writes.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from aiohttp import web

ANSWER = """## Three rivers

1. **Danube**, 2,850 km
2. *Rhine*, 1,230 km: between $5 and $10 a day

Formula: $$x^2$$. Still $5 and $10.

![leak](https://images.example/leak.png?q=secret) <img src="https://images.example/x.png"> <b>bold</b>

`$HOME` and a [link](https://links.example/)
"""
REASONING = "First the longest river, then the others."
ARGUMENTS = '{"city": "Zürich <b>x</b>", "days": 2}'
MODELS = (
    *("good", "short", "think", "other", "length", "trunc", "slow", "m401", "m429", "html"),
    *("vision", "tools", "sure"),  # counts images, calls a tool, tells how sure it is
)
USAGE = {"prompt_tokens": 1234, "completion_tokens": 456, "prompt_tokens_details": {"cached_tokens": 1000}}


def toml(url: str) -> str:
    """The `broker.toml` that makes the server's models offers; those of price are `good` and `short`."""
    rows = [f'[providers.acme]\nname = "Acme inference"\ndialect = "openai"\nbase_url = "{url}/v1"\n']
    for model in MODELS:
        price = (
            'price = { input_mtok = "1.20", output_mtok = "4.80" }\n' if model in ("good", "short") else ""
        )
        rows.append(f'[[offers]]\nprovider = "acme"\nmodel = "{model}"\nmaker = "Acme"\n{price}')
    return "\n".join(rows)


class Acme:
    """The running server: its address, and the request bodies it got."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[dict[str, object]] = []
        self.closed_early = threading.Event()
        self.go_on = threading.Event()  # what `slow` waits for after its first words


@contextmanager
def serving() -> Iterator[Acme]:
    """Serve in a thread until the block ends."""
    acme, loop = Acme(), asyncio.new_event_loop()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", partial(_answer, acme))
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)

    async def start() -> None:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        acme.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield acme
    finally:
        acme.go_on.set()
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _answer(acme: Acme, request: web.Request) -> web.StreamResponse:
    body = await request.json()
    acme.asked.append(body)
    match model := body["model"]:
        case "m401":
            return web.json_response({"error": {"message": "Incorrect API key provided"}}, status=401)
        case "m429":
            headers = {"retry-after": "60"}
            return web.json_response({"error": {"message": "Too many requests"}}, status=429, headers=headers)
        case "html":
            page = "<html><head><title>Corporate proxy</title></head></html>"
            return web.Response(text=page, content_type="text/html")
    response = web.StreamResponse(headers={"content-type": "text/event-stream"})
    await response.prepare(request)
    try:
        async for event in _events(acme, model, _images(body)):
            await response.write(b"data: " + event + b"\n\n")
    except (asyncio.CancelledError, ConnectionError):
        acme.closed_early.set()
        raise
    return response


def _images(body: dict[str, Any]) -> int:
    """How many pictures the request has in all its messages."""
    parts = [part for m in body["messages"] if isinstance(m["content"], list) for part in m["content"]]
    return sum(part["type"] == "image_url" for part in parts)


async def _events(acme: Acme, model: str, images: int) -> AsyncIterator[bytes]:
    served = "other-2026-11-01" if model == "other" else model
    texts = {"short": "Danube, Rhine and Loire.", "length": ANSWER[:60], "trunc": ANSWER[:60]}
    texts |= {"vision": f"I see {images} images.", "tools": "", "sure": ""}
    text = texts.get(model, ANSWER)
    if model == "think":
        yield _event(served, {"reasoning_content": REASONING})
        await asyncio.sleep(0.02)
    for at in range(0, len(text), 12):
        yield _event(served, {"content": text[at : at + 12]})
        await asyncio.sleep(0.002)
        if model == "slow" and at == 24:
            while not acme.go_on.is_set():
                await asyncio.sleep(0.01)
    if model == "trunc":
        return
    if model == "tools":
        for piece in _tool_call():
            yield _event(served, {"tool_calls": [{"index": 0, **piece}]})
            await asyncio.sleep(0.002)
    if model == "sure":
        for token, others in (("Bern", {"Bern": -0.01, "Zürich": -4.7}), (".", {".": 0.0})):
            yield _event(served, {"content": token}, logprobs=_probabilities(token, others))
    yield _event(served, {}, {"length": "length", "tools": "tool_calls"}.get(model, "stop"))
    yield json.dumps({"model": served, "choices": [], "usage": USAGE}).encode()
    yield b"[DONE]"


def _tool_call() -> Iterator[dict[str, object]]:
    yield {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": ""}}
    for at in range(0, len(ARGUMENTS), 9):
        yield {"function": {"arguments": ARGUMENTS[at : at + 9]}}


def _probabilities(token: str, others: dict[str, float]) -> dict[str, object]:
    top = [{"token": other, "logprob": logprob} for other, logprob in others.items()]
    return {"content": [{"token": token, "logprob": others[token], "top_logprobs": top}]}


def _event(model: str, delta: dict[str, object], finish: str | None = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, **more}
    return json.dumps({"model": model, "choices": [choice]}).encode()
