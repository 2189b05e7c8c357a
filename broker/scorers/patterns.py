"""Regular expressions from outside, run so that none can hang the process or eat its memory."""

import re
from functools import lru_cache
from typing import Any

import regex

from broker.errors import ConfigError

TIMEOUT_S = 0.5  # processor time of one search
_LONGEST = 5_000  # characters of a pattern
_LARGEST = 100_000  # what its counted repetitions may add up to: `(a{60000}){60000}` would fill the memory
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d+)(?:(,)(\d*))?\}|.", re.DOTALL)


class TooSlow(Exception):
    """The pattern needs more time on this text than it is given."""


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    """The pattern, ready to search; raises `ConfigError` for one that is wrong or too large."""
    if len(pattern) > _LONGEST or _size(pattern) > _LARGEST:
        raise ConfigError(f"pattern: it is too large: {pattern[:60]!r}")
    try:
        return regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError) as error:
        raise ConfigError(f"pattern: {error} in {pattern[:60]!r}") from None


def search(pattern: str, text: str, whole: bool = False) -> str | None:
    """What the pattern matches first, `None` for nothing; raises `TooSlow`. Other threads go on meanwhile."""
    ready = compiled(pattern)
    run = ready.fullmatch if whole else ready.search
    try:
        found = run(text, timeout=TIMEOUT_S, concurrent=True)
    except TimeoutError:
        raise TooSlow from None
    return found and found[0]


def _size(pattern: str) -> int:
    """How many pieces the pattern has once its counted repetitions are written out, roughly."""
    sizes, last = [0], 0
    for piece in _PIECE.finditer(pattern):
        if piece[0] == "(":
            sizes.append(0)
            continue
        if piece[0] == ")" and len(sizes) > 1:
            last = sizes.pop()
        elif piece[1]:
            times = max(int(piece[1][:9]), int((piece[3] or "0")[:9]), 1)
            sizes[-1] += last * (times - 1)
            last *= times
            continue
        else:
            last = 1
        sizes[-1] += last
    return sum(sizes)
