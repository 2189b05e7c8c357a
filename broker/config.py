"""Configuration: shipped registry rows, the optional `broker.toml`, and keys from the environment.

A wrong file never stops the app: each wrong entry becomes one sentence in `Config.problems`, naming file,
key and what was expected, and the rest is used. The sentences never repeat a value: it might be a key that
was pasted into the wrong place. Keys are read from the environment at each call and kept nowhere.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from broker.providers import DIALECTS
from broker.providers.registry import REGISTRY
from broker.types import Auth, Offer, Provider, TokenPrice

_AUTH: dict[str, Auth] = {"anthropic": "x-api-key", "gemini": "x-goog-api-key"}  # the others: bearer
_SHIPPED_IDS = frozenset(row.id for row in REGISTRY)


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
        # Floats stay the text they were written as, so that a price of 0.1 is exactly that.
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"), parse_float=str)
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, FileNotFoundError) and not named:
            return Config(shipped)
        reason = error.strerror if isinstance(error, OSError) else error
        return Config(shipped, problems=(f"{file}: expected a TOML file: {reason}",))
    return _configured(file.name, content, shipped)


def overlay(base: Config, source: str, content: dict[str, Any]) -> Config:
    """A configuration with tables from another source than the file laid over it, under the same rules."""
    laid = _configured(source, content, dict(base.providers))
    own = {offer.id for offer in laid.offers}
    kept = tuple(offer for offer in base.offers if offer.id not in own)
    return Config(laid.providers, laid.offers + kept, base.problems + laid.problems)


def key_of(provider: Provider, environ: Mapping[str, str] | None = None) -> str | None:
    """The provider's key from the environment, `None` where there is none."""
    values = os.environ if environ is None else environ
    return next((value for name in provider.key_env if (value := values.get(name, "").strip())), None)


def user_name() -> str:
    """Who uses this machine: `BROKER_USER`, else the login name, else "unknown"."""
    import getpass

    try:
        return os.environ.get("BROKER_USER") or getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user may have no name
        return "unknown"


def missing_key(provider: Provider, environ: Mapping[str, str] | None = None) -> str | None:
    """The variables to set before this provider can be used; `None` when nothing is missing."""
    keyless = not provider.key_optional and not key_of(provider, environ)
    wanted = [provider.key_env] if provider.key_env and keyless else []
    settled = settle(provider, environ)
    wanted += [var.env for name, var in provider.variables.items() if name not in settled.settings]
    return " and ".join(" or ".join(names) for names in wanted) or None


def settle(provider: Provider, environ: Mapping[str, str] | None = None) -> Provider:
    """The row with the account's values among its settings; one that is missing is left out."""
    values = os.environ if environ is None else environ
    found = {
        name: value
        for name, variable in provider.variables.items()
        if (
            value := next((v for env in variable.env if (v := values.get(env, "").strip())), variable.default)
        )
    }
    return replace(provider, settings={**found, **provider.settings}) if found else provider


def _configured(file: str, content: dict[str, Any], shipped: dict[str, Provider]) -> Config:
    problems = [f"{file}: {key}: expected providers or offers" for key in sorted(content.keys() - _TOP)]
    tables, rows = content.get("providers", {}), content.get("offers", [])
    if not isinstance(tables, dict):
        problems.append(f"{file}: providers: expected tables such as [providers.acme]")
        tables = {}
    if not isinstance(rows, list):
        problems.append(f"{file}: offers: expected a list of tables: [[offers]]")
        rows = []
    providers, offers = dict(shipped), dict[str, Offer]()
    tables, rows = cast(dict[str, Any], tables), cast(list[Any], rows)
    for name, table in tables.items():
        wrong = _wrong_provider(f"{file}: providers.{name}", name, table)
        problems += wrong
        if not wrong:
            providers[name] = _provider(name, table, shipped.get(name))
    for number, table in enumerate(rows, 1):
        wrong = _wrong_offer(f"{file}: offers[{number}]", table, {*providers, *tables} - {"local"}, offers)
        problems += wrong
        if not wrong and table["provider"] in providers:
            offer = _offer(file, table, providers[table["provider"]])
            offers[offer.id] = offer
    return Config(providers, tuple(offers.values()), tuple(problems))


def _wrong_provider(key: str, name: str, table: Any) -> list[str]:
    if not re.fullmatch("[a-z0-9_-]+", name):
        return [f"{key}: expected an id of small letters, digits, - and _"]
    wrong = _wrong(key, table, _SHIPPED if name in _SHIPPED_IDS else _CUSTOM)
    if wrong or "prices" not in table:
        return wrong
    from broker.pricing import platforms

    known = platforms()
    return [] if table["prices"] in known else [f"{key}.prices: expected one of {', '.join(known)}"]


def _wrong_offer(key: str, table: Any, known: Iterable[str], earlier: Mapping[str, Offer]) -> list[str]:
    """The problems of a table; one with a wrong provider, whose problem is told already, has none."""
    wrong = _wrong(key, table, _OFFER)
    if wrong:
        return wrong
    if table["provider"] not in known:
        return [f"{key}.provider: expected one of {', '.join(sorted(known))}"]
    if f"{table['provider']}/{table['model']}" in earlier:
        return [f"{key}.model: expected a model that no earlier table names for this provider"]
    return []


def _provider(name: str, table: dict[str, Any], shipped: Provider | None) -> Provider:
    """A shipped row with changes, or a new one."""
    dialect = table.get("dialect") or (shipped.dialect if shipped else "openai")
    row = shipped or Provider(name, name, dialect, "")
    settings = {"version": table["version"]} if "version" in table else {}
    return replace(
        row,
        name=table.get("name", row.name),
        dialect=dialect,
        auth=row.auth if shipped and dialect == row.dialect else _AUTH.get(dialect, "bearer"),
        base_url=table.get("base_url", row.base_url),
        key_env=(table["key_env"],) if "key_env" in table else row.key_env,
        prices_id=table.get("prices", row.prices_id),
        settings={**row.settings, **settings},
    )


def _offer(file: str, table: dict[str, Any], provider: Provider) -> Offer:
    model = table["model"]
    amounts = {name: Decimal(str(amount)) for name, amount in table.get("price", {}).items()}
    return Offer(
        provider=provider.id,
        model=model,
        wire_model=table.get("wire_model", model),
        maker=table.get("maker", provider.maker or "unknown"),
        name=table.get("name", model),
        price=TokenPrice(**amounts, source=file) if amounts else None,
        context_window=table.get("context_window"),
    )


def _wrong(key: str, table: Any, schema: Mapping[str, Any]) -> list[str]:
    """One sentence for each value that the schema does not allow."""
    from jsonschema import Draft202012Validator

    validator: Any = Draft202012Validator(schema)
    errors = validator.iter_errors(table)
    sentences = (f"{'.'.join([key, *map(str, error.absolute_path)])}: {_expected(error)}" for error in errors)
    return list(dict.fromkeys(sentences))  # a value may break two rules at once


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


def _text(description: str, pattern: str = r"\S", **more: Any) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "description": description, **more}


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
    "base_url": _text("an address starting with http:// or https://", r"^https?://[^/\s]\S*\Z"),
    # No key looks like this, so none is taken for a name and shown.
    "key_env": _text("the name of an environment variable in capital letters", r"^[A-Z][A-Z0-9_]*\Z"),
    "prices": _text("a platform of the price list such as openai"),
    "version": _text("an API version such as v1beta"),
}
_SHIPPED = _table((), _PROVIDER, "a table of settings")
_CUSTOM = _table(("dialect", "base_url"), _PROVIDER, "a table of settings")
_AMOUNT = {
    "description": 'US dollars per million tokens such as "1.20"',
    "type": ["string", "integer"],
    "pattern": r"^[0-9]+(\.[0-9]+)?\Z",
    "minimum": 0,
}
_PRICE = {f"{name}_mtok": _AMOUNT for name in ("input", "output", "cache_read", "cache_write")}
_OFFER = _table(
    ("provider", "model"),
    {
        "provider": _text("the id of a provider"),
        "model": _text("the platform's name for the model, without spaces", r"^\S+\Z"),
        "wire_model": _text("the model id to send, when it is not the name"),
        "maker": _text("who trained the model, a text"),
        "name": _text("the name to show, a text"),
        "price": _table((), _PRICE, "a table of prices"),
        "context_window": {"type": "integer", "minimum": 1, "description": "a whole number of tokens"},
    },
    "a table of settings",
)
