"""A key that may show nowhere: where it is planted, replies that give it back, and the search for it."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from broker.types import DialectRule, Provider
from tests.contract.capabilities import ACCOUNT, ROWS, at
from tests.wires import CLOSE, END, HOLD, RESET, Step, Wire, chunk, head, whole

CANARY = "sk-canary/7f3a9c+51d2e84b06=="  # with what URLs and JSON may write otherwise
START = CANARY[:12]
# Its beginning, as it is and as URLs and JSON may have it, and the whole of its end.
PIECES = (START, quote(START, safe=""), START.replace("/", "\\/"), CANARY[17:27])
CLOUDS = ("AWS_", "GOOGLE_", "AZURE_", "CLOUDSDK_", "GCE_", "IDENTITY_", "MSI_")
SAID = f"No: {CANARY}, {START}…, {{'authorization': 'Bearer {CANARY}'}}, ?key={quote(CANARY, safe='')}"


def found_in(data: bytes | str) -> list[str]:
    """What surrounds each place where the key, or its first 12 characters, show."""
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    places = [text.find(piece) for piece in PIECES]
    return [text[max(0, at - 60) : at + 60] for at in places if at >= 0]


def planted() -> dict[str, str]:
    """An environment in which every platform's key is the canary, and the account has its values."""
    keys = {name: CANARY for row in ROWS.values() for name in row.key_env}
    values = {
        name: ACCOUNT[value]
        for row in ROWS.values()
        for value, one in row.variables.items()
        for name in one.env
    }
    return {**keys, **values}


def signed_in(folder: Path, tokens: str) -> dict[str, str]:
    """An environment signed in to every cloud: Google's and Azure's tokens come from the address `tokens`."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    account = {
        "type": "service_account",
        "client_email": "broker@example.test",
        "private_key": key.private_bytes(encoding, form, serialization.NoEncryption()).decode(),
        "token_uri": f"{tokens}/token",
    }
    file = folder / "account.json"
    file.write_text(json.dumps(account))
    return {
        "GOOGLE_APPLICATION_CREDENTIALS": str(file),
        "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
        "IDENTITY_ENDPOINT": f"{tokens}/msi/token",
        "IDENTITY_HEADER": CANARY,
        "AWS_ACCESS_KEY_ID": "AKIDTEST",
        "AWS_SECRET_ACCESS_KEY": f"secret-{CANARY}",
        "AWS_SESSION_TOKEN": CANARY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_GCE_CHECK": "true",
    }


def token_reply() -> list[Step]:
    """The canary as a token, in the words of Google and of Azure."""
    token = {"access_token": CANARY, "token_type": "Bearer", "resource": "https://x.test"}
    times = {"expires_in": 3600, "expires_on": str(int(time.time()) + 3600)}
    return [whole(json.dumps({**token, **times}).encode())]


def rows_at(url: str) -> dict[str, Provider]:
    """Every row of the registry at this address; once more with Responses, and without a key to sign in."""
    rows = {name: at(name, url) for name in ROWS}
    rows["local"] = replace(rows["local"], key_env=("OPENAI_API_KEY",))  # its own is made up at each start
    again = [row for row in rows.values() if row.identity and row.key_env]
    signed = [replace(row, id=f"{row.id}+signed", key_env=()) for row in again]
    responses = replace(rows["openai"], id="openai+responses", rules=(DialectRule("responses"),))
    return rows | {row.id: row for row in [*signed, responses]}


def broker_toml(url: str) -> str:
    """A `broker.toml` that has every platform at this address."""
    rows = {name: row for name, row in rows_at(url).items() if name in ROWS}
    return "\n".join(f'[providers.{name}]\nbase_url = "{row.base_url}"' for name, row in rows.items())


def echo(wire: Wire, status: int, said: str = SAID) -> list[Step]:
    """A refusal that gives the key back in every place that a reply has."""
    named = {"www_authenticate": f'Bearer realm="{CANARY}"', "set_cookie": f"k={CANARY}", "x_key": CANARY}
    return wire.refusal(status, said, retry_after=CANARY, **named)


def _answer(body: str, status: int = 200, kind: str = "application/json", **headers: str) -> list[Step]:
    return [whole(body.encode(), status, kind, **headers)]


_TICKS: list[float] = [0.05]
# By the kind of error that comes of it, and what is peculiar about the reply.
ECHOES: Mapping[str, Callable[[Wire], list[Step]]] = {
    "auth": lambda wire: echo(wire, 401),
    "forbidden": lambda wire: echo(wire, 403),
    "not_found": lambda wire: echo(wire, 404),
    "bad_request": lambda wire: echo(wire, 400),
    "rate_limited": lambda wire: echo(wire, 429),
    "overloaded": lambda wire: echo(wire, 529),
    "server_error": lambda wire: echo(wire, 500),
    "bad_request: cut in the midst of the key": lambda wire: echo(wire, 400, "x" * 487 + CANARY),
    "bad_request: no JSON": lambda _: _answer(SAID, 400, "text/plain"),
    "bad_request: other JSON": lambda _: _answer(json.dumps({"k": [CANARY]}).replace("/", "\\/"), 400),
    "server_error: a page": lambda _: _answer(f"<html><title>{SAID}</title><p>{SAID}", 502, "text/html"),
    "server_error: status line": lambda _: [head(500).replace(b"Whatever", CANARY.encode()), END],
    "malformed: redirect": lambda _: _answer("", 307, location=f"http://127.0.0.1:9/{CANARY}"),
    "malformed: redirect, encoded": lambda _: _answer(
        "", 307, location=f"http://127.0.0.1:9/?k={quote(CANARY, safe='')}"
    ),
    "malformed: redirect, cut": lambda _: _answer(
        "", 307, location=f"http://127.0.0.1:9/{'x' * 167}{CANARY}"
    ),
    "malformed: other JSON": lambda _: _answer(json.dumps({"hello": CANARY})),
    "malformed: a page": lambda _: _answer(f"<html><title>{SAID}</title>", 200, "text/html"),
    "malformed: no HTTP": lambda _: [f"{CANARY}\r\n".encode(), CLOSE],
    "malformed: broken event": lambda wire: [
        *wire.begun("Hi"),
        chunk(wire.event(f'{{"choices": [{CANARY}'.encode(), "contentBlockDelta")),
        END,
    ],
    "overloaded: instead of an answer": lambda wire: _answer(json.dumps(wire.error(SAID))),
    "overloaded: in the stream": lambda wire: [*wire.begun("Hi"), chunk(wire.error_event(SAID)), END],
    "truncated": lambda wire: [*wire.begun("Hi"), CLOSE],
    "connect": lambda _: [RESET],
}
SILENCES: Mapping[str, Callable[[Wire], list[Step]]] = {
    "first_token_timeout": lambda _: [HOLD],
    "idle_timeout": lambda wire: [*wire.begun("Hi"), HOLD],
    "total_timeout": lambda wire: [head(), *[chunk(wire.said("x")), *_TICKS] * 100],
}
