"""The way to a server: keys that show nowhere, proxies, TLS, large prompts."""

import contextlib
import datetime
import json
import logging
import ssl
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from broker import complete, transport
from broker.complete import Door, LiveCall
from broker.errors import ProviderError
from broker.transport import open_transport, without_key
from broker.types import (
    CallContext,
    ChatRequest,
    Message,
    Provider,
)
from tests.faults import BRISK, KEY, OFFER, FaultServer, ask, carry_out, live_call, on_loop
from tests.wires import CLOSE, END, WIRES, Step, Wire, chunk, stream, whole

OPENAI = WIRES[0]

every_dialect = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.dialect)


@pytest.fixture(scope="module", name="server")
def _server() -> Iterator[FaultServer]:
    with contextlib.closing(FaultServer()) as server:
        yield server


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complete, "FIRST_WAIT_S", 0.04)
    monkeypatch.setattr(complete, "JITTER_S", 0.04)


def ok() -> list[Step]:
    return stream(*OPENAI.answer("Hi"))


# Keys


ECHOES = {
    "error body": lambda wire: wire.refusal(401, f"Incorrect key: {KEY}, sorry."),
    "cut in the key": lambda wire: wire.refusal(401, "x" * 480 + KEY),
    "page": lambda _: [whole(f"<html><title>No {KEY}</title>".encode(), 502, "text/html")],
    "text": lambda _: [whole(f"key={KEY};".encode(), 400, "text/plain")],
    "redirect": lambda _: [whole(b"", 302, location=f"https://acme.test/login?key={KEY}")],
    "long redirect": lambda _: [whole(b"", 302, location=f"https://acme.test/{'x' * 160}?key={KEY}")],
    "200": lambda wire: [whole(json.dumps(wire.error(f"Bad {KEY}!")).encode())],
    "page with 200": lambda _: [whole(f"<html><title>No {KEY}</title>".encode())],
    "event": lambda wire: [*wire.begun("Hi"), chunk(wire.error_event(f"Bad {KEY}!")), END],
    "not HTTP": lambda _: [f"{KEY}\r\n\r\n".encode(), CLOSE],
    "status line": lambda _: [f"HTTP/1.1 {KEY}\r\n\r\n".encode(), CLOSE],
}


@every_dialect
@pytest.mark.parametrize("name", ECHOES)
def test_a_key_that_is_echoed_shows_nowhere(
    server: FaultServer, wire: Wire, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    completion = ask(wire, server.script(ECHOES[name](wire)))
    assert any(KEY in value for value in server.requests[0].headers.values())
    assert completion.error is not None
    assert KEY[:14] not in repr(completion)
    assert KEY[:14] not in caplog.text
    if "HTTP" not in name and name != "status line":
        assert "[key]" in completion.error.message


def test_no_repr_and_no_traceback_shows_a_key(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    async def spied(*args: Any, **more: Any) -> None:
        shown.extend(map(repr, args))
        try:
            await transport.exchange(*args, **more)
        except ProviderError as error:
            shown.extend([repr(error), *traceback.format_exception(error)])
            raise

    monkeypatch.setattr(complete, "exchange", spied)
    ask(OPENAI, server.script(OPENAI.refusal(401, f"Bad {KEY}!")))
    door = Door(OPENAI.provider(server.url), open_transport(), KEY)
    shown += [repr(door), repr(live_call())]
    assert any("WireRequest" in text for text in shown)
    assert any("Bad [key]" in text for text in shown)
    assert not any(KEY in text for text in shown)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("No key here.", "No key here."),
        (f"a {KEY} and {KEY}.", "a [key] and [key]."),
        (f'{{"key": "{KEY}", "x": 1}}', '{"key": "[key]", "x": 1}'),
        (f"cut: {KEY[:20]}…", "cut: [key]"),
        (f"hidden: {KEY[:12]}****b06", "hidden: [key]"),
    ],
)
def test_without_key(message: str, expected: str) -> None:
    assert without_key(message, KEY) == expected


@pytest.mark.parametrize(
    "written", ["a/b+c==", "a%2Fb%2Bc%3D%3D", "a%2fb+c%3d=", "a\\/b+c==", "a\\u002fb\\u002Bc=="]
)
def test_a_key_as_urls_and_json_write_it(written: str) -> None:
    assert without_key(f"to x?k={written}&l=1", "a/b+c==") == "to x?k=[key]&l=1"
    long = "sk-a/b+c==0123456789"
    assert without_key(f"cut: {long.replace('a/b+c==', written)[:-3]}…", long) == "cut: [key]"


def test_a_short_key_takes_no_other_words_with_it() -> None:
    assert without_key("The local model is not at localhost: local", "local key") == (
        "The local model is not at localhost: local"
    )
    assert without_key("Bad key none.", None) == "Bad key none."
    assert without_key("Bad key EMPTY.", "EMPTY") == "Bad key [key]."


# The network around us


def test_proxies_of_the_environment(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", server.script(ok()))
    assert ask(OPENAI, "http://models.invalid/v1").status == "ok"
    assert server.requests[0].line == "POST http://models.invalid/v1/chat/completions HTTP/1.1"
    monkeypatch.setenv("no_proxy", "models.invalid")
    assert transport._proxy_for("http://models.invalid/v1") is None


def test_a_proxy_with_a_password(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    url = server.script(ok()).replace("://", "://me:pass-word@")
    monkeypatch.setenv("http_proxy", url)
    monkeypatch.setenv("https_proxy", url)
    assert ask(OPENAI, "http://models.invalid/v1").status == "ok"
    assert server.requests[0].headers["proxy-authorization"] == "Basic bWU6cGFzcy13b3Jk"
    server.script([whole(b"", 407)])
    error = ask(OPENAI, "https://models.invalid/v1").error
    assert error is not None
    assert (error.kind, error.message) == ("connect", "the proxy refused with HTTP 407")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.8.8", "user:pw@localhost"])
def test_this_machine_is_reached_without_a_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert transport._proxy_for("http://acme.test/v1") == "http://127.0.0.1:9"
    assert transport._proxy_for(f"http://{host}:8080/v1") is None
    assert transport._proxy_for("local:") is None


def test_credentials_of_netrc_stay_out(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password other-secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert ask(OPENAI, server.script(ok())).status == "ok"
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_large_prompt(server: FaultServer) -> None:
    url, text = server.script(ok()), "Grüße 🌍 " * 200_000
    call = LiveCall(OFFER, ChatRequest((Message("user", text),)), CallContext("test"), BRISK)
    assert on_loop(carry_out(call, OPENAI.provider(url))).status == "ok"
    assert json.loads(server.requests[0].body)["messages"][0]["content"] == text


@pytest.fixture(scope="module", name="certificate")
def _certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "fault server")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(private + certificate.public_bytes(pem))
    return path


def test_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    with contextlib.closing(FaultServer(tls)) as server:
        untrusted = ask(OPENAI, server.script(ok()))
        assert untrusted.error is not None
        assert untrusted.error.kind == "connect"
        assert "certificate of 127.0.0.1 is not valid" in untrusted.error.message
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        monkeypatch.setattr(transport, "_ssl_context", None)
        assert ask(OPENAI, server.url).text == "Hi"


def test_provider_headers_are_sent(server: FaultServer) -> None:
    url = server.script(ok())
    provider: Provider = replace(OPENAI.provider(url), headers={"x-title": "Broker"})
    assert on_loop(carry_out(live_call(), provider)).status == "ok"
    sent = server.requests[0].headers
    assert (sent["x-title"], sent["accept-encoding"], sent["content-type"]) == (
        "Broker",
        "identity",
        "application/json",
    )
