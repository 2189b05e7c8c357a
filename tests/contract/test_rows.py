"""Every platform's row with everything a call can carry: the request as published, the answer as folded.

A new row is tested here without a line of its own.
"""

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from broker.complete import Door, LiveCall, run_call
from broker.deadlines import Timeouts
from broker.providers import encode
from broker.transport import open_transport
from broker.types import CallContext, ChatRequest, Completion, Message, Offer
from tests.contract import contracts
from tests.contract.capabilities import CAPABILITIES, ROWS, at, is_offered, models_of, offer, offered
from tests.contract.front import Front

PATIENT = Timeouts(connect=5, first_token=20, between_tokens=20, total=30)
KEY = "test-key"
each_row = pytest.mark.parametrize("row", ROWS)
each_capability = pytest.mark.parametrize("capability", CAPABILITIES)


def ask(row: str, url: str, asked: Offer, request: ChatRequest, timeouts: Timeouts = PATIENT) -> Completion:
    """One call through the product's own door, to a server that stands in for the row's platform."""
    call = LiveCall(asked, request, CallContext("test"), timeouts)

    async def run() -> Completion:
        transport = open_transport()

        async def open_door(_: str) -> Door:
            return Door(at(row, url), transport, KEY)

        try:
            return await run_call(call, open_door)
        finally:
            await transport.aclose()

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once unless the server names a time."""
    monkeypatch.setattr("broker.complete.random.uniform", lambda low, high: 0.0)


@each_row
@each_capability
def test_request(row: str, capability: str) -> None:
    asked, encoded = offered(row, capability)
    case = CAPABILITIES[capability]
    by_the_book = contracts.without_own_names(ROWS[row])
    assert contracts.wrong(by_the_book, encode(by_the_book, asked, case.request)) == []
    told = (*encoded.dropped, *encoded.adapted)
    assert told == () if is_offered(row, capability) else case.field in told


@each_row
@each_capability
def test_answer(aimock: Front, row: str, capability: str) -> None:
    case = CAPABILITIES[capability]
    asked, encoded = offered(row, capability)
    completion = ask(row, aimock.url, asked, case.request)
    sent = aimock.asked[-1]
    assert sent.json == encoded.body
    assert sent.path == urlsplit(at(row, aimock.url).base_url).path + encoded.path
    assert KEY in "".join(sent.headers.values()) or ROWS[row].auth == "none"
    if is_offered(row, capability):
        case.check(completion)
    assert (completion.status, completion.error) == ("ok", None)
    assert (completion.dropped, completion.adapted) == (encoded.dropped, encoded.adapted)


FAILURES = [
    ("bad key", "auth", 401, "Incorrect API key provided", 1),
    ("server error", "server_error", 500, "boom", 3),
    ("overload me", "overloaded", 529, "Overloaded", 3),
    ("rate limit me", "rate_limited", 429, "Rate limit reached", 1),  # it asks for more patience than we have
]


@each_row
@pytest.mark.parametrize("capability", ["errors"])
@pytest.mark.parametrize(("prompt", "kind", "status", "message", "attempts"), FAILURES)
def test_refusal(
    aimock: Front, row: str, capability: str, prompt: str, kind: str, status: int, message: str, attempts: int
) -> None:
    asked = offer(row, models_of(row)[0])
    completion = ask(row, aimock.url, asked, ChatRequest((Message("user", prompt),)))
    assert completion.error is not None
    assert (completion.error.kind, completion.error.status) == (kind, status)
    assert (completion.error.message, len(completion.attempts)) == (message, attempts)


@each_row
@pytest.mark.parametrize("capability", ["errors"])
@pytest.mark.parametrize(
    ("prompt", "whole"),
    [
        ("truncate me", "This stream stops before it should and never says so at all."),
        ("disconnect me", "This stream is cut in the middle of everything that it wanted to say."),
    ],
)
def test_broken_off(aimock: Front, row: str, capability: str, prompt: str, whole: str) -> None:
    asked = offer(row, models_of(row)[0])
    completion = ask(row, aimock.url, asked, ChatRequest((Message("user", prompt),)))
    assert completion.error is not None
    assert (completion.error.kind, completion.text != whole) == ("truncated", True)
    assert completion.text
    assert whole.startswith(completion.text)


def test_cached_tokens_are_counted_once(aimock: Front) -> None:
    asked, request = offered("openrouter", "cache")[0], CAPABILITIES["cache"].request
    assert ask("openrouter", aimock.url, asked, request).usage.cache_read_tokens == 100


# What the stand-in's own words for these ends are to each dialect; it has some that the maker has not.
ENDS = {
    "too long": dict.fromkeys(("openai", "responses", "anthropic", "gemini", "bedrock"), "length"),
    "unsafe": {"openai": "content_filter", "responses": "content_filter", "gemini": "content_filter"},
    "refuse": {"anthropic": "refusal"},
}


@each_row
@pytest.mark.parametrize("capability", ["chat"])
@pytest.mark.parametrize("prompt", ENDS)
def test_end(aimock: Front, row: str, capability: str, prompt: str) -> None:
    asked = offer(row, models_of(row)[0])
    request = ChatRequest((Message("user", prompt),))
    completion = ask(row, aimock.url, asked, request)
    expected = ENDS[prompt].get(encode(ROWS[row], asked, request).dialect, "error")
    assert (completion.status, completion.finish_reason) == ("ok", expected)
    assert completion.text


def test_the_contracts_can_fail() -> None:
    """Each check finds what is wrong with a request that another dialect would take."""
    for row, change in WRONG:
        asked, encoded = offered(row, "chat")
        assert contracts.wrong(ROWS[row], encoded) == [], asked
        assert contracts.wrong(ROWS[row], replace(encoded, body={**encoded.body, **change})), (row, change)


WRONG = [
    ("openai", {"random_seed": 1}),
    ("openai", {"temperature": 3}),
    ("openai", {"stop": 5}),
    ("openai", {"stream_options": {"usage": True}}),
    ("openai", {"response_format": {"type": "json_schema", "json_schema": {"strict": True}}}),
    ("anthropic", {"thinking": {"type": "adaptive", "depth": 3}}),
    ("anthropic", {"max_tokens": None}),
    ("anthropic", {"output_config": {"effort": "minimal"}}),
    ("anthropic", {"system": 5}),
    ("gemini", {"top_k_": 1}),
    ("gemini", {"generationConfig": {"thinkingLevel": "LOW"}}),
    ("gemini", {"contents": {"role": 1}}),
    ("bedrock", {"max_tokens": 5}),
    ("bedrock", {"inferenceConfig": {"max_tokens": 5}}),
    ("bedrock", {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]}),
]
