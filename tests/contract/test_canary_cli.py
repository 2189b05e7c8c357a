"""No key shows in what the command line prints, of any platform that gives it back in its refusal."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from db.session import open_database
from tests.contract import canary_compare
from tests.contract.canary import CLOUDS, broker_toml, echo, found_in, planted
from tests.contract.capabilities import ROWS, models_of
from tests.faults import FaultServer
from tests.wires import WIRES

ROOT = Path(__file__).parents[2]
Broker = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """`broker("providers", "--check")` is the ended program, every platform refusing it."""
    # In a thread of its own: after browser tests, Playwright's event loop runs in this one.
    with ThreadPoolExecutor(1) as thread, contextlib.ExitStack() as stack:
        server = thread.submit(FaultServer).result()
        stack.callback(lambda: thread.submit(server.close).result())
        (tmp_path / "broker.toml").write_text(broker_toml(server.script(echo(WIRES[0], 401))))
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("BROKER_", *CLOUDS))
        }
        ours = {
            "BROKER_DATABASE_URL": f"sqlite:///{tmp_path / 'broker.db'}",
            "BROKER_CONFIG": str(tmp_path / "broker.toml"),
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "500",
        }
        environ = {**kept, **planted(), **ours, "HOME": str(tmp_path)}

        def run(*arguments: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-X", "dev", "-m", "broker", *arguments]
            return subprocess.run(
                command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False
            )

        yield run


OFFERS = [f"--offer={row}/{models_of(row)[0]}" for row in ROWS if ROWS[row].key_env]


@pytest.mark.parametrize(
    "command",
    [
        ("providers", "--check"),
        ("providers", "--check", "--json"),
        ("ask", "Hello", *OFFERS),
        ("ask", "Hello", "--json", *OFFERS),
        ("offers", "--json"),
        ("rebuild-rollups",),
    ],
    ids=lambda command: " ".join(part for part in command if "/" not in part),
)
def test_the_key_is_not_printed(broker: Broker, tmp_path: Path, command: tuple[str, ...]) -> None:
    done = broker(*command)
    quiet = command[0] in ("offers", "rebuild-rollups")
    assert done.returncode == (0 if quiet else 1), done.stderr
    if not quiet:
        assert done.stdout.count("[key]") >= len(OFFERS)
    assert found_in(done.stdout + done.stderr) == []
    assert found_in(b"".join(file.read_bytes() for file in tmp_path.glob("broker.db*"))) == []


def test_the_key_is_not_in_a_judgement_or_a_comparison(broker: Broker, tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'broker.db'}")
    run_id = canary_compare.a_run(database)
    database.engine.dispose()
    judge = f"mistral/{models_of('mistral')[0]}"
    judged = broker("judge-pairs", run_id, "--judge", judge, "--json")
    assert judged.returncode == 4, judged.stderr  # none could be judged
    file = tmp_path / "offers.csv"
    compared = broker("compare", "--suite", "Made up", "--scope", "tested", "--csv", str(file), "--json")
    assert compared.returncode in (0, 6), compared.stderr
    assert found_in(judged.stdout + judged.stderr + compared.stdout + compared.stderr) == []
    assert found_in(b"".join(one.read_bytes() for one in (file, *tmp_path.glob("broker.db*")))) == []
    with contextlib.closing(sqlite3.connect(tmp_path / "broker.db")) as connection:
        said = {one for (one,) in connection.execute("SELECT explanation FROM judgement")}
    assert said
    assert all("[key]" in one for one in said)
