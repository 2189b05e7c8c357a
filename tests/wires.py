"""Replies as they look on the wire, in each dialect: good ones and refusals.

A reply is a list of steps: bytes are sent as they are, a number waits that many seconds, an event waits
until the test sets it, `CLOSE` and `RESET` end the connection, `HOLD` keeps it open until the client goes.
"""

import json
import struct
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from broker.types import Provider, Usage

Step = bytes | float | threading.Event | Literal["close", "reset", "hold"]
CLOSE, RESET, HOLD = "close", "reset", "hold"
MODEL = "acme-large"


def head(status: int = 200, kind: str = "text/event-stream", **headers: str) -> bytes:
    """A status line and headers; the body is chunked unless `headers` say otherwise."""
    named = {"content-type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if not named.keys() & {"content-length", "connection"}:
        named["transfer-encoding"] = "chunked"
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in named.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


END = chunk(b"")


def whole(body: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> bytes:
    """A reply in one piece with its length."""
    return head(status, kind, content_length=str(len(body)), **headers) + body


def stream(*events: bytes) -> list[Step]:
    """A complete event stream, one chunk an event."""
    return [head(), *map(chunk, events), END]


def sse(data: Any, event: str = "") -> bytes:
    """A server-sent event; bytes as data go in as they are."""
    name = f"event: {event}\n" if event else ""
    text = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
    return name.encode() + b"data: " + text + b"\n\n"


def aws_frame(data: Any, event: str = "event", **headers: str) -> bytes:
    """A message of an AWS event stream: lengths, their checksum, headers of type 7 (text), data, checksum."""
    named = headers or {"event-type": event, "content-type": "application/json", "message-type": "event"}
    head = b""
    for name, value in named.items():
        key = f":{name.replace('_', '-')}".encode()
        head += struct.pack("!B", len(key)) + key + struct.pack("!BH", 7, len(value)) + value.encode()
    text = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
    prelude = struct.pack("!II", 16 + len(head) + len(text), len(head))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + head + text
    return message + struct.pack("!I", zlib.crc32(message))


@dataclass(frozen=True)
class Wire:
    """How one dialect looks: events of a stream, a reply that does not stream, errors in and outside of it.

    `early` is the usage known before the last events, `usage` the one known after them.
    """

    dialect: str
    opening: tuple[bytes, ...]
    thought: Callable[[str], bytes]
    said: Callable[[str], bytes]
    ending: tuple[bytes, ...]
    document: Callable[[str], bytes]
    ping: bytes
    error: Callable[[str], Any]
    early: Usage
    usage: Usage
    event: Callable[[Any, str], bytes] = sse
    served: str | None = MODEL

    def answer(self, *texts: str) -> list[bytes]:
        """The events of a complete answer in these pieces."""
        return [*self.opening, *map(self.said, texts), *self.ending]

    def begun(self, *texts: str) -> list[Step]:
        """A stream's headers and first pieces."""
        return [head(), *map(chunk, self.opening), *(chunk(self.said(text)) for text in texts)]

    def refusal(self, status: int, message: str = "No, thank you.", **headers: str) -> list[Step]:
        """An error status with the dialect's own error object."""
        return [whole(json.dumps(self.error(message)).encode(), status, **headers)]

    def error_event(self, message: str = "At capacity.") -> bytes:
        """An error in the stream that says: overloaded."""
        if self.dialect == "bedrock":
            named = {"exception_type": "serviceUnavailableException", "message_type": "exception"}
            return aws_frame({"message": message}, **named)
        return sse(self.error(message), "error" if self.dialect in {"anthropic", "responses"} else "")

    def provider(self, url: str) -> Provider:
        auth = {"anthropic": "x-api-key", "gemini": "x-goog-api-key"}.get(self.dialect, "bearer")
        return Provider("acme", "Acme", self.dialect, url, ("ACME_API_KEY",), auth=auth)  # type: ignore[arg-type]


def _openai(delta: dict[str, str], finish: str | None = None) -> bytes:
    return sse({"model": MODEL, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def _gemini(*parts: dict[str, Any], finish: str | None = None, **usage: int) -> dict[str, Any]:
    candidate = {"content": {"role": "model", "parts": parts}, **({"finishReason": finish} if finish else {})}
    counts = {"promptTokenCount": 11, **usage}
    return {"candidates": [candidate], "modelVersion": MODEL, "usageMetadata": counts}


def _block(kind: str, text: str) -> bytes:
    delta = {"type": f"{kind}_delta", kind: text}
    return sse({"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta")


def _responses(kind: str, **data: Any) -> bytes:
    return sse({"type": f"response.{kind}", "sequence_number": 1, **data}, f"response.{kind}")


def _response(status: str, **data: Any) -> dict[str, Any]:
    return {"id": "r", "object": "response", "status": status, "model": MODEL, "output": [], **data}


def _said_by_response(text: str) -> dict[str, Any]:
    parts = [{"type": "output_text", "text": text, "annotations": []}]
    return {"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": parts}


def _delta_of_bedrock(**delta: Any) -> bytes:
    return aws_frame({"contentBlockIndex": 0, "delta": delta, "p": "abc"}, "contentBlockDelta")


_RESPONSES_USAGE = {"input_tokens": 11, "output_tokens": 7, "total_tokens": 18}
_BEDROCK_USAGE = {"inputTokens": 11, "outputTokens": 7, "totalTokens": 18}
_OPENAI_USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
_MESSAGE: dict[str, Any] = {"id": "m", "type": "message", "role": "assistant", "model": MODEL}
_BEGUN = {**_MESSAGE, "content": [], "usage": {"input_tokens": 11, "output_tokens": 1}}
_ENDED = {"stop_reason": "end_turn", "stop_sequence": None}

WIRES = (
    Wire(
        dialect="openai",
        opening=(_openai({"role": "assistant", "content": ""}),),
        thought=lambda text: _openai({"reasoning_content": text}),
        said=lambda text: _openai({"content": text}),
        ending=(
            _openai({}, "stop"),
            sse({"model": MODEL, "choices": [], "usage": _OPENAI_USAGE}),
            b"data: [DONE]\n\n",
        ),
        document=lambda text: json.dumps(
            {
                "model": MODEL,
                "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
                "usage": _OPENAI_USAGE,
            }
        ).encode(),
        ping=b": waiting\n\n",
        error=lambda message: {"error": {"message": message, "type": "server_error", "code": "overloaded"}},
        early=Usage(),
        usage=Usage(input_tokens=11, output_tokens=7),
    ),
    Wire(
        dialect="anthropic",
        opening=(
            sse({"type": "message_start", "message": _BEGUN}, "message_start"),
            sse(
                {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
                "content_block_start",
            ),
        ),
        thought=lambda text: _block("thinking", text),
        said=lambda text: _block("text", text),
        ending=(
            sse({"type": "content_block_stop", "index": 0}, "content_block_stop"),
            sse({"type": "message_delta", "delta": _ENDED, "usage": {"output_tokens": 7}}, "message_delta"),
            sse({"type": "message_stop"}, "message_stop"),
        ),
        document=lambda text: json.dumps(
            {
                **_MESSAGE,
                **_ENDED,
                "content": [{"type": "text", "text": text}],
                "usage": {"input_tokens": 11, "output_tokens": 7},
            }
        ).encode(),
        ping=sse({"type": "ping"}, "ping"),
        error=lambda message: {"type": "error", "error": {"type": "overloaded_error", "message": message}},
        early=Usage(input_tokens=11),
        usage=Usage(input_tokens=11, output_tokens=7),
    ),
    Wire(
        dialect="gemini",
        opening=(),
        thought=lambda text: sse(_gemini({"text": text, "thought": True})),
        said=lambda text: sse(_gemini({"text": text})),
        ending=(sse(_gemini(finish="STOP", candidatesTokenCount=7)),),
        document=lambda text: json.dumps(
            [_gemini({"text": text}), _gemini(finish="STOP", candidatesTokenCount=7)]
        ).encode(),
        ping=b": waiting\n\n",
        error=lambda message: {"error": {"code": 503, "message": message, "status": "UNAVAILABLE"}},
        early=Usage(input_tokens=11),
        usage=Usage(input_tokens=11, output_tokens=7),
    ),
    Wire(
        dialect="responses",
        opening=(
            _responses("created", response=_response("in_progress", usage=None)),
            _responses("output_item.added", output_index=0, item={"type": "message", "content": []}),
        ),
        thought=lambda text: _responses("reasoning_summary_text.delta", output_index=0, delta=text),
        said=lambda text: _responses("output_text.delta", output_index=0, content_index=0, delta=text),
        ending=(
            _responses("output_item.done", output_index=0, item=_said_by_response("whatever")),
            _responses("completed", response=_response("completed", usage=_RESPONSES_USAGE)),
        ),
        document=lambda text: json.dumps(
            _response("completed", usage=_RESPONSES_USAGE, output=[_said_by_response(text)])
        ).encode(),
        ping=sse({"type": "keepalive", "sequence_number": 2}, "keepalive"),
        error=lambda message: {
            "type": "error",
            "error": {"type": "server_error", "code": "overloaded", "message": message},
        },
        early=Usage(),
        usage=Usage(input_tokens=11, output_tokens=7),
    ),
    Wire(
        dialect="bedrock",
        opening=(aws_frame({"role": "assistant"}, "messageStart"),),
        thought=lambda text: _delta_of_bedrock(reasoningContent={"text": text}),
        said=lambda text: _delta_of_bedrock(text=text),
        ending=(
            aws_frame({"contentBlockIndex": 0}, "contentBlockStop"),
            aws_frame({"stopReason": "end_turn"}, "messageStop"),
            aws_frame({"usage": _BEDROCK_USAGE, "metrics": {"latencyMs": 5}}, "metadata"),
        ),
        document=lambda text: json.dumps(
            {
                "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
                "stopReason": "end_turn",
                "usage": _BEDROCK_USAGE,
                "metrics": {"latencyMs": 5},
            }
        ).encode(),
        ping=aws_frame({}, "ping"),
        error=lambda message: {"__type": "ServiceUnavailableException", "message": message},
        early=Usage(),
        usage=Usage(input_tokens=11, output_tokens=7),
        event=aws_frame,
        served=None,
    ),
)
