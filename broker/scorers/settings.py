"""Reading a scorer's settings: each function gives a checked value or raises `ConfigError`."""

import math
from collections.abc import Mapping
from typing import Any, cast

from broker.errors import ConfigError
from broker.suites import Sample
from broker.templates import fill

VALUES = "the texts to look for, instead of the sample's targets; {{variables}} are filled in"


def flag(settings: Mapping[str, Any], name: str, default: bool = False) -> bool:
    """A yes or no."""
    value = settings.get(name, default)
    if not isinstance(value, bool):
        raise _expected(name, "true or false", value)
    return value


def amount(settings: Mapping[str, Any], name: str, default: float | None = None) -> float:
    """A number of 0 or more; without a default it has to be there."""
    value = settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise _expected(name, "a number of 0 or more", value)
    return value


def text(settings: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """A text; without a default it has to be there, and not be empty."""
    value = settings.get(name, default)
    if not isinstance(value, str) or not (value or default is not None):
        raise _expected(name, "a text", value)
    return value


def one_of(settings: Mapping[str, Any], name: str, *allowed: str) -> str:
    """One of these words, the first where none is set."""
    value = settings.get(name, allowed[0])
    if value not in allowed:
        raise _expected(name, " or ".join(allowed), value)
    return cast(str, value)


def texts(settings: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts, none of them empty; one text counts as a list of one, no setting as an empty list."""
    value: object = settings.get(name, ())
    found = (value,) if isinstance(value, str) else value
    if not isinstance(found, list | tuple):
        raise _expected(name, "a list of texts", value)
    items = cast("list[object]", found)
    if not all(isinstance(item, str) and item for item in items):
        raise _expected(name, "a list of texts, none of them empty", value)
    return tuple(cast("list[str]", items))


def expected(sample: Sample, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """What the answer is compared with: the `values` set, else the sample's targets; at least one."""
    wanted = texts(settings, "values") or sample.targets
    if not wanted:
        raise ConfigError(f"sample {sample.id}: it has no target to compare the answer with")
    return tuple(fill(value, sample.variables) for value in wanted)


def _expected(name: str, what: str, found: object) -> ConfigError:
    shown = repr(found) if found is not None else "nothing"
    return ConfigError(f"{name}: expected {what}, found {shown[:80]}")
