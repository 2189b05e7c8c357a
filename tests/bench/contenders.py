"""Who is measured, and how a measurement runs in a contender's own process."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any

from tests.bench import theirs
from tests.bench.client import Client

OURS = ("broker", "app")


def contender(name: str) -> Callable[[str, int], AbstractAsyncContextManager[Client]]:
    """How to open this client, given a base URL and how many calls will be under way at once."""
    if name in OURS:
        from tests.bench import ours

        return getattr(ours, name)
    return getattr(theirs, name)


def run(name: str, measure: Coroutine[Any, Any, Any]) -> None:
    """Measure in this process, on the event loop that the contender is used on, and print the result."""
    if name in (*OURS, "bare"):
        import uvloop

        result = uvloop.run(measure)
    else:
        result = asyncio.run(measure)
    print(json.dumps(result), flush=True)
