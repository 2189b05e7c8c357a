"""Checking values against a JSON schema; nothing is fetched, and no pattern can hang the process."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from jsonschema import SchemaError, ValidationError, validators
from referencing import Registry
from referencing.exceptions import Unresolvable

from broker.errors import ConfigError
from broker.scorers.patterns import TooSlow, compiled, search

_MAX_NODES = 20_000  # values in an answer: checking them costs some ten microseconds each


def objection(value: Any, schema: Mapping[str, Any]) -> str | None:
    """Where the value does not fit the schema and why; `None` where it fits.

    Raises `ConfigError` for a schema that is none, or that refers to another document.
    """
    validator = _validator(json.dumps(schema, sort_keys=True))
    if _nodes(value, _MAX_NODES) > _MAX_NODES:
        return f"it holds more than {_MAX_NODES:,} values, too many to check"
    try:
        error = next(validator.iter_errors(value), None)
    except TooSlow:
        return "a pattern of the schema takes too long on it"
    except Unresolvable as unknown:
        raise ConfigError(f"schema: the reference {str(unknown.ref)[:80]!r} leads nowhere") from None
    except RecursionError:
        raise ConfigError("schema: it refers to itself without an end") from None
    if error is None:
        return None
    return f"at {error.json_path[:100]}: {error.message[:200]}"


def usable(schema: object) -> Mapping[str, Any]:
    """The schema, given as an object or as JSON; raises `ConfigError` for one that is no schema."""
    if isinstance(schema, str):
        try:
            schema = json.loads(schema)
        except ValueError:
            raise ConfigError(f"schema: expected JSON, found {schema[:80]!r}") from None
    if not isinstance(schema, Mapping):
        raise ConfigError(f"schema: expected an object, found {schema!r:.80}")
    found = cast("Mapping[str, Any]", schema)
    _validator(json.dumps(found, sort_keys=True))
    return found


@lru_cache(maxsize=128)
def _validator(written: str) -> Any:
    schema = json.loads(written)
    kind: Any = validators.validator_for(schema)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise ConfigError(f"schema: {error.message[:200]}") from None
    except RecursionError:
        raise ConfigError("schema: it is nested too deeply") from None
    # The registry is empty: the default one would fetch references to other documents.
    extend = cast("Any", validators).extend
    return extend(kind, _OWN)(schema, registry=cast("Any", Registry)())


def _nodes(value: Any, limit: int) -> int:
    """How many values there are, itself and those inside; stops counting past the limit."""
    waiting, count = [value], 0
    while waiting and count <= limit:
        inner = waiting.pop()
        count += 1
        if isinstance(inner, dict):
            waiting += cast("dict[str, Any]", inner).values()
        elif isinstance(inner, list):
            waiting += cast("list[Any]", inner)
    return count


# The four keywords that would search with Python's own `re`, or compare every item with every other.


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[ValidationError]:
    compiled(pattern)
    if isinstance(value, str) and search(pattern, value) is None:
        yield ValidationError(f"{value[:60]!r} does not match {pattern[:60]!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], value: Any, _: Any
) -> Iterator[ValidationError]:
    for name, item in _items(value):
        for pattern, schema in patterns.items():
            if search(pattern, name) is not None:
                yield from validator.descend(item, schema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, allowed: Any, value: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    patterns = schema.get("patternProperties", {})
    for name, item in _items(value):
        if name in schema.get("properties", {}) or any(search(p, name) is not None for p in patterns):
            continue
        if isinstance(allowed, Mapping):
            yield from validator.descend(item, allowed, path=name)
        elif not allowed:
            yield ValidationError(f"{name[:60]!r} is not expected")


def _unique_items(_: Any, wanted: bool, value: Any, __: Any) -> Iterator[ValidationError]:
    if wanted and isinstance(value, list):
        items = cast("list[Any]", value)
        if len({json.dumps(_canonical(item), sort_keys=True) for item in items}) < len(items):
            yield ValidationError("it holds the same item twice")


def _canonical(value: Any) -> Any:
    """The value with 1.0 as 1, which JSON schema takes for the same."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_canonical(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: _canonical(item) for name, item in cast("dict[str, Any]", value).items()}
    return value


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(cast("dict[str, Any]", value).items()) if isinstance(value, dict) else []


_OWN: dict[str, Any] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}
