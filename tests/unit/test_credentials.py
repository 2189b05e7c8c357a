import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import botocore.auth
import botocore.session
import httpx
import pytest
from botocore.awsrequest import AWSResponse
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from broker import credentials
from broker.credentials import Credential, credential
from broker.errors import ConnectFailed, ConnectTimeout, KeyRefused, NoKey, ProviderError
from broker.types import Identity, Provider

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "canary-secret"}
CLOUDS = ("AWS_", "GOOGLE_", "AZURE_", "CLOUDSDK_", "GCE_", "IDENTITY_", "MSI_")
CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123"


@pytest.fixture(autouse=True)
def signed_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that knows no cloud, in a process that has not signed in yet."""
    import os

    for name in [name for name in os.environ if name.startswith(CLOUDS)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # tests stay on this machine
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setattr(credentials, "_sign_ins", {})
    monkeypatch.setattr(credentials, "_aws_sources", {})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The module's clock, to be set forward by adding to `ahead`, in seconds."""
    clock = SimpleNamespace(ahead=0.0)
    clock.monotonic = lambda: time.monotonic() + clock.ahead
    clock.time = lambda: time.time() + clock.ahead
    monkeypatch.setattr(credentials, "time", clock)
    return clock


def row(identity: Identity, **settings: str) -> Provider:
    return Provider(
        f"cloud-{identity}",
        "Cloud",
        "openai",
        "https://cloud.test",
        ("CLOUD_KEY",),
        auth="x-goog-api-key",
        identity=identity,
        settings=settings,
        headers={"x-row": "1"},
    )


AWS = row("aws", region="eu-west-1")


def found(provider: Provider, environ: dict[str, str] | None = None) -> Credential:
    return asyncio.run(credential(provider, {} if environ is None else environ))


def refused(provider: Provider, kind: type[ProviderError]) -> str:
    with pytest.raises(kind) as caught:
        found(provider)
    assert "canary" not in caught.value.message
    return caught.value.message


@contextmanager
def service(reply: Callable[[str, dict[str, str], bytes], tuple[int, Any]]) -> Iterator[str]:
    """A cloud's sign-in service on this machine; `reply(path, headers, body)` is its status and JSON."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, value = reply(self.path, headers, body)
            written = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(written)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(written)

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_key_goes_before_a_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "import_module", pytest.fail)
    for identity in ("aws", "google", "entra"):
        provider = row(identity)
        assert found(provider, {"CLOUD_KEY": "k"}) == Credential(provider, "k")


def test_a_row_without_an_identity_may_have_no_key() -> None:
    provider = Provider("p", "P", "openai", "http://127.0.0.1:1", ("P_KEY",))
    assert found(provider) == Credential(provider)


# AWS


@pytest.fixture
def midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: datetime(2026, 11, 22, tzinfo=UTC))


def signed_by_aws(model: str, region: str, endpoint: str | None = None) -> Any:
    """The request as AWS's own client signs it."""
    seen: list[Any] = []

    def catch(request: Any, **_: Any) -> AWSResponse:
        seen.append(request)
        return AWSResponse(request.url, 500, {}, SimpleNamespace(stream=lambda: [b""]))  # type: ignore[arg-type]

    session = botocore.session.Session()
    client = session.create_client("bedrock-runtime", region_name=region, endpoint_url=endpoint)
    client.meta.events.register("before-send.bedrock-runtime.Converse", catch)
    with suppress(Exception):  # the reply is of no interest
        client.converse(modelId=model, messages=[{"role": "user", "content": [{"text": "grüße"}]}])
    client.close()
    return seen[0]


@pytest.mark.usefixtures("midnight")
@pytest.mark.parametrize("model", [CLAUDE, ARN])
@pytest.mark.parametrize("token", ["", "canary-session-token"])
@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:8123"])
def test_signatures_are_those_of_aws(
    model: str, token: str, endpoint: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**KEYS, **({"AWS_SESSION_TOKEN": token} if token else {})}.items():
        monkeypatch.setenv(name, value)
    theirs = signed_by_aws(model, "eu-west-1", endpoint)
    given = found(AWS)
    assert given.sign is not None
    ours = given.sign(
        httpx.URL(theirs.url), theirs.body, {"content-type": "application/json", "user-agent": "x"}
    )
    expected = {name.lower(): text_of(value) for name, value in theirs.headers.items()}
    assert ours["authorization"] == expected["authorization"]
    assert "20261122/eu-west-1/bedrock/aws4_request" in ours["authorization"]
    assert ours["x-amz-date"] == expected["x-amz-date"] == "20261122T000000Z"
    assert ours.get("x-amz-security-token") == expected.get("x-amz-security-token") == (token or None)
    assert given.key == (token or KEYS["AWS_SECRET_ACCESS_KEY"])  # what no message may show
    assert "canary" not in repr(given)


def text_of(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("bedrock-runtime.us-west-2.amazonaws.com", "us-west-2"),
        ("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("vpce-1.bedrock-runtime.eu-north-1.vpce.amazonaws.com", "eu-north-1"),
        ("gateway.example.com", "eu-west-1"),
    ],
)
def test_the_region_of_a_signature(host: str, region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    sign = found(AWS).sign
    assert sign is not None
    headers = sign(httpx.URL(f"https://{host}/model/m/converse-stream"), b"{}", {"content-type": "a/b"})
    assert f"/{region}/bedrock/aws4_request" in headers["authorization"]


def test_a_session_token_is_not_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in {**KEYS, "AWS_SESSION_TOKEN": "canary-session-token"}.items():
        monkeypatch.setenv(name, value)
    caplog.set_level("DEBUG")
    access_key(found(AWS))
    assert "canary" not in caplog.text


def access_key(given: Credential) -> str:
    assert given.sign is not None
    signed = given.sign(httpx.URL("http://127.0.0.1:1/model/m"), b"{}", {"content-type": "a/b"})
    return signed["authorization"].split("Credential=")[1].split("/")[0]


def test_keys_of_a_container_are_renewed(monkeypatch: pytest.MonkeyPatch, clock: SimpleNamespace) -> None:
    lives = iter([timedelta(minutes=1), timedelta(hours=1)])
    asked: list[str] = []

    def reply(path: str, *_: object) -> tuple[int, Any]:
        asked.append(path)
        expires = datetime.now(UTC) + next(lives)
        keys = {"AccessKeyId": f"AKID{len(asked)}", "SecretAccessKey": "s", "Token": "t"}
        return 200, {**keys, "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}

    with service(reply) as url:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{url}/creds")
        assert access_key(found(AWS)) == "AKID2"  # the first ones were about to expire
        clock.ahead = 600
        assert access_key(found(AWS)) == "AKID2"
    assert asked == ["/creds", "/creds"]


def test_keys_that_were_replaced_in_a_file_are_found(tmp_path: Path, clock: SimpleNamespace) -> None:
    file = tmp_path / ".aws" / "credentials"
    file.parent.mkdir()
    for name, ahead in [("AKIDOLD", 0), ("AKIDNEW", 301)]:
        file.write_text(f"[default]\naws_access_key_id = {name}\naws_secret_access_key = s\n")
        clock.ahead = ahead
        assert access_key(found(AWS)) == name


def test_no_keys_for_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "set CLOUD_KEY, or sign in with `aws sso login`" in refused(AWS, NoKey)
    monkeypatch.setenv("AWS_PROFILE", "absent")
    assert "ProfileNotFound" in refused(AWS, NoKey)


# Google


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


@pytest.fixture
def account(private_key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Sign this machine in as a service account whose tokens come from the given address."""

    def sign_in(url: str) -> None:
        file = tmp_path / "account.json"
        account = {
            "type": "service_account",
            "client_email": "broker@example.test",
            "private_key": private_key,
            "project_id": "p",
            "token_uri": f"{url}/token",
        }
        file.write_text(json.dumps(account))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))

    return sign_in


GOOGLE = row("google")


def tokens(asked: list[bytes]) -> Callable[..., tuple[int, Any]]:
    def reply(path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        asked.append(body)
        return 200, {"access_token": f"token-{len(asked)}", "expires_in": 3600, "token_type": "Bearer"}

    return reply


def test_a_token_of_google(
    account: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, clock: SimpleNamespace
) -> None:
    asked: list[bytes] = []
    with service(tokens(asked)) as url:
        account(url)
        monkeypatch.setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "payer")
        given = found(GOOGLE)
        assert (given.key, given.sign, given.provider.auth) == ("token-1", None, "bearer")
        assert given.provider.headers == {"x-row": "1", "x-goog-user-project": "payer"}
        assert "token-1" not in repr(given)
        clock.ahead = 3600 - 310
        assert found(GOOGLE).key == "token-1"
        clock.ahead = 3600 - 290  # less than five minutes before it expires
        assert found(GOOGLE).key == "token-2"
    assert parse_qs(asked[0].decode())["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]


def test_an_edited_row_is_used_with_the_token_there_is(account: Callable[[str], None]) -> None:
    with service(tokens([])) as url:
        account(url)
        found(GOOGLE)
        edited = row("google", project="other")
        assert found(edited).provider.settings == {"project": "other"}
        assert found(edited).key == "token-1"


def test_calls_at_once_sign_in_once(account: Callable[[str], None]) -> None:
    asked: list[bytes] = []

    async def at_once() -> list[Credential]:
        return await asyncio.gather(*(credential(GOOGLE, {}) for _ in range(20)))

    with service(tokens(asked)) as url:
        account(url)
        given = asyncio.run(at_once())
    assert {each.key for each in given} == {"token-1"}
    assert len(asked) == 1


@contextmanager
def slow_google(account: Callable[[str], None]) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Google that answers only when let: an event set when it was asked, and one to set."""
    was_asked, may_answer = threading.Event(), threading.Event()

    def reply(*_: object) -> tuple[int, Any]:
        was_asked.set()
        may_answer.wait(10)
        return 200, {"access_token": "late", "expires_in": 3600}

    with service(reply) as url:
        account(url)
        try:
            yield was_asked, may_answer
        finally:
            may_answer.set()
            for future in credentials._sign_ins.values():
                future.result(10)


def test_a_stopped_call_leaves_the_sign_in_to_the_others(account: Callable[[str], None]) -> None:
    async def stop_one(was_asked: threading.Event, may_answer: threading.Event) -> Credential:
        stopped, waiting = (asyncio.create_task(credential(GOOGLE, {})) for _ in range(2))
        assert await asyncio.to_thread(was_asked.wait, 10)
        stopped.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopped
        may_answer.set()
        return await waiting

    with slow_google(account) as events:
        assert asyncio.run(stop_one(*events)).key == "late"


def test_a_sign_in_that_hangs(account: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "SIGN_IN_S", 0.05)
    with slow_google(account):
        assert "signing in to Cloud took over" in refused(GOOGLE, ConnectTimeout)


def test_google_refuses(account: Callable[[str], None]) -> None:
    def reply(*_: object) -> tuple[int, Any]:
        return 400, {"error": "invalid_grant", "error_description": "canary"}

    with service(reply) as url:
        account(url)
        message = refused(GOOGLE, KeyRefused)
    assert "(invalid_grant)" in message
    assert "gcloud auth application-default login" in message


def test_no_account_for_google(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "set CLOUD_KEY, or sign in with `gcloud" in refused(GOOGLE, NoKey)
    file = tmp_path / "broken.json"
    file.write_text('{"type": "canary"}')
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    assert "CLOUD_KEY" in refused(GOOGLE, NoKey)


# Entra


def test_a_token_of_entra_for_a_managed_identity(
    monkeypatch: pytest.MonkeyPatch, clock: SimpleNamespace
) -> None:
    asked: list[str] = []

    def reply(path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        asked.append(parse_qs(urlsplit(path).query)["resource"][0])
        assert headers["x-identity-header"] == "canary"
        expires = int(time.time()) + 3600 * len(asked)
        resource = asked[-1]
        return 200, {"access_token": f"entra-{len(asked)}", "expires_on": expires, "resource": resource}

    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    monkeypatch.setenv("IDENTITY_HEADER", "canary")
    with service(reply) as url:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{url}/msi/token")
        given = found(row("entra"))
        assert (given.key, given.provider.auth) == ("entra-1", "bearer")
        assert given.provider.headers == {"x-row": "1"}
        assert found(row("entra", scope="https://ai.azure.com/.default")).key == "entra-2"
        clock.ahead = 3600 - 310
        assert found(row("entra")).key == "entra-1"
        clock.ahead = 3600 - 290
        assert found(row("entra")).key == "entra-3"
    services = "https://cognitiveservices.azure.com"
    assert asked == [services, "https://ai.azure.com", services]


def test_nobody_is_signed_in_to_entra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    assert "set CLOUD_KEY, or sign in with `az login`" in refused(row("entra"), NoKey)


# Every platform


class ClientAuthenticationError(Exception):
    """As azure-core names it: whatever went wrong with signing in."""


class TransportError(Exception):
    """As google-auth names it: the network."""


class UnauthorizedSSOTokenError(Exception):
    """As botocore names it: the sign-in has expired."""


LIBRARY_ERRORS: list[tuple[Identity, Exception, type[ProviderError], str]] = [
    ("entra", ClientAuthenticationError("AADSTS7000215: Invalid canary"), KeyRefused, "AADSTS7000215"),
    ("entra", ClientAuthenticationError("canary unavailable"), NoKey, "az login"),
    ("google", TransportError("canary"), ConnectFailed, "TransportError"),
    ("aws", UnauthorizedSSOTokenError("canary"), KeyRefused, "aws sso login"),
    ("aws", TimeoutError("canary"), ConnectFailed, "cannot be reached"),
    ("aws", RuntimeError("canary"), KeyRefused, "RuntimeError"),
]


@pytest.mark.parametrize(("identity", "error", "kind", "told"), LIBRARY_ERRORS)
def test_errors_of_the_libraries(
    identity: Identity,
    error: Exception,
    kind: type[ProviderError],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(name: str) -> None:
        raise error

    monkeypatch.setattr(credentials, "import_module", fail)
    assert told in refused(row(identity), kind)


@pytest.mark.parametrize(("identity", "extra"), [("aws", "aws"), ("google", "google"), ("entra", "azure")])
def test_a_missing_extra_is_one_sentence(
    identity: Identity, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(credentials, "import_module", absent)
    assert refused(row(identity), NoKey) == (
        f"Cloud needs a key: set CLOUD_KEY, or install what signing in needs: scripts/setup --extra {extra}"
    )


def test_a_failed_sign_in_is_tried_again(account: Callable[[str], None]) -> None:
    refused(GOOGLE, NoKey)
    with service(tokens([])) as url:
        account(url)
        assert found(GOOGLE).key == "token-1"
