"""Which offers there are: this machine's, those of `broker.toml`, and the price list's for each provider."""

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from broker.config import Config
from broker.local import LOCAL_OFFERS
from broker.pricing import price_list
from broker.types import Offer, Provider

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

UNKNOWN = "unknown"

# Ids of the price list that name something other than a chat model.
_NOT_CHAT = re.compile(
    r"^(ft:|ada$|babbage|curie|davinci|text-|moderation)"
    r"|image|audio|realtime|\blive\b|transcribe|\btts\b|embed|whisper|guard|safety|\bocr\b|voxtral|robotics"
    r"|nano-banana|omni|\.ft-|deep-research|computer-use|vision-(preview|001)|:batch|^morph/|^relace/"
    r"|turbo-instruct|^(codex|(o\d|gpt-\d[\d.]*)-(pro|codex))"  # OpenAI serves these elsewhere than in chat
    r"|^gemini-(pro|flash)-1|-maas$|:extended"  # names that other platforms use
)
# In an id the maker comes before the model's name, or the name tells; the first that fits.
_MAKERS = (
    (r"^anthropic|claude", "Anthropic"),
    (r"^openai|^(chat)?gpt|^o\d|codex", "OpenAI"),
    (r"^google|^gemini|^gemma|^palm", "Google"),
    (r"deepseek", "DeepSeek"),
    (r"nvidia|nemotron", "NVIDIA"),
    (r"perplexity|sonar", "Perplexity"),
    (r"mistral|mixtral|ministral|codestral|devstral|magistral|pixtral", "Mistral"),
    (r"^meta$|llama", "Meta"),
    (r"^alibaba|^qwen|^qwq", "Alibaba"),
    (r"^x-ai$|^grok", "xAI"),
    (r"^cohere|^command-", "Cohere"),
    (r"^moonshotai|^kimi", "Moonshot AI"),
    (r"^z-ai|^zai|^glm-", "Z.ai"),
    (r"^amazon|^nova-", "Amazon"),
    (r"^microsoft|^phi-", "Microsoft"),
    (r"^minimax", "MiniMax"),
)


def offers(config: Config) -> tuple[Offer, ...]:
    """Every offer known to this installation, this machine's first, then the file's; an id occurs once."""
    listed = {offer.id: offer for provider in config.providers.values() for offer in _listed(provider)}
    own = (_completed(offer, listed.get(offer.id)) for offer in config.offers)
    found = {offer.id: offer for offer in (*LOCAL_OFFERS, *own)}
    return (*found.values(), *(offer for offer in listed.values() if offer.id not in found))


def find(config: Config, offer_id: str) -> Offer | None:
    """The offer with this id; `None` for an unknown provider. A model in no list is taken at its word."""
    provider_id, _, model = offer_id.partition("/")
    provider = config.providers.get(provider_id)
    if provider is None or not model:
        return None
    own = next((offer for offer in (*LOCAL_OFFERS, *config.offers) if offer.id == offer_id), None)
    listed = next((offer for offer in _listed(provider) if offer.id == offer_id), None)
    if own is not None or provider_id == "local":
        return own and _completed(own, listed)
    return listed or Offer(provider_id, model, model, _maker(model, provider.maker), model)


def _completed(own: Offer, listed: Offer | None) -> Offer:
    """An offer of the file; what it leaves open comes from the price list, else from the model's id."""
    like = listed or replace(own, maker=_maker(own.model))
    return replace(
        own,
        maker=like.maker if own.maker == UNKNOWN else own.maker,
        name=like.name if own.name == own.model else own.name,
        context_window=own.context_window or like.context_window,
    )


def _listed(provider: Provider) -> tuple[Offer, ...]:
    if provider.prices_id is None:
        return ()
    return _listed_by(provider.id, provider.prices_id, provider.maker, provider.models)


@lru_cache(maxsize=64)
def _listed_by(provider_id: str, prices_id: str, maker: str | None, models: str) -> tuple[Offer, ...]:
    listed = (model for row in price_list().providers if row.id == prices_id for model in row.models)
    return tuple(
        Offer(
            provider=provider_id,
            model=model.id,
            wire_model=model.id,
            maker=_maker(model.id, maker),
            name=model.name or model.id,
            context_window=model.context_window,
        )
        for model in listed
        if re.search(models, model.id) and _chats(model)
    )


def _chats(model: "ModelInfo") -> bool:
    """True for a chat model with prices whose id is a name to ask for: some ids only head a family."""
    prices = model.prices if not isinstance(model.prices, list) else model.prices[-1].prices
    priced = prices.input_mtok is not None and prices.output_mtok is not None
    return priced and model.is_match(model.id) and not _NOT_CHAT.search(model.id)


def _maker(model: str, otherwise: str | None = None) -> str:
    """Who trained a model, read from its id: `maker/name` where a platform writes it so."""
    maker, _, name = model.lower().lstrip("~").rpartition("/")
    told = maker if "/" not in maker else ""
    fits = next((known for pattern, known in _MAKERS if re.search(pattern, told or name)), None)
    return fits or otherwise or told or UNKNOWN
