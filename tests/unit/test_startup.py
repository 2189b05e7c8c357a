"""What a command loads before its first call: a third of a second went into packages that it does not use."""

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
