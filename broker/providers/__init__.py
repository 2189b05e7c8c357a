"""The platforms and the wire formats they speak.

A platform is a row of `registry`. A dialect is a module of pure functions; this module finds it and
applies what does not depend on the wire format.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Protocol, cast

from broker.errors import ConfigError, KeyRefused
from broker.providers.frames import Frame
from broker.types import Auth, ChatRequest, Delta, Message, ModelLimit, Offer, Params, Provider

DIALECTS = ("openai", "responses", "anthropic", "gemini", "bedrock")

_AUTH_HEADERS: dict[Auth, dict[str, str]] = {
    "bearer": {"authorization": "Bearer {}"},
    "x-api-key": {"x-api-key": "{}"},
    "api-key": {"api-key": "{}"},
    "api-key and x-api-key": {"api-key": "{}", "x-api-key": "{}"},
    "x-goog-api-key": {"x-goog-api-key": "{}"},
    "none": {},
}
_NOTHING = Params()
_PARAMS = tuple(field.name for field in fields(Params))
_SCHEMA_IN_WORDS = (
    "Answer with one JSON value and nothing else: no explanation, no code fence. Its JSON schema is"
)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A request in a dialect: `path` (with its query) follows the provider's base URL.

    `dropped` names, sorted, what was asked for and is not sent, `adapted` what is sent in another way.
    `dialect` is the name of the one it is written in; `headers` are those that belong to the request.
    """

    path: str
    body: dict[str, Any]
    dropped: tuple[str, ...] = ()
    adapted: tuple[str, ...] = ()
    dialect: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Decoder(Protocol):
    """Cuts a stream into frames, however the network cuts it."""

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that this chunk completes."""
        ...

    def flush(self) -> list[Frame]:
        """The frame left over when the stream has ended."""
        ...


class Dialect(Protocol):
    """A wire format. Its functions are pure; replies that break the format raise `Malformed`.

    `UNUSUAL` names the parameters that a platform takes only where its row says so.
    """

    UNUSUAL: frozenset[str]

    def encode(self, provider: Provider, offer: Offer, request: ChatRequest) -> Encoded:
        """The request as a streaming call."""
        ...

    def decoder(self) -> Decoder:
        """A fresh decoder for one stream."""
        ...

    def decode(self, event: Frame) -> Delta | None:
        """What one event of the stream adds; `None` for events that add nothing."""
        ...

    def decode_body(self, body: bytes) -> list[Delta]:
        """What a JSON reply adds, from servers that do not stream; empty when it is no answer."""
        ...


@cache
def dialect(name: str) -> Dialect:
    """The wire format of this name; raises `ConfigError` when there is none."""
    if name not in DIALECTS:
        raise ConfigError(f"dialect: expected one of {', '.join(DIALECTS)}, found {name!r}")
    return cast(Dialect, import_module(f"broker.providers.{name}"))


def row_for(provider: Provider, offer: Offer) -> Provider:
    """The provider as this offer needs it: the offer's own settings go first."""
    if not offer.settings:
        return provider
    return replace(provider, settings={**provider.settings, **offer.settings})


def encode(provider: Provider, offer: Offer, request: ChatRequest) -> Encoded:
    """The request in the provider's dialect, with the offer's defaults where it leaves something open.

    What the platform, the model or the dialect does not take is not sent; `dropped` names what the caller
    asked for, a default left out is not reported. A schema that has no field goes into the prompt.
    """
    provider = row_for(provider, offer)
    asked = {name for name in _PARAMS if _is_set(request.params, name)} | _in_messages(request)
    params = replace(
        offer.defaults, **{name: getattr(request.params, name) for name in asked.intersection(_PARAMS)}
    )
    name = _dialect_of(provider, offer, params)
    wire = dialect(name)
    names = {*_PARAMS, *asked}
    refused = names & _refused(provider, offer, params, wire.UNUSUAL)
    adapted = ("json_schema",) if "json_schema" in refused and params.json_schema is not None else ()
    encoded = wire.encode(provider, offer, _without(replace(request, params=params), refused))
    dropped = asked & refused.union(encoded.dropped) - {*adapted}
    return replace(encoded, dropped=tuple(sorted(dropped)), adapted=adapted + encoded.adapted, dialect=name)


def auth_headers(provider: Provider, key: str | None) -> dict[str, str]:
    """The headers that identify the caller; raises `KeyRefused` for an unsendable key."""
    auth = provider.auth
    if provider.dialect == "anthropic":
        from broker.providers import anthropic

        auth = anthropic.auth(provider)
    if not key:
        return {}
    if not re.fullmatch(r"[!-~]+", key):
        raise KeyRefused(f"the key of {provider.name} holds a space, a line break or a non-ASCII letter")
    return {name: pattern.format(key) for name, pattern in _AUTH_HEADERS[auth].items()}


def base_url(provider: Provider) -> str:
    """The provider's address with its `{names}` filled from its settings.

    Raises `ConfigError` for a gap, and for a value that would move the key to another host.
    """
    host = provider.base_url.partition("://")[2].partition("/")[0]
    for name, value in provider.settings.items():
        if f"{{{name}}}" in host and re.search(r"[/?#@\\\s]", value):
            raise ConfigError(f"{provider.name} needs a {name} without spaces, /, ?, # and @")
    try:
        url = provider.base_url.format_map(provider.settings)
    except KeyError as error:
        raise ConfigError(f"{provider.name} needs a value for {error.args[0]}") from None
    for usual, spelled in provider.spelled.items():
        if url.startswith(usual):
            return spelled + url.removeprefix(usual)
    return url


def _dialect_of(provider: Provider, offer: Offer, params: Params) -> str:
    for rule in provider.rules:
        asks = not rule.asks or any(_is_set(params, name) for name in rule.asks)
        if asks and re.search(rule.models, offer.known_name):
            return rule.dialect
    return provider.dialect


def _is_set(params: Params, name: str) -> bool:
    return getattr(params, name) != getattr(_NOTHING, name)


def _in_messages(request: ChatRequest) -> set[str]:
    """What the messages ask of a platform beside text."""
    images = any(message.images for message in request.messages)
    cache = any(message.cache for message in request.messages)
    return {name for name, asked in (("images", images), ("cache", cache)) if asked}


def _refused(provider: Provider, offer: Offer, params: Params, unusual: frozenset[str]) -> set[str]:
    """What the dialect, the row or one of its limits names: a parameter, or the value that it has here."""
    named = (unusual - provider.takes) | provider.drops | _limited(provider.limits, offer.known_name)
    values = (one.partition("=") for one in named if "=" in one)
    return {*named, *(name for name, _, value in values if str(getattr(params, name, None)) == value)}


@lru_cache(maxsize=4096)
def _limited(limits: tuple[ModelLimit, ...], model: str) -> frozenset[str]:
    """What a model does not take; kept, for searching all the patterns would cost each call."""
    return frozenset[str]().union(*(limit.drops for limit in limits if re.search(limit.pattern, model)))


def _without(request: ChatRequest, refused: set[str]) -> ChatRequest:
    """The request without what is refused; its schema, if it has one, is then told in words."""
    params, messages = request.params, request.messages
    if "images" in refused:
        messages = tuple(replace(message, images=()) for message in messages)
    if "cache" in refused:
        messages = tuple(replace(message, cache=False) for message in messages)
    if "json_schema" in refused and params.json_schema is not None:
        words = f"{_SCHEMA_IN_WORDS}:\n{json.dumps(params.json_schema, ensure_ascii=False)}"
        messages = _told(messages, words)
    unset = {name: getattr(_NOTHING, name) for name in refused.intersection(_PARAMS)}
    return ChatRequest(messages, replace(params, **unset))


def _told(messages: tuple[Message, ...], words: str) -> tuple[Message, ...]:
    """The conversation with these words at the end of its system prompt."""
    system = [message for message in messages if message.role == "system"]
    others = [message for message in messages if message.role != "system"]
    if not system:
        return (Message("system", words), *others)
    *first, last = system
    return (*first, replace(last, content=f"{last.content}\n\n{words}"), *others)
