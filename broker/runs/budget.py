"""A budget that holds although many calls are under way: reserve before each, settle after."""

import asyncio
from decimal import Decimal

from broker.quotas import TOKENS_PER_IMAGE
from broker.types import CallError, ChatRequest, Completion, Offer, TokenPrice

OPEN_OUTPUT = 8192  # tokens of an answer whose length nobody bounds
CHARACTERS_PER_TOKEN = 2  # fewer than any tokenizer makes of text in a Latin script, so that it is enough
TOKENS_PER_MESSAGE = 16
_ZERO = Decimal(0)
# What ended so has not been answered, and so is not billed.
_UNBILLED = frozenset(
    {"no_key", "auth", "forbidden", "not_found", "bad_request", "rate_limited", "overloaded", "connect"}
    | {"connect_timeout"}
)


class Budget:
    """US dollars that may be spent, `None` for any amount, and what has been. For one event loop."""

    def __init__(self, limit: Decimal | None, spent: Decimal) -> None:
        self.limit, self.spent, self.reserved = limit, spent, _ZERO
        self._queue = asyncio.Lock()
        self._changed = asyncio.Condition()

    async def reserve(self, amount: Decimal) -> bool:
        """Set an amount aside before a call; False once there is no room for it and none will come.

        First come, first served: else dear cells would be left out, and the cheap ones misrepresent an offer.
        """
        async with self._queue, self._changed:
            while self.limit is not None and self.spent + self.reserved + amount > self.limit:
                if not self.reserved:
                    return False
                await self._changed.wait()
            self.reserved += amount
            return True

    async def settle(self, amount: Decimal, cost: Decimal) -> None:
        """A call is over: what was reserved for it becomes what it cost."""
        async with self._changed:
            self.reserved -= amount
            self.spent += cost
            self._changed.notify_all()


def at_most(price: TokenPrice | None, offer: Offer, request: ChatRequest) -> Decimal | None:
    """What a call may cost, in US dollars; `None` where the price is unknown."""
    if price is None or price.input_mtok is None or price.output_mtok is None:
        return None
    dearest = max(price.input_mtok, price.cache_write_mtok or _ZERO)
    sent = dearest * input_at_most(request)
    return (sent + price.output_mtok * output_at_most(offer, request)) / 1_000_000


def input_at_most(request: ChatRequest) -> int:
    """Tokens of the request; never fewer than it has, for text in a Latin script."""
    characters = sum(len(message.content) for message in request.messages)
    images = sum(len(message.images) for message in request.messages)
    characters += sum(len(str(tool.parameters)) + len(tool.description) for tool in request.params.tools)
    characters += len(str(request.params.json_schema or ""))
    per_message = TOKENS_PER_MESSAGE * len(request.messages)
    return characters // CHARACTERS_PER_TOKEN + images * TOKENS_PER_IMAGE + per_message


def output_at_most(offer: Offer, request: ChatRequest) -> int:
    """Tokens of the answer."""
    return request.params.max_tokens or offer.defaults.max_tokens or OPEN_OUTPUT


def paid(completion: Completion, reserved: Decimal | None) -> Decimal | None:
    """What a call cost; where that is not known, what was reserved, unless it was refused and so is free."""
    if completion.cost is not None:
        return completion.cost.total
    error = completion.error
    if error is not None and completion.timing.ttft_ms is None and _is_refusal(error):
        return _ZERO
    return reserved


def _is_refusal(error: CallError) -> bool:
    return error.kind in _UNBILLED or (error.status or 0) >= 400
