"""Everything that can go wrong, as one tree.

    BrokerError
    ├── ConfigError                 a file, key or value of ours is wrong
    └── ProviderError               a call failed; one subclass a kind
        ├── NoKey                   no_key
        ├── KeyRefused              auth
        ├── Forbidden               forbidden
        ├── ModelNotFound           not_found
        ├── BadRequest              bad_request
        ├── RateLimited             rate_limited       (retried)
        ├── Overloaded              overloaded         (retried)
        ├── ServerError             server_error       (retried)
        ├── ConnectFailed           connect            (retried)
        ├── ConnectTimeout          connect_timeout    (retried)
        ├── FirstTokenTimeout       first_token_timeout
        ├── IdleTimeout             idle_timeout
        ├── TotalTimeout            total_timeout
        ├── Truncated               truncated
        └── Malformed               malformed

The kind of a failure comes from the HTTP status first and from the provider's words second. Pages and
the command line show `message` (what happened) and `advice` (what to do).
"""

import re
from typing import ClassVar

from broker.types import CallError

# Where only the words of an error tell it from others.
CONTENT_FILTER = re.compile(r"content[ _-]?(filter|management|safety)|ResponsibleAI", re.IGNORECASE)


class BrokerError(Exception):
    """Base of every error this package raises on purpose."""


class ConfigError(BrokerError):
    """A configuration file is wrong; the message names file, key and what was expected."""


class ProviderError(BrokerError):
    """A call to a provider failed. `message` is the provider's or the network's own account."""

    kind: ClassVar[str] = "server_error"
    title: ClassVar[str] = "The platform failed"
    advice: ClassVar[str] = ""
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, status: int | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.retry_after_s = retry_after_s

    def as_value(self) -> CallError:
        """The failure as a value, for a Completion or a row."""
        return CallError(self.kind, self.message, self.status, self.retry_after_s)


class NoKey(ProviderError):
    """No key is configured for the provider."""

    kind = "no_key"
    title = "No key"
    advice = "Set the environment variable or sign in as the message says, then start the app again."


class KeyRefused(ProviderError):
    """HTTP 401: the platform does not accept the key."""

    kind = "auth"
    title = "Key refused"
    advice = "Check that the key in the environment is current and belongs to this platform."


class Forbidden(ProviderError):
    """HTTP 402 or 403: the key is known but may not do this."""

    kind = "forbidden"
    title = "Not allowed"
    advice = "Ask whoever runs the account for access to this model or region, or to settle its billing."


class ModelNotFound(ProviderError):
    """HTTP 404: the platform, or this account, does not have the model or the address."""

    kind = "not_found"
    title = "Model not found"
    advice = "Check the model's name and that the account has it; it may have been retired."


class BadRequest(ProviderError):
    """HTTP 400, 413, 422 and other 4xx: the platform does not accept the request, whatever its reason: too
    long, a parameter, a content filter, no credit.
    """

    kind = "bad_request"
    title = "Request not accepted"
    advice = "Change what the message objects to: the prompt, its length, a parameter, the account's credit."


class RateLimited(ProviderError):
    """HTTP 429: the platform takes no more now; or the call's time was over before it was its turn."""

    kind = "rate_limited"
    title = "Rate limit reached"
    advice = "Wait a minute, ask fewer models at once, or have the limit raised."
    retryable = True


class Overloaded(ProviderError):
    """HTTP 503 or 529: the platform has no capacity at the moment."""

    kind = "overloaded"
    title = "Platform overloaded"
    advice = "Try again in a minute, or use the same model through another platform."
    retryable = True


class ServerError(ProviderError):
    """HTTP 408, 409, any other 5xx, or an error that the platform reports inside a stream."""

    kind = "server_error"
    title = "The platform failed"
    advice = "Try again; if it lasts, look at the platform's status page."
    retryable = True


class ConnectFailed(ProviderError):
    """No connection: refused, unknown host, TLS failure, or broken before any answer."""

    kind = "connect"
    title = "Cannot connect"
    advice = "Check the base URL, that the server runs, and that this network may reach it."
    retryable = True


class ConnectTimeout(ProviderError):
    """The connection was not established in time."""

    kind = "connect_timeout"
    title = "Connecting took too long"
    advice = "Check the base URL and the network; a firewall may drop the connection."
    retryable = True


class FirstTokenTimeout(ProviderError):
    """The request was sent, but no token came in time."""

    kind = "first_token_timeout"
    title = "No first token in time"
    advice = "Try again, shorten the prompt, or lower the reasoning effort."


class IdleTimeout(ProviderError):
    """The stream went silent between two tokens."""

    kind = "idle_timeout"
    title = "The answer stalled"
    advice = "What arrived is kept. Try again; if it lasts, look at the platform's status page."


class TotalTimeout(ProviderError):
    """The whole call took longer than allowed."""

    kind = "total_timeout"
    title = "The answer took too long"
    advice = "What arrived is kept. Lower the maximum of tokens or ask for a shorter answer."


class Truncated(ProviderError):
    """The stream ended without its terminal event."""

    kind = "truncated"
    title = "The answer broke off"
    advice = "What arrived is kept and is incomplete. Send again."


class Malformed(ProviderError):
    """The reply is not what the dialect promises: an HTML page, an empty body, a broken frame."""

    kind = "malformed"
    title = "Unreadable reply"
    advice = (
        "Check the address and the request format of this platform; a proxy may be answering in its place."
    )


PROVIDER_ERRORS: tuple[type[ProviderError], ...] = (
    NoKey,
    KeyRefused,
    Forbidden,
    ModelNotFound,
    BadRequest,
    RateLimited,
    Overloaded,
    ServerError,
    ConnectFailed,
    ConnectTimeout,
    FirstTokenTimeout,
    IdleTimeout,
    TotalTimeout,
    Truncated,
    Malformed,
)
BY_KIND: dict[str, type[ProviderError]] = {error.kind: error for error in PROVIDER_ERRORS}

_BY_STATUS: dict[int, type[ProviderError]] = {
    401: KeyRefused,
    402: Forbidden,
    403: Forbidden,
    404: ModelNotFound,
    408: ServerError,
    409: ServerError,
    429: RateLimited,
    503: Overloaded,
    529: Overloaded,
}


def from_status(status: int, message: str, retry_after_s: float | None = None) -> ProviderError:
    """The error for an HTTP status that is not 200."""
    default = ServerError if status >= 500 else BadRequest if status >= 400 else Malformed
    return _BY_STATUS.get(status, default)(message, status, retry_after_s)
