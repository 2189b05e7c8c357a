"""Lists of models in every shape that platforms give them, over a real server, and beside the catalogue."""

import asyncio
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from broker import discovery, transport
from broker.complete import Door
from broker.credentials import Sign
from broker.discovery import Listed, compare, discover, lists_models
from broker.errors import BadRequest, ConnectFailed, KeyRefused, Malformed, ModelNotFound, ProviderError
from broker.providers.registry import REGISTRY
from broker.types import Offer, Provider
from tests import standin_models
from tests.standin_models import Platform, models

KEY = "sk-canary-0123456789abcdef"


@pytest.fixture(scope="module", name="server")
def _server() -> Iterator[Platform]:
    with standin_models.serving() as platform:
        yield platform


@pytest.fixture(autouse=True)
def _fresh(server: Platform) -> None:
    server.lists.clear()
    server.fetched.clear()


def row(server: Platform, **changes: Any) -> Provider:
    return Provider(
        **{"id": "acme", "name": "Acme", "dialect": "openai", "base_url": f"{server.url}/v1", **changes}
    )


def ask(provider: Provider, key: str | None = KEY, sign: Sign | None = None) -> tuple[Listed, ...]:
    async def go() -> tuple[Listed, ...]:
        pool = transport.open_transport()
        try:
            return await discover(Door(provider, pool, key, sign))
        finally:
            await pool.aclose()

    return asyncio.run(go())


def test_the_list_that_openai_and_most_others_give(server: Platform) -> None:
    server.lists["/v1/models"] = models("large", "small")
    assert ask(row(server)) == (Listed("large"), Listed("small"))
    ((path, headers),) = server.fetched
    assert (path, headers["authorization"]) == ("/v1/models", f"Bearer {KEY}")


def test_a_secret_that_signs_is_never_sent(server: Platform) -> None:
    server.lists["/v1/models"] = models("large")
    with pytest.raises(BadRequest, match="Acme lists its models to a key alone"):
        ask(row(server), sign=lambda *_: {})
    assert server.fetched == []


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        pytest.param(
            {"id": "a", "display_name": "A", "context_length": 8}, Listed("a", "A", 8), id="together"
        ),
        pytest.param({"id": "a", "context_window": 131072}, Listed("a", "", 131072), id="groq"),
        pytest.param({"id": "a", "max_model_len": 2048}, Listed("a", "", 2048), id="vllm"),
        pytest.param({"id": "a", "type": "chat"}, Listed("a"), id="together chat"),
        pytest.param({"id": "a", "type": "embedding"}, None, id="together embedding"),
        pytest.param({"id": "a", "capabilities": {"completion_chat": False}}, None, id="mistral no chat"),
        pytest.param(
            {"id": "m/a", "name": "A", "architecture": {"output_modalities": ["text"]}},
            Listed("m/a", "A"),
            id="openrouter",
        ),
        pytest.param(
            {"id": "a", "architecture": {"output_modalities": ["image"]}}, None, id="openrouter image"
        ),
        pytest.param({"name": "a", "endpoints": ["embed"]}, None, id="cohere embedding"),
        pytest.param(
            {"name": "a", "endpoints": ["chat"], "context_length": 9}, Listed("a", "", 9), id="cohere"
        ),
        pytest.param(
            {
                "id": "a",
                "deprecation": "2026-08-31T12:00:00Z",
                "deprecation_replacement_model": "b",
                "aliases": ["a-2508", 7],
            },
            Listed("a", "", None, date(2026, 8, 31), "b", ("a-2508",)),
            id="mistral end",
        ),
        pytest.param(
            {"id": "a", "expiration_date": "2026-09-08"},
            Listed("a", retires=date(2026, 9, 8)),
            id="openrouter end",
        ),
        pytest.param(  # 1709284527 is 1 March 2024, 09:15:27 UTC
            {"id": "a", "deprecation": {"fine_tune": 1677662127, "inference": 1709284527}},
            Listed("a", retires=date(2024, 3, 1)),
            id="azure end",
        ),
        pytest.param(
            {"id": "a", "expiration_date": "soon", "deprecation": 10**18, "aliases": "none"},
            Listed("a"),
            id="an end that is no day",
        ),
        pytest.param({"id": "a", "deprecation": None, "expiration_date": None}, Listed("a"), id="no end"),
        pytest.param({"object": "model"}, None, id="no id"),
        pytest.param({"id": 7}, None, id="an id that is no text"),
    ],
)
def test_one_entry(server: Platform, entry: dict[str, Any], found: Listed | None) -> None:
    server.lists["/v1/models"] = [entry]
    assert ask(row(server)) == ((found,) if found else ())


def test_a_server_without_models_says_null(server: Platform) -> None:
    server.lists["/v1/models"] = {"object": "list", "data": None}
    assert ask(row(server)) == ()


def test_anthropic_gives_pages(server: Platform) -> None:
    first = {"data": [{"id": "claude-b", "display_name": "B", "type": "model"}], "has_more": True}
    server.lists["/v1/models?limit=1000"] = {**first, "last_id": "claude-b"}
    server.lists["/v1/models?limit=1000&after_id=claude-b"] = {
        "data": [{"id": "claude-a"}],
        "has_more": False,
    }
    provider = row(
        server,
        dialect="anthropic",
        base_url=server.url,
        models_path="/v1/models",
        auth="x-api-key",
        settings={"version": "2023-06-01"},
    )
    assert ask(provider) == (Listed("claude-b", "B"), Listed("claude-a"))
    for _, headers in server.fetched:
        assert (headers["x-api-key"], headers["anthropic-version"]) == (KEY, "2023-06-01")


def test_gemini_gives_pages_and_other_things_than_chat(server: Platform) -> None:
    chat = {"name": "models/gemini-a", "displayName": "A", "inputTokenLimit": 5}
    server.lists["/v1beta/models?pageSize=1000"] = {
        "models": [{**chat, "supportedGenerationMethods": ["countTokens", "generateContent"]}],
        "nextPageToken": "t/2",
    }
    server.lists["/v1beta/models?pageSize=1000&pageToken=t%2F2"] = {
        "models": [{"name": "models/embed", "supportedGenerationMethods": ["embedContent"]}]
    }
    provider = row(
        server, dialect="gemini", base_url=server.url, models_path="/v1beta/models", auth="x-goog-api-key"
    )
    assert ask(provider) == (Listed("gemini-a", "A", 5),)
    assert len(server.fetched) == 2


def test_pages_that_never_end_are_left(server: Platform) -> None:
    page = {"data": [{"id": "a"}], "has_more": True, "last_id": "a"}
    server.lists["/v1/models?limit=1000"] = server.lists["/v1/models?limit=1000&after_id=a"] = page
    assert ask(row(server, dialect="anthropic", auth="x-api-key")) == (Listed("a"),)
    assert len(server.fetched) == 2


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (401, KeyRefused, "refused with 401"),
        (404, ModelNotFound, "refused with 404"),
        ({"hello": 1}, Malformed, "not a list of models"),
        (b"<html><title>Corporate proxy</title></html>", Malformed, "Corporate proxy"),
        (b"", Malformed, "empty body"),
    ],
)
def test_what_goes_wrong(server: Platform, reply: object, kind: type[ProviderError], words: str) -> None:
    server.lists["/v1/models"] = reply
    with pytest.raises(kind, match=words):
        ask(row(server))


def test_nobody_there() -> None:
    with pytest.raises(ConnectFailed, match="connection refused"):
        ask(Provider("acme", "Acme", "openai", "http://127.0.0.1:9/v1"))


def test_an_endless_list_and_a_slow_one_are_given_up(
    server: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.lists["/v1/models"] = models(*(f"model-{n}" for n in range(100)))
    monkeypatch.setattr(transport, "MAX_DOCUMENT_BYTES", 1000)
    with pytest.raises(Malformed, match="larger than"):
        ask(row(server))
    monkeypatch.setattr(transport, "FETCH_S", 0.0)
    with pytest.raises(ProviderError, match="no complete reply within 0 s"):
        ask(row(server))


def test_the_key_is_not_in_what_a_server_says_of_it(server: Platform) -> None:
    server.lists["/v1/models"] = f"Incorrect key {KEY} provided".encode()
    with pytest.raises(Malformed) as refused:
        ask(row(server))
    assert KEY not in str(refused.value)
    assert "[key]" in str(refused.value)


def offers(*names: str) -> tuple[Offer, ...]:
    return tuple(Offer("acme", name, name, "Acme", name) for name in names)


@pytest.mark.parametrize(
    ("catalogue", "listed", "had", "new", "absent"),
    [
        (["a", "b"], ["b", "c"], ["b"], ["c"], ["a"]),
        (["a"], ["a-2025-08-07", "a-20250807", "a@20250807"], ["a"], [], []),
        (["a-latest"], ["a"], ["a-latest"], ["a"], []),
        (["a-20240620"], ["a-20241022"], [], ["a-20241022"], ["a-20240620"]),
        (["a"], ["a-mini"], [], ["a-mini"], ["a"]),
        (["a"], ["a", "text-embedding-3-small", "whisper-1"], ["a"], [], []),
        (["a"], [], [], [], ["a"]),
    ],
)
def test_beside_the_catalogue(
    catalogue: list[str], listed: list[str], had: list[str], new: list[str], absent: list[str]
) -> None:
    found = compare(Provider("acme", "Acme", "openai", ""), [Listed(i) for i in listed], offers(*catalogue))
    assert [offer.model for offer in found.had] == had
    assert [model.id for model in found.new] == new
    assert [offer.model for offer in found.absent] == absent


def test_a_list_of_a_whole_region_says_nothing_of_what_is_not_in_it() -> None:
    azure = Provider("azure", "Azure", "openai", "", settings={"deployments": "on"})
    assert compare(azure, [Listed("b")], offers("a")).absent == ()


def test_models_keep_through_storage() -> None:
    known = (Listed("a", "A", 5), Listed("b"))
    assert discovery.models_of(discovery.models_json(known)) == known


def test_only_platforms_with_a_list_are_asked_for_it() -> None:
    rows = {provider.id: provider for provider in REGISTRY}
    assert not lists_models(rows["local"])
    assert lists_models(rows["openai"])
    assert not lists_models(Provider("acme", "Acme", "openai", "http://x", models_path=""))
