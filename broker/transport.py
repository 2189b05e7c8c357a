"""The only place that speaks HTTP: one pooled httpx transport a provider, streaming, stamps, timeouts.

httpx's own pool costs milliseconds of CPU a call at concurrency 64 and falsifies timings beyond; the
aiohttp transport behind the same API does not (docs/performance.md). Its requests are handed to the
transport itself because a client's cookies, redirects and auth flows have no part in a model call.
"""

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib import import_module
from time import perf_counter
from typing import Any, cast
from urllib.request import getproxies, proxy_bypass

import httpx
import orjson

from broker.deadlines import Timeouts, Watchdog
from broker.errors import ConnectFailed, Malformed, ProviderError, TotalTimeout, Truncated, from_status
from broker.fold import Fold
from broker.network_errors import breaks, network_error
from broker.providers.error_body import message_from, retry_after_s

MAX_ERROR_BYTES = 64 * 1024
MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
FETCH_S = 20.0  # for a whole document, connecting included
ERROR_BODY_S = 5.0  # how long an error's explanation may take to arrive
_BLOT = "[key]"


@dataclass(frozen=True, slots=True)
class WireRequest:
    """What goes on the wire. Headers carry the key, so they stay out of `repr`."""

    url: httpx.URL
    body: bytes
    headers: Mapping[str, str] = field(repr=False)
    key: str | None = field(default=None, repr=False)


@lru_cache(maxsize=512)  # reading an address costs as much as encoding a call
def address(base_url: str, path: str) -> httpx.URL:
    """Where a request goes; raises `ConnectFailed` for a base URL that cannot be used."""
    try:
        url = httpx.URL(base_url.rstrip("/") + path)
    except httpx.InvalidURL as error:
        raise ConnectFailed(f"the base URL is not valid: {error}") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ConnectFailed("the base URL is not valid: expected http:// or https:// and a host")
    return url


def load_client() -> None:
    """Load what connections are made of: 0.1 s, half of it reading certificates, at which others can work."""
    import_module("httpx_aiohttp")


def open_transport(base_url: str = "") -> httpx.AsyncBaseTransport:
    """A connection pool without limits of its own; to be made and used inside one event loop.

    It goes through the proxy that the environment names for `base_url`, if any.
    """
    # Left to aiohttp, proxies and ~/.netrc are read again for each request, in two threads: that triples
    # the CPU of a call, and credentials from ~/.netrc have no place beside a key.
    proxy = _proxy_for(base_url)
    # Where TLS has no part, a context that trusts nobody: one that reads the known authorities takes 20 ms.
    plain = base_url.startswith("http://")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else httpx_ssl_context()
    import aiohttp  # here, for it doubles the time that importing this package takes
    import yarl
    from httpx_aiohttp import AiohttpTransport

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30, ssl=tls)
        made = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, proxy=proxy
        )
        # Left to itself aiohttp sends %3A as ":", and what AWS had signed would not be what is sent.
        object.__setattr__(made, "_build_url", partial(yarl.URL, encoded=True))
        return made

    return AiohttpTransport(verify=tls, client=session)


def _proxy_for(base_url: str) -> str | None:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        return None  # the call itself says so
    local = url.host in {"", "localhost", "::1"} or url.host.startswith("127.")
    return None if local or proxy_bypass(url.host) else getproxies().get(url.scheme)


_ssl_context: ssl.SSLContext | None = None


def httpx_ssl_context() -> ssl.SSLContext:
    """One TLS context for the process: making one costs some 60 ms of CPU."""
    global _ssl_context  # noqa: PLW0603
    if _ssl_context is None:
        _ssl_context = httpx.create_ssl_context()
    return _ssl_context


async def exchange(
    transport: httpx.AsyncBaseTransport,
    wire: WireRequest,
    fold: Fold,
    timeouts: Timeouts,
    began_at: float,
    *,
    heard: Callable[[httpx.Response], object],
) -> None:
    """Send one request and pump the reply into `fold`, stamping bytes as they arrive.

    Returns when the reply is complete; raises a `ProviderError` otherwise, with what arrived left in
    `fold`. `began_at` is when the call began; `heard` is told of the reply when its head has come, whatever
    its status. Cancelling closes the connection.
    """
    watchdog = Watchdog(fold, timeouts, began_at)
    try:
        fold.conclude(*await _in_time(_pump(transport, wire, fold, timeouts, heard), fold, watchdog))
    except ProviderError as error:
        error.message = without_key(error.message, wire.key)
        error.args = (error.message,)
        raise
    finally:
        fold.ended_at = fold.ended_at or perf_counter()


async def fetch(
    transport: httpx.AsyncBaseTransport, url: httpx.URL, headers: Mapping[str, str], key: str | None = None
) -> Any:
    """The JSON at an address; raises a `ProviderError` whose message does not show the key."""
    extensions = {"timeout": {"connect": FETCH_S, "pool": FETCH_S}}
    request = httpx.Request("GET", url, headers=headers, extensions=extensions)
    try:
        async with asyncio.timeout(FETCH_S):
            return await _document(transport, request)
    except TimeoutError:
        raise TotalTimeout(f"no complete reply within {FETCH_S:g} s") from None
    except ProviderError as error:
        error.message = without_key(error.message, key)
        error.args = (error.message,)
        raise


async def _document(transport: httpx.AsyncBaseTransport, request: httpx.Request) -> Any:
    response, body = await _opened(transport, request), bytearray()
    try:
        if response.status_code != 200:
            raise await _refusal(response)
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_DOCUMENT_BYTES:
                raise Malformed(f"the reply is larger than {MAX_DOCUMENT_BYTES >> 20} MB")
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed(message_from(bytes(body)) or "the reply has an empty body") from None
    except httpx.DecodingError:
        raise Malformed("the reply is compressed in a way that cannot be undone") from None
    except breaks():
        raise Truncated("the connection broke before the reply was complete") from None
    finally:
        with contextlib.suppress(*breaks()):
            await response.aclose()


def without_key(message: str, key: str | None) -> str:
    """A message with the key blotted out, also where the message was cut short in the midst of it."""
    if not key:
        return message
    message = re.sub(_spellings(key), _BLOT, message)
    return re.sub(_spellings(key[:12]) + r"[^\s\"'<>]*", _BLOT, message) if len(key) > 12 else message


def _spellings(key: str) -> str:
    """A pattern for the key as it is, and as URLs and JSON may write it."""
    return "".join(
        letter if letter.isalnum() else rf"(?:\\?{re.escape(letter)}|(?i:(?:%|\\u00){ord(letter):02x}))"
        for letter in key
    )


async def _in_time(
    pumped: Awaitable[ProviderError | None], fold: Fold, watchdog: Watchdog
) -> tuple[float, ProviderError | None]:
    """When the reply ended and what broke it, if anything; raises what a passed deadline means."""
    try:
        broken = await pumped
        return perf_counter(), broken
    except asyncio.CancelledError:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        if not (watchdog.error or watchdog.finished) or task.uncancel() > 0:
            raise
        if watchdog.error:
            raise watchdog.error from None
        return fold.last_event_at or perf_counter(), None
    finally:
        watchdog.close()


class _Body(httpx.AsyncByteStream):
    """The request's bytes; being asked for them is the moment of sending.

    By then a connection is open, and when many calls start at once, 20 ms may have gone by.
    """

    def __init__(self, body: bytes, fold: Fold) -> None:
        self._body, self._fold = body, fold

    def __aiter__(self) -> "_Body":
        return self

    async def __anext__(self) -> bytes:
        if not self._body:
            raise StopAsyncIteration
        self._fold.sent_at = perf_counter()
        body, self._body = self._body, b""
        return body


async def _pump(
    transport: httpx.AsyncBaseTransport,
    wire: WireRequest,
    fold: Fold,
    timeouts: Timeouts,
    heard: Callable[[httpx.Response], object],
) -> ProviderError | None:
    """Hand the reply's bytes to `fold` until they end; what comes back is how they broke off, if they did."""
    connect = {"connect": timeouts.connect, "pool": timeouts.connect}  # the latter includes name resolution
    headers = {**wire.headers, "content-length": str(len(wire.body))}
    request = httpx.Request(
        "POST", wire.url, headers=headers, stream=_Body(wire.body, fold), extensions={"timeout": connect}
    )
    response = await _opened(transport, request)
    try:
        heard(response)
        if response.status_code != 200:
            raise await _refusal(response)
        return await _read(response, fold)
    finally:
        with contextlib.suppress(*breaks()):
            await response.aclose()


async def _opened(transport: httpx.AsyncBaseTransport, request: httpx.Request) -> httpx.Response:
    """The reply once its head is there."""
    try:
        return await transport.handle_async_request(request)
    except httpx.TransportError as error:
        raise network_error(error.__cause__ or error) from None
    except (*breaks(), ValueError) as error:
        raise network_error(error) from None


async def _read(response: httpx.Response, fold: Fold) -> ProviderError | None:
    encoded = "content-encoding" in response.headers
    chunks = response.aiter_bytes() if encoded else aiter(cast(httpx.AsyncByteStream, response.stream))
    try:
        async with contextlib.aclosing(cast("AsyncGenerator[bytes]", chunks)):
            async for chunk in chunks:
                fold.add(chunk, perf_counter())
                if fold.settled:
                    break
    except httpx.DecodingError:
        return Malformed("the reply is compressed in a way that cannot be undone")
    except breaks():
        return Truncated("the connection broke before the answer was complete")
    return None


async def _refusal(response: httpx.Response) -> ProviderError:
    """The error that a status other than 200 stands for, in the provider's own words."""
    status, body = response.status_code, b""
    if response.has_redirect_location:
        where = response.headers["location"]
        return from_status(status, f"redirected to {where[:200]}; redirects are not followed")
    chunks = cast("AsyncGenerator[bytes]", response.aiter_bytes())
    with contextlib.suppress(httpx.DecodingError, *breaks()):
        async with asyncio.timeout(ERROR_BODY_S), contextlib.aclosing(chunks):
            async for chunk in chunks:
                body += chunk
                if len(body) > MAX_ERROR_BYTES:
                    break
    message = message_from(body) or f"HTTP {status} without an explanation"
    return from_status(status, message, retry_after_s(response.headers, body))
