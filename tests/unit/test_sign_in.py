from pathlib import Path

import pytest

from broker.sign_in import looks_configured
from broker.types import Identity, Provider

AZURE = {"AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t"}


def row(identity: Identity | None, **settings: str) -> Provider:
    return Provider("p", "P", "openai", "http://127.0.0.1:1", identity=identity, settings=settings)


VARIABLES: list[tuple[Identity, dict[str, str], bool]] = [
    ("aws", {}, False),
    ("aws", {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s"}, True),
    ("aws", {"AWS_ACCESS_KEY_ID": "a"}, False),
    ("aws", {"AWS_PROFILE": "work"}, True),
    ("aws", {"AWS_PROFILE": ""}, False),
    ("aws", {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn"}, True),
    ("aws", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1"}, True),
    ("aws", AZURE, False),
    ("google", {}, False),
    ("google", {"GOOGLE_APPLICATION_CREDENTIALS": "/key.json"}, True),
    ("entra", {}, False),
    ("entra", AZURE, False),
    ("entra", {**AZURE, "AZURE_CLIENT_SECRET": "s"}, True),
    ("entra", {**AZURE, "AZURE_FEDERATED_TOKEN_FILE": "/token"}, True),
    ("entra", {"IDENTITY_ENDPOINT": "http://127.0.0.1"}, True),
]


@pytest.mark.parametrize(("identity", "environ", "configured"), VARIABLES)
def test_variables(identity: Identity, environ: dict[str, str], configured: bool) -> None:
    assert looks_configured(row(identity), environ) is configured


FILES: list[tuple[Identity, str]] = [
    ("aws", ".aws/credentials"),
    ("aws", ".aws/config"),
    ("google", ".config/gcloud/application_default_credentials.json"),
    ("entra", ".azure/msal_token_cache.json"),
    ("entra", ".azure/msal_token_cache.bin"),
]


@pytest.mark.parametrize(("identity", "file"), FILES)
@pytest.mark.parametrize("home", ["HOME", "USERPROFILE"])
def test_files_in_the_home_folder(identity: Identity, file: str, home: str, tmp_path: Path) -> None:
    assert not looks_configured(row(identity), {home: str(tmp_path)})
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).touch()
    assert looks_configured(row(identity), {home: str(tmp_path)})
    assert not looks_configured(row(identity), {home: str(tmp_path / "other")})


MOVED: list[tuple[Identity, str, str, str]] = [
    ("aws", "AWS_CONFIG_FILE", "aws.ini", "aws.ini"),
    ("aws", "AWS_SHARED_CREDENTIALS_FILE", "aws.ini", "aws.ini"),
    ("google", "CLOUDSDK_CONFIG", "", "application_default_credentials.json"),
    ("google", "APPDATA", "", "gcloud/application_default_credentials.json"),
    ("entra", "AZURE_CONFIG_DIR", "", "msal_token_cache.json"),
]


@pytest.mark.parametrize(("identity", "variable", "named", "file"), MOVED)
def test_files_in_another_place(
    identity: Identity, variable: str, named: str, file: str, tmp_path: Path
) -> None:
    environ = {variable: str(tmp_path / named)}
    assert not looks_configured(row(identity), environ)
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()
    assert looks_configured(row(identity), environ)


def test_a_machine_with_an_identity_says_so_in_its_settings() -> None:
    assert looks_configured(row("google", sign_in="on"), {})
    assert not looks_configured(row("google", sign_in="off"), {})


def test_a_row_without_an_identity_has_no_sign_in() -> None:
    assert not looks_configured(row(None, sign_in="on"), {"AWS_PROFILE": "work"})
