"""The command line as a program of its own: what it prints, how it exits, what it records and leaves."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from db.connections import save_offer, save_provider
from db.session import open_database
from tests import acme
from tests.processes import model_servers

COMMAND = [sys.executable, "-m", "broker"]
ROOT = Path(__file__).parents[2]
LOCAL = ("local/smollm2-135m", "local/smollm2-135m-creative")
NUMBER = (int, float)
ANSWERED = {
    "offer": str,
    "text": str,
    "finish_reason": str,
    "error": type(None),
    "served_model": str,
    "usage": dict,
    "cost_usd": str,
    "ttft_ms": NUMBER,
    "ttfa_ms": NUMBER,
    "total_ms": NUMBER,
    "output_tokens_per_s": NUMBER,
    "attempts": int,
    "dropped": list,
}
USAGE = {"input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens"}
Ask = Callable[..., subprocess.CompletedProcess[str]]


class Pause(threading.Event):
    """What `acme/slow` looks at while it waits; `reached` is set when it has waited 0.3 s."""

    def __init__(self) -> None:
        super().__init__()
        self.looks, self.reached = 0, threading.Event()

    def is_set(self) -> bool:
        self.looks += 1
        if self.looks == 30:
            self.reached.set()
        return super().is_set()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "broker.db"


@pytest.fixture
def environment(tmp_path: Path, database: Path) -> dict[str, str]:
    """The caller's, without keys and settings of ours."""
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY") and not k.startswith("BROKER_")}
    ours = {"BROKER_DATABASE_URL": f"sqlite:///{database}", "BROKER_CONFIG": str(tmp_path / "broker.toml")}
    (tmp_path / "broker.toml").touch()
    return {**kept, **ours, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}


@pytest.fixture
def broker(environment: dict[str, str], tmp_path: Path) -> Ask:
    """`broker("ask", "Hello", ...)` is the ended program with its output."""

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            env=environment,
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def platform(tmp_path: Path, environment: dict[str, str]) -> Iterator[acme.Acme]:
    # In a thread of its own: after browser tests, Playwright's event loop runs in this one.
    context = acme.serving()
    with ThreadPoolExecutor(1) as thread:
        server = thread.submit(context.__enter__).result()
        (tmp_path / "broker.toml").write_text(acme.toml(server.url))
        yield server
        thread.submit(context.__exit__, None, None, None).result()


def recorded(database: Path, columns: str) -> list[tuple[object, ...]]:
    query = f"SELECT {columns} FROM call LEFT JOIN call_content ON call_id = call.id ORDER BY position"
    connection = sqlite3.connect(database)
    rows = connection.execute(query).fetchall()
    connection.close()
    return rows


def offers(*ids: str) -> list[str]:
    return [part for offer_id in ids for part in ("--offer", offer_id)]


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_offers_as_json_are_one_object_a_line(broker):
    done = broker("offers", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = {row["offer"]: row for row in rows(done)}
    for offer_id in LOCAL:
        assert found[offer_id]["missing_key"] is None
        assert found[offer_id]["maker"] == "Hugging Face"
        assert found[offer_id]["input_usd_per_mtok"] == "0"
    assert found["anthropic/claude-sonnet-5-5"]["missing_key"] == "ANTHROPIC_API_KEY"
    assert float(found["anthropic/claude-sonnet-5-5"]["output_usd_per_mtok"]) > 0


def test_offers_are_searched_in_ids_and_names(broker):
    lines = broker("offers", "--search", "SMOLLM2").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(LOCAL)
    assert all(line.endswith("ready") for line in lines)
    assert broker("offers", "--search", "no such model").stdout == ""


@pytest.mark.parametrize("named", ["mistral", "Mistral API", "MISTRAL api"])
def test_offers_of_one_platform(broker, named):
    found = rows(broker("offers", "--platform", named, "--search", "small", "--json"))
    assert len(found) > 1
    assert {row["platform"] for row in found} == {"Mistral API"}
    assert all("small" in f"{row['offer']} {row['name']}".lower() for row in found)


def test_an_unknown_platform_is_a_usage_error(broker):
    done = broker("offers", "--platform", "acme")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No platform 'acme'" in done.stderr
    assert "mistral" in done.stderr


def test_what_was_added_in_the_app_is_listed(broker, database):
    add(database, "beta", {"dialect": "openai", "base_url": "http://127.0.0.1:9/v1"}, "own-model")
    (row,) = rows(broker("offers", "--platform", "beta", "--json"))
    assert (row["offer"], row["missing_key"], row["input_usd_per_mtok"]) == ("beta/own-model", None, None)


def test_platforms_say_what_they_lack_and_nothing_is_asked(broker, platform, database):
    done = broker("providers", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = {row["platform"]: row for row in rows(done)}
    assert (found["anthropic"]["state"], found["anthropic"]["missing_key"]) == ("no_key", "ANTHROPIC_API_KEY")
    assert (found["acme"]["state"], found["acme"]["source"]) == ("unchecked", "file")
    assert found["acme"]["checked_at"] is None
    assert "set ANTHROPIC_API_KEY" in broker("providers").stdout
    assert platform.asked == []
    assert recorded(database, "offer") == []


@pytest.mark.local_model
def test_a_check_calls_each_platform_once(broker, platform, database):
    done = broker("providers", "--check", "--json")
    found = {row["platform"]: row for row in rows(done)}
    assert (done.returncode, done.stderr) == (0, "")
    assert found["local"]["state"] == found["acme"]["state"] == "reachable"
    assert (found["local"]["cost_usd"], found["local"]["error"]) == ("0", None)
    assert 0 < found["acme"]["ttft_ms"] <= found["acme"]["total_ms"]
    assert found["acme"]["offer"] == "acme/good"  # `good` and `short` have prices, the same ones
    assert found["ollama"]["state"] == "not_running"
    assert {offer for (offer,) in recorded(database, "offer")} == {"acme/good", found["local"]["offer"]}
    assert set(recorded(database, "purpose, status")) == {("check", "ok")}
    assert model_servers(database) == []


@pytest.mark.local_model
def test_a_failed_check_shows_in_the_status(broker, database):
    add(database, "beta", {"dialect": "openai", "base_url": "http://127.0.0.1:9/v1"}, "own-model")
    done = broker("providers", "--check")
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("beta")]
    assert "Cannot connect: connection refused by 127.0.0.1:9" in line
    assert broker("providers").returncode == 0  # it only tells of the check made before


def add(database: Path, provider: str, table: dict[str, str], model: str) -> None:
    """Add a platform and a model as the connections page does."""
    kept = open_database(f"sqlite:///{database}")
    with kept.writer() as session:
        save_provider(session, provider, table, None)
        save_offer(session, {"provider": provider, "model": model}, None)
    kept.engine.dispose()


@pytest.mark.local_model
def test_two_local_offers_answer_as_json(broker, database):
    done = broker("ask", "Name three rivers.", *offers(*LOCAL), "--max-tokens", "30", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    answers = rows(done)
    assert [answer["offer"] for answer in answers] == list(LOCAL)
    for answer in answers:
        assert answer.keys() == ANSWERED.keys()
        wrong = {key: answer[key] for key, kind in ANSWERED.items() if not isinstance(answer[key], kind)}
        assert wrong == {}
        assert answer["text"].strip()
        assert answer["usage"].keys() == USAGE
        assert answer["usage"]["input_tokens"] > 0
        assert 0 < answer["usage"]["output_tokens"] <= 30
        assert 0 < answer["ttft_ms"] <= answer["ttfa_ms"] <= answer["total_ms"]
        assert (answer["cost_usd"], answer["attempts"], answer["dropped"]) == ("0", 1, [])
    assert recorded(database, "offer, purpose, status, text") == [
        (answer["offer"], "cli", "ok", answer["text"]) for answer in answers
    ]
    assert model_servers(database) == []


def test_an_answer_for_people_has_its_figures(broker, platform):
    done = broker("ask", "Which rivers?", *offers("acme/short"), "--system", "Be terse.")
    heading, text, figures = done.stdout.strip().splitlines()
    assert (heading, text) == ("── acme/short", "Danube, Rhine and Loire.")
    # 234 × 1.20 + 1,000 × 1.20 (no cache price given) + 456 × 4.80 dollars per million tokens
    assert "1,234 tokens in, 456 out · $0.0036696" in figures
    assert figures.startswith("finish stop · first token ")
    assert done.returncode == 0
    assert platform.asked[0]["messages"] == [
        {"role": "system", "content": "Be terse."},
        {"role": "user", "content": "Which rivers?"},
    ]


def test_one_failure_leaves_the_others_alone_and_shows_in_the_status(broker, platform, database):
    done = broker("ask", "Hello", *offers("acme/m401", "acme/short"), "--json")
    refused, answered = rows(done)
    assert done.returncode == 1
    assert refused["error"] == {"kind": "auth", "status": 401, "message": "Incorrect API key provided"}
    assert (refused["text"], refused["finish_reason"], refused["cost_usd"]) == ("", None, None)
    assert (answered["text"], answered["error"]) == ("Danube, Rhine and Loire.", None)
    assert recorded(database, "status, error_kind, purpose") == [
        ("error", "auth", "cli"),
        ("ok", None, "cli"),
    ]


def test_a_failure_tells_people_what_to_do(broker, platform):
    done = broker("ask", "Hello", *offers("acme/m401"))
    assert done.returncode == 1
    assert "Key refused: Incorrect API key provided\nCheck that the key" in done.stdout


def test_an_unknown_offer_is_a_usage_error(broker, database):
    done = broker("ask", "Hello", *offers("acme/large"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "No offer 'acme/large'" in done.stderr
    assert "openai" in done.stderr
    assert "broker offers --search" in done.stderr
    assert recorded(database, "offer") == []


def test_a_prompt_without_an_offer_is_a_usage_error(broker):
    done = broker("ask", "Hello")
    assert done.returncode == 2
    assert "--offer" in done.stderr


def test_a_missing_key_is_named(broker):
    done = broker("ask", "Hello", *offers("anthropic/claude-sonnet-5-5"), "--json")
    (answer,) = rows(done)
    assert done.returncode == 1
    assert answer["error"]["kind"] == "no_key"
    assert "ANTHROPIC_API_KEY" in answer["error"]["message"]


def test_a_wrong_configuration_is_told_and_the_rest_works(broker, platform, tmp_path):
    file = tmp_path / "broker.toml"
    file.write_text(f'{file.read_text()}\n[providers.broken]\ndialect = "morse"\nbase_url = "http://x"\n')
    done = broker("ask", "Hello", *offers("acme/short"), "--json")
    assert "broker.toml: providers.broken.dialect: expected one of" in done.stderr
    assert rows(done)[0]["text"] == "Danube, Rhine and Loire."
    assert done.returncode == 0


def test_the_prompt_may_come_from_standard_input(broker, platform):
    done = broker("ask", "-", *offers("acme/short"), stdin="Wie heißen\ndrei Flüsse?")
    assert done.returncode == 0
    assert platform.asked[0]["messages"][-1]["content"] == "Wie heißen\ndrei Flüsse?"


@pytest.mark.local_model
def test_ctrl_c_ends_at_once_and_keeps_what_had_arrived(platform, environment, database, tmp_path):
    platform.go_on = pause = Pause()
    # A child keeps on ignoring what we ignore, as programs started in the background do.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [*COMMAND, "ask", "Write a long story.", *offers("acme/slow", LOCAL[0])],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    try:
        assert pause.reached.wait(30)
        wait_for_server(database)
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=5)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in complaints
    (slow, local) = recorded(database, "offer, status, text")
    assert slow == ("acme/slow", "stopped", acme.ANSWER[:36])
    assert local[:2] == (LOCAL[0], "stopped")
    assert platform.closed_early.wait(5)
    assert model_servers(database) == []


def wait_for_server(database: Path) -> None:
    deadline = time.monotonic() + 30
    while not model_servers(database):
        assert time.monotonic() < deadline
        time.sleep(0.02)
