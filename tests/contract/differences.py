"""Where our requests differ from those of the official SDKs, and why. What is not listed here fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.contract.capabilities import WEATHER
from tests.contract.recordings import CURRENT, PREVIOUS, Recording

GONE = object()  # not sent
Fields = Mapping[str, tuple[Any, Any]]  # by dotted path: (theirs, ours)

OPENAI = ("openai_chat", "azure_openai_v1", "openrouter")
RESPONSES = ("openai_responses",)
CLAUDE = ("anthropic", "anthropic_vertex", "azure_foundry_claude")
GEMINI = ("gemini", "vertex_gemini")


@dataclass(frozen=True)
class Listed:
    """Fields that differ in these recordings; without `cases`, in all of them that do not stream."""

    why: str
    providers: tuple[str, ...]
    fields: Fields
    cases: tuple[str, ...] = ()
    folders: tuple[str, ...] = (CURRENT, PREVIOUS)

    def concerns(self, one: Recording) -> bool:
        by_case = one.case in self.cases if self.cases else not one.streams
        return one.provider in self.providers and one.folder in self.folders and by_case


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """The fields of nested objects and lists as dotted paths; empty ones count as values."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = [leaf for key, item in pairs for leaf in leaves(item, f"{path}.{key}".lstrip(".")).items()]
    return dict(inner) if inner else {path: value}


def differences(theirs: Any, ours: Any) -> Fields:
    left, right = leaves(theirs), leaves(ours)
    pairs = {path: (left.get(path, GONE), right.get(path, GONE)) for path in left.keys() | right.keys()}
    return {path: pair for path, pair in pairs.items() if pair[0] is GONE or pair[0] != pair[1]}


def listed(one: Recording) -> Fields:
    return {path: pair for entry in LISTED if entry.concerns(one) for path, pair in entry.fields.items()}


def headers_of(one: Recording, theirs: dict[str, str], key: str) -> dict[str, str]:
    """The headers we should send: Azure has its own for keys, of which OpenAI's SDK does not know."""
    return {"api-key": key} if one.provider == "azure_openai_v1" else theirs


def only_theirs(**fields: Any) -> Fields:
    return {path.replace("__", "."): (value, GONE) for path, value in fields.items()}


def moved(value: Any, old: str, new: str) -> Fields:
    """The same value under another name."""
    theirs = {path: (leaf, GONE) for path, leaf in leaves(value, old).items()}
    return {**theirs, **{path: (GONE, leaf) for path, leaf in leaves(value, new).items()}}


def spelt_out(words: str) -> Fields:
    return {"input": (words, GONE), "input.0.role": (GONE, "user"), "input.0.content": (GONE, words)}


_SYSTEM = ("system", "system_cached")
_LABEL = "the name of a schema is a label, free to choose"
_SHORTHAND = "a text alone is short for one turn of the user"
_SPELLING = "the SDK passes on names as its caller spelt them; Google's JSON takes both spellings"
_NO_SUCH = "the product does not have these parameters"
_THINKING = "generationConfig.thinkingConfig"
_FUNCTION = "tools.0.functionDeclarations.0"
_PICTURE = "contents.0.parts.0.inlineData"
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ{}pLvAAAAAElFTkSuQmCC"

LISTED = (
    Listed("we always stream", (*OPENAI, *RESPONSES, *CLAUDE), {"stream": (GONE, True)}),
    Listed("usage has to be asked for", OPENAI, {"stream_options.include_usage": (GONE, True)}),
    Listed(
        "a maximum is required; the recordings ask for 64 throughout, we only where the case does",
        CLAUDE,
        {"max_tokens": (64, 4096)},
        ("chat", "chat_stream", "chat_stream_helper", "image", "json_schema", *_SYSTEM, "tool_call"),
    ),
    Listed(
        _NO_SUCH,
        OPENAI,
        only_theirs(frequency_penalty=0.2, presence_penalty=0.1, n=1, user="u-1"),
        ("params",),
    ),
    Listed(_NO_SUCH, CLAUDE, only_theirs(metadata__user_id="u-1", top_k=40), ("params",)),
    Listed(
        _NO_SUCH,
        GEMINI,
        only_theirs(
            generationConfig__topK=40.0,
            generationConfig__candidateCount=1,
            generationConfig__presencePenalty=0.1,
            generationConfig__frequencyPenalty=0.2,
        ),
        ("params",),
    ),
    Listed(
        _NO_SUCH,
        ("bedrock",),
        only_theirs(additionalModelRequestFields__top_k=40, requestMetadata__run="r1"),
        ("params",),
    ),
    Listed(
        "how closely to look is left to the platform",
        OPENAI,
        only_theirs(messages__0__content__1__image_url__detail="low"),
        ("image",),
    ),
    Listed(
        "the same; here the field is required",
        RESPONSES,
        {"input.0.content.1.detail": ("low", "auto")},
        ("image",),
    ),
    Listed(_LABEL, OPENAI, {"response_format.json_schema.name": ("person", "answer")}, ("json_schema",)),
    Listed(_LABEL, RESPONSES, {"text.format.name": ("person", "answer")}, ("json_schema",)),
    Listed(
        _LABEL,
        ("bedrock",),
        {"outputConfig.textFormat.structure.jsonSchema.name": ("person", "answer")},
        ("json_schema",),
    ),
    Listed(
        "OpenRouter's own names; the SDK knows only OpenAI's",
        ("openrouter",),
        moved(64, "max_completion_tokens", "max_tokens"),
        ("params", "reasoning"),
    ),
    Listed(
        "OpenRouter's own name, under which there are budgets too",
        ("openrouter",),
        moved("low", "reasoning_effort", "reasoning.effort"),
        ("reasoning",),
    ),
    Listed(_SHORTHAND, RESPONSES, spelt_out("Say hello."), ("chat", "chat_stream", "params")),
    Listed(_SHORTHAND, RESPONSES, spelt_out("think"), ("reasoning",)),
    Listed(_SHORTHAND, RESPONSES, spelt_out("What is the weather in Paris?"), ("tool_call",)),
    Listed(_SHORTHAND, RESPONSES, spelt_out("Extract: Anna is 31 and lives in Oslo."), ("json_schema",)),
    Listed(
        "nothing is left at the platform",
        RESPONSES,
        {"store": (GONE, False)},
        ("chat", "chat_stream", "image", "json_schema", "params", "tool_call"),
    ),
    Listed(
        "the recordings force sampling parameters on a version that answers them with 400",
        CLAUDE,
        only_theirs(temperature=0.2, top_p=0.9),
        ("params",),
        (CURRENT,),
    ),
    Listed(
        "models since Opus 4.1 refuse the two together",
        CLAUDE,
        only_theirs(top_p=0.9),
        ("params",),
        (PREVIOUS,),
    ),
    Listed(
        "the role of a system instruction is ignored",
        GEMINI,
        only_theirs(systemInstruction__role="user"),
        ("system",),
    ),
    Listed(
        "an empty configuration says nothing",
        GEMINI,
        only_theirs(generationConfig={}),
        ("system", "tool_call"),
    ),
    Listed(
        _SPELLING, GEMINI, moved("image/png", f"{_PICTURE}.mime_type", f"{_PICTURE}.mimeType"), ("image",)
    ),
    Listed(
        "Google's JSON takes both alphabets of base64",
        GEMINI,
        {f"{_PICTURE}.data": (_PIXEL.format("_"), _PIXEL.format("/"))},
        ("image",),
    ),
    Listed(
        _SPELLING,
        GEMINI,
        moved(WEATHER.parameters, f"{_FUNCTION}.parameters_json_schema", f"{_FUNCTION}.parametersJsonSchema"),
        ("tool_call",),
    ),
    Listed(
        "the default in words: the recording leaves the choice open",
        GEMINI,
        {"toolConfig.functionCallingConfig.mode": (GONE, "AUTO")},
        ("tool_call",),
    ),
    Listed(
        _SPELLING,
        GEMINI,
        moved(True, f"{_THINKING}.include_thoughts", f"{_THINKING}.includeThoughts"),
        ("thinking",),
    ),
    Listed(
        "we ask for an effort, which stands for this budget, and for a maximum",
        GEMINI,
        {
            f"{_THINKING}.thinking_budget": (512, GONE),
            f"{_THINKING}.thinkingBudget": (GONE, 1024),
            "generationConfig.maxOutputTokens": (GONE, 2048),
        },
        ("thinking",),
    ),
)

# What a call that does not stream is named where we always stream.
STREAMING_PATHS = {
    ":generateContent": ":streamGenerateContent?alt=sse",
    ":rawPredict": ":streamRawPredict",
    "/converse": "/converse-stream",
}
