"""AWS event streams (`application/vnd.amazon.eventstream`): bytes in, frames out, however they are cut.

A message: its length and that of its headers, the checksum of these two, headers, payload, and the checksum
of all before; numbers are big-endian, of four bytes each.
https://smithy.io/2.0/aws/amazon-eventstream.html
"""

import struct
import zlib
from collections.abc import Iterator

import orjson

from broker.errors import Malformed
from broker.providers.frames import MAX_FRAME_BYTES, Frame

FAILURE = "failure:"  # the event of a message that reports a failure begins with this; its code follows

_HEAD = struct.Struct("!III")
_LEAST = _HEAD.size + 4
_BYTES, _STRING = 6, 7
# How long a header's value is, by its type: true, false, byte, short, int, long, timestamp, UUID.
_LENGTHS = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}


class EventStreamDecoder:
    """An incremental decoder for one stream.

    A frame's event is the message's `:event-type`. Of a failure it is `failure:` and the `:exception-type`,
    or the `:error-code`; the data of the latter is its `:error-message` as JSON.
    """

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, chunk: bytes) -> list[Frame]:
        """The messages that this chunk completes; raises `Malformed` when one is damaged or past 32 MB.

        Sound messages before a damaged one come first, the error with the next call.
        """
        self._pending += chunk
        frames = list[Frame]()
        try:
            while size := self._whole():
                message = bytes(self._pending[:size])
                frames.append(_frame(message))
                del self._pending[:size]
        except Malformed:
            if not frames:
                raise
        return frames

    def flush(self) -> list[Frame]:
        """Nothing, for each message says where it ends; raises `Malformed` when what is left is damaged."""
        return self.feed(b"")

    def _whole(self) -> int:
        """The size of the first message if all of it is here, else 0."""
        if len(self._pending) < _HEAD.size:
            return 0
        size, headers, checksum = _HEAD.unpack_from(self._pending)
        if zlib.crc32(self._pending[:8]) != checksum:
            raise Malformed("this is no AWS event stream, or a damaged one: a head has a wrong checksum")
        if size > MAX_FRAME_BYTES:
            raise Malformed(f"an event of the stream is larger than {MAX_FRAME_BYTES >> 20} MB")
        if headers + _LEAST > size:
            raise Malformed("the headers of an event are longer than the event")
        return size if len(self._pending) >= size else 0


def _frame(message: bytes) -> Frame:
    if zlib.crc32(message[:-4]) != int.from_bytes(message[-4:], "big"):
        raise Malformed("an event of the stream was damaged on its way: it has a wrong checksum")
    begin = _HEAD.size + int.from_bytes(message[4:8], "big")
    headers, payload = dict(_headers(message[_HEAD.size : begin])), message[begin:-4]
    match headers.get(":message-type"):
        case "exception":
            return Frame(payload, FAILURE + headers.get(":exception-type", ""))
        case "error":
            said = orjson.dumps({"message": headers.get(":error-message", "")})
            return Frame(said, FAILURE + headers.get(":error-code", ""))
        case _:
            return Frame(payload, headers.get(":event-type", ""))


def _headers(data: bytes) -> Iterator[tuple[str, str]]:
    """The headers that are text, by name; the others are stepped over."""
    at = 0
    try:
        while at < len(data):
            name_end = at + 1 + data[at]
            kind, begin = data[name_end], name_end + 1
            if kind in (_BYTES, _STRING):
                begin += 2
                end = begin + int.from_bytes(data[begin - 2 : begin], "big")
            else:
                end = begin + _LENGTHS[kind]
            if end > len(data):
                raise IndexError
            if kind == _STRING:
                yield data[at + 1 : name_end].decode(), data[begin:end].decode()
            at = end
    except (IndexError, KeyError, UnicodeDecodeError):
        raise Malformed("the headers of an event cannot be read") from None
