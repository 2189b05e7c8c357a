"""The tables of a configuration, wherever they are kept: what is wrong with one, and the row it makes.

`broker.toml` has them, and so has the database for what is added in the app. A table without problems makes
a row; a table with problems is left out.
"""

import re
from collections.abc import Container, Mapping
from dataclasses import replace
from decimal import Decimal
from string import Formatter
from typing import Any

from broker.config_schema import PROVIDER, QUOTAS, SETTINGS, offer_schema, provider_schema, wrong
from broker.providers import wire_values
from broker.types import Auth, Offer, Provider, TokenPrice

_AUTH: dict[str, Auth] = {"anthropic": "x-api-key", "gemini": "x-goog-api-key"}  # the others: bearer
_FIELDS = {
    "prices": "prices_id",
    **{key: key for key in ("name", "base_url", "maker", "renames", "models_path", *QUOTAS)},
}


def provider_problems(where: str, provider_id: str, table: Any, known: Mapping[str, Provider]) -> list[str]:
    """What is wrong with the table of a provider, one sentence each, that starts with `where`.

    `known` are the rows that a table may change; with any other id it describes a new one.
    """
    if not re.fullmatch("[a-z0-9_-]+", provider_id):
        return [f"{where}: expected an id of small letters, digits, - and _"]
    row = known.get(provider_id)
    problems = wrong(where, table, provider_schema(row, _places(row, table)))
    if problems:
        return problems
    if "base_url" in table and not _is_filled(row, table):
        problems = [f"{where}.base_url: expected a key of the same table for each {{name}} in it"]
    if "prices" in table:
        problems += _price_problems(f"{where}.prices", table["prices"])
    return problems


def offer_problems(
    where: str, table: Any, providers: Mapping[str, Provider | None], earlier: Container[str] = ()
) -> list[str]:
    """What is wrong with the table of an offer, one sentence each, that starts with `where`.

    `providers` are those that may have offers added; `None` in place of a row: its own table is wrong, which
    is told already. `earlier` are the ids of the offers that came before.
    """
    named = wire_values.text(wire_values.table(table).get("provider"))
    row = providers.get(named)
    schema = offer_schema(_places(row, {}))
    # Without the row nobody knows which other keys are right.
    problems = wrong(where, table, schema if row else {**schema, "additionalProperties": True})
    if problems:
        return problems
    if named not in providers:
        return [f"{where}.provider: expected one of {', '.join(sorted(providers))}"]
    if f"{named}/{table['model']}" in earlier:
        return [f"{where}.model: expected a model that no earlier table names for this provider"]
    return []


def provider_of(provider_id: str, table: Mapping[str, Any], shipped: Provider | None) -> Provider:
    """The shipped row with the changes of a table that has no problems, or the new row it describes."""
    dialect = table.get("dialect") or (shipped.dialect if shipped else "openai")
    row = shipped or Provider(provider_id, provider_id, dialect, "")
    auth = row.auth if shipped and dialect == row.dialect else _AUTH.get(dialect, "bearer")
    changes = {field: table[key] for key, field in _FIELDS.items() if key in table}
    changes |= {key: frozenset(table[key]) for key in ("drops", "takes") if key in table}
    return replace(
        row,
        dialect=dialect,
        rules=() if "dialect" in table else row.rules,  # whoever names a dialect means it for every call
        auth=table.get("auth", auth),
        key_env=(table["key_env"],) if "key_env" in table else row.key_env,
        settings={**row.settings, **_settings(table, _places(row, table))},
        **changes,
    )


def offer_of(source: str, table: Mapping[str, Any], provider: Provider) -> Offer:
    """The offer that a table without problems describes; `source` says where its price is from."""
    model = table["model"]
    amounts = {name: Decimal(str(amount)) for name, amount in table.get("price", {}).items()}
    return Offer(
        provider=provider.id,
        model=model,
        wire_model=table.get("wire_model", model),
        maker=table.get("maker", provider.maker or "unknown"),
        name=table.get("name", model),
        price=TokenPrice(**amounts, source=source) if amounts else None,
        context_window=table.get("context_window"),
        settings=_settings(table, _places(provider, {})),
        known_as=_known_as(provider, model, table.get("wire_model", "")),
    )


def _known_as(provider: Provider, model: str, wire_model: str) -> str:
    """The usual name of a model that is asked for by one of the account's own: a deployment, a profile."""
    if wire_model.startswith("arn:"):
        profile = wire_model.rpartition("/")[2]  # AWS's own profiles are named after the model
        return profile if "." in profile else model
    return model if wire_model and provider.settings.get("deployments") == "on" else ""


def _settings(table: Mapping[str, Any], places: Container[str]) -> dict[str, str]:
    return {key: table[key].rstrip("/") for key in table if key in SETTINGS or key in places}


def _places(row: Provider | None, table: Any) -> set[str]:
    """The names that a provider's address and account want values for."""
    named = _names_in(wire_values.text(wire_values.table(table).get("base_url")))
    return named.union(row.variables, _names_in(row.base_url)) - {*PROVIDER} if row else named - {*PROVIDER}


def _names_in(url: str) -> set[str]:
    """The `{names}` in an address; one that is no name is empty."""
    try:
        names = [name for _, name, *_ in Formatter().parse(url) if name is not None]
    except ValueError:  # a brace alone
        return {""}
    return {name if name.isidentifier() else "" for name in names}


def _is_filled(row: Provider | None, table: Mapping[str, Any]) -> bool:
    """Whether every `{name}` of a table's address has a value, or a variable where it may stand."""
    given = {key for key in table if key in SETTINGS or key not in PROVIDER}
    return _names_in(table["base_url"]) <= given.union(*((row.variables, row.settings) if row else ()))


def _price_problems(where: str, prices: str) -> list[str]:
    from broker.pricing import platforms

    known = platforms()
    return [] if prices in known else [f"{where}: expected one of {', '.join(known)}"]
