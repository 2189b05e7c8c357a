"""A loopback server that speaks OpenAI chat streams at known times; run it as a process of its own.

`/fast/v1/chat/completions` answers at once. `/timed/...` sends the first token `TTFT` seconds after the
request and the others `GAP` seconds apart; its text is its own account in `perf_counter` seconds, one clock
for all processes of a machine: when the request arrived, then when each token was sent.
`/slow/...` sends the whole answer after `DELAY` seconds, as JSON to who does not ask for a stream. A request
with the header `x-fault` gets that one of `FAULTS`. It takes a free port and prints it.
"""

import asyncio
import json
import re
import socket
import struct
from time import perf_counter
from typing import cast

TTFT, GAP, TOKENS, DELAY = 0.100, 0.020, 20, 0.200


def _event(choices: list[dict[str, object]], **more: object) -> bytes:
    payload = {
        "id": "b",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "bench",
        "choices": choices,
    }
    return b"data: " + json.dumps(payload | more).encode() + b"\n\n"


def _chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    return _event([{"index": 0, "delta": delta, "finish_reason": finish}])


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _token(text: str) -> bytes:
    return _framed(_BEFORE + text.encode() + _AFTER)


def _whole() -> bytes:
    message = {"role": "assistant", "content": "word "}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    answer = {"id": "b", "object": "chat.completion", "created": 1, "model": "bench"}
    body = json.dumps(answer | {"choices": choices, "usage": USAGE}).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % len(body) + body


_BEFORE, _AFTER = _chunk({"content": "|"}).split(b"|")
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
USAGE = {"prompt_tokens": 12, "completion_tokens": TOKENS, "total_tokens": 12 + TOKENS}
TAIL = (
    _framed(_chunk({}, "stop"))
    + _framed(_event([], usage=USAGE))
    + _framed(b"data: [DONE]\n\n")
    + b"0\r\n\r\n"
)
FAST = HEAD + _token("word ") + TAIL
WHOLE = _whole()
REFUSAL = b'{"error":{"message":"No."}}'
REFUSED = b"HTTP/1.1 %b Whatever\r\nretry-after-ms: 5\r\ncontent-length: %d\r\n\r\n%b"
FAULTS = ("429", "500", "reset", "truncated", "stall")


class Protocol(asyncio.Protocol):
    """One connection; requests are answered in order."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.buffer = cast(asyncio.WriteTransport, transport), b""

    def data_received(self, data: bytes) -> None:
        arrived = perf_counter()
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4 : end + 4 + length]
            self.buffer = self.buffer[end + 4 + length :]
            self.answer(head, body, arrived)

    def answer(self, head: bytes, body: bytes, arrived: float) -> None:
        loop = asyncio.get_running_loop()
        if fault := re.search(rb"\r\nx-fault: (\w+)", head):
            self.fail(fault[1].decode())
        elif b"/timed/" in head:
            self.transport.write(HEAD)
            start = loop.time() + TTFT
            loop.call_at(start, self.send_stamp, f"{arrived:.6f} ")
            for i in range(1, TOKENS):
                loop.call_at(start + i * GAP, self.send_stamp)
            loop.call_at(start + TOKENS * GAP, self.transport.write, TAIL)
        elif b"/slow/" in head:
            loop.call_later(DELAY, self.transport.write, FAST if b'"stream":true' in body else WHOLE)
        else:
            self.transport.write(FAST)

    def fail(self, fault: str) -> None:
        match fault:
            case "stall":
                self.transport.write(HEAD + _token("word "))
            case "truncated":
                self.transport.write(HEAD + _token("word "))
                self.transport.close()
            case "reset":
                linger = struct.pack("ii", 1, 0)
                sock: socket.socket = self.transport.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.transport.abort()
            case status:
                self.transport.write(REFUSED % (status.encode(), len(REFUSAL), REFUSAL))

    def send_stamp(self, before: str = "") -> None:
        self.transport.write(_token(f"{before}{perf_counter():.6f} "))


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Protocol, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
