"""Our requests beside those of the official SDKs, and their recorded replies read by both.

Every difference from what an SDK sends is listed here with its reason; an unlisted one fails.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from broker.fold import Fold
from broker.providers import auth_headers, dialect, encode
from broker.providers.registry import REGISTRY
from broker.types import ChatRequest, Message, Offer, Params, Provider

RECORDINGS = Path(__file__).parents[3] / "shared" / "contracts"
if not RECORDINGS.is_dir():
    pytest.skip("no recordings: ../shared/contracts is absent", allow_module_level=True)

CURRENT, PREVIOUS = "recordings", "recordings-previous-sdk"
# Limits say what models refuse; the recordings come from servers that refuse nothing.
ROWS = {row.id: replace(row, limits=()) for row in REGISTRY}
ANTHROPIC = {
    CURRENT: replace(ROWS["anthropic"], settings={"version": "2026-10-21"}),
    PREVIOUS: replace(ROWS["anthropic"], settings={"version": "2023-06-01"}),
}
GEMINI = {
    CURRENT: replace(ROWS["gemini"], settings={"version": "v1"}),
    PREVIOUS: replace(ROWS["gemini"], settings={"version": "v1beta"}),
}
IDENTITY = {"authorization", "x-api-key", "x-goog-api-key", "anthropic-version"}

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "city": {"type": "string", "enum": ["Oslo", "Paris"]},
    },
    "required": ["name", "age", "city"],
    "additionalProperties": False,
}
HELLO = Message("user", "Say hello.")
PARAMS = Params(temperature=0.2, top_p=0.9, max_tokens=64, stop=("END",), seed=7)
MEANT = {
    "chat": ChatRequest((HELLO,)),
    "chat_stream": ChatRequest((HELLO,)),
    "system": ChatRequest((Message("system", "You are a terse assistant."), HELLO)),
    "params": ChatRequest((HELLO,), PARAMS),
    "json_schema": ChatRequest(
        (Message("user", "Extract: Anna is 31 and lives in Oslo."),), Params(json_schema=PERSON)
    ),
    "reasoning": ChatRequest((HELLO,), Params(max_tokens=64, reasoning_effort="low")),
    "thinking": ChatRequest((Message("user", "think"),), Params(max_tokens=2048, reasoning_effort="low")),
}

GONE = object()  # not sent
Differences = dict[str, tuple[Any, Any]]  # field: (theirs, ours)

# We always stream; most recordings do not.
STREAMING: dict[str, Differences] = {
    "openai": {"stream": (GONE, True), "stream_options.include_usage": (GONE, True)},
    "anthropic": {"stream": (GONE, True)},
    "gemini": {},
}
NOT_OURS: dict[str, Differences] = {  # parameters that the product does not have
    "openai": {
        "frequency_penalty": (0.2, GONE),
        "presence_penalty": (0.1, GONE),
        "n": (1, GONE),
        "user": ("u-1", GONE),
    },
    "anthropic": {"metadata.user_id": ("u-1", GONE), "top_k": (40, GONE)},
    "gemini": {
        "generationConfig.topK": (40.0, GONE),
        "generationConfig.candidateCount": (1, GONE),
        "generationConfig.presencePenalty": (0.1, GONE),
        "generationConfig.frequencyPenalty": (0.2, GONE),
    },
}
ANSWER_NAME: Differences = {
    "response_format.json_schema.name": ("person", "answer")
}  # a label, free to choose
LISTED: dict[tuple[str, str, str], Differences] = {
    (CURRENT, "openai_chat", "params"): NOT_OURS["openai"],
    (PREVIOUS, "openai_chat", "params"): NOT_OURS["openai"],
    (CURRENT, "openai_chat", "json_schema"): ANSWER_NAME,
    (PREVIOUS, "openai_chat", "json_schema"): ANSWER_NAME,
    # OpenRouter's own names; the OpenAI SDK knows only OpenAI's.
    (CURRENT, "openrouter", "params"): {
        **NOT_OURS["openai"],
        "max_completion_tokens": (64, GONE),
        "max_tokens": (GONE, 64),
    },
    (CURRENT, "openrouter", "json_schema"): ANSWER_NAME,
    (CURRENT, "openrouter", "reasoning"): {
        "max_completion_tokens": (64, GONE),
        "max_tokens": (GONE, 64),
        "reasoning_effort": ("low", GONE),
        "reasoning.effort": (GONE, "low"),
    },
    # The recording forces sampling parameters on a version that answers them with 400.
    (CURRENT, "anthropic", "params"): {
        **NOT_OURS["anthropic"],
        "temperature": (0.2, GONE),
        "top_p": (0.9, GONE),
    },
    # Models since Opus 4.1 refuse the two together.
    (PREVIOUS, "anthropic", "params"): {**NOT_OURS["anthropic"], "top_p": (0.9, GONE)},
    # The role of a system instruction is ignored; an empty configuration says nothing.
    (CURRENT, "gemini", "system"): {
        "systemInstruction.role": ("user", GONE),
        "generationConfig": ({}, GONE),
    },
    (PREVIOUS, "gemini", "system"): {
        "systemInstruction.role": ("user", GONE),
        "generationConfig": ({}, GONE),
    },
    (CURRENT, "gemini", "params"): NOT_OURS["gemini"],
    (PREVIOUS, "gemini", "params"): NOT_OURS["gemini"],
    # The SDK passes this table on as its caller spelt it; the budget is the one we give a low effort.
    (CURRENT, "gemini", "thinking"): {
        "generationConfig.thinkingConfig.include_thoughts": (True, GONE),
        "generationConfig.thinkingConfig.thinking_budget": (512, GONE),
        "generationConfig.thinkingConfig.includeThoughts": (GONE, True),
        "generationConfig.thinkingConfig.thinkingBudget": (GONE, 1024),
        "generationConfig.maxOutputTokens": (GONE, 2048),
    },
}
# The API requires a maximum; the recordings ask for 64 throughout, we only where it is part of the case.
DEFAULT_MAXIMUM: Differences = {"max_tokens": (64, 4096)}


@dataclass(frozen=True)
class Recording:
    folder: str
    provider: str
    case: str

    @property
    def content(self) -> dict[str, Any]:
        return json.loads(
            (RECORDINGS / self.folder / f"{self.provider}__{self.case}.json").read_text("utf-8")
        )

    @property
    def request(self) -> dict[str, Any]:
        return self.content["exchanges"][0]["request"]

    @property
    def row(self) -> Provider:
        match self.provider:
            case "anthropic":
                return ANTHROPIC[self.folder]
            case "gemini":
                return GEMINI[self.folder]
            case "openai_chat":
                return ROWS["openai"]
            case name:
                return ROWS[name]

    @property
    def listed(self) -> Differences:
        streamed = self.case == "chat_stream"
        wire = self.row.dialect
        listed = LISTED.get((self.folder, self.provider, self.case), {})
        maximum = DEFAULT_MAXIMUM if wire == "anthropic" and not MEANT[self.case].params.max_tokens else {}
        return {**({} if streamed else STREAMING[wire]), **listed, **maximum}


def recorded(providers: tuple[str, ...], cases: tuple[str, ...] | None = None) -> list[Any]:
    found = [
        Recording(folder, *file.stem.split("__"))
        for folder in (CURRENT, PREVIOUS)
        for file in sorted((RECORDINGS / folder).glob("*.json"))
    ]
    return [
        pytest.param(one, id=f"{one.folder}/{one.provider}/{one.case}")
        for one in found
        if one.provider in providers and (cases is None or one.case in cases)
    ]


REQUESTS = recorded(("openai_chat", "openrouter", "anthropic", "gemini"), tuple(MEANT))


def test_the_recordings_are_all_there() -> None:
    assert len(REQUESTS) == 6 + 6 + 6 + 6 + 3 * 5
    known = {(one.folder, one.provider, one.case) for case in REQUESTS for one in case.values}
    assert set(LISTED) <= known


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """The fields of nested objects as dotted paths; lists and empty objects count as values."""
    if not (isinstance(value, dict) and value):
        return {path: value}
    return {
        inner: leaf
        for key, item in value.items()
        for inner, leaf in leaves(item, f"{path}.{key}".lstrip(".")).items()
    }


def differences(theirs: dict[str, Any], ours: dict[str, Any]) -> Differences:
    left, right = leaves(theirs), leaves(ours)
    pairs = {path: (left.get(path, GONE), right.get(path, GONE)) for path in left.keys() | right.keys()}
    return {path: pair for path, pair in pairs.items() if pair[0] is GONE or pair[0] != pair[1]}


def our_call(recording: Recording) -> tuple[str, dict[str, Any]]:
    request = recording.request
    model = request["json"].get("model") or request["path"].rpartition("/")[2].partition(":")[0]
    encoded = encode(recording.row, Offer("x", "x", model, "x", "x"), MEANT[recording.case])
    return urlsplit(recording.row.base_url).path + encoded.path, encoded.body


@pytest.mark.parametrize("recording", REQUESTS)
def test_path(recording: Recording) -> None:
    theirs = recording.request["target"]
    if recording.row.dialect == "gemini" and recording.case != "chat_stream":
        theirs = theirs.replace(":generateContent", ":streamGenerateContent?alt=sse")
    assert our_call(recording)[0] == theirs


@pytest.mark.parametrize("recording", REQUESTS)
def test_body(recording: Recording) -> None:
    assert differences(recording.request["json"], our_call(recording)[1]) == recording.listed


@pytest.mark.parametrize("recording", REQUESTS)
def test_identity_headers(recording: Recording) -> None:
    sent = {name.lower(): value for name, value in recording.request["headers"]}
    theirs = {name: value for name, value in sent.items() if name in IDENTITY}
    key = next(value.rpartition(" ")[2] for name, value in theirs.items() if name != "anthropic-version")
    assert auth_headers(recording.row, key) == theirs


READERS = {
    "openai": ("openai_chat", "azure_openai_v1", "openrouter"),
    "anthropic": ("anthropic", "anthropic_vertex", "azure_foundry_claude"),
    "gemini": ("gemini", "vertex_gemini"),
}
DIALECT_OF = {provider: name for name, providers in READERS.items() for provider in providers}
FINISH = {
    "stop": "stop",
    "end_turn": "stop",
    "STOP": "stop",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "FUNCTION_CALL": "error",  # not one of Google's own
}
REPLIES = recorded(tuple(DIALECT_OF))


@dataclass(frozen=True)
class Read:
    """What a reply says, whoever read it."""

    text: str
    reasoning: str
    finish: str | None
    input_tokens: int | None
    output_tokens: int | None
    model: str | None


def read_by_us(recording: Recording, size: int | None) -> Read:
    response = recording.content["exchanges"][0]["response"]
    body = response["text"].encode()
    fold = Fold(dialect(DIALECT_OF[recording.provider]))
    for at in range(0, len(body), size or len(body)):
        fold.add(body[at : at + (size or len(body))], 0.0)
    fold.conclude(0.0)
    usage = fold.usage
    return Read(
        fold.text,
        fold.reasoning,
        fold.finish_reason,
        usage.input_tokens,
        usage.output_tokens,
        fold.served_model,
    )


def read_by_sdk(recording: Recording) -> Read:
    result = recording.content["sdk_result"]
    match DIALECT_OF[recording.provider]:
        case "openai":
            return openai_read(result if isinstance(result, list) else [result])
        case "anthropic":
            return anthropic_read(result)
        case _:
            return gemini_read(result if isinstance(result, list) else [result])


def openai_read(chunks: list[dict[str, Any]]) -> Read:
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    said = [choice.get("delta") or choice["message"] for choice in choices]
    usage = chunks[-1]["usage"]
    return Read(
        "".join(message["content"] or "" for message in said),
        "".join(message.get("reasoning") or "" for message in said),
        next(FINISH[choice["finish_reason"]] for choice in choices if choice["finish_reason"]),
        usage["prompt_tokens"],
        usage["completion_tokens"],
        chunks[-1]["model"],
    )


def anthropic_read(result: Any) -> Read:
    if isinstance(result, list):
        deltas = [event["delta"] for event in result if event["type"] == "content_block_delta"]
        blocks = [{"text": "", "thinking": "", **delta} for delta in deltas]
        start, end = result[0]["message"], result[-2]
        ended = {
            "stop_reason": end["delta"]["stop_reason"],
            "usage": {**start["usage"], **present(end["usage"])},
        }
        result = {**start, **ended, "content": blocks}
    message = result.get("final", result)
    return Read(
        "".join(block.get("text") or "" for block in message["content"]),
        "".join(block.get("thinking") or "" for block in message["content"]),
        FINISH[message["stop_reason"]],
        message["usage"]["input_tokens"] or None,  # a stand-in's 0 means: not counted
        message["usage"]["output_tokens"],
        message["model"],
    )


def present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def gemini_read(chunks: list[dict[str, Any]]) -> Read:
    candidates = [chunk["candidates"][0] for chunk in chunks]
    parts = [part for one in candidates for part in one["content"]["parts"] if part["text"]]
    usage = chunks[-1]["usage_metadata"]
    return Read(
        "".join(part["text"] for part in parts if not part["thought"]),
        "".join(part["text"] for part in parts if part["thought"]),
        FINISH[candidates[-1]["finish_reason"]],
        usage["prompt_token_count"],
        usage["candidates_token_count"],
        chunks[-1]["model_version"],
    )


@pytest.mark.parametrize("size", [None, 1], ids=["whole", "bytes"])
@pytest.mark.parametrize("recording", REPLIES)
def test_reply(recording: Recording, size: int | None) -> None:
    assert read_by_us(recording, size) == read_by_sdk(recording)
