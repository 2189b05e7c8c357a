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

from broker.credentials import Sign
from broker.deadlines import Timeouts
from broker.errors import BadRequest, ConfigError, ProviderError
from broker.fold import Fold
from broker.limits import Gate, Turn
from broker.pricing import cost_of, price_at
from broker.providers import Encoded, auth_headers, base_url, dialect, encode, row_for
from broker.quotas import estimate
from broker.transport import WireRequest, address, exchange
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
FIRST_WAIT_S = 1.0  # before the second attempt, less up to a half; each further wait is twice as long
JITTER_S = (
    0.25  # added to a Retry-After, at least a tenth: calls refused together return apart, none too early
)
MAX_WAIT_S = 20.0  # a longer Retry-After is for the user to wait out
Phase = Literal["starting", "queued", "waiting", "thinking", "answering", "done"]


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
    """An open way to a provider: its row with the account's values, the connections, the key, the gate.

    `sign` adds the headers that depend on the whole request, where the platform wants it signed; `key` is
    then the secret that no message may show.
    """

    provider: Provider
    transport: httpx.AsyncBaseTransport
    key: str | None = field(default=None, repr=False)
    sign: Sign | None = field(default=None, repr=False)
    gate: Gate = field(default_factory=Gate, repr=False)


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
    adapted: tuple[str, ...] = ()
    provider: Provider | None = None
    queued: bool = False  # at the provider's gate
    fold: Fold | None = None  # of the attempt under way
    began_at: float | None = None  # when it came to the gate for the first attempt
    ended_at: float | None = None
    cancelled: bool = False
    on_cancel: Callable[[], object] | None = None

    @property
    def done(self) -> bool:
        """Nothing more will come, and the record has it."""
        return self.status != "running"

    @property
    def phase(self) -> Phase:
        """What the call is doing: `starting` until it is sent (a local model may have to start first),
        `queued` while as much is asked of the provider as it takes.
        """
        if self.done:
            return "done"
        if self.queued:
            return "queued"
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
        # Status and fold are read first: when the call ends meanwhile, an `ok` still has its whole text.
        status, fold = self.status, self.fold
        if fold is not None:
            fold.drain()
        return Completion(
            call_id=self.call_id,
            offer=self.offer,
            request=self.request,
            status=status,
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
            adapted=self.adapted,
            tool_calls=fold.tool_calls if fold else (),
            logprobs=fold.logprobs if fold else (),
            reasoning_blocks=fold.reasoning_blocks if fold else (),
        )

    def _timing(self) -> Timing:
        fold, began = self.fold, self.began_at
        if began is None:
            return Timing()
        if fold is None:
            return Timing(elapsed_ms=_ms(began, self.ended_at))
        sent = fold.sent_at
        return Timing(
            first_event_ms=_ms(sent, fold.first_event_at),
            ttft_ms=_ms(sent, fold.first_token_at),
            ttfa_ms=_ms(sent, fold.first_answer_at),
            last_token_ms=_ms(sent, fold.last_token_at),
            total_ms=_ms(sent, fold.ended_at),
            elapsed_ms=_ms(began, self.ended_at),
        )


async def run_call(call: LiveCall, open_door: OpenDoor, record: Record | None = None) -> Completion:
    """Carry out a call. Provider failures and a stop through `call.cancel` are values in the Completion;
    cancelling the task records the call as stopped and propagates.
    """
    if record:
        record.begin(call.snapshot(), call.context)
    status: Status = "interrupted"  # unless it ends in one of the ways below, by a failure of our own
    try:
        if call.cancelled:
            raise asyncio.CancelledError
        await _answer(call, open_door)
        status = "ok"
    except ProviderError as error:
        call.error, status = error.as_value(), "error"
    except asyncio.CancelledError:
        status = "stopped"
        if not call.cancelled:
            raise
    finally:
        try:
            completion = _conclude(call, status, record)
        finally:
            call.status = status  # last: whoever waits for it finds all in place, the record too
    return completion


def _conclude(call: LiveCall, status: Status, record: Record | None) -> Completion:
    """Stamp, price and record the end of a call; it is recorded even when pricing fails."""
    call.ended_at = call.fold.ended_at if call.fold and status == "ok" else perf_counter()
    try:
        call.cost = _cost(call)
    finally:
        completion = replace(call.snapshot(), status=status)
        if record:
            record.finish(completion, call.context)
    return completion


def _cost(call: LiveCall) -> Cost | None:
    """The price of the answer; `None` while its usage may not be final."""
    provider, fold = call.provider, call.fold
    if provider is None or fold is None or fold.finished_at is None or fold.usage.input_tokens is None:
        return None
    price = price_at(provider, call.offer, fold.usage.input_tokens, call.started_at)
    return cost_of(fold.usage, price)


async def _answer(call: LiveCall, open_door: OpenDoor) -> None:
    """Send until an attempt answers or fails for good."""
    for number in range(1, MAX_ATTEMPTS + 1):
        door = await open_door(call.offer.provider)  # each time: a local server may have moved
        call.provider = door.provider
        with await _turn(call, door.gate) as turn:
            # After the wait: what waits takes no memory, and a signature is good for minutes.
            encoded = encode(door.provider, call.offer, call.request)
            call.dropped, call.adapted = encoded.dropped, encoded.adapted
            wire = _written(call.offer, door, encoded)
            fold = call.fold = Fold(dialect(encoded.dialect), turn.at)
            try:
                await _attempt(call, fold, door.transport, wire, turn)
                return
            except ProviderError as error:
                wait = _wait_s(number, error)
                if wait is None or wait > _left_s(call) or fold.first_token_at is not None:
                    raise
        await asyncio.sleep(wait)


async def _turn(call: LiveCall, gate: Gate) -> Turn:
    """A turn at the provider; waiting for it counts as part of the call, not of an attempt."""
    now = perf_counter()
    call.began_at = call.began_at or now
    call.queued = True
    try:
        return await gate.enter(estimate(call.offer, call.request), now, call.began_at + call.timeouts.total)
    finally:
        call.queued = False


def _written(offer: Offer, door: Door, encoded: Encoded) -> WireRequest:
    """The call as it is sent through this door."""
    row = row_for(door.provider, offer)
    headers = {**_HEADERS, **row.headers, **encoded.headers}
    try:
        url = address(base_url(row), encoded.path)
        body = orjson.dumps(encoded.body)
    except (orjson.JSONEncodeError, ConfigError) as error:  # half a surrogate pair, a number beyond 64 bits
        raise BadRequest(f"the request cannot be written: {error}") from None
    if door.sign is not None:
        headers |= door.sign(url, body, headers)
    else:
        headers |= auth_headers(row, door.key)
    return WireRequest(url, body, headers, door.key)


async def _attempt(
    call: LiveCall, fold: Fold, transport: httpx.AsyncBaseTransport, wire: WireRequest, turn: Turn
) -> None:
    """One try, counted and timed whatever comes of it."""
    assert call.began_at is not None
    started, kind, status = fold.sent_at, "stopped", None
    try:
        await exchange(transport, wire, fold, call.timeouts, call.began_at, heard=turn.heard)
        turn.ended(fold.usage, None)
        kind, status = None, 200
    except ProviderError as error:
        turn.ended(fold.usage, error)
        kind, status = error.kind, error.status
        raise
    finally:
        started_ms = (started - call.began_at) * 1000
        duration_ms = ((fold.ended_at or perf_counter()) - started) * 1000
        call.attempts.append(Attempt(started_ms, duration_ms, kind, status))


def _wait_s(number: int, error: ProviderError) -> float | None:
    """Seconds to wait before the next attempt; `None` when there is none."""
    if not error.retryable or number == MAX_ATTEMPTS:
        return None
    if error.retry_after_s is not None:
        wait = error.retry_after_s + random.uniform(0.1, 1.0) * JITTER_S  # noqa: S311
        return wait if wait <= MAX_WAIT_S else None
    return random.uniform(0.5, 1.0) * FIRST_WAIT_S * 2 ** (number - 1)  # noqa: S311


def _left_s(call: LiveCall) -> float:
    """Seconds until the call takes too long."""
    return (call.began_at or perf_counter()) + call.timeouts.total - perf_counter()


def _ms(start: float, at: float | None) -> float | None:
    return None if at is None else (at - start) * 1000


_NO_USAGE = Usage()
_HEADERS = {
    "content-type": "application/json",
    "accept": "text/event-stream, application/json",
    "accept-encoding": "identity",
    "user-agent": "model-broker/0.1",
}
