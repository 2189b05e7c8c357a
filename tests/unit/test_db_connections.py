"""What is kept of connections: the last word counts, and removing takes along what belongs to it."""

from collections.abc import Generator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from db import connections as stored
from db.connections import CustomOffer, CustomProvider, Discovery, ProviderCheck
from db.session import Database
from tests.dbtools import ENGINES, fresh_database

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ROW: dict[str, Any] = {"dialect": "openai", "base_url": "http://127.0.0.1:8000/v1", "max_concurrency": 4}
OFFER: dict[str, Any] = {"provider": "acme", "model": "a/large", "price": {"input_mtok": "0.10"}}


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def providers(database: Database) -> list[CustomProvider]:
    with database.reader() as session:
        return list(session.scalars(stored.custom_providers()))


def offers(database: Database, provider: str | None = None) -> list[CustomOffer]:
    with database.reader() as session:
        return list(session.scalars(stored.custom_offers(provider)))


def found(database: Database) -> list[str]:
    with database.reader() as session:
        checked = [f"check of {row.provider}" for row in session.scalars(stored.checks())]
        return checked + [f"list of {row.provider}" for row in session.scalars(stored.discoveries())]


def check(provider: str = "acme", ok: bool = True) -> ProviderCheck:
    return ProviderCheck(provider=provider, checked_at=NOW, ok=ok, cost=Decimal("0.0000000123"), ttft_ms=80.5)


def fill(database: Database) -> None:
    with database.writer() as session:
        stored.save_provider(session, "acme", ROW, "ada")
        stored.save_offer(session, OFFER, "ada")
        stored.save_offer(session, {"provider": "openai", "model": "own"}, None)
        for provider in ("acme", "openai"):
            stored.save(session, check(provider))
            stored.save(session, Discovery(provider=provider, found_at=NOW, models=[{"id": "a"}]))


def test_settings_come_back_as_they_were(database: Database) -> None:
    fill(database)
    (row,) = providers(database)
    assert (row.id, row.settings, row.user) == ("acme", ROW, "ada")
    assert row.updated_at.tzinfo is not None
    assert [(o.id, o.settings) for o in offers(database, "acme")] == [("acme/a/large", OFFER)]
    assert [o.id for o in offers(database)] == ["acme/a/large", "openai/own"]


def test_saving_again_replaces(database: Database) -> None:
    fill(database)
    with database.writer() as session:
        stored.save_provider(session, "acme", {**ROW, "max_concurrency": 8}, "bob")
        stored.save_offer(session, {**OFFER, "name": "Large"}, "bob")
        stored.save(session, check(ok=False))
    (row,) = providers(database)
    assert (row.settings["max_concurrency"], row.user) == (8, "bob")
    assert offers(database, "acme")[0].settings["name"] == "Large"
    with database.reader() as session:
        kept = {row.provider: row for row in session.scalars(stored.checks())}
    assert not kept["acme"].ok
    assert (kept["acme"].cost, kept["acme"].checked_at) == (Decimal("0.0000000123"), NOW)


def test_a_provider_goes_with_its_offers_and_findings(database: Database) -> None:
    fill(database)
    with database.writer() as session:
        stored.delete_provider(session, "acme")
    assert providers(database) == []
    assert [offer.id for offer in offers(database)] == ["openai/own"]
    assert found(database) == ["check of openai", "list of openai"]


def test_an_offer_goes_alone(database: Database) -> None:
    fill(database)
    with database.writer() as session:
        stored.delete_offer(session, "acme/a/large")
    assert [offer.id for offer in offers(database)] == ["openai/own"]
    assert len(providers(database)) == 1
