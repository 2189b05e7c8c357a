"""How late an event loop is: what arrives is stamped that much too late."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from math import ceil

_TICK_S = 0.02
_BIN_MS, _BINS = 0.25, 800  # up to 200 ms; what is later counts as that


class Lag:
    """The delays of a timer, counted in bins of a quarter of a millisecond."""

    def __init__(self) -> None:
        self._counts = [0] * (_BINS + 1)

    def add(self, late_ms: float) -> None:
        """Count one delay."""
        self._counts[min(_BINS, max(0, int(late_ms / _BIN_MS)))] += 1

    @property
    def p95_ms(self) -> float | None:
        """What 95 of 100 delays do not exceed, to a quarter of a millisecond; `None` before the first.

        Any thread may ask.
        """
        left = ceil(0.95 * sum(self._counts))
        for i, count in enumerate(self._counts):
            left -= count
            if count and left <= 0:
                return (i + 1) * _BIN_MS
        return None


@asynccontextmanager
async def watching(lag: Lag) -> AsyncGenerator[None]:
    """Measure the running loop's lag until the block ends."""
    task = asyncio.create_task(_tick(lag))
    try:
        yield
    finally:
        task.cancel()


async def _tick(lag: Lag) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _TICK_S
        await asyncio.sleep(_TICK_S)
        lag.add((loop.time() - due) * 1000)
