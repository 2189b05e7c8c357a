import json

import pytest

from broker.providers.error_body import error_in, message_from, retry_after_s
from broker.types import CallError

BODIES = [
    pytest.param(
        b'{"error":{"message":"No such model","type":"invalid_request_error","code":null}}',
        "No such model",
        id="OpenAI",
    ),
    pytest.param(
        b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}',
        "Overloaded",
        id="Anthropic",
    ),
    pytest.param(
        b'[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}]',
        "API key not valid.",
        id="Gemini array",
    ),
    pytest.param(b'{"detail":"Not Found"}', "Not Found", id="FastAPI text"),
    pytest.param(
        b'{"detail":[{"type":"missing","loc":["body","messages",0],"msg":"Field required","input":{}}]}',
        "body.messages.0: Field required",
        id="FastAPI fields",
    ),
    pytest.param(
        b'{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","seed"],'
        b'"msg":"Extra inputs are not permitted"}]},"type":"invalid_request_error"}',
        "body.seed: Extra inputs are not permitted",
        id="Mistral",
    ),
    pytest.param(
        b'{"error":{"message":"Provider returned error","code":400,'
        b'"metadata":{"raw":"{\\"error\\":{\\"message\\":\\"too long\\"}}","provider_name":"X"}}}',
        "Provider returned error: too long",
        id="OpenRouter",
    ),
    pytest.param(
        b'{"error":{"message":"Upstream","metadata":{"raw":"plain words"}}}',
        "Upstream: plain words",
        id="OpenRouter, plain",
    ),
    pytest.param(b'{"error":"model not loaded"}', "model not loaded", id="Ollama"),
    pytest.param(b'{"message":"Too many requests"}', "Too many requests", id="AWS"),
    pytest.param(b'{"Message":"User is not authorized"}', "User is not authorized", id="AWS, capital"),
    pytest.param(b"upstream connect error", "upstream connect error", id="plain"),
    pytest.param(b'{"weird":1}', '{"weird":1}', id="JSON without a sentence"),
    pytest.param(b'{"error":{"message":""}}', '{"error":{"message":""}}', id="JSON with an empty sentence"),
    pytest.param(b'{"error": {"mess', '{"error": {"mess', id="cut short"),
    pytest.param(
        b"<!DOCTYPE html><html><head><title> 502 Bad\n Gateway &amp; more</title></head></html>",
        "502 Bad Gateway & more (an HTML page)",
        id="HTML",
    ),
    pytest.param(b"<html><body>Sign in</body></html>", "an HTML page", id="HTML without title"),
    pytest.param(b"", "", id="empty"),
    pytest.param(b" \n", "", id="blank"),
    pytest.param(b"one\x1b[31m\r\ntwo\x00", "one [31m two", id="control characters"),
    pytest.param(b"caf\xff", "caf\ufffd", id="not UTF-8"),
]


@pytest.mark.parametrize(("body", "message"), BODIES)
def test_message(body: bytes, message: str) -> None:
    assert message_from(body) == message


def test_message_is_bounded() -> None:
    long = "word " * 1000
    for body in (long.encode(), json.dumps({"error": {"message": long}}).encode()):
        assert message_from(body).startswith("word word")
        assert len(message_from(body)) == 500
        assert message_from(body).endswith("…")


def test_a_nest_without_end_is_no_message() -> None:
    nest = b'{"error":' * 900 + b"1" + b"}" * 900
    assert message_from(nest).startswith('{"error":{"error":')


INSIDE = [
    pytest.param({"message": "slow down", "code": "rate_limit_exceeded"}, "rate_limited", None, id="OpenAI"),
    pytest.param({"message": "m", "type": "insufficient_quota"}, "forbidden", None, id="OpenAI quota"),
    pytest.param(
        {"message": "m", "type": "invalid_request_error", "code": "invalid_api_key"}, "auth", None, id="key"
    ),
    pytest.param({"message": "m", "type": "server_error", "code": None}, "server_error", None, id="server"),
    pytest.param({"type": "overloaded_error", "message": "m"}, "overloaded", None, id="Anthropic overloaded"),
    pytest.param({"type": "rate_limit_error", "message": "m"}, "rate_limited", None, id="Anthropic limit"),
    pytest.param({"type": "authentication_error", "message": "m"}, "auth", None, id="Anthropic key"),
    pytest.param({"type": "api_error", "message": "m"}, "server_error", None, id="Anthropic server"),
    pytest.param({"type": "not_found_error", "message": "m"}, "not_found", None, id="Anthropic model"),
    pytest.param({"code": 503, "status": "UNAVAILABLE", "message": "m"}, "overloaded", 503, id="Gemini"),
    pytest.param({"status": "RESOURCE_EXHAUSTED", "message": "m"}, "rate_limited", None, id="Gemini status"),
    pytest.param({"code": 502, "message": "m"}, "server_error", 502, id="OpenRouter"),
    pytest.param({"code": "429", "message": "m"}, "rate_limited", 429, id="a status as text"),
    pytest.param({"code": "1305", "message": "m"}, "server_error", None, id="a code of its own"),
    pytest.param("words", "server_error", None, id="text"),
    pytest.param({}, "server_error", None, id="nothing"),
    pytest.param(True, "server_error", None, id="not an object"),
]


@pytest.mark.parametrize(("error", "kind", "status"), INSIDE)
def test_error_inside_a_reply(error: object, kind: str, status: int | None) -> None:
    found = error_in(error)
    assert (found.kind, found.status) == (kind, status)
    assert found.message


def test_error_inside_a_reply_carries_words_and_delay() -> None:
    delay = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2s"}
    error = {"code": 429, "message": "Quota exceeded", "details": [{"reason": "x"}, delay]}
    assert error_in(error) == CallError("rate_limited", "Quota exceeded", 429, 2.0)


RETRY_INFO = (
    b'[{"error":{"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2.5s"}]}}]'
)
HEADERS = [
    pytest.param({}, None, id="silent"),
    pytest.param({"retry-after": "7"}, 7.0, id="seconds"),
    pytest.param({"Retry-After": " 0.5 "}, 0.5, id="fraction, other case"),
    pytest.param({"retry-after": "0"}, 0.0, id="zero"),
    pytest.param({"retry-after": "7", "retry-after-ms": "1500"}, 1.5, id="milliseconds first"),
    pytest.param(
        {"retry-after": "Sun, 22 Nov 2026 08:00:10 GMT", "date": "Sun, 22 Nov 2026 08:00:00 GMT"},
        10.0,
        id="date",
    ),
    pytest.param(
        {"retry-after": "Sun, 22 Nov 2026 07:00:00 GMT", "date": "Sun, 22 Nov 2026 08:00:00 GMT"},
        0.0,
        id="date gone by",
    ),
    pytest.param({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0, id="date without the reply's own"),
    pytest.param({"retry-after": "-5"}, None, id="negative"),
    pytest.param({"retry-after": "soon"}, None, id="words"),
    pytest.param({"retry-after": "inf"}, None, id="infinite"),
    pytest.param({"retry-after": "9" * 400}, None, id="overflow"),
]


@pytest.mark.parametrize(("headers", "seconds"), HEADERS)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers) == seconds


def test_retry_after_in_the_body() -> None:
    assert retry_after_s({}, RETRY_INFO) == 2.5
    assert retry_after_s({}, RETRY_INFO[1:-1]) == 2.5
    assert retry_after_s({"retry-after": "7"}, RETRY_INFO) == 7.0
    assert retry_after_s({}, b'{"retryDelay": oops') is None
    assert retry_after_s({}, b'{"error":{"details":[{"retryDelay":"soon"}]}}') is None
