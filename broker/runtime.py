"""The process's engine: one event loop in a thread, one connection pool a provider, one recorder.

Pages and the command line hand calls over with `start`; the loop carries them out whatever happens to
the script that asked.
"""

import asyncio
import contextlib
import logging
import sys
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import httpx
import uvloop

from broker import config as configuration
from broker import pricing
from broker.complete import Door, LiveCall, Record, run_call
from broker.credentials import credential
from broker.errors import BadRequest, ConfigError, NoKey
from broker.garbage import set_aside
from broker.limits import Gate
from broker.providers import base_url
from broker.transport import load_client, open_transport
from broker.types import CallContext, ChatRequest, Completion, Offer, Provider

T = TypeVar("T")
log = logging.getLogger(__name__)


class Runtime:
    """One event loop and what lives in it. Make one a process with `runtime()`; tests make their own."""

    def __init__(self, config: configuration.Config, record: Record | None) -> None:
        self.config = config
        self.record = record
        self._transports: dict[str, httpx.AsyncBaseTransport] = {}
        self._gates: dict[str, Gate] = {}
        # Busy threads (pages, the recorder) let the loop in after 0.5 ms instead of 5: stamps wait for it.
        sys.setswitchinterval(0.0005)
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="broker-loop", daemon=True)
        self._thread.start()

    def start(self, offer: Offer, request: ChatRequest, context: CallContext) -> LiveCall:
        """Hand a call over and return at once; watch it through the LiveCall."""
        call = LiveCall(offer, request, context)
        self.submit(self._carry_out(call)).add_done_callback(_log_failure)
        return call

    def complete(
        self, offers: Sequence[Offer], request: ChatRequest, context: CallContext
    ) -> list[Completion]:
        """Ask several offers at once and wait for all; Completions in the order of the offers."""
        calls = [LiveCall(offer, request, replace(context, position=i)) for i, offer in enumerate(offers)]
        return [future.result() for future in [self.submit(self._carry_out(call)) for call in calls]]

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Carry out a coroutine on the loop, from any other thread; cancelling the future cancels it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def ask(self, offer: Offer, request: ChatRequest, context: CallContext) -> Completion:
        """Ask one offer, from a coroutine on the loop; cancelling it records the call as stopped."""
        return await self._carry_out(LiveCall(offer, request, context))

    def configure(self, config: configuration.Config) -> None:
        """Use another configuration from the next call on; calls under way keep their connections."""
        before, self.config = _addresses(self.config), config
        after = _addresses(config)
        gone = [row_id for row_id, address in before.items() if after.get(row_id) != address]
        self.submit(self._retire(gone))

    async def open_door(self, provider_id: str) -> Door:
        """The way to a provider; raises `NoKey`, or `ConnectFailed` when the local model cannot start."""
        provider = self.config.providers.get(provider_id)
        if provider is None:
            raise BadRequest(f"no provider {provider_id!r} is configured")
        provider = configuration.settle(provider)
        gate = self._gates.setdefault(provider_id, Gate())
        gate.keep_to(provider)
        if provider.base_url == "local:":
            from broker import local

            endpoint = await asyncio.to_thread(local.endpoint)
            provider, transport = replace(provider, base_url=endpoint.base_url), self._transport(provider)
            return Door(provider, transport, endpoint.key, gate=gate)
        wanted = configuration.to_connect(provider)
        if wanted:
            raise NoKey(f"{provider.name} cannot be asked yet: {wanted}")
        if provider.prices_id and not pricing.is_loaded():
            await asyncio.to_thread(pricing.price_list)  # at a call's end it would hold up all the others
        found = await credential(provider)
        return Door(found.provider, self._transport(provider), found.key, found.sign, gate)

    def close(self) -> None:
        """Cancel what runs, close the pools and end the loop."""
        self.submit(self._wind_up()).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def _transport(self, provider: Provider) -> httpx.AsyncBaseTransport:
        """The provider's connections, opened at the first call."""
        opened = self._transports.get(provider.id)
        if opened is None:
            try:
                address = base_url(provider)
            except ConfigError:  # its offers say the rest
                address = provider.base_url
            opened = self._transports[provider.id] = open_transport(address)
        return opened

    def _run(self) -> None:
        load_client()  # beside whatever the process does before its first call, which would wait for it
        self._loop.run_forever()

    async def _carry_out(self, call: LiveCall) -> Completion:
        task = asyncio.current_task()
        assert task is not None
        call.on_cancel = partial(self._cancel, task)
        return await run_call(call, self.open_door, self.record)

    def _cancel(self, task: asyncio.Task[Completion]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and the call with it
            self._loop.call_soon_threadsafe(task.cancel)

    async def _retire(self, provider_ids: Sequence[str]) -> None:
        """Close these providers' pools once whatever runs now is over."""
        found = (self._transports.pop(provider_id, None) for provider_id in provider_ids)
        retired = [transport for transport in found if transport is not None]
        running = asyncio.all_tasks() - {asyncio.current_task()}
        try:
            if retired and running:
                await asyncio.wait(running)
        finally:
            for transport in retired:
                await transport.aclose()

    async def _wind_up(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for transport in self._transports.values():
            await transport.aclose()


def _addresses(config: configuration.Config) -> dict[str, object]:
    """What decides where each provider's connections go."""
    return {row.id: (row.base_url, row.settings) for row in config.providers.values()}


def _log_failure(future: Future[Completion]) -> None:
    """Nobody waits for a started call, so a failure of our own would pass unseen."""
    if not future.cancelled() and (error := future.exception()):
        log.error("a call failed in our own code", exc_info=error)


_lock = threading.Lock()
_reading = threading.Lock()
_runtime: Runtime | None = None
_recorder: Any = None
_names: dict[str, str] = {}  # what the recorder calls the platforms


def runtime() -> Runtime:
    """The process's runtime, made at first use: reads the configuration, opens the database."""
    global _runtime, _recorder  # noqa: PLW0603
    with _lock:
        if _runtime is None:
            from broker import connections
            from broker.record import Recorder
            from db.session import open_database

            database = open_database()
            config = connections.load(database)
            _names.update(_platform_names(config))
            _recorder = Recorder(database, _names)
            _runtime = Runtime(config, _recorder)
            set_aside()
        return _runtime


def reconfigure() -> None:
    """Read the configuration again, file and database: it is in force from the next call on."""
    from broker import connections
    from db.session import open_database

    with _reading:  # else what was read first might be put in force last
        config = connections.load(open_database())
        _names.update(_platform_names(config))
        runtime().configure(config)


def _platform_names(config: configuration.Config) -> dict[str, str]:
    return {provider.id: provider.name for provider in config.providers.values()}


def checkpoint(answer: Completion) -> None:
    """Keep what a running call has answered so far, should the process die."""
    if _recorder is not None:
        _recorder.checkpoint(answer.call_id, answer.text, answer.reasoning)


def flush() -> None:
    """Wait until everything recorded so far is in the database."""
    if _recorder is not None:
        _recorder.flush(10)


def shutdown() -> None:
    """End the runtime: running calls are recorded as stopped, the local model's server ends.

    Raises `RecordError` when not everything could be recorded; all is ended nevertheless.
    """
    global _runtime, _recorder  # noqa: PLW0603
    from broker import local

    with _lock, contextlib.ExitStack() as last_first:
        last_first.callback(local.stop)
        if _recorder is not None:
            last_first.callback(_recorder.close)
        if _runtime is not None:
            last_first.callback(_runtime.close)
        _runtime = _recorder = None
