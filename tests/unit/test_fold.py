"""Folding: one answer however the bytes are cut and whenever they are parsed, with the stamps of arrival."""

import json
import sys
import threading
from typing import Any

import pytest

from broker import fold as module
from broker.errors import Malformed, ProviderError, RateLimited, Truncated
from broker.fold import Fold
from broker.providers import Encoded, dialect
from broker.providers.frames import Frame, FrameDecoder
from broker.types import Delta, ToolCall, Usage
from tests.wires import MODEL, WIRES, Wire, sse

OPENAI = WIRES[0]

every_dialect = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.dialect)


def new_fold(wire: Wire) -> Fold:
    return Fold(dialect(wire.dialect), sent_at=1.0)


def folded(wire: Wire, *chunks: bytes) -> Fold:
    """A fold that took one chunk a second from second 2 on and is complete."""
    fold = new_fold(wire)
    for second, data in enumerate(chunks, 2):
        fold.add(data, float(second))
    fold.conclude(len(chunks) + 2.0)
    return fold


def failed(wire: Wire, *chunks: bytes, broken: ProviderError | None = None) -> tuple[Fold, ProviderError]:
    fold = new_fold(wire)
    for data in chunks:
        fold.add(data, 2.0)
    with pytest.raises(ProviderError) as caught:
        fold.conclude(3.0, broken)
    return fold, caught.value


def answer_of(fold: Fold) -> tuple[object, ...]:
    return fold.reasoning, fold.text, fold.finish_reason, fold.served_model, fold.usage


def whole_stream(wire: Wire) -> bytes:
    return b"".join(
        [*wire.opening, wire.thought("Hm… 🤔"), wire.said("Grüße "), wire.said("🌍!"), *wire.ending]
    )


@every_dialect
def test_every_cut_gives_the_same_answer(wire: Wire) -> None:
    stream = whole_stream(wire)
    expected = ("Hm… 🤔", "Grüße 🌍!", "stop", wire.served, wire.usage)
    for cut in range(1, len(stream)):
        assert answer_of(folded(wire, stream[:cut], stream[cut:])) == expected
    assert answer_of(folded(wire, *(bytes([byte]) for byte in stream))) == expected


@every_dialect
def test_stamps_are_those_of_arrival(wire: Wire) -> None:
    chunks = [b"".join(wire.opening) or wire.ping, wire.thought("a"), wire.thought("b")]
    chunks += [wire.said("c"), wire.said("d"), b"".join(wire.ending)]
    prompt, late = new_fold(wire), new_fold(wire)
    for second, data in enumerate(chunks, 2):
        prompt.add(data, float(second))
        prompt.drain()
        late.add(data, float(second))
    for fold in (prompt, late):
        fold.conclude(9.0)
        assert (fold.sent_at, fold.first_event_at, fold.first_token_at, fold.first_answer_at) == (1, 2, 3, 5)
        assert (fold.last_token_at, fold.finished_at, fold.last_event_at, fold.ended_at) == (6, 7, 7, 9)


def test_the_finish_is_where_it_was_first_said() -> None:
    fold = folded(OPENAI, OPENAI.said("Hi"), *OPENAI.ending)
    assert (fold.finished_at, fold.last_event_at, fold.ended_at) == (3, 5, 6)


def refused(words: str) -> bytes:
    return sse(
        {"model": MODEL, "choices": [{"index": 0, "delta": {"refusal": words}, "finish_reason": None}]}
    )


def test_a_refusal_is_no_ordinary_stop() -> None:
    fold = folded(OPENAI, refused("I can"), refused("not."), *OPENAI.ending)
    assert answer_of(fold)[:3] == ("", "I cannot.", "refusal")
    assert fold.finished_at == 4.0  # the words of a refusal are not its end


def test_a_refusal_that_ends_without_a_reason() -> None:
    assert folded(OPENAI, refused("No."), b"data: [DONE]\n\n").finish_reason == "refusal"
    message = {"role": "assistant", "content": None, "refusal": "No."}
    body = {"model": MODEL, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    document = folded(OPENAI, json.dumps(body).encode())
    assert (document.finish_reason, document.finished_at) == ("refusal", 2.0)  # so that it has its cost


def called(index: int, arguments: str, name: str | None = None, call_id: str | None = None) -> bytes:
    call = {"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}}
    return sse({"model": MODEL, "choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})


def test_calls_under_one_index_stay_apart() -> None:
    """Google's OpenAI endpoint numbers all calls that are made at once 0."""
    stream = [
        called(0, '{"a":', "look", "one"),
        called(0, "1}"),
        called(0, "{}", "look", "two"),
        called(1, '{"c":', "see", "three"),
        called(0, " ", "look", "two"),  # a server that names the call with every piece of it
        called(1, "3}", call_id="four"),  # and one that makes up an id for every piece
    ]
    fold = folded(OPENAI, *stream, *OPENAI.ending)
    assert fold.tool_calls == (
        ToolCall("one", "look", '{"a":1}'),
        ToolCall("two", "look", "{} "),
        ToolCall("three", "see", '{"c":3}'),
    )


def test_a_refusal_cut_short_is_truncated() -> None:
    _, error = failed(OPENAI, refused("I can"), broken=Truncated("cut"))
    assert error.kind == "truncated"


@every_dialect
def test_a_document_is_stamped_with_its_last_byte(wire: Wire) -> None:
    document = wire.document("Hi")
    fold = folded(wire, document[:9], document[9:])
    assert (fold.first_event_at, fold.first_token_at, fold.ended_at) == (2, 3, 4)


@every_dialect
def test_nothing_is_lost_between_threads(wire: Wire) -> None:
    fold, done = new_fold(wire), threading.Event()

    def paint() -> None:
        while not done.is_set():
            fold.drain()

    painter = threading.Thread(target=paint)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        painter.start()
        for number in range(4000):
            fold.add(wire.said(f"{number} "), 2.0)
    finally:
        done.set()
        painter.join()
        sys.setswitchinterval(interval)
    fold.add(b"".join(wire.ending), 3.0)
    fold.conclude(4.0)
    assert fold.text.split() == [str(number) for number in range(4000)]


@every_dialect
def test_what_arrived_is_kept_when_the_stream_breaks(wire: Wire) -> None:
    begun = [*wire.opening, wire.said("Hi")]
    fold, error = failed(wire, *begun)
    assert (type(error), fold.text, fold.usage) == (Truncated, "Hi", wire.early)
    broken = Truncated("the cable")
    fold, error = failed(wire, *begun, broken=broken)
    assert (error, fold.text) == (broken, "Hi")


@every_dialect
def test_a_break_after_the_end_does_no_harm(wire: Wire) -> None:
    fold = new_fold(wire)
    fold.add(whole_stream(wire), 2.0)
    fold.conclude(3.0, Truncated("the cable"))
    assert fold.text == "Grüße 🌍!"


@every_dialect
def test_a_broken_document_is_truncated(wire: Wire) -> None:
    _, error = failed(wire, wire.document("Hi")[:-9], broken=Truncated("the cable"))
    assert type(error) is Truncated


@every_dialect
def test_after_an_error_nothing_is_taken(wire: Wire) -> None:
    fold, error = failed(
        wire, wire.said("Hi"), wire.error_event("At capacity."), wire.said("lost"), *wire.ending
    )
    assert (error.kind, error.message, fold.text) == ("overloaded", "At capacity.", "Hi")
    assert fold.settled


@pytest.mark.parametrize("wire", WIRES[:2], ids=lambda wire: wire.dialect)
def test_after_the_end_nothing_is_taken(wire: Wire) -> None:
    fold = folded(wire, whole_stream(wire), wire.said("lost"), wire.error_event())
    assert fold.text == "Grüße 🌍!"
    assert fold.settled


def test_an_end_without_any_answer_is_an_error() -> None:
    assert type(failed(OPENAI, b"data: [DONE]\n\n")[1]) is Malformed
    assert type(failed(OPENAI, *OPENAI.opening, b"data: [DONE]\n\n")[1]) is Truncated
    assert folded(OPENAI, OPENAI.said("Hi"), b"data: [DONE]\n\n").finish_reason is None


def test_an_error_keeps_when_to_come_back() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}]
    event = sse(
        {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Slowly.", "details": details}}
    )
    _, error = failed(WIRES[2], event)
    assert (type(error), error.status, error.retry_after_s) == (RateLimited, 429, 7)


@every_dialect
@pytest.mark.parametrize(
    "page", [b"<!DOCTYPE html><title>Sign in</title>", b"\r\n <HTML><title>Sign in</title>"]
)
def test_a_page_is_told_by_its_first_byte(wire: Wire, page: bytes) -> None:
    for cut in range(len(page)):
        _, error = failed(wire, page[:cut], page[cut:])
        assert (type(error), error.message) == (Malformed, "Sign in (an HTML page)")


@every_dialect
@pytest.mark.parametrize("blank", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n\t "])
def test_blanks_before_the_reply(wire: Wire, blank: bytes) -> None:
    single = [bytes([byte]) for byte in blank]
    for reply in (wire.document("Grüße 🌍!"), b"".join(wire.answer("Grüße 🌍!"))):
        assert folded(wire, blank + reply).text == "Grüße 🌍!"
        assert folded(wire, *single, reply).text == "Grüße 🌍!"
    assert failed(wire, blank)[1].message == "the reply has an empty body"


@every_dialect
def test_a_reply_without_end(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REPLY_BYTES", 2 << 20)
    fold, part = new_fold(wire), wire.said("x" * 100_000)
    while not fold.settled:
        fold.add(part, 2.0)
    with pytest.raises(Malformed, match="larger than 2 MB"):
        fold.conclude(3.0)
    assert len(fold.text) % 100_000 == 0
    assert fold.text


class Strange:
    """A dialect that fails in a way nobody thought of."""

    def encode(self, *_: Any) -> Encoded:
        raise NotImplementedError

    UNUSUAL = frozenset[str]()
    decoder = FrameDecoder

    def decode(self, event: Frame) -> Delta | None:
        if event.data == b'"bad"':
            raise RecursionError("deep")
        return Delta(event.data.decode())

    def decode_body(self, body: bytes) -> list[Delta]:
        raise RecursionError("deep")


@pytest.mark.parametrize(
    "chunks",
    [[b"data: Hi\n\n", b'data: "bad"\n\n', b"data: lost\n\n"], [b'data: Hi\n\ndata: "bad"'], [b"{}"]],
)
def test_draining_never_raises(chunks: list[bytes]) -> None:
    fold = Fold(Strange())
    for data in chunks:
        fold.add(data, 2.0)
        fold.drain()
    with pytest.raises(Malformed, match="RecursionError: deep"):
        fold.conclude(3.0)
    assert fold.text in {"Hi", ""}


class Counting(Strange):
    """A dialect whose events are usages."""

    def decode(self, event: Frame) -> Delta | None:
        return Delta("x", usage=Usage(**json.loads(event.data)))


def test_usage_is_replaced_field_by_field() -> None:
    fold = Fold(Counting())
    fold.add(b'data: {"input_tokens": 3, "output_tokens": 1}\n\n', 2.0)
    fold.add(b'data: {"output_tokens": 0, "cache_read_tokens": 2}\n\n', 2.0)
    fold.drain()
    assert fold.usage == Usage(input_tokens=3, cache_read_tokens=2, output_tokens=0)
