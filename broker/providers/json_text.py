"""JSON inside a text: what a tool is called with, and what it answers."""

from collections.abc import Mapping
from typing import Any, cast

import orjson


def json_object(written: str) -> Mapping[str, Any] | None:
    """The JSON object that this text is; `None` for any other text."""
    try:
        value = orjson.loads(written)
    except orjson.JSONDecodeError:
        return None
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else None
