"""What a call can carry, one case each; and every platform's row as the cases use it.

A case belongs to every row: where the row does not take it, the call has to say so. Which model to ask
comes from the catalogue, so a new row needs no line here.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import urlsplit

from broker import catalog
from broker.config import Config
from broker.images import image_of
from broker.providers import Encoded, base_url, encode
from broker.providers.registry import REGISTRY
from broker.types import ChatRequest, Completion, Message, Offer, Params, Provider, Tool, ToolCall

# Values that an account would give; an address goes to the stand-in anyway.
ACCOUNT = {
    "region": "eu-west-1",
    "project": "my-proj",
    "location": "us-east5",
    "endpoint": "https://acme.openai.azure.com",
    "resource": "acme",
    "host": "https://acme.cloud.databricks.com",
}
ROWS = {
    row.id: replace(row, settings={**{name: ACCOUNT[name] for name in row.variables}, **row.settings})
    for row in REGISTRY
}
PIXEL = image_of(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
    )
)
WEATHER = Tool(
    "get_weather",
    "Current weather",
    {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "required": ["city"],
    },
)
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}, "city": {"type": "string"}},
    "required": ["name", "age", "city"],
    "additionalProperties": False,
}
QUESTION = Message("user", "What is the weather in Paris?")
ANSWER = "Hello: grüße, 你好 🙂. How can I help you today?"
THOUGHT = "First I multiply six by seven."
HELLO = Message("user", "hello")


@dataclass(frozen=True)
class Capability:
    """One case: what is asked, what `dropped` calls it, and what the answer has to be.

    Without a `field` it is something that every platform has.
    """

    title: str
    request: ChatRequest
    check: Callable[[Completion], object]
    field: str = ""


def says(text: str) -> Callable[[Completion], None]:
    def check(completion: Completion) -> None:
        assert (completion.error, completion.text) == (None, text)
        assert (completion.status, completion.finish_reason) == ("ok", "stop")

    return check


def counts(completion: Completion) -> None:
    says(ANSWER)(completion)
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (21, 9)
    assert completion.timing.ttft_ms is not None


def called(completion: Completion) -> None:
    assert (completion.error, completion.finish_reason) == (None, "tool_calls")
    (call,) = completion.tool_calls
    assert (call.name, json.loads(call.arguments)) == ("get_weather", {"city": "Paris", "unit": "celsius"})
    assert call.id


def structured(completion: Completion) -> None:
    assert completion.error is None
    assert json.loads(completion.text) == {"name": "Anna", "age": 31, "city": "Oslo"}


def thought(completion: Completion) -> None:
    says("42")(completion)
    assert completion.reasoning == THOUGHT


def read_from_cache(completion: Completion) -> None:
    says("Seen before.")(completion)
    usage = completion.usage
    if usage.cache_read_tokens is not None:  # the stand-in tells it in OpenRouter's format alone
        assert (usage.input_tokens, usage.cache_read_tokens, usage.fresh_input_tokens) == (121, 100, 21)


def plain(field: str, title: str, **params: object) -> Capability:
    return Capability(title, ChatRequest((HELLO,), Params(**params)), says(ANSWER), field)  # type: ignore[arg-type]


CONVERSATION = (
    Message("system", "Be brief."),
    Message("system", "Be kind."),
    Message("user", "One"),
    Message("assistant", "1"),
    HELLO,
)
TOOL_TURNS = (
    QUESTION,
    Message(
        "assistant", "", tool_calls=(ToolCall("call_abc123", "get_weather", '{"city": "Paris"}', "c2ln"),)
    ),
    Message("tool", '{"degrees": 21}', tool_call_id="call_abc123"),
)
CAPABILITIES = {
    "chat": Capability("Chat", ChatRequest(CONVERSATION), counts),
    "max_tokens": plain("max_tokens", "Max tokens", max_tokens=64),
    "sampling": plain("temperature", "Temperature", temperature=0.0),
    "stop": plain("stop", "Stop", stop=("END", "###")),
    "seed": plain("seed", "Seed", seed=7),
    "images": Capability(
        "Images",
        ChatRequest((Message("user", "Describe the picture.", images=(PIXEL,)),)),
        says("A single red pixel."),
        "images",
    ),
    "tools": Capability("Tools", ChatRequest((QUESTION,), Params(tools=(WEATHER,))), called, "tools"),
    "tool_choice": Capability(
        "Tool choice",
        ChatRequest((QUESTION,), Params(tools=(WEATHER,), tool_choice="required")),
        called,
        "tool_choice",
    ),
    "tool_results": Capability(
        "Tool results",
        ChatRequest(TOOL_TURNS, Params(tools=(WEATHER,))),
        says("It is 21 degrees in Paris."),
        "tools",
    ),
    "json_schema": Capability(
        "JSON schema",
        ChatRequest((Message("user", "extract: Anna is 31 and lives in Oslo."),), Params(json_schema=PERSON)),
        structured,
        "json_schema",
    ),
    "reasoning": Capability(
        "Reasoning",
        ChatRequest((Message("user", "think"),), Params(max_tokens=4096, reasoning_effort="low")),
        thought,
        "reasoning_effort",
    ),
    "logprobs": plain("logprobs", "Logprobs", logprobs=2),
    "cache": Capability(
        "Cache",
        ChatRequest((Message("system", "Be brief.", cache=True), Message("user", "cached", cache=True))),
        read_from_cache,
        "cache",
    ),
}


@cache
def models_of(row: str) -> tuple[str, ...]:
    """Model ids to ask the row's platform for: the catalogue's, and a made-up one."""
    listed = [offer.wire_model for offer in catalog.offers(Config({row: ROWS[row]})) if offer.provider == row]
    return (*sorted(listed, reverse=True), "some-model")


@cache
def offered(row: str, capability: str) -> tuple[Offer, Encoded]:
    """The first model that takes the capability and the request to it; without one, any with what it says."""
    field, request = CAPABILITIES[capability].field, CAPABILITIES[capability].request
    encoded = {model: encode(ROWS[row], offer(row, model), request) for model in models_of(row)}
    takes = (m for m, e in encoded.items() if field not in (*e.dropped, *e.adapted))
    model = next(takes, next(iter(encoded)))
    return offer(row, model), encoded[model]


def is_offered(row: str, capability: str) -> bool:
    """Whether some model of the row takes it as it is."""
    encoded = offered(row, capability)[1]
    return CAPABILITIES[capability].field not in (*encoded.dropped, *encoded.adapted)


def offer(row: str, model: str) -> Offer:
    return Offer(row, model, model, "Maker", model)


def at(row: str, url: str) -> Provider:
    """The row with the stand-in's address for the platform's; the path stays the platform's own."""
    path = "" if ROWS[row].base_url == "local:" else urlsplit(base_url(ROWS[row])).path
    return replace(ROWS[row], base_url=url + path)
