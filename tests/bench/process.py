"""Fresh processes for the contenders and the server, and tables of what they report."""

import importlib.util
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# litellm would fetch its price list at import; an unwritable cache would make every import compile again.
ENVIRON = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
}
NO_LITELLM = "litellm: skipped, it is not installed (make bench installs it)"


def pythons() -> dict[str, str]:
    """Each contender with the interpreter that has it; `BENCH_LITELLM_PYTHON` names one elsewhere."""
    elsewhere = os.environ.get("BENCH_LITELLM_PYTHON")
    found = {"broker": sys.executable, "httpx": sys.executable}
    if elsewhere or importlib.util.find_spec("litellm"):
        found["litellm"] = elsewhere or sys.executable
    return found


def report_of(python: str, *arguments: str) -> Any:
    """What a fresh process says: its last line of standard output is JSON."""
    command = [python, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRON, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def server() -> Iterator[str]:
    """The address of a server in a process of its own."""
    command = [sys.executable, str(ROOT / "tests/bench/server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def machine() -> str:
    """What the figures were measured on; where others keep the cores busy, only ratios mean anything."""
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return f"{cores} cores, load average {load:.1f}, {sys.platform}, Python {platform.python_version()}"


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A Markdown table, ready for docs/performance.md."""
    print(f"\n### {title}\n\n| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |")
    sys.stdout.flush()
