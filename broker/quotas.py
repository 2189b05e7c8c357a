"""Quotas of requests and tokens: what was used in the last minute, what a platform says is left.

Instants are `perf_counter` seconds.
"""

from collections import deque
from dataclasses import dataclass
from math import inf

from broker.providers.quota_headers import Left
from broker.types import ChatRequest, Offer

MINUTE_S = 60.0
MAX_PAUSE_S = 60.0  # then one asks again: a longer one may be meant for one model alone
CHARACTERS_PER_TOKEN = 4  # of English; other languages have fewer
TOKENS_PER_IMAGE = 1000
UNTOLD_OUTPUT = 1000  # tokens of an answer whose length is not bounded


def estimate(offer: Offer, request: ChatRequest) -> int:
    """About how many tokens a call will use, counted as platforms do before they know: with the longest
    answer that is asked for.
    """
    characters = images = 0
    for message in request.messages:
        characters += len(message.content) + sum(len(call.arguments) for call in message.tool_calls)
        images += len(message.images)
    output = request.params.max_tokens or offer.defaults.max_tokens or UNTOLD_OUTPUT
    return characters // CHARACTERS_PER_TOKEN + images * TOKENS_PER_IMAGE + output


@dataclass(eq=False, slots=True)
class Spent:
    """The tokens of one call: an estimate until it is corrected."""

    at: float
    tokens: int
    counted: bool = True


class Minute:
    """The calls of the last sixty seconds beside quotas of our own; `inf` is none."""

    def __init__(self) -> None:
        self.requests: float = inf
        self.tokens: float = inf
        self._spent: deque[Spent] = deque()
        self._used = 0

    def wait_s(self, tokens: int, now: float) -> float:
        """Seconds to wait; a call that exceeds the quota of a minute gets one for itself."""
        spent = self._spent
        while spent and spent[0].at + MINUTE_S <= now:
            oldest = spent.popleft()
            oldest.counted = False
            self._used -= oldest.tokens
        if not spent or (len(spent) < self.requests and self._used + tokens <= self.tokens):
            return 0.0
        return spent[0].at + MINUTE_S - now

    def add(self, tokens: int, now: float) -> Spent:
        """Count a call that starts now."""
        call = Spent(now, tokens, counted=min(self.requests, self.tokens) < inf)
        if call.counted:
            self._spent.append(call)
            self._used += tokens
        return call

    def correct(self, call: Spent, tokens: int) -> None:
        """Count what a call really used in place of the estimate."""
        if call.counted:
            self._used += tokens - call.tokens
            call.tokens = tokens


class Allowance:
    """What the platform said is left of a quota of its own, less what was sent since; it comes back evenly.

    Forgotten once all of it must be back, and after `MAX_PAUSE_S` in any case.
    """

    def __init__(self) -> None:
        self.level: float = inf
        self._rate, self._told_at, self._until = 0.0, 0.0, -inf

    def told(self, left: Left, later: int, now: float) -> None:
        """Take the platform's word, less what was sent `later` than the call that it answers."""
        back = max(0, (left.limit or 0) - left.remaining)
        self.level = left.remaining - later
        self._rate = back / left.reset_s if left.reset_s else 0.0
        self._told_at, self._until = now, now + min(left.reset_s, MAX_PAUSE_S)

    def wait_s(self, need: int, now: float) -> float:
        """Seconds until that much is there."""
        missing = need - self.level - self._rate * (now - self._told_at)
        if missing <= 0 or now >= self._until:
            return 0.0
        rest = self._until - now
        return min(rest, missing / self._rate) if self._rate else rest
