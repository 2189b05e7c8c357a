"""Kinds of failure: fifteen, each explained; the status says which one it is, whatever the body says."""

import json
from typing import Any

import pytest

import broker.errors
from broker.errors import BY_KIND, PROVIDER_ERRORS, ProviderError, from_status
from broker.providers.error_body import error_in, message_from
from tests.errors_page import PAGE, page


def test_fifteen_kinds_each_with_words_of_its_own() -> None:
    assert len(PROVIDER_ERRORS) == len(BY_KIND) == 15
    assert set(PROVIDER_ERRORS) == set(ProviderError.__subclasses__())
    for part in ("kind", "title", "advice", "__doc__"):
        told = {getattr(error, part) for error in PROVIDER_ERRORS}
        assert len(told) == 15, part
        assert all(told), part


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    lines = (broker.errors.__doc__ or "").splitlines()
    drawn = [line.split("─ ")[1].split() for line in lines if line.startswith(" " * 8)]
    expected = [
        [error.__name__, error.kind, *(["(retried)"] if error.retryable else [])] for error in PROVIDER_ERRORS
    ]
    assert drawn == expected


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "write it again: .venv/bin/python -m tests.errors_page"
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert len(rows) == 15
    assert all(row.count("|") == 5 for row in rows)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (300, "malformed"),
        (400, "bad_request"),
        (401, "auth"),
        (402, "forbidden"),
        (403, "forbidden"),
        (404, "not_found"),
        (408, "server_error"),
        (409, "server_error"),
        (413, "bad_request"),
        (422, "bad_request"),
        (424, "bad_request"),
        (429, "rate_limited"),
        (498, "bad_request"),
        (500, "server_error"),
        (502, "server_error"),
        (503, "overloaded"),
        (504, "server_error"),
        (524, "server_error"),
        (529, "overloaded"),
    ],
)
def test_the_kind_of_a_status(status: int, kind: str) -> None:
    error = from_status(status, "words", 3.0)
    assert (error.kind, error.status, error.message, error.retry_after_s) == (kind, status, "words", 3.0)


def openai(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, **more}}


FILTERS = {"hate": {"filtered": False}, "self_harm": {"filtered": True}, "jailbreak": {"detected": False}}
FILTERED = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": FILTERS}

REFUSALS: dict[str, tuple[int, Any, str, str]] = {
    "OpenAI, too long": (
        400,
        openai("This model's maximum context length is 8192 tokens.", code="context_length_exceeded"),
        "bad_request",
        "This model's maximum context length is 8192 tokens.",
    ),
    "OpenAI, no credit": (
        429,
        openai("You exceeded your current quota.", type="insufficient_quota"),
        "rate_limited",
        "You exceeded your current quota.",
    ),
    "Anthropic, no credit": (
        400,
        {
            "type": "error",
            "error": {"type": "invalid_request_error", "message": "Your credit balance is too low."},
        },
        "bad_request",
        "Your credit balance is too low.",
    ),
    "Anthropic, overloaded": (
        529,
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        "overloaded",
        "Overloaded",
    ),
    "Azure, content filter": (
        400,
        openai("The response was filtered.", code="content_filter", innererror=FILTERED),
        "bad_request",
        "The response was filtered. (filtered: self harm)",
    ),
    "Azure, content filter that names nothing": (
        400,
        openai("The response was filtered.", innererror={"content_filter_result": {}}),
        "bad_request",
        "The response was filtered. (filtered: no category named)",
    ),
    "Azure, gateway": (
        429,
        {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 2 seconds."},
        "rate_limited",
        "Rate limit is exceeded. Try again in 2 seconds.",
    ),
    "Azure, deployment": (
        404,
        {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}},
        "not_found",
        "The API deployment does not exist.",
    ),
    "Bedrock": (
        400,
        {"message": "The provided model identifier is invalid."},
        "bad_request",
        "The provided model",
    ),
    "Bedrock, access": (403, {"Message": "User is not authorized"}, "forbidden", "User is not authorized"),
    "Bedrock, throttled": (
        429,
        {"__type": "ThrottlingException", "message": "Too many tokens"},
        "rate_limited",
        "Too many tokens",
    ),
    "Bedrock, model error": (
        424,
        {"message": "Model failed", "originalStatusCode": 500},
        "bad_request",
        "Model failed",
    ),
    "Vertex array": (
        429,
        [{"error": {"code": 429, "message": "Resource exhausted.", "status": "RESOURCE_EXHAUSTED"}}],
        "rate_limited",
        "Resource exhausted.",
    ),
    "Gemini, wrong key": (
        400,
        {"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}},
        "bad_request",
        "API key not valid.",
    ),
    "Cohere": (401, {"message": "invalid api token"}, "auth", "invalid api token"),
    "Databricks": (
        429,
        {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "Exceeded the workspace's limit."},
        "rate_limited",
        "Exceeded the workspace's limit.",
    ),
    "xAI": (
        400,
        {"code": "Client specified an invalid argument", "error": "Incorrect API key provided."},
        "bad_request",
        "Incorrect API key provided.",
    ),
    "Cloudflare": (
        403,
        {"errors": [{"code": 10000, "message": "Authentication error"}]},
        "forbidden",
        "Authentication",
    ),
    "a body that speaks against its status": (
        401,
        openai("Rate limit reached", type="rate_limit_error"),
        "auth",
        "Rate limit reached",
    ),
    "a lie in the other direction": (500, openai("Incorrect API key"), "server_error", "Incorrect API key"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_of_every_platform(name: str) -> None:
    status, body, kind, says = REFUSALS[name]
    error = from_status(status, message_from(json.dumps(body).encode()))
    assert error.kind == kind
    assert error.message.startswith(says)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("content_filter", "bad_request"),
        ("context_length_exceeded", "bad_request"),
        ("REQUEST_LIMIT_EXCEEDED", "rate_limited"),
        ("throttlingException", "rate_limited"),
        ("insufficient_quota", "forbidden"),
        ("429", "rate_limited"),
        ("whatever", "server_error"),
    ],
)
def test_an_error_inside_a_good_reply_is_told_by_its_code(code: str, kind: str) -> None:
    assert error_in({"message": "No.", "code": code}).kind == kind
