"""Model servers of this machine, found among all processes by the database that they were started with."""

import time
from pathlib import Path

import pytest


def model_servers(database: Path) -> list[int]:
    """The pids of running model servers whose starter recorded into this file; a zombie has ended."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("seeing what is left of other processes needs Linux")
    return [
        pid
        for pid in _pids()
        if _holds(pid, "cmdline", "local_server.py") and _holds(pid, "environ", database)
    ]


def wait_until_gone(database: Path, seconds: float) -> None:
    """Return once no model server is left; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while left := model_servers(database):
        assert time.monotonic() < deadline, f"model servers still run after {seconds} s: {left}"
        time.sleep(0.02)


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _holds(pid: int, file: str, text: object) -> bool:
    try:
        return str(text).encode() in Path(f"/proc/{pid}/{file}").read_bytes()
    except OSError:  # it has just ended, or is another user's
        return False
