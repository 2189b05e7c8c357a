"""What a command loads before its first call: a third of a second went into packages that it does not use."""

import os
import subprocess
import sys

LOADING = """
import sys
from broker.startup import prepare
prepare()
import httpx
from broker import cli, runtime
from broker.runs import execute, preview, start
from db import benchmarks, calls, reviews
print(*sys.modules)
"""
UNUSED = {"rich", "click", "scipy", "numpy", "pandas", "sqlalchemy.dialects.postgresql"}


def _said(script: str) -> str:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout


def test_a_run_loads_nothing_that_it_does_not_use() -> None:
    assert UNUSED & set(_said(LOADING).split()) == set()


def test_httpx_works_without_its_command_line() -> None:
    script = (
        "from broker.startup import prepare; prepare(); import httpx; print(httpx.URL('http://a/b').path)"
    )
    assert _said(script) == "/b\n"


def test_what_connections_are_made_of_is_loaded_before_the_first_call() -> None:
    script = """
import asyncio, sys
from broker.config import Config
from broker.runtime import Runtime
engine = Runtime(Config({}), None)
engine.submit(asyncio.sleep(0)).result()
print("aiohttp" in sys.modules)
engine.close()
"""
    assert _said(script) == "True\n"


def test_leaving_writes_what_was_said_and_does_what_was_left_for_the_end() -> None:
    script = """
import atexit, sys
from broker.startup import leave
atexit.register(print, "for the end")
print("said", end=" ")
print("told", end="", file=sys.stderr)
leave(3)
print("never")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, "said for the end\n", "told")


def test_leaving_is_quiet_where_nobody_reads_any_more() -> None:
    script = "from broker.startup import leave; print('x' * 100); leave(4)"
    command, buffered = [sys.executable, "-c", script], os.environ | {"PYTHONUNBUFFERED": ""}
    with subprocess.Popen(command, env=buffered, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as done:
        assert done.stdout is not None
        assert done.stderr is not None
        done.stdout.close()
        told = done.stderr.read()
    assert (done.returncode, told) == (4, b"")
