"""Handing out the cells of a run: none is asked before the database knows that it may have been."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from broker.runs.plan import Cell

Begun = Mapping[tuple[str, int, int], tuple[str, int, bool]]  # a cell's status, attempts and `repeated`
_NEVER = ("", 0, False)


class Turn(NamedTuple):
    """A cell to ask, for the how manieth time, and whether it may have been answered before."""

    cell: Cell
    attempt: int
    repeated: bool


class Feed:
    """The cells of a plan that are not done, in its order. For one event loop.

    The first `doubtful` cells of the plan may have been asked by a process that is gone. `ahead` cells more
    than were taken can be let out at a time; `nudge` asks for more to be.
    """

    def __init__(
        self, cells: Iterator[Cell], begun: Begun, doubtful: int, ahead: int, nudge: Callable[[], None]
    ) -> None:
        self._cells, self._begun, self._doubtful = enumerate(cells, 1), begun, doubtful
        self._ahead, self._nudge = ahead, nudge
        self._taken = self._let_out = 0
        self._closed = False
        self._changed = asyncio.Event()

    @property
    def wanted(self) -> int:
        """How many cells of the plan should be let out now; any thread may ask."""
        return max(self._doubtful, self._taken + self._ahead)

    def let_out(self, count: int) -> None:
        """So many cells of the plan may be asked."""
        self._let_out = count
        self._changed.set()

    def close(self) -> None:
        """Hand out no more."""
        self._closed = True
        self._changed.set()

    async def take(self) -> Turn | None:
        """The next cell once it may be asked; `None` when there is none, or no more."""
        for number, cell in self._cells:
            status, attempts, repeated = self._begun.get(cell, _NEVER)
            if status != "done":
                self._taken = number
                doubted = not status and number <= self._doubtful
                return Turn(cell, attempts + 1, repeated or doubted) if await self._may_ask(number) else None
        return None

    async def _may_ask(self, number: int) -> bool:
        while number > self._let_out and not self._closed:
            self._nudge()
            self._changed.clear()
            await self._changed.wait()
        return not self._closed
