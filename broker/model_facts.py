"""What a model's id and its price classes tell: who made it, whether it chats, what it takes and gives.

Only what is known is told. A modality that is not named is unknown, not absent.
"""

import re
from collections.abc import Iterable
from typing import Literal

Modality = Literal["text", "image", "audio", "video", "document", "embedding"]
Modalities = frozenset[Modality]

UNKNOWN = "unknown"

# Ids that name something other than a model one talks to.
_NOT_CHAT = re.compile(
    r"^(ada$|babbage|curie|davinci|text-|moderation|voyage|eleven)|turbo-instruct|vision-(preview|001)"
    r"|image|audio|realtime|\blive\b|transcribe|\btts\b|embed|whisper|guard|safety|\bocr\b|voxtral|robotics"
    r"|nano-banana|omni|sonic|moderation|\b(bge|gte)-|rerank|orpheus|^morph/|^relace/"
)
# Ids that do not reach a chat model: fine-tunes, batch prices, tools of their own, other platforms' names.
_NOT_BY_NAME = re.compile(
    r"^ft:|\.ft-|:(batch|extended)|deep-research|computer-use|^regional\.|^gemini-(pro|flash)-1"
)
_NOT_IN_CHAT_COMPLETIONS = re.compile(r"^(codex|(o\d|gpt-\d[\d.]*)-(pro|codex))")
# In an id the maker comes before the model's name, or the name tells; the first that fits.
_MAKERS = (
    (r"^anthropic|claude", "Anthropic"),
    (r"^openai|^(chat)?gpt|^o\d|codex", "OpenAI"),
    (r"^google|^gemini|^gemma|^palm", "Google"),
    (r"deepseek", "DeepSeek"),
    (r"nvidia|nemotron", "NVIDIA"),
    (r"perplexity|sonar|^pplx", "Perplexity"),
    (r"mistral|mixtral|ministral|codestral|devstral|magistral|pixtral|voxtral", "Mistral"),
    (r"^meta$|^meta-models|llama", "Meta"),
    (r"^alibaba|^qwen|^qwq", "Alibaba"),
    (r"^x-ai$|^grok", "xAI"),
    (r"^cohere|^command-|^c4ai", "Cohere"),
    (r"^moonshot|^kimi", "Moonshot AI"),
    (r"^z-ai|^zai|^glm-", "Z.ai"),
    (r"^amazon|^nova-|^titan-", "Amazon"),
    (r"^microsoft|^phi-", "Microsoft"),
    (r"^minimax", "MiniMax"),
)
_BEDROCK = re.compile(r"^(?:(?:global|regional|us|eu|apac)\.)?([a-z0-9]+)\.(?=[a-z])")
_CLASSES: tuple[tuple[str, Modality], ...] = (
    ("audio", "audio"),
    ("image", "image"),
    ("video", "video"),
    ("document", "document"),
    ("text", "text"),
    ("mchars", "text"),
)
# What the makers' own pages say of whole families, the first that fits: taken beside text, and given.
_FAMILIES: tuple[tuple[str, tuple[Modality, ...], tuple[Modality, ...]], ...] = (
    (r"embed|\b(bge|gte)-|^voyage-", ("text",), ("embedding",)),
    (r"whisper|transcribe", ("audio",), ("text",)),
    (r"\btts\b|orpheus", ("text",), ("audio",)),
    (r"realtime|\blive\b|gpt-audio|4o-audio|4o-mini-audio|sonic", ("audio",), ("audio",)),
    (r"\bocr\b", ("document", "image"), ("text",)),
    (r"^(gpt-image|chatgpt-image|dall-e)", ("text", "image"), ("image",)),
    (r"nano-banana|^gpt-5.*-image|^gemini.*-image", ("text", "image"), ("text", "image")),
    (
        r"^claude-(3-(opus|sonnet|haiku)|3[.-][57]-sonnet|(opus|sonnet|haiku|fable|mythos)-[4-9])",
        ("image",),
        (),
    ),
    (
        r"^(chatgpt|gpt)-4o(?!.*(audio|realtime|transcribe|tts|search))|^gpt-4(\.1|-1$|-1-|-turbo|\.5)",
        ("image",),
        (),
    ),
    (
        r"^gpt-[56](?!.*(codex|search|cyber|rosalind))|^(o1|o3|o4-mini)(?!-(mini|preview|deep))(-|$)",
        ("image",),
        (),
    ),
    (r"^gemini-(1\.5|2|3)(?!.*(robotics|omni))", ("image", "audio", "video"), ()),
    (r"^gemma-3-(4|12|27)b|^gemma-3n|^gemma-4|^llama-?4-|^llama-3[.-]2-(11|90)b", ("image",), ()),
    (r"-vl(-|$|\d)|-vision\b|pixtral|^glm-4\.[56]v|^phi-4-multimodal|^internvl|^molmo", ("image",), ()),
    (r"^nova-(2-)?(lite|pro|premier)", ("image", "video"), ()),
    (r"^mistral-(small-3\.[12]|medium-3([.-]1)?$|large-2512)|^ministral-\d+b-2512", ("image",), ()),
    (r"^grok-4-(0709|fast|1-fast)|^kimi-k2[.p]5$", ("image",), ()),
)


def chats(model: str) -> bool:
    """Whether the id is that of a chat model."""
    return not _NOT_CHAT.search(model.lower())


def can_be_asked(model: str, responses: bool) -> bool:
    """Whether a platform answers to this id of a chat model; `responses`: through OpenAI's Responses too."""
    elsewhere = _NOT_IN_CHAT_COMPLETIONS.search(model) and not responses
    return chats(model) and not _NOT_BY_NAME.search(model) and not elsewhere


def maker_of(model: str, otherwise: str | None = None) -> str:
    """Who trained a model, read from its id: `maker/name` where a platform writes it so."""
    maker, _, name = model.lower().lstrip("~").rpartition("/")
    bedrock = _BEDROCK.match(name)
    told = bedrock[1] if bedrock else maker if "/" not in maker else ""
    fits = next((known for pattern, known in _MAKERS if re.search(pattern, told or name)), None)
    return fits or otherwise or told or UNKNOWN


def modalities(model: str, classes: Iterable[str], chat: bool) -> tuple[Modalities, Modalities]:
    """What a model is known to take and to give; `classes` are the names its price has classes for."""
    takes: set[Modality] = {"text"} if chat else set()
    gives: set[Modality] = {"text"} if chat else set()
    for name in classes:
        side = gives if name.startswith("output") else takes if name.startswith(("input", "cache")) else None
        if side is not None:
            side.update(modality for word, modality in _CLASSES if word in name.split("_"))
    bare = _BEDROCK.sub("", model.lower().rpartition("/")[2])
    family = next((row for row in _FAMILIES if re.search(row[0], bare)), ("", (), ()))
    return frozenset(takes.union(family[1])), frozenset(gives.union(family[2]))
