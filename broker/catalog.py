"""Which offers there are: this machine's, those of `broker.toml`, and the price list's for each provider."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from broker.config import Config
from broker.local import LOCAL_OFFERS
from broker.types import Offer

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

# Ids of the price list that name something other than a chat model.
_NOT_CHAT = re.compile(
    r"^(ft:|ada$|babbage|curie|davinci|text-|moderation)"
    r"|image|audio|realtime|live|transcribe|tts|embed|whisper|guard|ocr|voxtral|robotics|nano-banana"
    r"|omni|\.ft-|deep-research|vision-preview|:batch"
)
_MAKERS = (
    (r"anthropic/|claude", "Anthropic"),
    (r"openai/|gpt|chatgpt|^o\d|codex", "OpenAI"),
    (r"google/|gemini|gemma", "Google"),
    (r"mistral|mixtral|ministral|codestral|devstral|magistral|pixtral", "Mistral"),
    (r"meta-llama/|llama", "Meta"),
    (r"deepseek", "DeepSeek"),
    (r"qwen|alibaba", "Alibaba"),
    (r"x-ai/|grok", "xAI"),
    (r"cohere/|command-", "Cohere"),
    (r"moonshotai/|kimi", "Moonshot AI"),
    (r"z-ai/|zai-|glm-", "Z.ai"),
    (r"amazon/|nova-", "Amazon"),
    (r"microsoft/|phi-", "Microsoft"),
    (r"nvidia/|nemotron", "NVIDIA"),
    (r"minimax", "MiniMax"),
    (r"perplexity/|sonar", "Perplexity"),
)


def offers(config: Config) -> tuple[Offer, ...]:
    """Every offer known to this installation, this machine's first; an id occurs once."""
    found: dict[str, Offer] = {}
    for offer in (*LOCAL_OFFERS, *config.offers, *_listed(config)):
        found.setdefault(offer.id, offer)
    return tuple(found.values())


def find(config: Config, offer_id: str) -> Offer | None:
    """The offer with this id. A model that no list knows is taken at its word; an unknown provider is `None`."""
    known = next((offer for offer in (*LOCAL_OFFERS, *config.offers) if offer.id == offer_id), None)
    provider_id, _, model = offer_id.partition("/")
    provider = config.providers.get(provider_id)
    if known is not None or provider is None or not model or provider_id == "local":
        return known
    return Offer(provider_id, model, model, provider.maker or _maker(model), model)


def _listed(config: Config) -> Iterator[Offer]:
    for provider in config.providers.values():
        if provider.prices_id:
            yield from _listed_by(provider.id, provider.prices_id, provider.maker, provider.models)


@lru_cache(maxsize=64)
def _listed_by(provider_id: str, prices_id: str, maker: str | None, models: str) -> tuple[Offer, ...]:
    from genai_prices.data_snapshot import get_snapshot

    listed = next((row.models for row in get_snapshot().providers if row.id == prices_id), [])
    chosen = (model for model in listed if re.search(models, model.id) and _chats(model))
    return tuple(
        Offer(
            provider=provider_id,
            model=model.id,
            wire_model=model.id,
            maker=maker or _maker(model.id),
            name=model.name or model.id,
            context_window=model.context_window,
        )
        for model in chosen
    )


def _chats(model: "ModelInfo") -> bool:
    prices = model.prices if not isinstance(model.prices, list) else model.prices[-1].prices
    priced = prices.input_mtok is not None and prices.output_mtok is not None
    return priced and not _NOT_CHAT.search(model.id)


def _maker(model: str) -> str:
    """Who trained a model sold on a platform of many makers, read from its id; "unknown" if unclear."""
    return next((maker for pattern, maker in _MAKERS if re.search(pattern, model.lower())), "unknown")
