"""Configuration: shipped registry rows, the optional `broker.toml`, and keys from the environment.

A wrong file never stops the app: each wrong entry becomes one sentence in `Config.problems`, naming file,
key and what was expected, and the rest is used. The sentences never repeat a value: it might be a key that
was pasted into the wrong place. Keys are read from the environment at each call and kept nowhere.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from broker.config_tables import offer_of, offer_problems, provider_of, provider_problems
from broker.providers.registry import REGISTRY
from broker.sign_in import looks_configured
from broker.types import Identity, Offer, Provider, Variable


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
    """The variables that have to be set before this provider can be used; `None` when nothing is missing."""
    wanted = _missing(provider, environ)
    each = (" or ".join([*names, *(f"a sign-in to {cloud}" for cloud in clouds)]) for names, clouds in wanted)
    return " and ".join(each) or None


def to_connect(provider: Provider, environ: Mapping[str, str] | None = None) -> str | None:
    """What to do before this provider can be used, in words; `None` when there is nothing to do.

    As in "set AWS_BEARER_TOKEN_BEDROCK, or sign in to AWS; set AWS_REGION or AWS_DEFAULT_REGION".
    """
    return "; ".join(_told(*each) for each in _missing(provider, environ)) or None


def settle(provider: Provider, environ: Mapping[str, str] | None = None) -> Provider:
    """The row with the account's values among its settings; one that is missing is left out."""
    values = os.environ if environ is None else environ
    found = {name: value for name, one in provider.variables.items() if (value := _value(one, values))}
    settings = {**found, **provider.settings}
    start = provider.base_url[1:].partition("}")[0] if provider.base_url.startswith("{") else ""
    if start in settings and "://" not in settings[start]:
        settings[start] = f"https://{settings[start]}"  # some SDKs take an address without it
    return replace(provider, settings=settings) if settings != provider.settings else provider


def _value(variable: Variable, values: Mapping[str, str]) -> str | None:
    stated = (values.get(name, "").strip().rstrip("/") for name in variable.env)
    return next((value for value in stated if value), variable.default)


def _missing(provider: Provider, environ: Mapping[str, str] | None) -> list[tuple[list[str], list[str]]]:
    """Each value that is missing: the variables where it may stand, and the cloud where a sign-in does."""
    values = os.environ if environ is None else environ
    clouds = [_CLOUDS[provider.identity]] if provider.identity else []
    wanted: list[tuple[list[str], list[str]]] = []
    has_key = provider.key_optional or not (provider.key_env or clouds) or key_of(provider, values)
    if not has_key and not looks_configured(provider, values):
        wanted.append(([*provider.key_env], clouds))
    settled = settle(provider, values).settings
    return wanted + [([*one.env], []) for name, one in provider.variables.items() if name not in settled]


def _told(names: list[str], clouds: list[str]) -> str:
    ways = [f"set {' or '.join(names)}"] if names else []
    return ", or ".join([*ways, *(f"sign in to {cloud}" for cloud in clouds)])


def _configured(source: str, content: dict[str, Any], known: dict[str, Provider]) -> Config:
    """The known rows with the changes and additions of a source."""
    problems = [f"{source}: {key}: expected providers or offers" for key in sorted(content.keys() - _TOP)]
    tables, rows = content.get("providers", {}), content.get("offers", [])
    if not isinstance(tables, dict):
        problems.append(f"{source}: providers: expected tables such as [providers.acme]")
        tables = {}
    if not isinstance(rows, list):
        problems.append(f"{source}: offers: expected a list of tables: [[offers]]")
        rows = []
    tables, rows = cast(dict[str, Any], tables), cast(list[Any], rows)
    providers = dict(known)
    for name, table in tables.items():
        wrong = provider_problems(f"{source}: providers.{name}", name, table, known)
        problems += wrong
        if not wrong:
            providers[name] = provider_of(name, table, known.get(name))
    # A wrong provider is told already; this machine's offers are fixed.
    sellers = {name: providers.get(name) for name in (*known, *tables) if name != "local"}
    offers = dict[str, Offer]()
    for number, table in enumerate(rows, 1):
        wrong = offer_problems(f"{source}: offers[{number}]", table, sellers, offers)
        problems += wrong
        if not wrong and (provider := sellers[table["provider"]]):
            offer = offer_of(source, table, provider)
            offers[offer.id] = offer
    return Config(providers, tuple(offers.values()), tuple(problems))


_TOP = {"providers", "offers"}
_CLOUDS: dict[Identity, str] = {"aws": "AWS", "google": "Google Cloud", "entra": "Azure"}
