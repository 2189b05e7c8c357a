"""What staff connect in the app: providers and offers laid over those of the file, and how each fares.

They are stored as tables such as `broker.toml` has, and checked by the same rules. Keys are never stored:
a provider has the name of the environment variable that holds its key.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy.orm import Session

from broker import config as configuration
from broker.config import Config
from broker.discovery import Listed, models_of
from broker.providers.registry import REGISTRY
from broker.types import Provider
from db import connections as stored
from db.connections import ProviderCheck
from db.session import Database

Source = Literal["shipped", "file", "app"]
State = Literal["reachable", "refused", "unchecked", "not_running", "no_key"]
Table = Mapping[str, Any]

SOURCE = "Connections page"  # what problems are said to come from
STATES: tuple[State, ...] = get_args(State)  # what needs attention or works comes first
_RESERVED = ("AWS_", "AZURE_", "GOOGLE_", "BROKER_", "STREAMLIT_")
_SHIPPED = {row.id: row for row in REGISTRY}


@dataclass(frozen=True, slots=True)
class Connection:
    """A provider with where it comes from, the variables it still lacks, and what was last found out.

    `models` is its own list of models, `None` if it was never read.
    """

    provider: Provider
    source: Source
    missing: str | None
    check: ProviderCheck | None = None
    models: tuple[Listed, ...] | None = None
    listed_at: datetime | None = None

    @property
    def state(self) -> State:
        """Whether it can be asked, as far as is known. A shipped address of a server of one's own where none
        listens is `not_running`: nobody need have one.
        """
        if self.missing:
            return "no_key"
        if self.check is None:
            return "unchecked"
        own_server = self.provider.key_optional and self.source == "shipped"
        if own_server and self.check.error_kind == "connect":
            return "not_running"
        return "reachable" if self.check.ok else "refused"


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed, to be put back: providers by id, and offers."""

    providers: Mapping[str, Table]
    offers: tuple[Table, ...]


def load(database: Database) -> Config:
    """The configuration in force: shipped rows, the file over them, what was added in the app over both."""
    return overlaid(configuration.load(), database)


def overlaid(base: Config, database: Database) -> Config:
    """A configuration with what was added in the app laid over it."""
    with database.reader() as session:
        providers = _provider_tables(session)
        offers = [row.settings for row in session.scalars(stored.custom_offers())]
    return configuration.overlay(base, SOURCE, {"providers": providers, "offers": offers})


def connections(config: Config, database: Database) -> list[Connection]:
    """Every provider: in the order of `STATES`, then of the configuration."""
    with database.reader() as session:
        own = _provider_tables(session)
        checks = {row.provider: row for row in session.scalars(stored.checks())}
        lists = {row.provider: row for row in session.scalars(stored.discoveries())}
    found = [
        Connection(
            provider,
            _source(provider, own),
            configuration.missing_key(provider),
            checks.get(provider.id),
            models_of(lists[provider.id].models) if provider.id in lists else None,
            lists[provider.id].found_at if provider.id in lists else None,
        )
        for provider in config.providers.values()
    ]
    return sorted(found, key=lambda connection: STATES.index(connection.state))


def save_provider(
    database: Database, config: Config, provider_id: str, table: Table, user: str | None
) -> dict[str, str]:
    """Add or change a provider of the app; what is wrong with it instead, by field (`""`: its id)."""
    with database.reader() as session:
        added = _provider_tables(session)
    earlier = added.get(provider_id)
    if earlier is None and provider_id in config.providers:
        return {"": "expected an id that no other platform has"}
    if {"@", "?"} & set(str(table.get("base_url", ""))):
        return {"base_url": "expected an address without a user name, a password or a key in it"}
    others = {key: row for key, row in config.providers.items() if key != provider_id}
    elsewhere = [*REGISTRY, *(row for key, row in others.items() if key not in added)]
    if _is_of_another(str(table.get("key_env", "")), elsewhere):
        return {"key_env": "expected a name ending in _KEY or _TOKEN that belongs to no other platform"}
    wrong = _problems(others, {"providers": {provider_id: dict(table)}}, f"providers.{provider_id}")
    if not wrong:
        with database.writer() as session:
            stored.save_provider(session, provider_id, table, user)
            if earlier is None or earlier.get("base_url") != table["base_url"]:
                stored.forget(session, provider_id)  # it was true of another address
    return wrong


def _is_of_another(variable: str, others: Iterable[Provider]) -> bool:
    """Whether this variable may hold another's secret, which whoever edits the page must not send away.

    What is no variable's name at all is for the schema to say.
    """
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", variable):
        return False
    taken = {name for row in others for name in row.key_env}
    named_so = re.search(r"_(KEY|TOKEN)$", variable)
    return named_so is None or variable in taken or variable.startswith(_RESERVED)


def save_offer(database: Database, config: Config, table: Table, user: str | None) -> dict[str, str]:
    """Add or change an offer of the app; what is wrong with it instead, by field."""
    wrong = _problems(config.providers, {"offers": [dict(table)]}, "offers[1]")
    if not wrong:
        with database.writer() as session:
            stored.save_offer(session, table, user)
    return wrong


def custom_provider(database: Database, provider_id: str) -> Table | None:
    """The table of a provider added in the app; `None` for any other."""
    with database.reader() as session:
        return _provider_tables(session).get(provider_id)


def custom_offers(database: Database, provider_id: str) -> dict[str, Table]:
    """The tables of a provider's offers that were added in the app, by id."""
    with database.reader() as session:
        return {row.id: row.settings for row in session.scalars(stored.custom_offers(provider_id))}


def remove_provider(database: Database, provider_id: str) -> Removed:
    """Remove a provider of the app with its offers; recorded calls stay."""
    with database.writer() as session:
        tables = {key: table for key, table in _provider_tables(session).items() if key == provider_id}
        offers = tuple(row.settings for row in session.scalars(stored.custom_offers(provider_id)))
        stored.delete_provider(session, provider_id)
    return Removed(tables, offers)


def remove_offer(database: Database, offer_id: str) -> Removed:
    """Remove an offer of the app; recorded calls stay."""
    provider_id = offer_id.partition("/")[0]
    with database.writer() as session:
        rows = session.scalars(stored.custom_offers(provider_id))
        removed = tuple(row.settings for row in rows if row.id == offer_id)
        stored.delete_offer(session, offer_id)
    return Removed({}, removed)


def restore(database: Database, removed: Removed, user: str | None) -> None:
    """Put back what was removed."""
    with database.writer() as session:
        for provider_id, table in removed.providers.items():
            stored.save_provider(session, provider_id, table, user)
        for table in removed.offers:
            stored.save_offer(session, table, user)


def _provider_tables(session: Session) -> dict[str, dict[str, Any]]:
    return {row.id: row.settings for row in session.scalars(stored.custom_providers())}


def _source(provider: Provider, own: Mapping[str, Table]) -> Source:
    if provider.id in own:
        return "app"
    return "shipped" if provider == _SHIPPED.get(provider.id) else "file"


def _problems(known: Mapping[str, Provider], content: dict[str, Any], place: str) -> dict[str, str]:
    """What the rules of the file say against this content, by field below its place."""
    found = configuration.overlay(Config(known), SOURCE, content).problems
    return dict(_field(sentence, f"{SOURCE}: {place}") for sentence in found)


def _field(sentence: str, prefix: str) -> tuple[str, str]:
    field, _, expected = sentence.removeprefix(prefix).removeprefix(".").partition(": ")
    return field, expected
