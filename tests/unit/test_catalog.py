"""Which offers there are, who made them, and what must never be among them."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices.data_snapshot import get_snapshot

from broker import catalog
from broker.catalog import Difference, catalogue, doors, find, offers, search
from broker.catalog_entries import price_of
from broker.config import Config
from broker.local import LOCAL_OFFERS
from broker.pricing import NO_FEE, price_at
from broker.providers.registry import REGISTRY
from broker.types import Offer, Provider, TokenPrice

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
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
    # these want tools of their own with each call
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
    "bedrock/amazon.nova-sonic-v1:0",
    "together/togethercomputer/GPT-JT-Moderation-6B",
    "databricks/databricks-gte-large-en",
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


def test_the_catalogue_is_built_once_for_a_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    built = catalogue(CONFIG)
    monkeypatch.setattr(catalog, "_build", lambda *_: pytest.fail("the catalogue is built again"))
    assert catalogue(Config(dict(CONFIG.providers))) is built
    assert find(CONFIG, "openai/gpt-6-luna") is not None


def test_the_catalogue_follows_the_configuration() -> None:
    with_acme = Config({**CONFIG.providers, "acme": ACME}, (own("acme", "llama-9"),))
    assert "acme/llama-9" in catalogue(with_acme).by_id
    assert "acme/llama-9" not in catalogue(CONFIG).by_id


def test_every_line_of_the_price_list_that_a_platform_serves_is_an_entry() -> None:
    """Also those of platforms that no row names; lines that a row leaves out are of other platforms."""
    entries = catalogue(CONFIG).entries
    served = {(row.prices_id, row.models): row.id for row in REGISTRY if row.prices_id}
    for platform in get_snapshot().providers:
        patterns = [pattern for prices_id, pattern in served if prices_id == platform.id] or [""]
        expected = {m.id for m in platform.models if any(re.search(pattern, m.id) for pattern in patterns)}
        rows = {row for (prices_id, _), row in served.items() if prices_id == platform.id} or {platform.id}
        listed = {e.offer.model for e in entries if e.offer.provider in rows and e.listing and not e.lender}
        assert listed >= expected, platform.id
    assert 2_000 < len(entries) < 3_000


def test_entries_that_can_be_asked_are_the_offers() -> None:
    asked = [entry.offer for entry in catalogue(CONFIG).entries if entry.asked]
    assert tuple(asked) == offers(CONFIG)
    assert all(entry.configured for entry in catalogue(CONFIG).entries if entry.asked)


@pytest.mark.parametrize(
    "offer_id", ["novita/moonshotai/kimi-k3", "moonshotai/kimi-k3", "meta/muse-spark-1.3"]
)
def test_a_platform_that_is_not_configured_is_listed_but_not_asked(offer_id: str) -> None:
    entry = catalogue(CONFIG).by_id[offer_id]
    assert not entry.configured
    assert not entry.asked
    assert price_of(entry, AT) is not None
    assert find(CONFIG, offer_id) is None


def test_a_platform_of_the_price_list_that_a_provider_of_the_file_names_is_configured() -> None:
    config = Config({**CONFIG.providers, "acme": replace(ACME, prices_id="novita")})
    known = catalogue(config)
    assert known.by_id["acme/moonshotai/kimi-k3"].asked
    assert "novita/moonshotai/kimi-k3" not in known.by_id


def test_a_price_is_the_one_that_a_call_would_be_billed() -> None:
    rows = {row.id: row for row in REGISTRY}
    billed = 0
    for entry in catalogue(CONFIG).entries:
        if entry.asked:
            price = price_at(rows[entry.offer.provider], entry.offer, 0, AT)
            billed += price is not None
            assert price is None or price == price_of(entry, AT), entry.id
    assert billed > 1_000


def test_an_unknown_price_is_none_and_a_free_one_is_zero() -> None:
    config = Config({**CONFIG.providers, "acme": ACME}, (own("acme", "x"), own("ollama", "qwen3:8b")))
    known = catalogue(config).by_id
    assert price_of(known["acme/x"], AT) is None
    assert price_of(known["ollama/qwen3:8b"], AT) == NO_FEE
    whisper = price_of(known["openai/whisper-1"], AT)
    assert whisper is None or whisper.input_mtok is None  # billed by the minute


def test_azure_sells_openais_models_at_openais_price_and_says_so() -> None:
    known = catalogue(CONFIG).by_id
    azure, openai = known["azure/gpt-5-mini"], known["openai/gpt-5-mini"]
    assert azure.lender == "OpenAI"
    assert openai.lender is None
    assert price_of(azure, AT) == price_of(openai, AT)
    assert known["azure/o3-mini"].lender is None  # Azure's own line
    assert "azure/claude-opus-4-8" not in known  # another row's


def test_a_name_of_the_price_list_becomes_what_the_platform_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    known = catalogue(CONFIG).by_id
    fireworks = known["fireworks/glm-5p3"]
    assert (fireworks.asked, fireworks.offer.wire_model) == (True, "accounts/fireworks/models/glm-5p3")
    model = "regional.anthropic.claude-haiku-4-5-20251001-v1:0"
    assert not known[f"bedrock/{model}"].asked
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    european = catalogue(CONFIG).by_id[f"bedrock/{model}"]
    assert european.asked
    assert european.offer.wire_model == "eu.anthropic.claude-haiku-4-5-20251001-v1:0"


def test_models_that_only_responses_serves_are_asked_where_the_row_speaks_it() -> None:
    assert catalogue(CONFIG).by_id["openai/gpt-5-pro"].asked
    silent = Config({"openai": replace(CONFIG.providers["openai"], rules=())})
    assert not catalogue(silent).by_id["openai/gpt-5-pro"].asked


@pytest.mark.parametrize(
    ("offer_id", "takes", "gives"),
    [
        ("anthropic/claude-opus-4-5", {"text", "image"}, {"text"}),
        ("bedrock/global.anthropic.claude-opus-4-5-v1:0", {"text", "image"}, {"text"}),
        ("openai/gpt-4.1", {"text", "image"}, {"text"}),
        ("openai/o3-mini", {"text"}, {"text"}),
        ("gemini/gemini-2.5-flash", {"text", "image", "audio", "video"}, {"text"}),
        ("openai/text-embedding-3-small", {"text"}, {"embedding"}),
        ("openai/whisper-1", {"audio"}, {"text"}),
        ("openai/tts-1", {"text"}, {"audio"}),
        ("openai/gpt-image-1", {"text", "image"}, {"image"}),
        ("mistral/mistral-ocr-2512", {"document", "image"}, {"text"}),
        ("together/meta-llama/Llama-4-Scout-17B-16E-Instruct", {"text", "image"}, {"text"}),
        ("groq/llama-3.3-70b-versatile", {"text"}, {"text"}),
        ("openai/ada", set(), set()),  # nothing is known
    ],
)
def test_modalities(offer_id: str, takes: set[str], gives: set[str]) -> None:
    entry = catalogue(CONFIG).by_id[offer_id]
    assert (entry.takes, entry.gives) == (takes, gives)


def test_deprecation_is_the_price_lists() -> None:
    known = catalogue(CONFIG).by_id
    assert known["gemini/gemini-2.0-flash"].deprecated
    assert not known["gemini/gemini-3.8-flash"].deprecated


@pytest.mark.parametrize(
    ("text", "found", "not_found"),
    [
        ("sonnet 4.5", "openrouter/anthropic/claude-sonnet-4.5", "anthropic/claude-sonnet-4-6"),
        ("SONNET 4-5", "openrouter/anthropic/claude-sonnet-4.5", "anthropic/claude-sonnet-4-6"),
        ("bedrock nova lite", "bedrock/amazon.nova-lite-v1:0", "openrouter/amazon/nova-lite-v1"),
        ("meta groq 70b", "groq/llama-3.3-70b-versatile", "together/meta-llama/Llama-2-70b-chat-hf"),
        (
            "llama-3-3-70b-instruct",
            "groq/llama-3.3-70b-versatile",
            "groq/llama-3.1-8b-instant",
        ),  # by identity
        ("", "openai/o3", "nothing"),
    ],
)
def test_search(text: str, found: str, not_found: str) -> None:
    ids = {entry.id for entry in search(catalogue(CONFIG).entries, text)}
    assert found in ids
    assert not_found not in ids


def test_search_of_everything_takes_less_than_50_ms() -> None:
    entries, took = catalogue(CONFIG).entries, []
    for text in ("", "claude", "sonnet 4.5 bedrock", "no such words", "a b c d e f g"):
        start = time.perf_counter()
        search(entries, text)
        took.append(time.perf_counter() - start)
    assert sorted(took)[2] < 0.05  # the median: the machine may have paused for one of them


def test_search_of_nothing_known_is_empty() -> None:
    assert search(catalogue(CONFIG).entries, "claude zzz") == []


def priced(provider: str, model: str, amount_in: str | None, amount_out: str | None) -> Offer:
    amounts = [None if amount is None else Decimal(amount) for amount in (amount_in, amount_out)]
    return own(provider, model, price=TokenPrice(*amounts, source="test"))


def test_doors_to_the_same_weights_with_price_differences() -> None:
    rows = {name: replace(ACME, id=name, name=name) for name in ("acme", "dear", "cheap", "silent", "free")}
    known = catalogue(
        Config(
            rows,
            (
                priced("acme", "llama-9-70b-instruct", "2", "8"),
                priced("dear", "meta-llama/Llama-9-70B-Instruct", "2.5", "10"),
                priced("cheap", "meta.llama9-70b-instruct-v1:0", "1", "8"),
                own("silent", "llama9-70b-instruct"),
                priced("free", "llama-9-70b-instruct:free", "0", "0"),
                priced("cheap", "llama-9-70b-instruct-turbo", "0.1", "0.1"),  # other weights
            ),
        )
    )
    found = doors(known, known.by_id["acme/llama-9-70b-instruct"], AT)
    assert [door.entry.offer.provider for door in found] == ["free", "cheap", "dear", "silent"]
    free, cheap, dear, silent = found
    assert (dear.input, dear.output) == (
        Difference(Decimal("0.5"), Decimal(25)),
        Difference(Decimal(2), Decimal(25)),
    )
    assert (cheap.input, cheap.output) == (
        Difference(Decimal(-1), Decimal(-50)),
        Difference(Decimal(0), Decimal(0)),
    )
    assert free.input == Difference(Decimal(-2), Decimal(-100))
    assert (silent.price, silent.input, silent.output) == (None, None, None)
    from_free = doors(known, known.by_id["free/llama-9-70b-instruct:free"], AT)
    assert from_free[1].input == Difference(Decimal(2), None)  # no percentage of nothing


def test_an_ambiguous_name_has_no_doors() -> None:
    known = catalogue(CONFIG)
    assert known.by_id["openai/gpt-4o"].identity is None
    assert doors(known, known.by_id["openai/gpt-4o"], AT) == []


def test_doors_are_mutual() -> None:
    known = catalogue(CONFIG)
    entry = known.by_id["anthropic/claude-sonnet-4-5"]
    platforms = {door.entry.offer.provider for door in doors(known, entry, AT)}
    assert {"bedrock", "vertex-claude", "azure-claude", "openrouter"} <= platforms
    for door in doors(known, entry, AT):
        assert entry.id in {back.entry.id for back in doors(known, door.entry, AT)}


def test_the_shipped_configuration_lists_all_platforms_with_a_price_list() -> None:
    listed = {offer.provider for offer in offers(CONFIG)}
    assert {row.id for row in REGISTRY if row.prices_id} <= listed
