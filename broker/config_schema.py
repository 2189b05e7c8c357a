"""The JSON schemas of the tables of a configuration, and the sentence for each value that breaks one.

The sentences never repeat a value: it might be a key that was pasted into the wrong place.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any, cast, get_args

from broker.providers import DIALECTS
from broker.types import Auth, Params, Provider


def wrong(where: str, table: Any, schema: Mapping[str, Any]) -> list[str]:
    """One sentence for each value that the schema does not allow."""
    if only_right_texts(table, schema):
        return []
    from jsonschema import Draft202012Validator

    validator: Any = Draft202012Validator(schema)
    errors = validator.iter_errors(table)
    sentences = (
        f"{'.'.join([where, *map(str, error.absolute_path)])}: {_expected(error)}" for error in errors
    )
    return list(dict.fromkeys(sentences))  # a value may break two rules at once


def only_right_texts(table: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a table is nothing but texts that the schema allows, as most are.

    Then nothing need be loaded that validates others: that takes a tenth of the time to a first call.
    """
    if not isinstance(table, dict):
        return False
    told, rules = cast("dict[str, Any]", table), schema["properties"]
    if not {*schema["required"]} <= told.keys() <= rules.keys():
        return False
    return all(_is_right_text(value, rules[key]) for key, value in told.items())


def _is_right_text(value: Any, rule: Mapping[str, Any]) -> bool:
    if not isinstance(value, str) or rule.get("type") != "string":
        return False
    return re.search(rule["pattern"], value) is not None and value in rule.get("enum", (value,))


def _expected(error: Any) -> str:
    keys = error.schema.get("properties", {}).keys()
    match error.validator:
        case "required":
            return f"expected the keys {', '.join(error.validator_value)}"
        case "additionalProperties":
            unknown = sorted(error.instance.keys() - keys)
            return f"expected no {', '.join(unknown)}; the keys are {', '.join(keys)}"
        case _:
            return f"expected {error.schema['description']}"


def provider_schema(row: Provider | None, places: Collection[str]) -> dict[str, Any]:
    """What the table of a new provider may say, or the changes to a row; `places` are its address's names."""
    if row is None:
        return _table(("dialect", "base_url"), PROVIDER | _named(places))
    if row.base_url == "local:":  # its address and its key are this process's own
        return _table((), {key: PROVIDER[key] for key in ("name", *QUOTAS)})
    return _table((), PROVIDER | (SIGN_IN if row.identity else {}) | _named(places))


def offer_schema(places: Collection[str]) -> dict[str, Any]:
    """What the table of an offer may say; `places` are the names that its provider wants values for."""
    return _table(("provider", "model"), OFFER | _named(places))


def _named(places: Collection[str]) -> dict[str, Any]:
    return {name: _PLACE for name in sorted(places) if name and name not in PROVIDER}


def _text(description: str, pattern: str = r"\S", **more: Any) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "description": description, **more}


def _one_of(names: tuple[str, ...]) -> dict[str, Any]:
    return _text(f"one of {', '.join(names)}", enum=list(names))


def _list_of(names: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "array", "items": _one_of(names), "description": "a list of parameters"}


def _number(description: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "description": description}


def _table(
    required: tuple[str, ...], properties: Mapping[str, Any], description: str = "a table of settings"
) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


_PARAMS = tuple(field.name for field in fields(Params))
_NAMES = (*_PARAMS, "images", "cache")
QUOTAS = ("max_concurrency", "requests_per_minute", "tokens_per_minute")
SETTINGS = ("version", "stream_options", "sign_in", "scope")
_VERSION = _text("an API version such as v1beta", r"^[A-Za-z0-9._-]+\Z")
_PLACE = _text("a name or an address without spaces", r"^[A-Za-z0-9._:/-]+\Z")
PROVIDER: dict[str, Any] = {
    "name": _text("the platform's name, a text"),
    "dialect": _one_of(DIALECTS),
    "base_url": _text("an address starting with http:// or https://", r"^https?://[^/\s]\S*\Z"),
    # No key looks like this, so none is taken for a name and shown.
    "key_env": _text("the name of an environment variable in capital letters", r"^[A-Z][A-Z0-9_]*\Z"),
    "auth": _one_of(get_args(Auth)),
    "prices": _text("a platform of the price list such as openai"),
    "maker": _text("who trained the models, a text"),
    "version": _VERSION,
    "drops": _list_of(_NAMES),
    "takes": _list_of(_NAMES),
    "renames": {
        "type": "object",
        "description": "a table of parameters and their names on this platform",
        "propertyNames": _one_of(_PARAMS),
        "additionalProperties": _text("a name such as reasoning.effort", r"^[a-z_]+(\.[a-z_]+)?\Z"),
    },
    "stream_options": _one_of(("on", "off")),
    "models_path": _text('a path such as /models, or "" where there is none', r"^(/\S*)?\Z"),
    "max_concurrency": _number("a whole number of calls"),
    "requests_per_minute": _number("a whole number of requests"),
    "tokens_per_minute": _number("a whole number of tokens"),
}
SIGN_IN: dict[str, Any] = {
    "sign_in": _one_of(("on", "off")),
    "scope": _text("the address that a token is asked for", r"^https://\S+\Z"),
}
_AMOUNT = {
    "description": 'US dollars per million tokens such as "1.20"',
    "type": ["string", "integer"],
    "pattern": r"^[0-9]+(\.[0-9]+)?\Z",
    "minimum": 0,
}
PRICE = {f"{name}_mtok": _AMOUNT for name in ("input", "output", "cache_read", "cache_write")}
OFFER: dict[str, Any] = {
    "provider": _text("the id of a provider"),
    "model": _text("the platform's name for the model, without spaces", r"^\S+\Z"),
    "wire_model": _text("the model id to send, when it is not the name"),
    "maker": _text("who trained the model, a text"),
    "name": _text("the name to show, a text"),
    "price": _table((), PRICE, "a table of prices"),
    "context_window": _number("a whole number of tokens"),
    "version": _VERSION,
}
