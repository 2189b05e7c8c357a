"""Folding a reply: bytes with their arrival times in, one answer with usage and stamps out.

Bytes are stamped by the transport as they arrive and only parsed later (by whoever paints the answer,
or at the end), so that parsing one stream never delays the stamps of another.
"""

import threading
from dataclasses import replace

from broker.errors import BY_KIND, Malformed, ProviderError, Truncated
from broker.providers import Dialect
from broker.providers.error_body import message_from
from broker.providers.frames import FrameDecoder
from broker.types import Delta, FinishReason, Usage

MAX_BODY_BYTES = 64 * 1024 * 1024


class Fold:
    """The state of one reply. `add` may run in another thread than `drain`; stamps are loop seconds."""

    def __init__(self, dialect: Dialect) -> None:
        self.finish_reason: FinishReason | None = None
        self.usage = Usage()
        self.served_model: str | None = None
        self.error: ProviderError | None = None
        self.over = False
        self.first_event_at: float | None = None
        self.last_event_at: float | None = None
        self.first_token_at: float | None = None
        self.first_answer_at: float | None = None
        self.last_token_at: float | None = None
        self._dialect = dialect
        self._decoder = FrameDecoder()
        self._pending: list[tuple[float, bytes]] = []
        self._body: list[bytes] | None = None
        self._content_type = ""
        self._size = 0
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._lock = threading.Lock()

    @property
    def text(self) -> str:
        """The visible answer so far."""
        return "".join(self._text)

    @property
    def reasoning(self) -> str:
        """The visible reasoning so far."""
        return "".join(self._reasoning)

    @property
    def terminated(self) -> bool:
        """The terminal event has arrived: whatever is still to come is not part of the answer."""
        return self.over or self.finish_reason is not None

    def begin(self, content_type: str) -> None:
        """Say what the reply's headers promise; anything but JSON or HTML is read as a stream of events."""
        self._content_type = content_type
        if "json" in content_type or "html" in content_type:
            self._body = []

    def add(self, chunk: bytes, at: float) -> None:
        """Take bytes that arrived at `at`; costs next to nothing."""
        if self.first_event_at is None:
            self.first_event_at = at
        self.last_event_at = at
        self._pending.append((at, chunk))

    def drain(self) -> None:
        """Parse what has arrived since the last time."""
        with self._lock:
            pending, self._pending = self._pending, []
            for at, chunk in pending:
                self._take(chunk, at)

    def conclude(self, at: float) -> None:
        """The reply has ended at `at`: raise what is wrong with it, if anything."""
        self.drain()
        if not self.error and not self.terminated:
            self._finish_body(at)
        if self.error:
            raise self.error
        if not self.terminated:
            raise self._missing_end()

    def _take(self, chunk: bytes, at: float) -> None:
        self._size += len(chunk)
        if self._size > MAX_BODY_BYTES:
            self.error = self.error or Malformed("the reply is larger than 64 MB")
        if self.error or self.over:
            return
        if self._body is not None:
            self._body.append(chunk)
            return
        try:
            for frame in self._decoder.feed(chunk):
                self._apply(self._dialect.decode(frame), at)
        except ProviderError as error:
            self.error = error
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            self.error = Malformed(f"an event of the stream cannot be read ({_brief(error)})")

    def _finish_body(self, at: float) -> None:
        try:
            if self._body is None:
                for frame in self._decoder.flush():
                    self._apply(self._dialect.decode(frame), at)
            elif "json" in self._content_type and self._body:
                for delta in self._dialect.decode_body(b"".join(self._body)):
                    self._apply(delta, at)
        except ProviderError as error:
            self.error = error
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            self.error = Malformed(f"the reply cannot be read ({_brief(error)})")

    def _apply(self, delta: Delta | None, at: float) -> None:
        if delta is None or self.error:
            return
        if delta.text or delta.reasoning:
            self._stamp(delta, at)
        if delta.usage is not None:
            self.usage = _merged(self.usage, delta.usage)
        self.finish_reason = delta.finish_reason or self.finish_reason
        self.served_model = delta.served_model or self.served_model
        if delta.error is not None:
            self.error = BY_KIND[delta.error.kind](delta.error.message, delta.error.status)
        self.over = self.over or delta.end

    def _stamp(self, delta: Delta, at: float) -> None:
        self._text.append(delta.text)
        self._reasoning.append(delta.reasoning)
        self.last_token_at = at
        if self.first_token_at is None:
            self.first_token_at = at
        if delta.text and self.first_answer_at is None:
            self.first_answer_at = at

    def _missing_end(self) -> ProviderError:
        if self._size == 0:
            return Malformed("the reply has an empty body")
        if self._body is not None:
            return Malformed(message_from(b"".join(self._body)) or "the reply is not an answer")
        if self._text or self._reasoning or self.served_model:
            return Truncated("the stream ended without its terminal event")
        return Malformed("the reply holds no event that this dialect knows")


def _merged(old: Usage, new: Usage) -> Usage:
    return replace(
        old, **{name: value for name in Usage.__slots__ if (value := getattr(new, name)) is not None}
    )


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:160]
