"""Our requests beside those of the official SDKs, and their recorded replies read by both."""

import asyncio
import json
import re
from dataclasses import replace

import httpx
import pytest

from broker.credentials import credential
from broker.fold import Fold
from broker.providers import auth_headers, base_url, dialect
from broker.transport import address
from tests.contract.differences import LISTED, STREAMING_PATHS, differences, headers_of, listed
from tests.contract.recordings import COMPARED, FOLDER, RECORDED, ROW_OF, Recording
from tests.contract.sdk_results import Read, read_by_sdk

if not FOLDER.is_dir():
    pytest.skip("no recordings: ../shared/contracts is absent", allow_module_level=True)

IDENTITY = {"authorization", "api-key", "x-api-key", "x-goog-api-key", "anthropic-version"}


def each(recordings: list[Recording]) -> pytest.MarkDecorator:
    names = [f"{one.folder}-{one.provider}-{one.case}" for one in recordings]
    return pytest.mark.parametrize("recording", recordings, ids=names)


def test_nothing_is_left_out() -> None:
    assert len(RECORDED) == 115
    assert {one.provider for one in RECORDED if one not in COMPARED} == {"ollama"}
    assert {(one.folder, one.provider) for one in COMPARED} == set(ROW_OF)
    assert [entry.why for entry in LISTED if not any(map(entry.concerns, COMPARED))] == []


@each(COMPARED)
def test_path(recording: Recording) -> None:
    theirs = recording.sent["target"]
    ends = [end for end in STREAMING_PATHS if theirs.endswith(end)]
    for end in ends:
        theirs = theirs.removesuffix(end) + STREAMING_PATHS[end]
    assert recording.our_target == theirs
    assert not (ends and recording.streams)


@each(COMPARED)
def test_body(recording: Recording) -> None:
    ours = json.loads(json.dumps(recording.ours.body))
    assert differences(recording.sent["json"], ours) == listed(recording)


@each([one for one in COMPARED if one.provider != "bedrock"])
def test_identity_headers(recording: Recording) -> None:
    theirs = {name: value for name, value in recording.headers.items() if name in IDENTITY}
    key = next(value.rpartition(" ")[2] for name, value in theirs.items() if name != "anthropic-version")
    assert {**recording.ours.headers, **auth_headers(recording.row, key)} == headers_of(
        recording, theirs, key
    )


@each([one for one in COMPARED if one.provider == "bedrock"])
def test_signature(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIADUMMYDUMMYDUMMY0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "dummy")
    row = replace(recording.row, id="recorded")  # a sign-in of its own
    sign = asyncio.run(credential(row)).sign
    assert sign is not None
    encoded = recording.ours
    url = address(base_url(row), encoded.path)
    ours = sign(url, b"{}", {"content-type": "application/json", **encoded.headers})
    assert url == httpx.URL(base_url(row) + recording.our_target)
    names = {"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"}
    assert ours.keys() == recording.headers.keys() & names
    assert form(ours["authorization"]) == form(recording.headers["authorization"])


def form(authorization: str) -> str:
    """A signature without what depends on the day and the secret."""
    return re.sub(r"/\d{8}/", "/day/", re.sub(r"(Signature=)[0-9a-f]{64}$", r"\1hex", authorization))


def read_by_us(recording: Recording, size: int | None) -> Read:
    body, fold = recording.reply, Fold(dialect(recording.ours.dialect))
    for at in range(0, len(body), size or len(body)):
        fold.add(body[at : at + (size or len(body))], 0.0)
    fold.conclude(0.0)
    return Read(
        fold.text,
        fold.reasoning,
        fold.finish_reason,
        fold.usage.input_tokens,
        fold.usage.output_tokens,
        fold.served_model,
        tuple((call.id, call.name, json.loads(call.arguments)) for call in fold.tool_calls),
    )


@pytest.mark.parametrize("size", [None, 1], ids=["whole", "bytes"])
@each(COMPARED)
def test_reply(recording: Recording, size: int | None) -> None:
    assert read_by_us(recording, size) == read_by_sdk(recording)
