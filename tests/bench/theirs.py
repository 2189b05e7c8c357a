"""The other contenders: a bare socket, httpx and litellm. Each imports what it needs when it opens."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, cast
from urllib.parse import urlsplit

from tests.bench.client import PROMPT, Answer, Client


class _Socket(asyncio.Protocol):
    """One connection, one call at a time; everything is stamped in the moment it is read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self.arrivals += [perf_counter()] * data.count(b'"content"')
        self.reply += data
        if self.reply.endswith(b"\r\n0\r\n\r\n"):
            self.over.set_result(None)

    async def call(self, request: bytes) -> Answer:
        self.arrivals, self.reply = list[float](), b""
        self.over = asyncio.get_running_loop().create_future()
        sent = perf_counter()
        self.transport.write(request)
        await self.over
        text = b"".join(re.findall(rb'"content": "([^"]*)"', self.reply)).decode()
        return Answer(self.arrivals[0] - sent, self.arrivals, text)


@asynccontextmanager
async def bare(base_url: str, concurrency: int) -> AsyncIterator[Client]:
    """No client at all. What this is off by is the machine's own doing, and nobody can do better."""
    url = urlsplit(base_url)
    request = f"POST {url.path}/chat/completions HTTP/1.1\r\ncontent-length: 0\r\n\r\n".encode()
    host, _, port = url.netloc.partition(":")
    connect = asyncio.get_running_loop().create_connection
    idle = [(await connect(_Socket, host, int(port)))[1] for _ in range(concurrency)]

    async def call() -> Answer:
        connection = idle.pop()
        answer = await connection.call(request)
        idle.append(connection)
        return answer

    yield Client(call)
    for connection in idle:
        connection.transport.close()


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
