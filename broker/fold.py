"""Folding a reply: bytes with their arrival times in, one answer with usage and stamps out.

Bytes are stamped by the transport as they arrive and only parsed later (by whoever paints the answer,
or at the end), so that parsing one stream never delays the stamps of another.
"""

import threading
from collections import deque
from dataclasses import replace

from broker.errors import BY_KIND, Malformed, ProviderError, Truncated
from broker.providers import Dialect
from broker.providers.error_body import message_from
from broker.types import BlockFragment, Delta, FinishReason, TokenLogprob, ToolCall, ToolFragment, Usage

MAX_REPLY_BYTES = 64 * 1024 * 1024
_BLANK = b"\xef\xbb\xbf \t\r\n"  # a byte order mark counts as blank


class Fold:
    """The state of one reply. Stamps are `perf_counter` seconds.

    `add` belongs to the event loop; `drain` and everything readable may be used from any thread.
    """

    def __init__(self, dialect: Dialect, sent_at: float = 0.0) -> None:
        self.finish_reason: FinishReason | None = None
        self.usage = Usage()
        self.served_model: str | None = None
        self.error: ProviderError | None = None
        self.over = False
        self.sent_at = sent_at
        self.first_event_at: float | None = None
        self.last_event_at: float | None = None
        self.first_token_at: float | None = None
        self.first_answer_at: float | None = None
        self.last_token_at: float | None = None
        self.finished_at: float | None = None
        self.ended_at: float | None = None
        self._dialect = dialect
        self._decoder = dialect.decoder()
        self._pending: deque[tuple[bytes, float]] = deque()  # popped while another thread appends
        self._document: list[bytes] | None = None
        self._started = False
        self._spoke = False  # an event other than the end was one of this dialect's
        self._size = 0
        self._refused = False
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._tool_calls: list[ToolCall] = []
        self._places: dict[int, int] = {}  # in that list, by the index on the wire
        self._blocks: dict[int, dict[str, list[str]]] = {}
        self._logprobs: list[TokenLogprob] = []
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
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls asked for so far, the last one perhaps in part."""
        # Claude streams a call without arguments as no text at all.
        return tuple(replace(call, arguments=call.arguments or "{}") for call in self._tool_calls)

    @property
    def reasoning_blocks(self) -> tuple[dict[str, str], ...]:
        """The reasoning as the platform wants it back."""
        return tuple({key: "".join(parts) for key, parts in block.items()} for block in self._blocks.values())

    @property
    def logprobs(self) -> tuple[TokenLogprob, ...]:
        """The answer's tokens so far with their probabilities, where the platform tells them."""
        return tuple(self._logprobs)

    @property
    def settled(self) -> bool:
        """No further byte can change what came of the call."""
        return self.over or self.error is not None or self._size > MAX_REPLY_BYTES

    def add(self, chunk: bytes, at: float) -> None:
        """Take bytes that arrived at `at`; costs next to nothing."""
        if self.first_event_at is None:
            self.first_event_at = at
        self.last_event_at = at
        self._size += len(chunk)
        self._pending.append((chunk, at))

    def drain(self) -> None:
        """Parse what has arrived since the last time; what is wrong with it becomes `error`."""
        with self._lock:
            while self._pending:
                self._take(*self._pending.popleft())

    def conclude(self, at: float, broken: ProviderError | None = None) -> None:
        """The reply has ended at `at`, `broken` off by this error if any: raise what is wrong with it."""
        self.ended_at = at
        self.drain()
        if self.finished_at is None and not self.error:
            self._flush(broken)
        if self.error:
            raise self.error
        if self._refused and not broken:
            self.finish_reason = "refusal"
        if self.finish_reason is None and not (self.over and self.first_token_at is not None):
            raise broken or self._missing_end()
        self.finished_at = self.finished_at or self.last_event_at

    def _take(self, chunk: bytes, at: float) -> None:
        if self.error or self.over:
            return
        if not self._started:
            chunk = chunk.lstrip(_BLANK)
            self._begin(chunk)
        try:
            if self._document is not None:
                self._document.append(chunk)
                return
            for frame in self._decoder.feed(chunk):
                self._apply(self._dialect.decode(frame), at)
        except ProviderError as error:
            self.error = error
        except Exception as error:  # timers and painters drain: a strange event must not end them
            self.error = Malformed(f"an event of the stream cannot be read ({_brief(error)})")

    def _begin(self, chunk: bytes) -> None:
        """Tell a JSON or HTML document from a stream of events: by its first byte, since headers lie."""
        self._started = bool(chunk)
        if chunk[:1] in (b"{", b"[", b"<"):
            self._document = []

    def _flush(self, broken: ProviderError | None) -> None:
        """What is only complete at the end: a document, or an event without its blank line."""
        at = self.last_event_at or self.sent_at
        if self._size > MAX_REPLY_BYTES:
            self.error = Malformed(f"the reply is larger than {MAX_REPLY_BYTES >> 20} MB")
            return
        try:
            if self._document is None:
                for frame in self._decoder.flush():
                    self._apply(self._dialect.decode(frame), at)
            elif not broken and not self._document[0].startswith(b"<"):
                for delta in self._dialect.decode_body(b"".join(self._document)):
                    self._apply(delta, at)
                self.over = True
        except ProviderError as error:
            self.error = error
        except Exception as error:
            self.error = Malformed(f"the reply cannot be read ({_brief(error)})")

    def _apply(self, delta: Delta | None, at: float) -> None:
        if delta is None or self.error:
            return
        self._spoke = self._spoke or not delta.end
        if delta.text or delta.reasoning or delta.tool_calls:
            self._stamp(delta, at)
        self._gather(delta)
        if delta.usage is not None:
            self.usage = _merged(self.usage, delta.usage)
        self.served_model = delta.served_model or self.served_model
        if delta.error is not None:
            error = delta.error
            self.error = BY_KIND[error.kind](error.message, error.status, error.retry_after_s)
        reason = delta.finish_reason
        if reason == "refusal" and delta.text:  # the words of a refusal: more may come, then a plain stop
            self._refused, reason = True, None
        if reason or delta.end:
            if reason == "stop" and self._tool_calls:  # some platforms have one word for both
                reason = "tool_calls"
            self.finish_reason = "refusal" if self._refused else reason or self.finish_reason
            self.over = self.over or delta.end
            self.finished_at = self.finished_at or at

    def _stamp(self, delta: Delta, at: float) -> None:
        self._text.append(delta.text)
        self._reasoning.append(delta.reasoning)
        self.last_token_at = at
        if self.first_token_at is None:
            self.first_token_at = at
        if delta.text and self.first_answer_at is None:
            self.first_answer_at = at

    def _gather(self, delta: Delta) -> None:
        """Join the pieces of tool calls and reasoning blocks."""
        self._logprobs += delta.logprobs
        for piece in delta.tool_calls:
            place = None if piece.index is None else self._places.get(piece.index)
            if place is not None and _continues(self._tool_calls[place], piece):
                self._tool_calls[place] = _joined(self._tool_calls[place], piece)
                continue
            new = len(self._tool_calls)
            self._places[new if piece.index is None else piece.index] = new
            self._tool_calls.append(ToolCall(piece.id, piece.name, piece.arguments, piece.signature))
        for piece in delta.reasoning_blocks:
            _extend(self._blocks.setdefault(piece.index, {}), piece)

    def _missing_end(self) -> ProviderError:
        if not self._started:
            return Malformed("the reply has an empty body")
        if self._document is not None:
            return Malformed(message_from(b"".join(self._document)) or "the reply is not an answer")
        if self._spoke:
            return Truncated("the connection ended before the answer was complete")
        return Malformed("the reply holds no event that this dialect knows")


def _continues(call: ToolCall, piece: ToolFragment) -> bool:
    """Whether a piece under the index of this call is of the same: Google gives all calls at once index 0."""
    return not (call.id and piece.id and piece.name) or call.id == piece.id


def _joined(call: ToolCall, piece: ToolFragment) -> ToolCall:
    return ToolCall(
        call.id or piece.id,
        call.name or piece.name,
        call.arguments + piece.arguments,
        call.signature or piece.signature,
    )


def _extend(block: dict[str, list[str]], piece: BlockFragment) -> None:
    for key, value in piece.values.items():
        if key == "type":
            block[key] = [value]
        else:
            block.setdefault(key, []).append(value)


def _merged(old: Usage, new: Usage) -> Usage:
    return replace(
        old, **{name: value for name in Usage.__slots__ if (value := getattr(new, name)) is not None}
    )


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:160]
