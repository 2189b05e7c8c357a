"""Connecting platforms: what is added in the app counts at once, and a check is a real, recorded call."""

from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from broker import catalog, checks, complete, connections, runtime
from broker import config as configuration
from broker.catalog_entries import price_of
from broker.config import Config
from broker.connections import Connection
from broker.discovery import Listed
from broker.errors import ProviderError
from broker.runtime import Runtime
from broker.types import Provider
from db.session import Database, open_database
from tests import standin_models
from tests.faults import until
from tests.standin_models import Platform, models

KEY = "sk-canary-0123456789abcdef"


@pytest.fixture(scope="module", name="server")
def _server() -> Iterator[Platform]:
    with standin_models.serving() as platform:
        yield platform


@pytest.fixture(autouse=True)
def _clean(server: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server.lists.clear()
    server.fetched.clear()
    server.asked.clear()
    server.go_on.clear()
    server.closed_early.clear()
    for name in configuration.os.environ:
        if name.endswith(("_API_KEY", "_TOKEN")) or name.startswith("BROKER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ACME_API_KEY", KEY)
    monkeypatch.setattr(complete, "FIRST_WAIT_S", 0.01)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(name="database")
def _database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Database]:
    monkeypatch.setenv("BROKER_DATABASE_URL", f"sqlite:///{tmp_path / 'broker.db'}")
    database = open_database()
    yield database
    runtime.shutdown()
    database.engine.dispose()


Save = Callable[..., Runtime]


@pytest.fixture(name="connect")
def _connect(database: Database, server: Platform) -> Save:
    """`connect("small", "large")` is the engine with the platform acme and these offers."""

    def go(*names: str, **changes: Any) -> Runtime:
        assert (
            connections.save_provider(database, engine().config, "acme", table(server, **changes), "ada")
            == {}
        )
        runtime.reconfigure()
        for name in names:
            add_offer(database, name)
        return engine()

    return go


def engine() -> Runtime:
    return runtime.runtime()


def table(server: Platform, **changes: Any) -> dict[str, Any]:
    return {"dialect": "openai", "base_url": f"{server.url}/v1", "key_env": "ACME_API_KEY", **changes}


def add_offer(database: Database, model: str, **changes: Any) -> None:
    wrong = connections.save_offer(
        database, engine().config, {"provider": "acme", "model": model, **changes}, "ada"
    )
    assert wrong == {}
    runtime.reconfigure()


def acme(database: Database) -> Connection:
    found = connections.connections(engine().config, database)
    return next(connection for connection in found if connection.provider.id == "acme")


def check(database: Database) -> None:
    engine().submit(checks.check(engine(), database, "acme", "ada")).result(30)


def recorded(database: Database) -> list[tuple[Any, ...]]:
    runtime.flush()
    with database.reader() as session:
        rows = session.execute(
            text("SELECT offer, platform, purpose, status, user FROM call ORDER BY started_at")
        )
        return [tuple(row) for row in rows]


# What is added in the app


def test_a_platform_is_there_without_a_restart(database: Database, connect: Save) -> None:
    before = engine().config
    running = connect("large", name="Acme inference", max_concurrency=3)
    row = running.config.providers["acme"]
    assert (row.name, row.key_env, row.max_concurrency) == ("Acme inference", ("ACME_API_KEY",), 3)
    assert [offer.id for offer in running.config.offers] == ["acme/large"]
    assert running.config is not before
    assert "acme" not in before.providers  # a page half-way through keeps what it had
    assert acme(database).source == "app"


def test_a_restart_keeps_it(database: Database, connect: Save) -> None:
    connect("large")
    runtime.shutdown()
    assert engine().config.offers[0].id == "acme/large"


def test_the_app_goes_before_the_file(database: Database, server: Platform, tmp_path: Path) -> None:
    file = tmp_path / "broker.toml"
    offer = '[[offers]]\nprovider = "acme"\nmodel = "{}"\nname = "from the file"\n'
    acme_row = '[providers.acme]\ndialect = "openai"\nbase_url = "http://127.0.0.1:9/v1"\n'
    file.write_text(acme_row + offer.format("a") + offer.format("b"))
    with database.writer() as session:
        connections.stored.save_provider(session, "acme", table(server), None)
        connections.stored.save_offer(session, {"provider": "acme", "model": "a"}, None)
    config = connections.load(database)
    assert config.providers["acme"].base_url == f"{server.url}/v1"
    assert {offer.id: offer.name for offer in config.offers} == {"acme/a": "a", "acme/b": "from the file"}
    assert config.problems == ()


def test_rows_say_where_they_come_from(database: Database, connect: Save, tmp_path: Path) -> None:
    (tmp_path / "broker.toml").write_text('[providers.groq]\nbase_url = "http://127.0.0.1:9/v1"\n')
    connect()
    found = {c.provider.id: c.source for c in connections.connections(engine().config, database)}
    assert (found["openai"], found["groq"], found["acme"]) == ("shipped", "file", "app")


@pytest.mark.parametrize(
    ("provider_id", "changes", "field"),
    [
        ("Acme!", {}, ""),
        ("openai", {}, ""),
        ("acme", {"key_env": KEY}, "key_env"),
        ("acme", {"key_env": "OPENAI_API_KEY"}, "key_env"),
        ("acme", {"key_env": "AWS_SECRET_ACCESS_KEY"}, "key_env"),
        ("acme", {"key_env": "DATABASE_PASSWORD"}, "key_env"),
        ("acme", {"base_url": "acme.example"}, "base_url"),
        ("acme", {"base_url": f"https://ada:{KEY}@acme.example/v1"}, "base_url"),
        ("acme", {"base_url": f"https://acme.example/v1?key={KEY}"}, "base_url"),
        ("acme", {"dialect": "morse"}, "dialect"),
        ("acme", {"max_concurrency": 0}, "max_concurrency"),
        ("acme", {"prices": "nobody"}, "prices"),
    ],
)
def test_a_wrong_platform_is_refused_with_the_reason(
    database: Database, server: Platform, provider_id: str, changes: dict[str, Any], field: str
) -> None:
    wrong = connections.save_provider(
        database, Config({}) if field else engine().config, provider_id, table(server, **changes), None
    )
    assert list(wrong) == [field]
    assert wrong[field].startswith("expected ")
    assert KEY not in str(wrong)
    assert connections.custom_provider(database, provider_id) is None


def test_a_wrong_offer_is_refused_with_the_reason(database: Database, connect: Save) -> None:
    config = connect().config
    for wrong in ({"model": "a b"}, {"price": {"input_mtok": "cheap"}}, {"context_window": 0}):
        (field,) = connections.save_offer(database, config, {"provider": "acme", "model": "a", **wrong}, None)
        assert field.split(".")[0] in wrong
    assert "provider" in connections.save_offer(database, config, {"provider": "nobody", "model": "a"}, None)
    assert connections.custom_offers(database, "acme") == {}


def test_a_platform_is_changed(database: Database, connect: Save, server: Platform) -> None:
    server.lists["/v1/models"] = models("small")
    connect("small")
    check(database)
    connect(name="Renamed")
    assert (acme(database).provider.name, acme(database).state) == ("Renamed", "reachable")
    connect(base_url="http://127.0.0.1:9/v1")
    assert acme(database).state == "unchecked"  # what was found out was true of another address
    assert acme(database).models is None


def test_removing_can_be_undone(database: Database, connect: Save) -> None:
    connect("a", "b", name="Acme inference")
    one = connections.remove_offer(database, "acme/a")
    assert list(connections.custom_offers(database, "acme")) == ["acme/b"]
    rest = connections.remove_provider(database, "acme")
    runtime.reconfigure()
    assert "acme" not in engine().config.providers
    assert engine().config.offers == ()
    for removed in (rest, one):
        connections.restore(database, removed, "ada")
    runtime.reconfigure()
    assert engine().config.providers["acme"].name == "Acme inference"
    assert [offer.id for offer in engine().config.offers] == ["acme/a", "acme/b"]


def test_a_new_platform_has_nothing_of_an_earlier_one_of_its_name(database: Database, connect: Save) -> None:
    """A check that was under way when its platform was removed is kept nevertheless."""
    connect()
    removed = connections.remove_provider(database, "acme")
    runtime.reconfigure()
    check(database)
    assert removed.providers
    connect(base_url="http://127.0.0.1:9/v1")
    assert acme(database).state == "unchecked"


def test_a_call_under_way_survives_a_change(database: Database, connect: Save, server: Platform) -> None:
    running = connect("slow")
    offer = running.config.offers[0]
    call = running.start(offer, checks.REQUEST, complete.CallContext("test"))
    assert server.waiting.acquire(timeout=10)
    connections.remove_provider(database, "acme")
    runtime.reconfigure()
    server.go_on.set()
    until(lambda: call.done)
    assert (call.status, call.snapshot().text) == ("ok", "OK")


# Checks


def test_a_check_is_a_recorded_call_of_the_cheapest_model(database: Database, connect: Save) -> None:
    connect(name="Acme inference")
    for name, price in (("dear", "9.00"), ("cheap", "0.10"), ("unpriced", None)):
        prices = {"price": {"input_mtok": price, "output_mtok": price}} if price else {}
        add_offer(database, name, **prices)
    assert acme(database).state == "unchecked"
    check(database)
    found = acme(database)
    assert found.state == "reachable"
    assert found.check is not None
    assert (found.check.offer, found.check.served_model) == ("acme/cheap", "cheap")
    assert found.check.ttft_ms is not None
    assert found.check.total_ms is not None
    assert 0 < found.check.ttft_ms <= found.check.total_ms
    assert f"{found.check.cost:f}" == "0.0000012000"  # 12 tokens at 0.10 dollars a million
    assert recorded(database) == [("acme/cheap", "Acme inference", "check", "ok", "ada")]


@pytest.mark.parametrize("provider_id", ["openai", "anthropic", "gemini", "groq", "openrouter", "bedrock"])
def test_no_model_that_is_being_ended_is_a_candidate(provider_id: str) -> None:
    config = configuration.load()
    found = checks.candidates(config, provider_id, ())
    entries = [catalog.catalogue(config).by_id[offer.id] for offer in found]
    assert len(entries) == checks.MOST_CANDIDATES
    assert [entry for entry in entries if entry.deprecated or not entry.asked] == []
    prices = [price_of(entry, datetime.now(UTC)) for entry in entries]
    costs = [20 * price.input_mtok + 16 * price.output_mtok for price in prices]
    assert costs == sorted(costs)


def test_a_check_asks_for_little(database: Database, connect: Save, server: Platform) -> None:
    connect("small")
    check(database)
    (asked,) = server.asked
    assert asked["max_tokens"] == 16


def test_the_model_to_check_is_one_that_the_account_has(
    database: Database, connect: Save, server: Platform
) -> None:
    server.lists["/v1/models"] = models("dear")
    connect()
    for name, price in (("cheap", "0.10"), ("dear", "9")):
        add_offer(database, name, price={"input_mtok": price, "output_mtok": price})
    check(database)
    assert [asked["model"] for asked in server.asked] == ["dear"]
    assert acme(database).models == (Listed("dear"),)


def test_a_server_without_offers_is_checked_by_its_own_list(
    database: Database, connect: Save, server: Platform
) -> None:
    server.lists["/v1/models"] = models("qwen3:4b")
    connect()
    check(database)
    assert acme(database).state == "reachable"
    assert recorded(database)[0][0] == "acme/qwen3:4b"


def test_a_model_that_is_gone_is_followed_by_the_next(
    database: Database, connect: Save, server: Platform
) -> None:
    connect()
    for name, price in (("gone", "0.1"), ("m403", "0.2"), ("small", "0.3")):
        add_offer(database, name, price={"input_mtok": price, "output_mtok": price})
    check(database)
    assert [asked["model"] for asked in server.asked] == ["gone", "m403", "small"]
    assert acme(database).state == "reachable"


def test_a_refused_key_ends_the_check(database: Database, connect: Save, server: Platform) -> None:
    connect("m401", "small")
    check(database)
    found = acme(database)
    assert found.state == "refused"
    assert found.check is not None
    assert (found.check.error_kind, found.check.message) == ("auth", "m401 was refused")
    assert len(server.asked) == 1


def test_nothing_to_ask_is_said(database: Database, connect: Save, server: Platform) -> None:
    connect()
    check(database)
    assert acme(database).check.error_kind == "not_found"  # the list's own failure
    server.lists["/v1/models"] = models()
    check(database)
    assert "lists no model" in acme(database).check.message


def test_nobody_there(database: Database, connect: Save) -> None:
    connect("small", base_url="http://127.0.0.1:9/v1")
    check(database)
    assert acme(database).check.error_kind == "connect"


def test_a_missing_key_is_named(database: Database, connect: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    connect("small")
    monkeypatch.delenv("ACME_API_KEY")
    found = acme(database)
    assert (found.state, found.missing) == ("no_key", "ACME_API_KEY")
    listed = connections.connections(engine().config, database)
    assert listed[0].missing is None
    assert listed[-1].missing is not None


def test_the_key_is_nowhere_in_the_database(
    database: Database, connect: Save, server: Platform, tmp_path: Path
) -> None:
    server.lists["/v1/models"] = f"no such key: {KEY}".encode()
    connect("m401")
    check(database)
    with pytest.raises(ProviderError):
        engine().submit(checks.refresh(engine(), database, "acme")).result(10)
    runtime.shutdown()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"m401 was refused" in kept
    assert KEY.encode() not in kept


def test_several_checks_at_once_show_their_progress_and_stop(
    database: Database, connect: Save, server: Platform
) -> None:
    connect("slow")
    other = {**table(server), "models_path": ""}
    assert connections.save_provider(database, engine().config, "beta", other, None) == {}
    runtime.reconfigure()
    connections.save_offer(database, engine().config, {"provider": "beta", "model": "small"}, None)
    runtime.reconfigure()
    checks.start(engine(), database, ["acme", "beta"], "ada")
    assert server.waiting.acquire(timeout=10)
    checks.start(engine(), database, ["acme"], "ada")  # under way: not asked twice
    until(lambda: checks.progress() == (1, 2))
    assert checks.running() == {"acme"}
    checks.cancel()
    until(lambda: not checks.running())
    assert server.closed_early.wait(5)
    until(lambda: [row[3] for row in recorded(database) if row[0] == "acme/slow"] == ["stopped"])
    assert acme(database).state == "unchecked"
    assert len([asked for asked in server.asked if asked["model"] == "slow"]) == 1


def test_a_second_batch_counts_anew(database: Database, connect: Save) -> None:
    connect("small")
    for _ in range(2):
        checks.start(engine(), database, ["acme"], "ada")
        until(lambda: checks.progress() == (1, 1))


@pytest.mark.local_model
def test_the_model_of_this_machine_passes_a_check(database: Database) -> None:
    engine().submit(checks.check(engine(), database, "local", "ada")).result(60)
    local = connections.connections(engine().config, database)[0]
    assert (local.provider.id, local.state) == ("local", "reachable")
    assert local.check is not None
    assert local.check.cost == 0


def test_an_unknown_platform_has_no_state_of_its_own(database: Database) -> None:
    assert Connection(Provider("a", "A", "openai", ""), "file", None).state == "unchecked"
