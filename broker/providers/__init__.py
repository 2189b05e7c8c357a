"""The platforms and the wire formats they speak.

A platform is a row of `registry`. A dialect is a module of pure functions (`openai`, `anthropic`,
`gemini`); this module finds it and applies what does not depend on the wire format.
"""

import re
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

from broker.errors import ConfigError, KeyRefused
from broker.providers.frames import Frame
from broker.types import Auth, ChatRequest, Delta, Offer, Params, Provider

DIALECTS = ("openai", "anthropic", "gemini")

_AUTH_HEADERS: dict[Auth, tuple[str, str]] = {
    "bearer": ("authorization", "Bearer "),
    "x-api-key": ("x-api-key", ""),
    "x-goog-api-key": ("x-goog-api-key", ""),
}
_NOTHING = Params()
_PARAMS = tuple(field.name for field in fields(Params))


@dataclass(frozen=True, slots=True)
class Encoded:
    """A request in a dialect: `path` (with its query) follows the provider's base URL.

    `dropped` names, sorted, the parameters that were asked for and are not sent.
    """

    path: str
    body: dict[str, Any]
    dropped: tuple[str, ...] = ()


class Dialect(Protocol):
    """A wire format. Its functions are pure; replies that break the format raise `Malformed`."""

    def encode(self, provider: Provider, offer: Offer, request: ChatRequest) -> Encoded:
        """The request as a streaming call."""
        ...

    def decode(self, event: Frame) -> Delta | None:
        """What one event of the stream adds; `None` for events that add nothing."""
        ...

    def decode_body(self, body: bytes) -> list[Delta]:
        """What a JSON reply adds, from servers that do not stream; empty when it is no answer."""
        ...


def dialect(name: str) -> Dialect:
    """The wire format of this name; raises `ConfigError` when there is none."""
    match name:
        case "openai":
            from broker.providers import openai as module
        case "anthropic":
            from broker.providers import anthropic as module
        case "gemini":
            from broker.providers import gemini as module
        case _:
            raise ConfigError(f"dialect: expected one of {', '.join(DIALECTS)}, found {name!r}")
    return module


def encode(provider: Provider, offer: Offer, request: ChatRequest) -> Encoded:
    """The request in the provider's dialect, with the offer's defaults where it leaves something open.

    What the platform, the model or the dialect does not take is not sent; `dropped` names what the caller
    asked for, a default left out is not reported.
    """
    asked = {name for name in _PARAMS if _is_set(request.params, name)}
    params = replace(offer.defaults, **{name: getattr(request.params, name) for name in asked})
    refused = {name for name in _PARAMS if _is_refused(provider, offer, params, name)}
    taken = replace(params, **{name: getattr(_NOTHING, name) for name in refused})
    encoded = dialect(provider.dialect).encode(provider, offer, replace(request, params=taken))
    return replace(encoded, dropped=tuple(sorted(asked & refused.union(encoded.dropped))))


def auth_headers(provider: Provider, key: str | None) -> dict[str, str]:
    """The headers that identify the caller and the API version; raises `KeyRefused` for an unsendable key."""
    auth, headers = provider.auth, dict[str, str]()
    if provider.dialect == "anthropic":
        from broker.providers import anthropic

        auth = anthropic.auth(provider)
        headers["anthropic-version"] = anthropic.version(provider)
    if key and auth != "none":
        if not re.fullmatch(r"[!-~]+", key):
            raise KeyRefused(f"the key of {provider.name} holds a space, a line break or a non-ASCII letter")
        name, prefix = _AUTH_HEADERS[auth]
        headers[name] = prefix + key
    return headers


def _is_set(params: Params, name: str) -> bool:
    return getattr(params, name) != getattr(_NOTHING, name)


def _is_refused(provider: Provider, offer: Offer, params: Params, name: str) -> bool:
    """Whether the row or one of its limits names this parameter, or this value of it."""
    limits = (limit.drops for limit in provider.limits if re.search(limit.pattern, offer.wire_model))
    named = provider.drops.union(*limits)
    return name in named or f"{name}={getattr(params, name)}" in named
