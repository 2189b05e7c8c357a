"""Values read off the wire: each is of the type it should be, or nothing."""

from collections.abc import Mapping
from typing import Any, cast

import orjson

from broker.types import TokenLogprob

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


def json_of(value: object) -> str:
    """JSON as a text: what is written already as it is, an object written out; else empty."""
    return orjson.dumps(value).decode() if isinstance(value, dict) else text(value)


def count(value: object) -> int | None:
    """A count of tokens; `None` for anything that cannot be one."""
    return value if type(value) is int and value >= 0 else None


def token_logprobs(value: object) -> tuple[TokenLogprob, ...]:
    """OpenAI's list of tokens with their log probabilities; without those that have none."""
    return tuple(
        TokenLogprob(*_logprob(item), tuple(_logprob(other) for other in _likely(item.get("top_logprobs"))))
        for item in _likely(value)
    )


def _likely(value: object) -> list[Mapping[str, Any]]:
    return [item for item in tables(value) if type(item.get("logprob")) in (int, float)]


def _logprob(item: Mapping[str, Any]) -> tuple[str, float]:
    return text(item.get("token")), float(item["logprob"])
