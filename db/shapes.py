"""The values kept in JSON columns: their shape there, and back.

Unset fields are left out. Prices are strings, so that they stay exact.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from broker.types import Attempt, Message, Params, TokenPrice

_PARAMS = ("temperature", "top_p", "max_tokens", "stop", "seed", "json_schema", "reasoning_effort")
_PRICES = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok")


def params_json(params: Params) -> dict[str, Any]:
    """The parameters that are set, by name; `stop` as a list."""
    return {name: value for name in _PARAMS if (value := getattr(params, name)) not in (None, ())}


def params_of(stored: Mapping[str, Any]) -> Params:
    """The parameters of a stored object."""
    known: dict[str, Any] = {**stored, "stop": tuple(stored.get("stop", ()))}
    return Params(**known)


def price_json(price: TokenPrice) -> dict[str, str]:
    """The known prices in US dollars per million tokens, and their source."""
    known = {name: str(value) for name in _PRICES if (value := getattr(price, name)) is not None}
    return known | {"source": price.source}


def price_of(stored: Mapping[str, str]) -> TokenPrice:
    """The price of a stored object."""
    known = {name: Decimal(stored[name]) for name in _PRICES if name in stored}
    return TokenPrice(**known, source=stored["source"])


def messages_json(messages: tuple[Message, ...]) -> list[dict[str, str]]:
    """The turns in order, each `{role, content}`."""
    return [{"role": message.role, "content": message.content} for message in messages]


def messages_of(stored: list[Any]) -> tuple[Message, ...]:
    """The turns of a stored list."""
    return tuple(Message(**message) for message in stored)


def attempts_json(attempts: tuple[Attempt, ...]) -> list[dict[str, Any]]:
    """The tries in order, each `{started_ms, duration_ms, error_kind, status}`."""
    return [
        {
            "started_ms": attempt.started_ms,
            "duration_ms": attempt.duration_ms,
            "error_kind": attempt.error_kind,
            "status": attempt.status,
        }
        for attempt in attempts
    ]


def attempts_of(stored: list[Any]) -> tuple[Attempt, ...]:
    """The tries of a stored list."""
    return tuple(Attempt(**attempt) for attempt in stored)
