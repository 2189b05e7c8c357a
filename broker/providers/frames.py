"""Server-sent events: bytes in, frames out, however the network cuts them."""

from typing import Any, NamedTuple

import orjson

from broker.errors import Malformed

MAX_FRAME_BYTES = 32 * 1024 * 1024


class Frame(NamedTuple):
    """One event: its data as UTF-8 bytes (lines joined by LF) and its name, empty when it has none."""

    data: bytes
    event: str = ""

    @property
    def is_done(self) -> bool:
        """The mark by which OpenAI-like servers end a stream; it is not JSON."""
        return self.data[:6] == b"[DONE]"

    def json(self) -> Any:
        """The data as JSON; raises `Malformed`, without quoting the data: it may hold an answer."""
        try:
            return orjson.loads(self.data)
        except orjson.JSONDecodeError as error:
            raise Malformed(f"{len(self.data)} bytes that should be JSON are not") from error


class FrameDecoder:
    """An incremental decoder for one `text/event-stream`.

    Lines may end in LF, CRLF or CR; comments and events without data are skipped.
    """

    def __init__(self) -> None:
        self._pending = bytearray()  # what follows the last blank line; its line ends are LF
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[Frame]:
        """The events that this chunk completes; raises `Malformed` when one grows past 32 MB."""
        if self._after_cr or b"\r" in chunk:
            chunk = self._with_lf(chunk)
        if not self._pending and _is_one_line_event(chunk):
            return [Frame(chunk[6:-2])]
        seen = len(self._pending)
        self._pending += chunk
        if self._pending.find(b"\n\n", max(0, seen - 1)) < 0:
            if len(self._pending) > MAX_FRAME_BYTES:
                raise Malformed(f"an event of the stream is larger than {MAX_FRAME_BYTES >> 20} MB")
            return []
        *blocks, rest = bytes(self._pending).split(b"\n\n")
        self._pending = bytearray(rest)
        return [frame for block in blocks if (frame := _frame(block))]

    def flush(self) -> list[Frame]:
        """The event left over when the stream ended without its blank line; none if it was cut short."""
        frame, self._pending = _frame(bytes(self._pending)), bytearray()
        return [frame] if frame and _is_whole(frame) else []

    def _with_lf(self, chunk: bytes) -> bytes:
        # A CR that ends a chunk counts at once; the LF that may open the next one belongs to it.
        if self._after_cr and chunk:
            chunk, self._after_cr = chunk.removeprefix(b"\n"), False
        self._after_cr = self._after_cr or chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _is_one_line_event(chunk: bytes) -> bool:
    """The usual case, worth a short cut: the chunk is one whole event of one line."""
    return (
        len(chunk) > 8
        and chunk.startswith(b"data: ")
        and chunk.endswith(b"\n\n")
        and chunk.find(b"\n") == len(chunk) - 2
    )


def _is_whole(frame: Frame) -> bool:
    try:
        return frame.is_done or frame.json() is not None
    except Malformed:
        return False


def _frame(block: bytes) -> Frame | None:
    event, data = "", list[bytes]()
    for line in block.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        name, _, value = line.partition(b":")
        if name == b"data":
            data.append(value.removeprefix(b" "))
        elif name == b"event":
            event = value.removeprefix(b" ").decode("utf-8", "replace")
    joined = b"\n".join(data)
    return Frame(joined, event) if joined else None
