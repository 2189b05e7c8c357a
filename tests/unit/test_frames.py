import pytest

from broker.errors import Malformed
from broker.providers.frames import MAX_FRAME_BYTES, Frame, FrameDecoder

STREAMS = [
    pytest.param(b"data: one\n\n", [Frame(b"one")], id="one event"),
    pytest.param(b"data:one\n\ndata:  two\n\n", [Frame(b"one"), Frame(b" two")], id="one space is optional"),
    pytest.param(b"data: one\r\n\r\ndata: two\r\n\r\n", [Frame(b"one"), Frame(b"two")], id="CRLF"),
    pytest.param(b"data: one\r\rdata: two\r\r", [Frame(b"one"), Frame(b"two")], id="CR"),
    pytest.param(b"data: one\r\n\ndata: two\n\r\n", [Frame(b"one"), Frame(b"two")], id="mixed line ends"),
    pytest.param(b"data: one\ndata: two\n\n", [Frame(b"one\ntwo")], id="data of two lines"),
    pytest.param(b"data: one\r\ndata\r\ndata: two\r\n\r\n", [Frame(b"one\n\ntwo")], id="data of three lines"),
    pytest.param(b"event: ping\ndata: {}\n\n", [Frame(b"{}", "ping")], id="named"),
    pytest.param(b"data: {}\nevent:  a b\nid: 7\nretry: 9\n\n", [Frame(b"{}", " a b")], id="other fields"),
    pytest.param(b": keep-alive\n\n:\n\ndata: one\n: x\n\n", [Frame(b"one")], id="comments"),
    pytest.param(b"\xef\xbb\xbfdata: one\n\n", [Frame(b"one")], id="byte order mark"),
    pytest.param(b"\n\n\ndata: one\n\n\n\n\ndata: two\n\n", [Frame(b"one"), Frame(b"two")], id="blank lines"),
    pytest.param(b"data: \n\ndata\n\nevent: x\n\ndata: one\n\n", [Frame(b"one")], id="events without data"),
    pytest.param("data: grüße 你好 🙂\n\n".encode(), [Frame("grüße 你好 🙂".encode())], id="UTF-8"),
    pytest.param(b"data: a: b\n\n", [Frame(b"a: b")], id="colon in the data"),
    pytest.param(b'data: {"a":1}\n\ndata: [DONE]\n\n', [Frame(b'{"a":1}'), Frame(b"[DONE]")], id="done"),
]


def decoded(chunks: list[bytes]) -> list[Frame]:
    decoder = FrameDecoder()
    frames = [frame for chunk in chunks for frame in decoder.feed(chunk)]
    assert decoder.flush() == []
    return frames


@pytest.mark.parametrize(("stream", "frames"), STREAMS)
def test_cut_anywhere(stream: bytes, frames: list[Frame]) -> None:
    for size in range(1, len(stream) + 1):
        assert decoded([stream[at : at + size] for at in range(0, len(stream), size)]) == frames
    for cut in range(len(stream) + 1):
        assert decoded([stream[:cut], b"", stream[cut:]]) == frames


def test_all_streams_in_one() -> None:
    # Without the byte order mark, which belongs to the start of a stream.
    parts = [case.values for case in STREAMS if case.id != "byte order mark"]
    stream = b"".join(part[0] for part in parts)
    frames = [frame for part in parts for frame in part[1]]
    for size in (1, 2, 3, 7, len(stream)):
        assert decoded([stream[at : at + size] for at in range(0, len(stream), size)]) == frames


@pytest.mark.parametrize("end", [b"", b"\n", b"\r", b"\r\n"])
def test_flush_gives_a_whole_event_left_over(end: bytes) -> None:
    decoder = FrameDecoder()
    assert decoder.feed(b'data: {"a":1}\n\nevent: x\ndata: {"b":2}' + end) == [Frame(b'{"a":1}')]
    assert decoder.flush() == [Frame(b'{"b":2}', "x")]
    assert decoder.flush() == []


@pytest.mark.parametrize("rest", [b'data: {"b":', b"data: [DON", b"data: ", b"event: x", b": comment"])
def test_flush_drops_an_event_cut_short(rest: bytes) -> None:
    decoder = FrameDecoder()
    assert decoder.feed(rest) == []
    assert decoder.flush() == []


def test_flush_gives_the_end_mark() -> None:
    decoder = FrameDecoder()
    decoder.feed(b"data: [DONE]\n")
    assert [frame.is_done for frame in decoder.flush()] == [True]


def test_an_event_without_end_is_malformed() -> None:
    decoder = FrameDecoder()
    for _ in range(MAX_FRAME_BYTES >> 20):
        assert decoder.feed(b"x" * (1 << 20)) == []
    with pytest.raises(Malformed, match="larger than 32 MB"):
        decoder.feed(b"x")


def test_a_large_event_in_small_chunks() -> None:
    data = b"[" + b"1," * 2_500_000 + b"1]"
    stream = b"data: " + data + b"\n\n"
    assert decoded([stream[at : at + 4096] for at in range(0, len(stream), 4096)]) == [Frame(data)]


def test_json_that_is_none_does_not_quote_the_answer() -> None:
    with pytest.raises(Malformed) as caught:
        Frame(b'{"secret answer": ').json()
    assert "secret" not in caught.value.message
    assert "18 bytes" in caught.value.message


def test_invalid_utf8_is_malformed() -> None:
    with pytest.raises(Malformed):
        Frame(b'{"text":"\xff"}').json()
