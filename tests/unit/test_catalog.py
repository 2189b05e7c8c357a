"""Which offers there are, who made them, and what must never be among them."""

import re
import time
from dataclasses import replace
from decimal import Decimal

import pytest
from genai_prices.data_snapshot import get_snapshot

from broker import catalog
from broker.catalog import find, offers
from broker.config import Config
from broker.local import LOCAL_OFFERS
from broker.providers.registry import REGISTRY
from broker.types import Offer, Provider, TokenPrice

CONFIG = Config({row.id: row for row in REGISTRY})
IDS = {offer.id for offer in offers(CONFIG)}
ACME = Provider("acme", "Acme", "openai", "http://127.0.0.1:1")
PRICE = TokenPrice(Decimal("1.20"), Decimal("4.80"), source="broker.toml")


def own(provider: str, model: str, maker: str = "unknown", **more: object) -> Offer:
    return replace(Offer(provider, model, model, maker, model), **more)


def test_ids_are_unique() -> None:
    assert len(IDS) == len(offers(CONFIG))


def test_an_id_is_platform_and_model() -> None:
    for offer in offers(CONFIG):
        assert offer.id == f"{offer.provider}/{offer.model}"
        assert offer.provider in CONFIG.providers
        assert re.fullmatch(r"\S+", offer.id)
        assert offer.name.strip()
        assert offer.maker.strip()


@pytest.mark.parametrize(
    "offer_id",
    [
        "openai/gpt-6-luna",
        "openai/gpt-4o-mini",
        "openai/o3",
        "anthropic/claude-sonnet-5-5",
        "anthropic/claude-haiku-4-5",
        "gemini/gemini-3.8-flash",
        "mistral/mistral-large-2512",
        "groq/openai/gpt-oss-120b",
        "openrouter/anthropic/claude-sonnet-5.5",
        "openrouter/meta-llama/llama-3.3-70b-instruct",
    ],
)
def test_a_chat_model_is_listed(offer_id: str) -> None:
    assert offer_id in IDS


NOT_CHAT_MODELS = [
    # embeddings, images, speech, moderation
    "openai/text-embedding-3-small",
    "openai/gpt-image-2",
    "openai/gpt-4o-transcribe",
    "openai/gpt-4o-mini-tts",
    "openai/gpt-realtime-2",
    "openai/gpt-audio",
    "openai/gpt-live-1",
    "openai/moderation",
    "gemini/gemini-embedding-2",
    "gemini/gemini-2.5-flash-image",
    "gemini/gemini-nano-banana-2.1",
    "gemini/gemini-3.8-flash-tts",
    "gemini/gemini-3.8-live",
    "gemini/gemini-live-2.5-flash",
    "gemini/gemini-omni-1.1-flash",
    "gemini/gemini-robotics-er-2-preview",
    "mistral/mistral-embed",
    "mistral/mistral-ocr-latest",
    "mistral/voxtral-mini-2602",
    "groq/whisper-large-v3",
    "groq/meta-llama/llama-guard-4-12b",
    "groq/meta-llama/llama-prompt-guard-2-86m",
    "openrouter/openai/gpt-5-image",
    "openrouter/nvidia/nemotron-3.5-content-safety",
    "openrouter/morph/morph-v3-fast",
    "openrouter/relace/relace-apply-3",
    # text completion only
    "openai/davinci-002",
    "openai/gpt-3.5-turbo-instruct",
    # OpenAI serves these through another endpoint than chat completions
    "openai/gpt-5-pro",
    "openai/gpt-5.2-pro",
    "openai/gpt-5.3-codex",
    "openai/gpt-5.1-codex-mini",
    "openai/codex-mini",
    "openai/o1-pro",
    "openai/o3-deep-research",
    "openai/computer-use",
    # somebody else's fine-tune, a batch price, a name of another platform, the head of a family
    "openai/ft:gpt-4o",
    "openai/gpt-4o:extended",
    "openrouter/openai/gpt-4.1:batch",
    "gemini/claude-sonnet-4-5",
    "gemini/gemini-flash-1.5",
    "gemini/gemma-4-26b-a4b-it-maas",
    "mistral/codestral",
]


@pytest.mark.parametrize("offer_id", NOT_CHAT_MODELS)
def test_what_does_not_chat_is_not_listed(offer_id: str) -> None:
    provider, _, model = offer_id.partition("/")
    prices_id = CONFIG.providers[provider].prices_id
    known = {info.id for row in get_snapshot().providers if row.id == prices_id for info in row.models}
    assert model in known  # else this case has become empty
    assert offer_id not in IDS


def test_a_platform_lists_only_what_its_api_serves() -> None:
    gemini = [offer for offer in offers(CONFIG) if offer.provider == "gemini"]
    assert gemini
    assert all(offer.model.startswith(("gemini-", "gemma-")) for offer in gemini)


@pytest.mark.parametrize(
    ("offer_id", "maker"),
    [
        ("openai/o3", "OpenAI"),
        ("mistral/deepseek-v4-1-flash-1017", "DeepSeek"),
        ("mistral/zai-glm-5-3", "Z.ai"),
        ("mistral/mistral-large-2512", "Mistral"),
        ("groq/openai/gpt-oss-120b", "OpenAI"),
        ("groq/llama-3.3-70b-versatile", "Meta"),
        ("groq/deepseek-r1-distill-llama-70b", "DeepSeek"),
        ("groq/gemma2-9b-it", "Google"),
        ("openrouter/nvidia/llama-3.1-nemotron-70b-instruct", "NVIDIA"),
        ("openrouter/nousresearch/hermes-3-llama-3.1-405b", "nousresearch"),
        ("openrouter/~anthropic/claude-opus-latest", "Anthropic"),
        ("openrouter/meta/muse-spark-1.1", "Meta"),
        ("openrouter/qwen/qwq-32b", "Alibaba"),
        # in no list
        ("openai/brand-new", "OpenAI"),
        ("groq/mystery", "unknown"),
        ("openrouter/accounts/some/deep/path", "unknown"),
        ("ollama/qwen3:8b", "Alibaba"),
    ],
)
def test_the_maker(offer_id: str, maker: str) -> None:
    offer = find(CONFIG, offer_id)
    assert offer is not None
    assert offer.maker == maker


def test_every_offer_is_found_as_it_is_listed() -> None:
    for offer in offers(CONFIG):
        assert find(CONFIG, offer.id) == offer


def test_a_model_in_no_list_is_taken_at_its_word() -> None:
    assert find(CONFIG, "openrouter/some/new-model:beta") == Offer(
        "openrouter", "some/new-model:beta", "some/new-model:beta", "some", "some/new-model:beta"
    )


@pytest.mark.parametrize(
    "offer_id", ["", "/", "openai", "openai/", "nobody/gpt-6-luna", "local/llama", "gpt-6-luna"]
)
def test_what_cannot_be_an_offer(offer_id: str) -> None:
    assert find(CONFIG, offer_id) is None


def test_this_machine_comes_first_then_the_file() -> None:
    config = Config({**CONFIG.providers, "acme": ACME}, (own("acme", "large"), own("openai", "gpt-6-luna")))
    ids = [offer.id for offer in offers(config)]
    first = [offer.id for offer in LOCAL_OFFERS]
    assert ids[: len(first) + 2] == [*first, "acme/large", "openai/gpt-6-luna"]
    assert len(ids) == len(set(ids)) == len(IDS) + 1


def test_the_file_wins_over_the_price_list_in_what_it_says() -> None:
    listed = find(CONFIG, "openai/gpt-6-luna")
    assert listed is not None
    mine = own("openai", "gpt-6-luna", price=PRICE, wire_model="gpt-6-luna-eu")
    config = Config(CONFIG.providers, (mine,))
    found = find(config, "openai/gpt-6-luna")
    assert found == replace(listed, price=PRICE, wire_model="gpt-6-luna-eu")
    assert [offer for offer in offers(config) if offer.id == mine.id] == [found]
    full = replace(mine, name="Luna", maker="Us", context_window=5)
    assert find(Config(CONFIG.providers, (full,)), full.id) == full


def test_an_offer_of_the_file_that_is_not_listed() -> None:
    config = Config(
        {**CONFIG.providers, "acme": ACME}, (own("acme", "llama-9", price=PRICE), own("acme", "x"))
    )
    assert find(config, "acme/llama-9") == own("acme", "llama-9", "Meta", price=PRICE)
    assert find(config, "acme/x") == own("acme", "x")


def test_a_provider_of_the_file_with_a_platform_of_the_price_list() -> None:
    together = replace(ACME, prices_id="together")
    config = Config({"acme": together})
    found = [offer for offer in offers(config) if offer.provider == "acme"]
    assert found
    assert {offer.id.partition("/")[0] for offer in found} == {"acme"}


def test_listing_is_fast_after_the_first_time() -> None:
    offers(CONFIG)
    took = []
    for _ in range(5):
        start = time.perf_counter()
        offers(CONFIG)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.05


def test_the_list_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    offers(CONFIG)
    monkeypatch.setattr(catalog, "_chats", lambda _: pytest.fail("the list is read again"))
    offers(Config(dict(CONFIG.providers)))
    assert find(CONFIG, "openai/gpt-6-luna") is not None


def test_the_shipped_configuration_lists_all_platforms_with_a_price_list() -> None:
    listed = {offer.provider for offer in offers(CONFIG)}
    assert {row.id for row in REGISTRY if row.prices_id} <= listed
