"""How much of a provider is used at once: a gate that every attempt passes, first come, first served.

A call waits at the gate while

- as many calls as the limit are under way. It starts at `START` and grows by one with every call that the
  platform accepts while all places are taken: it doubles with each round of calls. A refusal (429, 503,
  529) halves it, once for all the calls that were under way by then; in the minute after that it grows by
  one a round. It never exceeds the row's `max_concurrency`;
- the platform asked for a pause (Retry-After), whichever call it told;
- what the platform says is left of its quota does not suffice for this call;
- the row's own quota of requests or tokens is used up for the last sixty seconds.

Quotas are counted for a provider as a whole: where a platform counts by model, it is used a little less
than it might be. A gate belongs to one event loop; instants are `perf_counter` seconds.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from math import inf
from time import perf_counter
from typing import Self

import httpx

from broker.errors import Overloaded, ProviderError, RateLimited
from broker.providers.quota_headers import quotas_left
from broker.quotas import MAX_PAUSE_S, MINUTE_S, Allowance, Minute, Spent
from broker.types import Provider, Usage

START = 64  # calls at once, until the platform has shown what it takes
CEILING = 256  # where the row does not say


@dataclass(eq=False, slots=True)
class Turn:
    """A call's place at a provider, from when it was let in (`at`) to the end of the `with` block."""

    gate: "Gate"
    at: float
    spent: Spent
    number: int  # how many calls were let in by then, this one included
    tokens: int  # likewise
    era: int  # how often the limit had been lowered by then

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.leave()

    def heard(self, reply: httpx.Response) -> None:
        """The head of the reply is there: what it says counts from now on."""
        self.gate.learn(self, reply)

    def ended(self, usage: Usage, error: ProviderError | None) -> None:
        """The attempt is over, with this error if any."""
        self.gate.settle(self, usage, error)


class Gate:
    """The way in to one provider: `limit` calls may be under way, `in_flight` are."""

    def __init__(self, row: Provider | None = None) -> None:
        self.limit: float = START
        self.ceiling = CEILING
        self.in_flight = 0
        self._waiting: deque[tuple[asyncio.Future[Turn], int]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._era, self._lowered_at, self._paused_until = 0, -inf, -inf
        self._minute, self._requests, self._tokens = Minute(), Allowance(), Allowance()
        self._let_in = self._tokens_let_in = 0
        if row is not None:
            self.keep_to(row)

    def keep_to(self, row: Provider) -> None:
        """From now on exceed none of this row's quotas."""
        self.ceiling = row.max_concurrency or CEILING
        self.limit = min(self.limit, self.ceiling)
        self._minute.requests = row.requests_per_minute or inf
        self._minute.tokens = row.tokens_per_minute or inf

    async def enter(self, tokens: int, at: float, until: float) -> Turn:
        """A turn for a call of about so many tokens that came `at`, which is the turn's too if it need not
        wait. Raises `RateLimited` where the wait is not over at `until`.
        """
        if not self._waiting and self.in_flight < int(self.limit) and self._wait_s(tokens, at) <= 0:
            return self._let(tokens, at)
        place: asyncio.Future[Turn] = asyncio.get_running_loop().create_future()
        self._waiting.append((place, tokens))
        self._admit()
        try:
            async with asyncio.timeout(until - at):
                return await place
        except TimeoutError:
            self._give_up(place)
            raise RateLimited(f"no turn within {until - at:.3g} s: {self._reason(tokens)}") from None
        except asyncio.CancelledError:
            self._give_up(place)
            raise

    def leave(self) -> None:
        """Give a place back."""
        self.in_flight -= 1
        self._admit()

    def learn(self, turn: Turn, reply: httpx.Response) -> None:
        """Take what the head of a reply says of quotas; raise the limit where it accepts the call."""
        now, left = perf_counter(), quotas_left(reply.headers.raw)
        if requests := left.get("requests"):
            self._requests.told(requests, self._let_in - turn.number, now)
        if tokens := left.get("tokens"):
            self._tokens.told(tokens, self._tokens_let_in - turn.tokens, now)
        if reply.status_code == 200 and turn.era == self._era and self.in_flight >= int(self.limit):
            step = 1.0 if now - self._lowered_at > MINUTE_S else 1 / self.limit
            self.limit = min(self.ceiling, self.limit + step)
        self._admit()

    def settle(self, turn: Turn, usage: Usage, error: ProviderError | None) -> None:
        """Correct the estimate of a call; back off where it was refused."""
        if usage.input_tokens is not None:
            self._minute.correct(turn.spent, usage.input_tokens + (usage.output_tokens or 0))
        elif error is not None and error.status is not None:
            self._minute.correct(turn.spent, 0)
        if not isinstance(error, RateLimited | Overloaded):
            return
        now = perf_counter()
        if error.retry_after_s:
            self._paused_until = max(self._paused_until, now + min(error.retry_after_s, MAX_PAUSE_S))
        if turn.era == self._era:
            self._era, self._lowered_at = self._era + 1, now
            self.limit = max(1.0, self.limit / 2)

    def _let(self, tokens: int, now: float) -> Turn:
        self.in_flight += 1
        self._let_in += 1
        self._tokens_let_in += tokens
        self._requests.level -= 1
        self._tokens.level -= tokens
        spent = self._minute.add(tokens, now)
        return Turn(self, now, spent, self._let_in, self._tokens_let_in, self._era)

    def _admit(self) -> None:
        """Let in who may go, from the front of the queue, and look again when the next one may."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            place, tokens = self._waiting[0]
            if not place.done():  # or its caller is gone
                if self.in_flight >= int(self.limit):
                    return
                now = perf_counter()
                wait = self._wait_s(tokens, now)
                if wait > 0:
                    self._timer = asyncio.get_running_loop().call_later(wait, self._admit)
                    return
                place.set_result(self._let(tokens, now))
            self._waiting.popleft()

    def _give_up(self, place: "asyncio.Future[Turn]") -> None:
        if place.done() and not place.cancelled():  # the turn came in the same moment
            self.in_flight -= 1
        place.cancel()
        self._admit()  # those behind may be smaller

    def _wait_s(self, tokens: int, now: float) -> float:
        """Seconds until a call of this size may go, provided that a place is free."""
        return max(self._waits(tokens, now).values())

    def _waits(self, tokens: int, now: float) -> dict[str, float]:
        return {
            "the platform asked for a pause": self._paused_until - now,
            "the configured quota of the minute is used up": self._minute.wait_s(tokens, now),
            "the platform's quota of requests is used up": self._requests.wait_s(1, now),
            "the platform's quota of tokens is used up": self._tokens.wait_s(tokens, now),
        }

    def _reason(self, tokens: int) -> str:
        waits = self._waits(tokens, perf_counter())
        reason = max(waits, key=lambda name: waits[name])
        return reason if waits[reason] > 0 else f"calls under way are at the limit of {int(self.limit)}"
