"""Calls begin one after the other, in the order they came, and a lone one at once."""

import asyncio
import itertools

from broker.runs.pace import APART_S, Pace


class Clock(asyncio.SelectorEventLoop):
    """A loop in whose time only sleeping takes time."""

    passed = 0.0

    def time(self) -> float:
        return self.passed

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.passed = self._scheduled[0].when()  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


def through(arrivals: list[float]) -> list[float]:
    """When those who come at these times are let through."""
    pace, clock = Pace(), Clock()
    left: list[float] = [0.0] * len(arrivals)

    async def one(place: int, at: float) -> None:
        await asyncio.sleep(at)
        await pace.wait()
        left[place] = clock.time()

    async def all_of_them() -> None:
        await asyncio.gather(*(one(i, at) for i, at in enumerate(arrivals)))

    try:
        clock.run_until_complete(all_of_them())
    finally:
        clock.close()
    return left


def test_those_who_come_at_once_are_let_through_one_by_one_in_their_order() -> None:
    left = through([0.0] * 50)
    gaps = [after - before for before, after in itertools.pairwise(left)]
    assert min(gaps) > APART_S * 0.999
    assert max(gaps) < APART_S * 1.001


def test_who_comes_alone_does_not_wait() -> None:
    assert through([1.0, 2.0, 3.0]) == [1.0, 2.0, 3.0]


def test_a_crowd_delays_only_those_who_come_while_it_lasts() -> None:
    left = through([0.0, 0.0, 0.0, 10.0])
    assert left[3] == 10.0
