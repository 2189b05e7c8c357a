"""The child process of `broker.local`: llama.cpp's own HTTP server on one model file.

    python -P local_server.py MODEL.gguf ALIAS CONTEXT      the API key is the first line of stdin

Prints `READY http://127.0.0.1:PORT` once `/health` answers 200, and ends when stdin closes: that is the
one sign of the parent's end that reaches us however it ended. Imports nothing of `broker`.
"""

import fcntl
import http.client
import importlib
import os
import sys
import threading
import time
from typing import Any

SLOTS = 4  # answers generated at the same time, each with a whole context; further ones queue
BATCH = 128  # prompt tokens a step: how long (about 0.7 s) one prompt can hold up other answers or a cancel
QUIET = 2  # log warnings and errors only, never a prompt


def main() -> None:
    """Serve until the parent closes our stdin, or dies."""
    sys.tracebacklimit = 0  # the parent shows the last lines of stderr to people
    model, alias, context = sys.argv[1:]
    key = sys.stdin.readline().strip()
    if not key:
        return  # the parent is gone already; without a key the server would be open to all
    watcher = _end_with_stdin()
    server = importlib.import_module("xllamacpp").Server(_params(model, alias, int(context), key))
    address: str = server.listening_address
    _wait_until_healthy(address.removeprefix("http://"))
    print(f"READY {address}", flush=True)
    watcher.join()


def _end_with_stdin() -> threading.Thread:
    # Loading a model holds the interpreter lock, so the thread cannot act until it is done. The kernel can:
    # Linux sends SIGIO when the pipe closes, and its default action ends us (elsewhere it does nothing).
    stdin = sys.stdin.fileno()
    fcntl.fcntl(stdin, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(stdin, fcntl.F_SETFL, fcntl.fcntl(stdin, fcntl.F_GETFL) | os.O_ASYNC)
    watcher = threading.Thread(target=_exit_at_end_of_stdin, daemon=True)
    watcher.start()
    return watcher


def _exit_at_end_of_stdin() -> None:
    sys.stdin.read()
    os._exit(0)


def _params(model: str, alias: str, context: int, key: str) -> Any:
    params: Any = importlib.import_module("xllamacpp").CommonParams()
    params.model.path = model
    params.model_alias = {alias}
    params.api_keys = [key]
    params.hostnames, params.port = ["127.0.0.1"], 0  # 0: the system picks a free port
    params.n_parallel, params.n_ctx = SLOTS, SLOTS * context
    params.n_batch = params.n_ubatch = BATCH
    # Two threads wait for each other by spinning: beside a busy neighbour that is 5 tokens a second, not 100.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.fit_params = False  # sizes are given; probing for better ones costs 0.25 s
    params.cache_ram_mib = 0  # its default keeps up to 8 GB of old prompts
    params.cache_idle_slots = False
    params.ui = params.endpoint_slots = False
    params.cors_origins = ""  # no web page may call us
    params.verbosity = QUIET
    return params


def _wait_until_healthy(host: str) -> None:
    while True:
        connection = http.client.HTTPConnection(host, timeout=5)
        connection.request("GET", "/health")
        status = connection.getresponse().status
        connection.close()
        if status == 200:
            return
        time.sleep(0.05)


if __name__ == "__main__":
    main()
