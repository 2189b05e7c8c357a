"""Every platform's row against PyPI llmock, which breaks on demand and judges how its client coped.

It does not speak Bedrock: there the frames of a stream and the fault table stand for it.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from broker.types import ChatRequest, Completion, Message, Params
from tests.contract.capabilities import ROWS, models_of, offer
from tests.contract.front import Front
from tests.contract.test_rows import PATIENT, ask

FOLDERS = {"/v1/messages": "/anthropic/v1/messages", "/v1beta/": "/gemini/v1beta/", "/api/v1/": "/v1/"}
GREETING = "Grüße, 你好 🙂 — one two three four five six seven eight nine ten."
HELLO = ChatRequest((Message("system", "Be brief."), Message("user", "Hello")), Params(max_tokens=50))
each_row = pytest.mark.parametrize("row", [row for row in ROWS if ROWS[row].dialect != "bedrock"])
conforms = pytest.mark.parametrize("capability", ["errors"])

pytestmark = [each_row, conforms]


@pytest.fixture(name="front")
def _front(llmock: Any) -> Iterator[Front]:
    port = int(llmock.url.rpartition(":")[2])
    with closing(Front(port, FOLDERS)) as front:
        yield front


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once unless the server names a time."""
    monkeypatch.setattr("broker.complete.random.uniform", lambda low, high: 0.0)


def answer(front: Front, row: str, **timeouts: float) -> Completion:
    return ask(row, front.url, offer(row, models_of(row)[0]), HELLO, replace(PATIENT, **timeouts))


def broke_off(completion: Completion, kind: str) -> None:
    """It failed in this way, once, and what had arrived is kept."""
    assert completion.error is not None
    assert (completion.status, completion.error.kind, len(completion.attempts)) == ("error", kind, 1)
    assert completion.text
    assert GREETING.startswith(completion.text)


def test_answers(llmock: Any, front: Front, row: str, capability: str) -> None:
    llmock.reply(GREETING)
    completion = answer(front, row)
    assert (completion.status, completion.error, completion.text) == ("ok", None, GREETING)
    assert completion.finish_reason == "stop"
    assert completion.usage.input_tokens
    assert completion.usage.output_tokens
    assert completion.timing.ttft_ms == completion.timing.ttfa_ms
    assert [attempt.status for attempt in completion.attempts] == [200]


REFUSALS = [
    (400, "bad_request", 1),
    (401, "auth", 1),
    (403, "forbidden", 1),
    (404, "not_found", 1),
    (500, "server_error", 3),
    (529, "overloaded", 3),
]


@pytest.mark.parametrize(("status", "kind", "attempts"), REFUSALS)
def test_refuses(
    llmock: Any, front: Front, row: str, capability: str, status: int, kind: str, attempts: int
) -> None:
    llmock.fail(status, times=None, message="so it is", retry_after=0.05 if attempts > 1 else None)
    completion = answer(front, row)
    assert completion.error is not None
    assert (completion.error.kind, completion.error.status) == (kind, status)
    assert (completion.status, completion.error.message) == ("error", "so it is")
    assert [attempt.status for attempt in completion.attempts] == [status] * attempts
    assert len(llmock.requests) == attempts
    llmock.assert_resilient()


def test_asks_to_wait(llmock: Any, front: Front, row: str, capability: str) -> None:
    llmock.rate_limit(times=2, retry_after=0.2).reply("At last.")
    completion = answer(front, row)
    assert (completion.status, completion.text) == ("ok", "At last.")
    assert [attempt.error_kind for attempt in completion.attempts] == ["rate_limited", "rate_limited", None]
    starts = [attempt.started_ms for attempt in completion.attempts]
    assert starts[2] - starts[1] >= 200
    llmock.assert_resilient()


@pytest.mark.parametrize("fault", ["truncate", "disconnect"])
def test_breaks_off(llmock: Any, front: Front, row: str, capability: str, fault: str) -> None:
    llmock.reply(GREETING)
    getattr(llmock, fault)(after_chunks=4)
    broke_off(answer(front, row), "truncated")


def test_sends_a_broken_event(llmock: Any, front: Front, row: str, capability: str) -> None:
    llmock.reply(GREETING).corrupt(after_chunks=4)
    broke_off(answer(front, row), "malformed")


def test_stalls(llmock: Any, front: Front, row: str, capability: str) -> None:
    llmock.reply(GREETING).stall(after_chunks=4, seconds=5)
    broke_off(answer(front, row, between_tokens=0.3), "idle_timeout")


def test_keeps_silent(llmock: Any, front: Front, row: str, capability: str) -> None:
    llmock.slow_first_token(5)
    completion = answer(front, row, first_token=0.3)
    assert completion.error is not None
    assert (completion.error.kind, completion.text) == ("first_token_timeout", "")
