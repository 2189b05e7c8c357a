"""What every contender is to the measurements: one call, and what it reports of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

PROMPT = "Name three rivers of Europe."


@dataclass(slots=True)
class Answer:
    """What a client reports of one call: TTFT in seconds, `perf_counter` stamps of its tokens, the text.

    Without any stamps where the client does not show them.
    """

    ttft: float
    arrivals: list[float]
    text: str


async def _nothing() -> None:
    """Plain clients keep no record."""


@dataclass(slots=True)
class Client:
    """An open client. `settle` returns once all that it owes (its records) is done."""

    call: Callable[[], Awaitable[Answer]]
    settle: Callable[[], Awaitable[None]] = _nothing
