"""Values of files that nobody vouches for: bounded, storable, and as text."""

import json
import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from broker.suites.importers.report import MAX_DEPTH, MAX_NODES, ImportRefused, Problem

# PostgreSQL stores no NUL, UTF-8 no half of a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Cleaner:
    """Copies values so that they can be stored, and keeps what had to change as `problems`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self._left = MAX_NODES

    def clean(self, value: Any, row: int | None, path: str = "", depth: int = 0) -> Any:
        """A copy of plain data; raises `ImportRefused` where it is too deep or too large."""
        self._left -= 1
        if depth > MAX_DEPTH or self._left < 0:
            what = f"nested deeper than {MAX_DEPTH} levels" if depth > MAX_DEPTH else "too large"
            raise ImportRefused(f"{self.name}: {Problem(row, path, f'the value is {what}.')}")
        match value:
            case str():
                return self._text(value, row, path)
            case dict():
                entries = cast("dict[Any, Any]", value).items()
                return {
                    (key := self._text(text(k), row, path)): self.clean(
                        v, row, f"{path}.{key}" if path else key, depth + 1
                    )
                    for k, v in entries
                }
            case list():
                items = enumerate(cast("list[Any]", value))
                return [self.clean(item, row, f"{path}[{i}]", depth + 1) for i, item in items]
            case float() if not math.isfinite(value):
                self.problems.append(Problem(row, path, f"{value} is no number; read as nothing"))
                return None
            case _:
                return value

    def _text(self, value: str, row: int | None, path: str) -> str:
        changed = _UNSTORABLE.sub("\ufffd", value)
        if changed != value:
            message = "characters that cannot be stored (NUL, half a pair) became \ufffd"
            self.problems.append(Problem(row, path, message))
        return changed


def text(value: Any) -> str:
    """A cell as text: empty for nothing, JSON for lists and objects, whole numbers without a point."""
    match value:
        case None | str():
            return value or ""
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case date():
            return value.isoformat()
        case bool() | dict() | list():
            return json.dumps(value, ensure_ascii=False, default=text)
        case _:
            return str(value)


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a list, of a list written in JSON, or the one text; empty ones left out."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return (value,)
    items = cast("list[Any]", value) if isinstance(value, list) else [value]
    return tuple(item for item in map(text, items) if item != "")


def table(value: Any) -> Mapping[str, Any]:
    """The value where it is an object; otherwise an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Any]:
    """The value where it is a list; otherwise an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def number(value: Any) -> float | None:
    """The finite number in a value or its text; `None` where there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
