"""A stream that AWS's SDK has read, damaged in every place: what comes before the damage is kept."""

import struct
from collections.abc import Iterable

import pytest

from broker.errors import Malformed, Overloaded, ProviderError, Truncated
from broker.fold import Fold
from broker.providers import dialect
from tests.contract.recordings import CURRENT, FOLDER, Recording
from tests.wires import aws_frame

if not FOLDER.is_dir():
    pytest.skip("no recordings: ../shared/contracts is absent", allow_module_level=True)

STREAM = Recording(CURRENT, "bedrock", "chat_stream").reply
TEXT = "Hello from Bedrock: grüße 🙂"


def frames(stream: bytes) -> list[bytes]:
    """The messages of a stream; each begins with its length."""
    found: list[bytes] = []
    while stream:
        (size,) = struct.unpack_from("!I", stream)
        found, stream = [*found, stream[:size]], stream[size:]
    return found


def folded(*chunks: bytes) -> tuple[Fold, ProviderError | None]:
    fold = Fold(dialect("bedrock"))
    for chunk in chunks:
        fold.add(chunk, 0.0)
    try:
        fold.conclude(0.0)
    except ProviderError as error:
        return fold, error
    return fold, None


def said(chunks: Iterable[bytes]) -> str:
    return folded(*chunks)[0].text


def test_cut_at_every_byte() -> None:
    for cut in range(len(STREAM) + 1):
        fold, error = folded(STREAM[:cut], STREAM[cut:])
        assert (error, fold.text, fold.finish_reason) == (None, TEXT, "stop")
        assert (fold.usage.input_tokens, fold.usage.output_tokens) == (12, 9)


def test_ended_at_every_byte() -> None:
    """It is whole once it has said why it stopped; before that it breaks off."""
    first, whole = len(frames(STREAM)[0]), len(b"".join(frames(STREAM)[:-1]))
    for end in range(1, len(STREAM)):
        fold, error = folded(STREAM[:end])
        assert TEXT.startswith(fold.text)
        expected = Malformed if end < first else Truncated if end < whole else type(None)
        assert type(error) is expected, end


@pytest.mark.parametrize("place", range(1, 8))
def test_an_exception_in_mid_stream(place: int) -> None:
    named = {"exception_type": "serviceUnavailableException", "message_type": "exception"}
    sound = frames(STREAM)[:place]
    fold, error = folded(*sound, aws_frame({"message": "At capacity."}, **named))
    assert isinstance(error, Overloaded)
    assert (error.message, fold.text) == ("At capacity.", said(sound))


def test_a_flipped_bit_in_every_byte() -> None:
    for place, frame in enumerate(frames(STREAM)[:7]):
        before = frames(STREAM)[:place]
        for at in range(len(frame)):
            damaged = bytes([*frame[:at], frame[at] ^ 1, *frame[at + 1 :]])
            fold, error = folded(*before, damaged, *frames(STREAM)[place + 1 :])
            assert isinstance(error, Malformed), (place, at)
            assert fold.text == said(before)
