"""What official SDKs sent and read, and the same calls as ours. The recordings are not in this repository."""

import base64
import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from broker.providers import Encoded, base_url, encode
from broker.types import ChatRequest, DialectRule, Message, Offer, Params, Provider
from tests.contract.capabilities import PERSON, PIXEL, QUESTION, ROWS, WEATHER

FOLDER = Path(__file__).parents[3] / "shared" / "contracts"
CURRENT, PREVIOUS = "recordings", "recordings-previous-sdk"
# Recorded and not compared: Ollama's own API. Its row speaks the compatible one, as `openai_chat` does.
NOT_OURS = {"ollama"}


def row(name: str, rules: tuple[DialectRule, ...] | None = None, **settings: str) -> Provider:
    """A row of the registry; limits say what models refuse, and the recorded servers refused nothing."""
    known = ROWS[name]
    rules = known.rules if rules is None else rules
    return replace(known, limits=(), rules=rules, settings={**known.settings, **settings})


ROW_OF = {
    (CURRENT, "anthropic"): row("anthropic", version="2026-10-21"),
    (CURRENT, "anthropic_vertex"): row("vertex-claude", location="us-east5"),
    (CURRENT, "azure_foundry_claude"): row("azure-claude"),
    (CURRENT, "azure_openai_v1"): row("azure"),
    (CURRENT, "bedrock"): row("bedrock", region="us-east-1"),
    (CURRENT, "gemini"): row("gemini", version="v1"),
    (CURRENT, "openai_chat"): row("openai"),
    (CURRENT, "openai_responses"): row("openai", (DialectRule("responses"),)),
    (CURRENT, "openrouter"): row("openrouter"),
    (CURRENT, "vertex_gemini"): row("vertex", location="us-central1"),
    (PREVIOUS, "anthropic"): row("anthropic", version="2023-06-01"),
    (PREVIOUS, "gemini"): row("gemini", version="v1beta"),
    (PREVIOUS, "openai_chat"): row("openai"),
    (PREVIOUS, "vertex_gemini"): row("vertex", location="us-central1"),
}
HELLO = Message("user", "Say hello.")
SYSTEM = Message("system", "You are a terse assistant.")
CITIES = {"type": "string", "enum": ["Oslo", "Paris"]}
SCHEMA = {**PERSON, "properties": {**PERSON["properties"], "city": CITIES}}
THINK = ChatRequest((Message("user", "think"),), Params(max_tokens=2048, reasoning_effort="low"))
CASES = {
    "chat": ChatRequest((HELLO,)),
    "chat_stream": ChatRequest((HELLO,)),
    "chat_stream_helper": ChatRequest((HELLO,)),
    "system": ChatRequest((SYSTEM, HELLO)),
    "system_cached": ChatRequest((replace(SYSTEM, cache=True), HELLO)),
    "params": ChatRequest((HELLO,), Params(temperature=0.2, top_p=0.9, max_tokens=64, stop=("END",), seed=7)),
    "image": ChatRequest((Message("user", "Describe the picture.", images=(PIXEL,)),)),
    "tool_call": ChatRequest((QUESTION,), Params(tools=(WEATHER,), tool_choice="auto")),
    "json_schema": ChatRequest(
        (Message("user", "Extract: Anna is 31 and lives in Oslo."),), Params(json_schema=SCHEMA)
    ),
    "reasoning": ChatRequest((HELLO,), Params(max_tokens=64, reasoning_effort="low")),
    "thinking": THINK,
    "thinking_stream": THINK,
}
CASE_OF = {("openai_responses", "reasoning"): ChatRequest(THINK.messages, Params(reasoning_effort="low"))}


@dataclass(frozen=True)
class Recording:
    """One call of an SDK: what it sent, what came back, and what it made of that."""

    folder: str
    provider: str
    case: str

    @property
    def file(self) -> Path:
        return FOLDER / self.folder / f"{self.provider}__{self.case}.json"

    @cached_property
    def content(self) -> dict[str, Any]:
        return json.loads(self.file.read_text("utf-8"))

    @property
    def sent(self) -> dict[str, Any]:
        return self.content["exchanges"][0]["request"]

    @property
    def headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.sent["headers"]}

    @property
    def reply(self) -> bytes:
        response = self.content["exchanges"][0]["response"]
        encoded = response.get("body_b64")
        return base64.b64decode(encoded) if encoded else response["text"].encode()

    @property
    def streams(self) -> bool:
        return self.case.endswith(("_stream", "_stream_helper"))

    @property
    def row(self) -> Provider:
        return ROW_OF[self.folder, self.provider]

    @property
    def request(self) -> ChatRequest:
        return CASE_OF.get((self.provider, self.case), CASES[self.case])

    @property
    def model(self) -> str:
        named = self.sent["path"].partition("/models/")[2] or self.sent["path"].partition("/model/")[2]
        return self.sent["json"].get("model") or unquote(named.partition(":")[0].partition("/")[0])

    @property
    def ours(self) -> Encoded:
        """The same call, encoded by us."""
        return encode(self.row, Offer("x", "x", self.model, "x", "x"), self.request)

    @property
    def our_target(self) -> str:
        return urlsplit(base_url(self.row)).path + self.ours.path


def all_of(folder: str) -> list[Recording]:
    """Every recording of a folder, in the order of their names."""
    return [Recording(folder, *file.stem.split("__")) for file in sorted((FOLDER / folder).glob("*.json"))]


RECORDED = [one for folder in (CURRENT, PREVIOUS) for one in all_of(folder)]
COMPARED = [one for one in RECORDED if one.provider not in NOT_OURS]
