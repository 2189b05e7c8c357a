"""A loopback server that speaks OpenAI chat streams at known times; run it as a process of its own.

`/fast/v1/chat/completions` answers at once. `/timed/...` sends the first token `TTFT` seconds after the
request and the others `GAP` seconds apart. `/slow/...` answers whole after `DELAY` seconds. Usage: python server.py PORT
"""

import asyncio
import json
import sys

import uvloop

TTFT, GAP, TOKENS, DELAY = 0.100, 0.020, 20, 0.200


def _chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    data = {"id": "b", "object": "chat.completion.chunk", "created": 1, "model": "bench", "choices": [choice]}
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
TOKEN = _framed(_chunk({"content": "word "}))
USAGE = {"prompt_tokens": 12, "completion_tokens": TOKENS, "total_tokens": 12 + TOKENS}
TAIL = (
    _framed(_chunk({}, "stop"))
    + _framed(b"data: " + json.dumps({"model": "bench", "choices": [], "usage": USAGE}).encode() + b"\n\n")
    + _framed(b"data: [DONE]\n\n")
    + b"0\r\n\r\n"
)
FAST = HEAD + TOKEN + TAIL


class Protocol(asyncio.Protocol):
    """One connection; requests are answered in order."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            self.answer(head)

    def answer(self, head: bytes) -> None:
        loop = asyncio.get_running_loop()
        if b"/timed/" in head:
            self.transport.write(HEAD)
            start = loop.time() + TTFT
            for i in range(TOKENS):
                loop.call_at(start + i * GAP, self.transport.write, TOKEN)
            loop.call_at(start + TOKENS * GAP, self.transport.write, TAIL)
        elif b"/slow/" in head:
            loop.call_later(DELAY, self.transport.write, FAST)
        else:
            self.transport.write(FAST)


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Protocol, "127.0.0.1", port, backlog=1024)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
