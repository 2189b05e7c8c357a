"""One call from request to Completion: encode, send, retry before the first token, fold, price, record."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Literal, Protocol

import httpx
import orjson

from broker.errors import ProviderError
from broker.fold import Fold
from broker.pricing import cost_of, price_at
from broker.providers import auth_headers, dialect, encode
from broker.transport import Timeouts, WireRequest, exchange
from broker.types import (
    Attempt,
    CallContext,
    CallError,
    ChatRequest,
    Completion,
    Cost,
    Offer,
    Provider,
    Status,
    Timing,
    Usage,
)

MAX_ATTEMPTS = 3
MAX_WAIT_S = 20.0  # a longer Retry-After is for the user to wait out
Phase = Literal["starting", "waiting", "thinking", "answering", "done"]


class Record(Protocol):
    """Where calls are kept; both methods only hand over and return at once."""

    def begin(self, completion: Completion, context: CallContext) -> None:
        """A call is about to be sent."""
        ...

    def finish(self, completion: Completion, context: CallContext) -> None:
        """A call is over, whatever came of it."""
        ...


@dataclass(frozen=True, slots=True)
class Door:
    """An open way to a provider: its row, the address in force, the pool of connections and the key."""

    provider: Provider
    base_url: str
    transport: httpx.AsyncBaseTransport
    key: str | None = field(default=None, repr=False)


OpenDoor = Callable[[str], Awaitable[Door]]


@dataclass(eq=False)
class LiveCall:
    """A call under way. `snapshot`, `phase` and `cancel` may be used from any thread at any time."""

    offer: Offer
    request: ChatRequest
    context: CallContext
    timeouts: Timeouts = field(default_factory=Timeouts)
    call_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: Status = "running"
    error: CallError | None = None
    cost: Cost | None = None
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    dropped: tuple[str, ...] = ()
    fold: Fold | None = None
    first_sent_at: float | None = None
    sent_at: float | None = None
    ended_at: float | None = None
    cancelled: bool = False
    done: bool = False  # nothing more will come, and the record has it
    on_cancel: Callable[[], object] | None = None

    @property
    def phase(self) -> Phase:
        """What the call is doing: `starting` until it is sent (a local model may have to start first)."""
        if self.status != "running":
            return "done"
        if self.fold is None:
            return "starting"
        if self.fold.first_token_at is None:
            return "waiting"
        return "thinking" if self.fold.first_answer_at is None else "answering"

    def cancel(self) -> None:
        """Stop the call: the upstream connection closes and what arrived is recorded."""
        self.cancelled = True
        if self.on_cancel is not None:
            self.on_cancel()

    def snapshot(self) -> Completion:
        """What is known now."""
        fold = self.fold
        if fold is not None:
            fold.drain()
        return Completion(
            call_id=self.call_id,
            offer=self.offer,
            request=self.request,
            status=self.status,
            started_at=self.started_at,
            text=fold.text if fold else "",
            reasoning=fold.reasoning if fold else "",
            finish_reason=fold.finish_reason if fold else None,
            error=self.error,
            served_model=fold.served_model if fold else None,
            usage=fold.usage if fold else _NO_USAGE,
            cost=self.cost,
            timing=self._timing(),
            attempts=tuple(self.attempts),
            dropped=self.dropped,
        )

    def _timing(self) -> Timing:
        fold, sent, ended = self.fold, self.sent_at, self.ended_at
        if fold is None or sent is None or self.first_sent_at is None:
            return Timing()
        return Timing(
            first_event_ms=_ms(sent, fold.first_event_at),
            ttft_ms=_ms(sent, fold.first_token_at),
            ttfa_ms=_ms(sent, fold.first_answer_at),
            last_token_ms=_ms(sent, fold.last_token_at),
            total_ms=_ms(sent, ended),
            elapsed_ms=_ms(self.first_sent_at, ended),
        )


async def run_call(call: LiveCall, open_door: OpenDoor, record: Record | None = None) -> Completion:
    """Carry out a call. Provider failures and a stop through `call.cancel` are values in the Completion;
    cancelling the task records the call as stopped and propagates.
    """
    if record:
        record.begin(call.snapshot(), call.context)
    provider = None
    try:
        door = await open_door(call.offer.provider)
        provider = door.provider
        await _answer(call, door)
        call.status = "ok"
    except ProviderError as error:
        call.error, call.status = error.as_value(), "error"
    except asyncio.CancelledError:
        call.status = "stopped"
        if not call.cancelled:
            raise
    finally:
        completion = _conclude(call, provider)
        if record:
            record.finish(completion, call.context)
        call.done = True
    return completion


def _conclude(call: LiveCall, provider: Provider | None) -> Completion:
    """The end of a call: its end stamp and its price."""
    call.ended_at = call.ended_at or perf_counter()
    if call.status == "running":
        call.status = "interrupted"  # our own failure, which propagates
    known = call.snapshot()
    if provider is None or known.usage.input_tokens is None:
        return known
    price = price_at(provider, call.offer, known.usage.input_tokens, call.started_at)
    call.cost = cost_of(known.usage, price)
    return replace(known, cost=call.cost)


async def _answer(call: LiveCall, door: Door) -> None:
    """Send until an attempt answers or fails for good."""
    encoded = encode(door.provider, call.offer, call.request)
    call.dropped = encoded.dropped
    headers = {**_HEADERS, **door.provider.headers, **auth_headers(door.provider, door.key)}
    wire = WireRequest(door.base_url.rstrip("/") + encoded.path, orjson.dumps(encoded.body), headers)
    wire_dialect = dialect(door.provider.dialect)
    for number in range(1, MAX_ATTEMPTS + 1):
        call.fold = Fold(wire_dialect)
        try:
            await _attempt(call, door.transport, wire)
        except ProviderError as error:
            wait = _wait_s(number, error)
            if wait is None or call.fold.first_token_at is not None:
                raise
            await asyncio.sleep(wait)
        else:
            return


async def _attempt(call: LiveCall, transport: httpx.AsyncBaseTransport, wire: WireRequest) -> None:
    """One try, counted and timed whatever comes of it."""
    assert call.fold is not None
    sent = call.sent_at = perf_counter()
    call.first_sent_at = call.first_sent_at or sent
    kind, status = "stopped", None
    try:
        await exchange(transport, wire, call.fold, sent, call.timeouts)
        kind, status = None, 200
    except ProviderError as error:
        kind, status = error.kind, error.status
        raise
    finally:
        call.ended_at = perf_counter()
        started_ms = (sent - call.first_sent_at) * 1000
        call.attempts.append(Attempt(started_ms, (call.ended_at - sent) * 1000, kind, status))


def _wait_s(number: int, error: ProviderError) -> float | None:
    """Seconds to wait before the next attempt; `None` when there is none."""
    if not error.retryable or number == MAX_ATTEMPTS:
        return None
    if error.retry_after_s is not None:
        wait = error.retry_after_s + random.uniform(0, 0.25)  # noqa: S311
        return wait if wait <= MAX_WAIT_S else None
    return random.uniform(0.5, 1.0) * 0.5 * 2**number  # noqa: S311


def _ms(start: float, at: float | None) -> float | None:
    return None if at is None else (at - start) * 1000


_NO_USAGE = Usage()
_HEADERS = {
    "content-type": "application/json",
    "accept": "text/event-stream, application/json",
    "accept-encoding": "identity",
    "user-agent": "model-broker/0.1",
}
