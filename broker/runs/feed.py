"""Handing out the turns of a job: none is taken before the database knows that it may have been."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Begun = tuple[str, int, bool]  # what is known of a unit: its status, attempts and `repeated`
Unit = TypeVar("Unit", bound=tuple[object, ...])  # what one turn does: a cell, a pair
_NEVER: Begun = ("", 0, False)


@dataclass(frozen=True, slots=True)
class Turn(Generic[Unit]):
    """A unit to do, for the how manieth time, and whether it may have been done before."""

    unit: Unit
    attempt: int
    repeated: bool


class Feed(Generic[Unit]):
    """The units of a plan that are not done, in its order. For one event loop.

    The first `doubtful` units of the plan may have been begun by a process that is gone. `ahead` units more
    than were taken can be let out at a time; `nudge` asks for more to be.
    """

    def __init__(
        self,
        units: Iterator[Unit],
        begun: Mapping[Unit, Begun],
        doubtful: int,
        ahead: int,
        nudge: Callable[[], None],
    ) -> None:
        self._units, self._begun, self._doubtful = enumerate(units, 1), begun, doubtful
        self._ahead, self._nudge = ahead, nudge
        self._taken = self._let_out = 0
        self._closed = False
        self._changed = asyncio.Event()

    @property
    def wanted(self) -> int:
        """How many units of the plan should be let out now; any thread may ask."""
        return max(self._doubtful, self._taken + self._ahead)

    def let_out(self, count: int) -> None:
        """So many units of the plan may be begun."""
        self._let_out = count
        self._changed.set()

    def close(self) -> None:
        """Hand out no more."""
        self._closed = True
        self._changed.set()

    async def take(self) -> Turn[Unit] | None:
        """The next unit once it may be begun; `None` when there is none, or no more."""
        for number, unit in self._units:
            status, attempts, repeated = self._begun.get(unit, _NEVER)
            if status != "done":
                self._taken = number
                turn = Turn(unit, attempts + 1, repeated or (not status and number <= self._doubtful))
                return turn if await self._may_begin(number) else None
        return None

    async def _may_begin(self, number: int) -> bool:
        while number > self._let_out and not self._closed:
            self._nudge()
            self._changed.clear()
            await self._changed.wait()
        return not self._closed
