"""How long a call may take: the limits, and the watchdog that ends a call when one passes."""

import asyncio
from dataclasses import dataclass
from time import perf_counter
from typing import cast

from broker.errors import FirstTokenTimeout, IdleTimeout, ProviderError, TotalTimeout
from broker.fold import Fold

LOOK_EVERY_S = 0.25  # how often a call looks at its deadlines
AFTER_FINISH_S = 2.0  # how long to wait for usage after the finish reason before calling it done
AFTER_END_S = 0.1  # how long to wait for the connection to become free for reuse after the last event


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds; each has its own error kind. `total` counts from the call's start, the others from a try."""

    connect: float = 10.0
    first_token: float = 180.0
    between_tokens: float = 60.0
    total: float = 600.0


class Watchdog:
    """Cancels the current task when a deadline passes, and says why in `error`; `finished` when all is known.

    It looks now and then, so chunks cost nothing.
    """

    def __init__(self, fold: Fold, timeouts: Timeouts, began_at: float) -> None:
        self.fold, self.timeouts, self.began_at = fold, timeouts, began_at
        self.error: ProviderError | None = None
        self.finished = False
        self._task = cast("asyncio.Task[None]", asyncio.current_task())
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(min(self._next()[0], LOOK_EVERY_S), self._look)

    def close(self) -> None:
        """Look no more."""
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
        """Seconds until the next deadline and what it means; no error once all is known."""
        limits, fold = self.timeouts, self.fold
        now = perf_counter()
        if fold.error:
            return 0.0, None
        if fold.finished_at is not None:
            return fold.finished_at + (AFTER_END_S if fold.over else AFTER_FINISH_S) - now, None
        total = self.began_at + limits.total - now
        if fold.last_token_at is None:
            wait = fold.sent_at + limits.first_token - now
            error = FirstTokenTimeout(f"no token within {limits.first_token:g} s of sending the request")
        else:
            wait = fold.last_token_at + limits.between_tokens - now
            error = IdleTimeout(f"no further token for {limits.between_tokens:g} s")
        if total < wait:
            return total, TotalTimeout(f"the call was not over after {limits.total:g} s")
        return wait, error
