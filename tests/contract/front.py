"""A pipe in front of a stand-in server: it renames paths that only a cloud has to those the stand-in knows.

Everything else passes byte by byte, broken connections too. What was asked is kept under its own path.
"""

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

VERTEX = "projects/[^/]+/locations/[^/]+/"
# A cloud's path and the maker's own for the same format; the first that fits.
RENAMED = (
    (rf"/v1beta1/(?:{VERTEX})?publishers/google/models/([^:]+):(.+)", r"/v1beta/models/\1:\2"),
    (r"/v1/models/([^:]+):(.+)", r"/v1beta/models/\1:\2"),
    (rf"/v1/{VERTEX}publishers/anthropic/models/([^:]+):streamRawPredict", r"/v1/messages"),
    (r"/api/v1/.*", r"\g<0>"),  # OpenRouter's, which aimock knows
    (r"(?:/.*?)?(/chat/completions|/responses)", r"/v1\1"),
    (r"(?:/.*?)?/v1/messages", r"/v1/messages"),
)


@dataclass(frozen=True)
class Asked:
    """A request as the platform would have got it."""

    path: str
    headers: dict[str, str]
    json: Any


class Front:
    """The running pipe; `url` is where calls go, `asked` what they were.

    `folders` are the beginnings of paths that the stand-in has elsewhere.
    """

    def __init__(self, port: int, folders: Mapping[str, str] | None = None) -> None:
        self.port, self.folders, self.asked = port, folders or {}, list[Asked]()
        self._pipes: set[Any] = set()  # a loop holds its tasks weakly
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._pipes.add(pipe := asyncio.current_task())
        try:
            path, headers, body = await _request(reader)
            self.asked.append(Asked(path, headers, json.loads(body) if body else None))
            there, back = await asyncio.open_connection("127.0.0.1", self.port)
            with contextlib.closing(back):
                back.write(_renamed(path, headers, body, self.folders))
                await _pipe(there, writer)
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            writer.close()
            self._pipes.discard(pipe)


async def _request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (text.partition(": ") for text in lines)}
    return line.split(" ")[1], headers, await reader.readexactly(int(headers.get("content-length", 0)))


def _renamed(path: str, headers: dict[str, str], body: bytes, folders: Mapping[str, str]) -> bytes:
    pattern, target = next((rule for rule in RENAMED if re.fullmatch(rule[0], path)), (re.escape(path), path))
    if "publishers/anthropic" in path:  # there the model stands in the path
        model = path.rpartition("/")[2].partition(":")[0]
        body = json.dumps({**json.loads(body), "model": model}).encode()
    if path.endswith("/chat/completions"):  # the platforms that refuse this count tokens unasked
        body = json.dumps({"stream_options": {"include_usage": True}, **json.loads(body)}).encode()
    headers = {**headers, "connection": "close", "content-length": str(len(body))}
    target = re.sub(pattern, target, path, count=1)
    start, instead = next(((old, new) for old, new in folders.items() if target.startswith(old)), ("", ""))
    target = instead + target.removeprefix(start)
    lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    head = await source.readuntil(b"\r\n\r\n")
    sink.write(re.sub(rb"(?im)^connection:.*\r\n", b"", head)[:-2] + b"connection: close\r\n\r\n")
    while chunk := await source.read(65536):
        sink.write(chunk)
        await sink.drain()
