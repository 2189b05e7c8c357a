"""Configuration: shipped registry rows, the optional `broker.toml`, and keys from the environment.

A wrong file never stops the app: each wrong entry becomes one sentence in `Config.problems`, naming file,
key and what was expected, and the rest is used. Keys are read from the environment at each call and kept
nowhere.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from broker.providers import DIALECTS
from broker.providers.registry import REGISTRY
from broker.types import Auth, Offer, Provider, TokenPrice

_AUTH: dict[str, Auth] = {"openai": "bearer", "anthropic": "x-api-key", "gemini": "x-goog-api-key"}


@dataclass(frozen=True, slots=True)
class Config:
    """What is configured: providers by id, offers added by the file, and what was wrong with the file."""

    providers: Mapping[str, Provider]
    offers: tuple[Offer, ...] = ()
    problems: tuple[str, ...] = ()


def load(path: str | os.PathLike[str] | None = None) -> Config:
    """Read the configuration: `path`, else `BROKER_CONFIG`, else `broker.toml` in the working folder."""
    shipped = {row.id: row for row in REGISTRY}
    named = path or os.environ.get("BROKER_CONFIG")
    file = Path(named or "broker.toml")
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        missing = f"{file}: BROKER_CONFIG names this file, but it does not exist"
        return Config(shipped, problems=(missing,) if named else ())
    except (OSError, ValueError) as error:
        return Config(shipped, problems=(f"{file.name}: expected a TOML file: {error}",))
    return _configured(file.name, content, shipped)


def key_of(provider: Provider, environ: Mapping[str, str] | None = None) -> str | None:
    """The provider's key from the environment, `None` where there is none."""
    values = os.environ if environ is None else environ
    return next((value for name in provider.key_env if (value := values.get(name, "").strip())), None)


def missing_key(provider: Provider, environ: Mapping[str, str] | None = None) -> str | None:
    """The variable to set before this provider can be used; `None` when nothing is missing."""
    if not provider.key_env or key_of(provider, environ):
        return None
    return " or ".join(provider.key_env)


def _configured(file: str, content: dict[str, Any], shipped: dict[str, Provider]) -> Config:
    problems = [f"{file}: {key}: unknown key; expected providers or offers" for key in content.keys() - _TOP]
    providers, offers = dict(shipped), list[Offer]()
    tables = content.get("providers", {})
    if not isinstance(tables, dict):
        problems.append(f"{file}: providers: expected tables such as [providers.acme]")
        tables = {}
    for name, table in cast(dict[str, Any], tables).items():
        wrong = _wrong(f"{file}: providers.{name}", table, _SHIPPED if name in shipped else _CUSTOM)
        problems += wrong
        if not wrong:
            providers[name] = _provider(name, table, shipped.get(name))
    rows = content.get("offers", [])
    if not isinstance(rows, list):
        problems.append(f"{file}: offers: expected a list of tables: [[offers]]")
        rows = []
    for number, table in enumerate(cast(list[Any], rows), 1):
        key = f"{file}: offers[{number}]"
        wrong = _wrong(key, table, _OFFER)
        if not wrong and table["provider"] not in providers:
            wrong = [f"{key}.provider: expected one of {', '.join(providers)}, found {table['provider']!r}"]
        problems += wrong
        if not wrong:
            offers.append(_offer(file, table))
    return Config(providers, tuple(offers), tuple(problems))


def _provider(name: str, table: dict[str, Any], shipped: Provider | None) -> Provider:
    """A shipped row with changes, or a new one."""
    dialect = table.get("dialect") or (shipped.dialect if shipped else "openai")
    row = shipped or Provider(name, name, dialect, "", auth=_AUTH[dialect])
    settings = {"version": table["version"]} if "version" in table else {}
    return replace(
        row,
        name=table.get("name", row.name),
        dialect=dialect,
        base_url=table.get("base_url", row.base_url),
        key_env=(table["key_env"],) if "key_env" in table else row.key_env,
        prices_id=table.get("prices", row.prices_id),
        settings={**row.settings, **settings},
    )


def _offer(file: str, table: dict[str, Any]) -> Offer:
    model = table["model"]
    amounts = {name: Decimal(str(amount)) for name, amount in table.get("price", {}).items()}
    return Offer(
        provider=table["provider"],
        model=model,
        wire_model=table.get("wire_model", model),
        maker=table.get("maker", "unknown"),
        name=table.get("name", model),
        price=TokenPrice(**amounts, source=file) if amounts else None,
        context_window=table.get("context_window"),
    )


def _wrong(key: str, table: object, schema: Mapping[str, Any]) -> list[str]:
    """One sentence for each violation of the schema."""
    from jsonschema import Draft202012Validator

    errors = Draft202012Validator(schema).iter_errors(table)
    return [f"{'.'.join([key, *map(str, error.absolute_path)])}: {_expected(error)}" for error in errors]


def _expected(error: Any) -> str:
    if error.validator in {"required", "additionalProperties"}:
        known = ", ".join(sorted(error.schema["properties"]))
        return f"{error.message}; the keys are {known}"
    found = "something else" if error.schema.get("writeOnly") else repr(error.instance)
    return f"expected {error.schema['description']}, found {found}"[:300]


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "description": description, **more}


def _table(required: tuple[str, ...], properties: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


_TOP = {"providers", "offers"}
_PROVIDER: dict[str, Any] = {
    "name": _text("the platform's name, a text"),
    "dialect": _text(f"one of {', '.join(DIALECTS)}", enum=list(DIALECTS)),
    "base_url": _text("an address starting with http:// or https://", pattern="^https?://[^/]+"),
    "key_env": _text(
        "the name of an environment variable", pattern="^[A-Za-z_][A-Za-z0-9_]*$", writeOnly=True
    ),
    "prices": _text("a platform of the price list such as openai"),
    "version": _text("an API version such as v1beta"),
}
_SHIPPED = _table((), _PROVIDER, "a table of settings")
_CUSTOM = _table(("dialect", "base_url"), _PROVIDER, "a table of settings")
_AMOUNT = {
    "description": 'US dollars per million tokens such as "1.20"',
    "type": ["string", "number"],
    "pattern": r"^\d+(\.\d+)?$",
    "minimum": 0,
}
_PRICE = {f"{name}_mtok": _AMOUNT for name in ("input", "output", "cache_read", "cache_write")}
_OFFER = _table(
    ("provider", "model"),
    {
        "provider": _text("the id of a provider"),
        "model": _text("the platform's name for the model"),
        "wire_model": _text("the model id to send, when it is not the name"),
        "maker": _text("who trained the model, a text"),
        "name": _text("the name to show, a text"),
        "price": _table((), _PRICE, "a table of prices"),
        "context_window": {"type": "integer", "minimum": 1, "description": "a whole number of tokens"},
    },
    "a table of settings",
)
