"""What a command loads before its first call: a third of a second went into packages that it does not use."""

import os
import subprocess
import sys
from pathlib import Path

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


def _said(script: str, **environ: str) -> str:
    command, around = [sys.executable, "-c", script], os.environ | environ
    return subprocess.run(command, env=around, capture_output=True, text=True, check=True).stdout


def test_a_run_loads_nothing_that_it_does_not_use() -> None:
    assert UNUSED & set(_said(LOADING).split()) == set()


def test_httpx_works_without_its_command_line() -> None:
    script = (
        "from broker.startup import prepare; prepare(); import httpx; print(httpx.URL('http://a/b').path)"
    )
    assert _said(script) == "/b\n"


def test_what_prices_could_be_fetched_with_is_loaded_when_it_is_used() -> None:
    script = """
import importlib.util, sys
from broker.startup import prepare
prepare()
from genai_prices import update_prices
print(importlib.util.find_spec("httpx2") is not None)
print("httpx2._client" in sys.modules)
print(update_prices.httpx2.URL("http://a/b").path, update_prices.UpdatePrices().request_timeout.connect)
import httpx2
from httpx2 import URL
print(httpx2.URL is URL is update_prices.httpx2.URL)
"""
    assert _said(script).split() == ["True", "False", "/b", "5", "True"]


def test_a_configuration_of_texts_is_read_without_what_validates_others(tmp_path: Path) -> None:
    script = """
import sys
from broker.startup import prepare
prepare()
from broker import config
print(len(config.load().problems), "jsonschema" in sys.modules)
"""
    for line, told in (
        ('name = "Mine"', "0 False"),
        ("max_concurrency = 4", "0 True"),
        ("name = 4", "1 True"),
    ):
        (tmp_path / "broker.toml").write_text(f"[providers.openai]\n{line}\n")
        assert _said(script, BROKER_CONFIG=str(tmp_path / "broker.toml")) == f"{told}\n"


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


def test_leaving_does_not_hide_that_not_all_was_written() -> None:
    script = "from broker.startup import leave; print('x' * 100); leave(0)"
    command, buffered = [sys.executable, "-c", script], os.environ | {"PYTHONUNBUFFERED": ""}
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, env=buffered, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, b"Broken pipe" in done.stderr) == (120, True)
