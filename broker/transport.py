"""The only place that speaks HTTP: one pooled httpx transport a provider, streaming, stamps, timeouts.

httpx's own pool costs milliseconds of CPU a call at concurrency 64 and falsifies timings beyond; the
aiohttp transport behind the same API does not (docs/performance.md). Its requests are handed to the
transport itself because a client's cookies, redirects and auth flows have no part in a model call.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from broker.errors import (
    ConnectFailed,
    ConnectTimeout,
    FirstTokenTimeout,
    IdleTimeout,
    ProviderError,
    TotalTimeout,
    from_status,
)
from broker.fold import Fold
from broker.providers.error_body import message_from, retry_after_s

MAX_ERROR_BYTES = 64 * 1024
LOOK_EVERY_S = 1.0  # how often a call looks at its deadlines
AFTER_FINISH_S = 2.0  # how long to wait for usage after the finish reason before calling it done


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds; each has its own error kind."""

    connect: float = 10.0
    first_token: float = 180.0
    between_tokens: float = 60.0
    total: float = 600.0


@dataclass(frozen=True, slots=True)
class WireRequest:
    """What goes on the wire. Headers carry the key, so they stay out of `repr`."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(repr=False)


def open_transport() -> httpx.AsyncBaseTransport:
    """A connection pool without limits of its own; to be made and used inside one event loop."""

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30, ssl=httpx_ssl_context())
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=True, auto_decompress=False
        )

    return AiohttpTransport(verify=httpx_ssl_context(), client=session)


_ssl_context: ssl.SSLContext | None = None


def httpx_ssl_context() -> ssl.SSLContext:
    """One TLS context for the process: making one costs some 60 ms of CPU."""
    global _ssl_context  # noqa: PLW0603
    if _ssl_context is None:
        _ssl_context = httpx.create_ssl_context()
    return _ssl_context


class _Watchdog:
    """Cancels the task when a deadline passes. It looks once a second, so chunks cost nothing."""

    def __init__(self, fold: Fold, sent_at: float, timeouts: Timeouts) -> None:
        self.fold, self.sent_at, self.timeouts = fold, sent_at, timeouts
        self.error: ProviderError | None = None
        self.finished = False
        self._task = cast("asyncio.Task[None]", asyncio.current_task())
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(min(self._next()[0], LOOK_EVERY_S), self._look)

    def close(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        self.fold.drain()
        wait, error = self._next()
        if wait > 0:
            self._timer = self._loop.call_later(min(wait, LOOK_EVERY_S), self._look)
            return
        self.error, self.finished = error, error is None
        self._task.cancel()

    def _next(self) -> tuple[float, ProviderError | None]:
        """Seconds until the next deadline and what it means; no error once the answer is complete."""
        limits, fold = self.timeouts, self.fold
        now = perf_counter()
        if fold.terminated and fold.last_event_at is not None:
            return fold.last_event_at + AFTER_FINISH_S - now, None
        total = self.sent_at + limits.total - now
        if fold.last_token_at is None:
            wait = self.sent_at + limits.first_token - now
            error = FirstTokenTimeout(f"no token within {limits.first_token:g} s of sending the request")
        else:
            wait = fold.last_token_at + limits.between_tokens - now
            error = IdleTimeout(f"no further token for {limits.between_tokens:g} s")
        if total < wait:
            return total, TotalTimeout(f"the call was not over after {limits.total:g} s")
        return wait, error


async def exchange(
    transport: httpx.AsyncBaseTransport, wire: WireRequest, fold: Fold, sent_at: float, timeouts: Timeouts
) -> None:
    """Send one request and pump the reply into `fold`, stamping bytes as they arrive.

    Returns when the reply is complete; raises a `ProviderError` otherwise, with what arrived left in
    `fold`. Cancelling closes the connection.
    """
    watchdog = _Watchdog(fold, sent_at, timeouts)
    try:
        await _pump(transport, wire, fold, timeouts)
    except asyncio.CancelledError:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        if not (watchdog.error or watchdog.finished) or task.uncancel() > 0:
            raise
        if watchdog.error:
            raise watchdog.error from None
    finally:
        watchdog.close()
    fold.conclude(perf_counter())


async def _pump(
    transport: httpx.AsyncBaseTransport, wire: WireRequest, fold: Fold, timeouts: Timeouts
) -> None:
    request = httpx.Request(
        "POST",
        wire.url,
        content=wire.body,
        headers=wire.headers,
        extensions={"timeout": {"connect": timeouts.connect}},
    )
    async with _opened(transport, request) as response:
        if response.status_code != 200:
            raise await _refusal(response)
        fold.begin(response.headers.get("content-type", ""))
        encoded = "content-encoding" in response.headers
        chunks = response.aiter_bytes() if encoded else cast(httpx.AsyncByteStream, response.stream)
        with _as_truncation():
            async for chunk in chunks:
                fold.add(chunk, perf_counter())
                if fold.error or fold.over:
                    return


@contextlib.asynccontextmanager
async def _opened(
    transport: httpx.AsyncBaseTransport, request: httpx.Request
) -> AsyncIterator[httpx.Response]:
    with _as_provider_errors():
        response = await transport.handle_async_request(request)
    try:
        yield response
    finally:
        await response.aclose()


async def _refusal(response: httpx.Response) -> ProviderError:
    """The error that a status other than 200 stands for, in the provider's own words."""
    body = b""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(5):
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_ERROR_BYTES:
                    break
    message = message_from(body) or f"HTTP {response.status_code} without an explanation"
    return from_status(response.status_code, message, retry_after_s(response.headers, body))


@contextlib.contextmanager
def _as_truncation() -> Iterator[None]:
    """A connection that breaks after the headers ends the stream; what it means is for the fold to say."""
    with contextlib.suppress(httpx.TransportError, aiohttp.ClientError, OSError):
        yield


@contextlib.contextmanager
def _as_provider_errors() -> Iterator[None]:
    """Network failures before any reply as our own errors."""
    try:
        yield
    except (httpx.TransportError, aiohttp.ClientError, OSError) as error:
        cause = error.__cause__ or error
        if isinstance(cause, TimeoutError):
            raise ConnectTimeout("the connection was not established in time") from None
        raise ConnectFailed(str(cause) or type(cause).__name__) from None
    except httpx.InvalidURL as error:
        raise ConnectFailed(f"the base URL is not valid: {error}") from None
