"""What a failure says of itself: the provider's words, the kind they stand for, and when to try again."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any

import orjson

from broker.errors import from_status
from broker.providers.wire_values import table, tables, text
from broker.types import CallError

MAX_MESSAGE = 500  # characters
_READ_BYTES = 64 * 1024
_DEPTH = 8  # real errors nest three deep

# What codes, types and statuses contain, and the kind of failure that is; the first match wins.
_KINDS = {
    "insufficient_quota": "forbidden",
    "rate_limit": "rate_limited",
    "limit_exceeded": "rate_limited",
    "throttl": "rate_limited",
    "resource_exhausted": "rate_limited",
    "overloaded": "overloaded",
    "unavailable": "overloaded",
    "api_key": "auth",
    "authenticat": "auth",
    "permission": "forbidden",
    "billing": "forbidden",
    "not_found": "not_found",
    "invalid": "bad_request",
    "context_length": "bad_request",
    "content_filter": "bad_request",
}


def message_from(body: bytes) -> str:
    """The provider's own words in an error body: one line of at most 500 characters, empty for no body."""
    page = body[:_READ_BYTES].decode("utf-8", "replace").strip()
    if re.match(r"<(!doctype|html|head)", page, re.IGNORECASE):
        return _html_words(page)
    return _one_line(_words_of_text(body) or page)


def error_in(error: object) -> CallError:
    """An error object (or text) found inside a 200 reply, as a failure with the kind that it names."""
    message = _one_line(_words(error)) or "the platform reported an error without saying which"
    fields = table(error)
    names = [str(fields.get(key) or "").lower() for key in ("code", "status", "type")]
    if status := next((name for name in names if re.fullmatch(r"[45]\d\d", name)), None):
        return from_status(int(status), message, _retry_info_s(error)).as_value()
    told = " ".join(names)
    kind = next((kind for word, kind in _KINDS.items() if word in told), "server_error")
    return CallError(kind, message, retry_after_s=_retry_info_s(error))


def retry_after_s(headers: Mapping[str, str], body: bytes = b"") -> float | None:
    """Seconds after which the provider wants to be asked again, never negative; `None` if it does not say.

    Reads `retry-after-ms`, `retry-after` (seconds or a date, compared with the reply's own `date`) and
    Google's `RetryInfo` in the body.
    """
    named = {name.lower(): value.strip() for name, value in headers.items()}
    if (ms := _number(named.get("retry-after-ms"))) is not None:
        return ms / 1000
    after = named.get("retry-after")
    if (seconds := _number(after)) is not None:
        return seconds
    if after and (at := _date(after)):
        return max(0.0, (at - (_date(named.get("date", "")) or datetime.now(UTC))).total_seconds())
    try:
        return _retry_info_s(orjson.loads(body)) if b"retryDelay" in body else None
    except orjson.JSONDecodeError:
        return None


def _words(value: Any) -> str:
    """The human sentence in an error of any of the usual shapes."""
    for _ in range(_DEPTH):
        match value:
            case str():
                return value
            case {"message": str(message), "metadata": {"raw": str(raw)}}:  # OpenRouter quotes whom it asked
                return f"{message}: {_words_of_text(raw) or raw}"
            case {"message": str(message), "innererror": {"content_filter_result": found}}:  # Azure
                return f"{message} ({_filtered(table(found))})"
            case {"loc": [*place], "msg": str(message)}:  # FastAPI, Mistral
                return f"{'.'.join(map(str, place))}: {message}"
            case {"error": inner} | {"message": inner} | {"detail": inner} | [inner, *_] if inner:
                value = inner
            case {"Message": inner} | {"errors": inner}:  # some services of AWS; Cloudflare
                value = inner
            case _:
                return ""
    return ""


def _filtered(found: Mapping[str, Any]) -> str:
    """What a content filter objects to, of its results by category."""
    which = [name for name, result in found.items() if table(result).get("filtered") is True]
    return f"filtered: {', '.join(which) or 'no category named'}".replace("_", " ")


def _words_of_text(body: bytes | str) -> str:
    try:
        return _words(orjson.loads(body))
    except orjson.JSONDecodeError:
        return ""


def _html_words(page: str) -> str:
    title = re.search(r"<title[^>]*>(.*?)</title>", page, re.IGNORECASE | re.DOTALL)
    words = _one_line(unescape(title[1])) if title else ""
    return f"{words} (an HTML page)" if words else "an HTML page"


def _one_line(words: str) -> str:
    line = " ".join("".join(char if char.isprintable() else " " for char in words).split())
    return line if len(line) <= MAX_MESSAGE else line[: MAX_MESSAGE - 1] + "…"


def _retry_info_s(payload: Any) -> float | None:
    """The delay in Google's `RetryInfo`, in an error, in a body that holds one, or in an array of those."""
    body = (tables(payload) or [table(payload)])[0]
    error = table(body.get("error")) or body
    delays = [text(detail.get("retryDelay")) for detail in tables(error.get("details"))]
    return next((_number(delay.removesuffix("s")) for delay in delays if delay), None)


def _number(value: str | None) -> float | None:
    return float(value) if value and re.fullmatch(r"\d{1,9}(\.\d+)?", value) else None


def _date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
