"""JSON in answers: what a text is, or holds, as values; strict, and bounded for hostile texts."""

import json
import re
from typing import Any, NoReturn, cast

_FENCE = re.compile(r"\s*```[\w-]*[ \t]*\n(.*?)\n?[ \t]*```\s*", re.DOTALL)
_TRIES = 200  # places where a value may begin
_FIRST = re.compile(r"[{\[]\s*[\]}\"{\[\d\-tfn]")


class NoJson(ValueError):
    """The text is no JSON; the message says why and where."""


def whole(text: str) -> Any:
    """The value that the text is; raises `NoJson`."""
    try:
        return json.loads(text, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise NoJson(f"{error.msg} (line {error.lineno}, column {error.colno})") from None
    except (ValueError, RecursionError) as error:
        raise NoJson("nested too deeply" if isinstance(error, RecursionError) else str(error)[:100]) from None


def unfenced(text: str) -> tuple[str, bool]:
    """The text without the code fence around it, and whether there was one."""
    fenced = _FENCE.fullmatch(text) if "```" in text[:200] else None
    return (fenced[1], True) if fenced else (text, False)


def objects_in(text: str) -> list[Any]:
    """The JSON objects and arrays that stand in the text, from first to last."""
    decoder, found, at, tries = json.JSONDecoder(parse_constant=_constant), list[Any](), 0, 0
    while (start := _FIRST.search(text, at)) and tries < _TRIES:
        tries += 1
        try:
            value, at = decoder.raw_decode(text, start.start())
            found.append(value)
        except (ValueError, RecursionError):
            at = start.start() + 1
    return found


def dicts_in(text: str) -> list[dict[str, Any]]:
    """The JSON objects that stand in the text, arrays left out."""
    found: list[object] = objects_in(text)
    return [cast("dict[str, Any]", value) for value in found if isinstance(value, dict)]


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
