import base64
import json
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer

from broker.errors import Malformed
from broker.providers.event_stream import EventStreamDecoder
from broker.providers.frames import MAX_FRAME_BYTES, Frame

RECORDINGS = Path(__file__).parents[3] / "shared/contracts/recordings"


def text(name: str, value: str) -> bytes:
    return header(name, 7, struct.pack("!H", len(value.encode())) + value.encode())


def header(name: str, kind: int, value: bytes) -> bytes:
    return bytes([len(name)]) + name.encode() + bytes([kind]) + value


def message(headers: Iterable[bytes], payload: bytes = b"") -> bytes:
    """Encode one message as the format's description says."""
    block = b"".join(headers)
    head = struct.pack("!II", 16 + len(block) + len(payload), len(block))
    body = head + struct.pack("!I", zlib.crc32(head)) + block + payload
    return body + struct.pack("!I", zlib.crc32(body))


def event(name: str, payload: bytes) -> bytes:
    json_type = text(":content-type", "application/json")
    return message([text(":event-type", name), json_type, text(":message-type", "event")], payload)


def exception(name: str, payload: bytes) -> bytes:
    return message([text(":exception-type", name), text(":message-type", "exception")], payload)


EVERY_TYPE = [
    header("true", 0, b""),
    header("false", 1, b""),
    header("byte", 2, b"\x01"),
    header("short", 3, b"\x00\x02"),
    header("int", 4, b"\x00\x00\x00\x03"),
    header("long", 5, b"\x00" * 8),
    header("bytes", 6, b"\x00\x03abc"),
    header("time", 8, b"\x00\x00\x01\x93\x00\x00\x00\x00"),
    header("uuid", 9, bytes(range(16))),
    text(":event-type", "späte"),
]
STREAM = (
    event("messageStart", b'{"role":"assistant"}')
    + event("contentBlockDelta", '{"delta":{"text":"grüße 🙂"}}'.encode())
    + message(EVERY_TYPE, b"{}")
    + message([])
    + exception("throttlingException", b'{"message":"Slow down"}')
    + message(
        [text(":message-type", "error"), text(":error-code", "Internal"), text(":error-message", 'a "b"')]
    )
)
FRAMES = [
    Frame(b'{"role":"assistant"}', "messageStart"),
    Frame('{"delta":{"text":"grüße 🙂"}}'.encode(), "contentBlockDelta"),
    Frame(b"{}", "späte"),
    Frame(b"", ""),
    Frame(b'{"message":"Slow down"}', "failure:throttlingException"),
    Frame(b'{"message":"a \\"b\\""}', "failure:Internal"),
]


def decoded(*chunks: bytes) -> list[Frame]:
    decoder = EventStreamDecoder()
    return [frame for chunk in chunks for frame in decoder.feed(chunk)] + decoder.flush()


def test_messages_of_an_independent_encoder() -> None:
    assert decoded(STREAM) == FRAMES


def test_cut_anywhere() -> None:
    for cut in range(len(STREAM) + 1):
        assert decoded(STREAM[:cut], STREAM[cut:]) == FRAMES


def test_one_byte_at_a_time() -> None:
    assert decoded(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == FRAMES


def test_a_message_cut_short_is_left_out() -> None:
    for cut in range(1, len(event("messageStart", b"{}"))):
        assert decoded(event("a", b"1") + event("messageStart", b"{}")[:cut]) == [Frame(b"1", "a")]


def test_no_damaged_byte_passes() -> None:
    sound = event("metadata", b'{"usage":{}}')
    for at in range(len(sound)):
        damaged = bytearray(sound)
        damaged[at] ^= 0x01
        with pytest.raises(Malformed, match="checksum"):
            decoded(bytes(damaged))


def test_what_comes_before_the_damage_is_kept() -> None:
    damaged = bytearray(event("b", b"2"))
    damaged[-5] ^= 0xFF
    decoder = EventStreamDecoder()
    assert decoder.feed(event("a", b"1") + damaged) == [Frame(b"1", "a")]
    with pytest.raises(Malformed, match="damaged"):
        decoder.flush()


@pytest.mark.parametrize("reply", [b"data: {}\n\ndata: [DONE]\n\n", b"<html>Sign in</html>"])
def test_another_kind_of_stream(reply: bytes) -> None:
    with pytest.raises(Malformed, match="no AWS event stream"):
        decoded(reply)


def head(size: int, headers: int) -> bytes:
    lengths = struct.pack("!II", size, headers)
    return lengths + struct.pack("!I", zlib.crc32(lengths))


def test_a_message_without_end_is_refused_at_its_head() -> None:
    with pytest.raises(Malformed, match="larger than 32 MB"):
        decoded(head(MAX_FRAME_BYTES + 1, 0))
    assert decoded(head(MAX_FRAME_BYTES, 0)) == []


@pytest.mark.parametrize(("size", "headers"), [(0, 0), (15, 0), (20, 5), (16, 2**32 - 1)])
def test_lengths_that_contradict_each_other(size: int, headers: int) -> None:
    with pytest.raises(Malformed, match="longer than the event"):
        decoded(head(size, headers))


BROKEN_HEADERS = [
    pytest.param(b"\x09short", id="name runs over"),
    pytest.param(b"\x01a", id="no type"),
    pytest.param(header("a", 10, b""), id="unknown type"),
    pytest.param(header("a", 7, b"\x00\x05abc"), id="value runs over"),
    pytest.param(header("a", 7, b"\x00"), id="length runs over"),
    pytest.param(header("a", 9, b"short"), id="UUID runs over"),
    pytest.param(header("a", 7, b"\x00\x01\xff"), id="not UTF-8"),
]


@pytest.mark.parametrize("broken", BROKEN_HEADERS)
def test_headers_that_cannot_be_read(broken: bytes) -> None:
    with pytest.raises(Malformed, match="headers of an event cannot be read"):
        decoded(message([broken], b"{}"))


def as_botocore_reads(stream: bytes) -> list[tuple[bytes, Any]]:
    buffer = EventStreamBuffer()
    buffer.add_data(stream)
    return [(each.payload, each.headers.get(":event-type", "")) for each in buffer]


def test_botocore_reads_the_same() -> None:
    events = b"".join(event(f"e{n}", json.dumps({"n": n}).encode()) for n in range(20))
    assert decoded(events) == [Frame(*pair) for pair in as_botocore_reads(events)]
    assert [frame.event for frame in decoded(message(EVERY_TYPE, b"{}"))] == ["späte"]
    assert as_botocore_reads(message(EVERY_TYPE, b"{}")) == [(b"{}", "späte")]


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not beside this repository")
def test_a_recorded_stream() -> None:
    recording = json.loads((RECORDINGS / "bedrock__chat_stream.json").read_text())
    stream = base64.b64decode(recording["exchanges"][0]["response"]["body_b64"])
    frames = decoded(*(stream[at : at + 7] for at in range(0, len(stream), 7)))
    assert frames == [Frame(*pair) for pair in as_botocore_reads(stream)]
    assert [frame.event for frame in frames] == [next(iter(event)) for event in recording["sdk_result"]]
