"""The scripts behind `make` say in a sentence what stands in their way."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(script: Path, **env: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | env
    return subprocess.run([script], env=environment, capture_output=True, text=True, check=False, timeout=20)


def test_run_says_that_its_port_is_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = run(ROOT / "scripts/run", PORT=str(port))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} is in use.")
    assert f"make run PORT={port + 1}" in done.stderr


@pytest.mark.parametrize("port", ["http", "-1", "0", "65536", "8501 8502"])
def test_run_refuses_what_is_no_port(port: str) -> None:
    done = run(ROOT / "scripts/run", PORT=port)
    assert done.returncode == 1
    assert done.stderr == f"PORT must be a number between 1 and 65535, not '{port}'.\n"


def test_bootstrap_says_what_is_missing_without_uv_and_python(tmp_path: Path) -> None:
    scripts = shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    bare = tmp_path / "bin"
    bare.mkdir()
    for tool in ("sh", "dirname", "cat"):
        (bare / tool).symlink_to(shutil.which(tool) or pytest.fail(f"no {tool} on this machine"))
    done = run(scripts / "bootstrap", PATH=str(bare))
    assert done.returncode == 1
    assert done.stdout == ""
    assert "apt-get install python3-venv" in done.stderr
