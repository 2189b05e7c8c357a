"""Values read off the wire: each is of the type it should be, or nothing."""

from collections.abc import Mapping
from typing import Any, cast

_NO_TABLE: Mapping[str, Any] = {}


def table(value: object) -> Mapping[str, Any]:
    """A JSON object; empty for anything else."""
    return cast(Mapping[str, Any], value) if isinstance(value, dict) else _NO_TABLE


def tables(value: object) -> list[Mapping[str, Any]]:
    """The objects in a JSON array; empty for anything else."""
    return [table(item) for item in cast(list[object], value)] if isinstance(value, list) else []


def text(value: object) -> str:
    """A JSON string; empty for anything else."""
    return value if isinstance(value, str) else ""


def count(value: object) -> int | None:
    """A count of tokens; `None` for anything that cannot be one."""
    return value if type(value) is int and value >= 0 else None
