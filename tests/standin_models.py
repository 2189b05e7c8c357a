"""A made-up platform that lists its models and answers short calls, OpenAI-like, on loopback.

`lists` says what each address gives: a JSON value, or a status. A model is named after what it does:
`gone` and `m401` are refused with that status, `slow` waits for `go_on`, all others answer.
"""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

STATUS = {"gone": 404, "m401": 401, "m403": 403}


@dataclass
class Platform:
    """The running server and what it was asked, in order."""

    url: str = ""
    lists: dict[str, Any] = field(default_factory=dict)
    fetched: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    closed_early: threading.Event = field(default_factory=threading.Event)


def models(*ids: str) -> dict[str, Any]:
    """The list of models as OpenAI gives it."""
    return {"object": "list", "data": [{"id": name, "object": "model"} for name in ids]}


@contextmanager
def serving(lists: Mapping[str, Any] | None = None) -> Iterator[Platform]:
    """Serve in a thread until the block ends."""
    platform, loop = Platform(lists=dict(lists or {})), asyncio.new_event_loop()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", partial(_answer, platform))
    app.router.add_get("/{path:.*}", partial(_list, platform))
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        platform.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield platform
    finally:
        platform.go_on.set()
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _list(platform: Platform, request: web.Request) -> web.Response:
    platform.fetched.append((request.raw_path, request.headers))
    found = platform.lists.get(request.raw_path, 404)
    if isinstance(found, bytes):
        return web.Response(body=found)
    if isinstance(found, int):
        return web.json_response({"error": {"message": f"refused with {found}"}}, status=found)
    return web.json_response(found)


async def _answer(platform: Platform, request: web.Request) -> web.Response:
    body = await request.json()
    platform.asked.append(body)
    model = body["model"]
    if model in STATUS:
        return web.json_response({"error": {"message": f"{model} was refused"}}, status=STATUS[model])
    if model == "slow":
        platform.waiting.release()
        try:
            await asyncio.to_thread(platform.go_on.wait, 30)
        except asyncio.CancelledError:
            platform.closed_early.set()
            raise
    return web.Response(body=_stream(model), headers={"content-type": "text/event-stream"})


def _stream(model: str) -> bytes:
    said = {"model": f"{model}-2026-11", "choices": [{"index": 0, "delta": {"content": "OK"}}]}
    ended = {"model": model, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    usage = {"model": model, "choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 2}}
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in (said, ended, usage))
