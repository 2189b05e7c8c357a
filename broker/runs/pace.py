"""Calls that begin at once come back at once, and then each waits while all are worked on: so none do."""

import asyncio

APART_S = 0.001  # somewhat more than a call keeps the event loop busy


class Pace:
    """Lets one after the other through, `APART_S` apart. For one event loop."""

    def __init__(self) -> None:
        self._free_at = 0.0

    async def wait(self) -> None:
        """Until it is the caller's turn."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._free_at)
        self._free_at = turn + APART_S
        if turn > now:
            await asyncio.sleep(turn - now)
