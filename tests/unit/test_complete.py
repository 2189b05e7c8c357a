"""One call: retries, stamps, cost, what cannot be sent, recording, stopping."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from broker import complete, deadlines
from broker.complete import Door, LiveCall, run_call
from broker.errors import NoKey
from broker.limits import Gate
from broker.quotas import UNTOLD_OUTPUT
from broker.transport import open_transport
from broker.types import (
    CallContext,
    ChatRequest,
    Completion,
    Message,
    Params,
    TokenPrice,
)
from tests.faults import BRISK, OFFER, FaultServer, Kept, ask, carry_out, live_call, on_loop
from tests.wires import END, HOLD, WIRES, Wire, chunk, head, stream, whole

OPENAI = WIRES[0]
PRICE = TokenPrice(Decimal(1), Decimal(2), source="test")

every_dialect = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.dialect)


@pytest.fixture(scope="module", name="server")
def _server() -> Iterator[FaultServer]:
    with contextlib.closing(FaultServer()) as server:
        yield server


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complete, "FIRST_WAIT_S", 0.04)
    monkeypatch.setattr(complete, "JITTER_S", 0.04)


def ok(wire: Wire = OPENAI) -> list[Any]:
    return stream(*wire.answer("Hi"))


def waits_between(completion: Completion) -> list[float]:
    """Milliseconds from the end of each attempt to the start of the next."""
    pairs = pairwise(completion.attempts)
    return [after.started_ms - before.started_ms - before.duration_ms for before, after in pairs]


# Retries


def test_waits_grow_and_attempts_end(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complete, "FIRST_WAIT_S", 0.1)
    completion = ask(OPENAI, server.script(OPENAI.refusal(500)))
    first, second = waits_between(completion)
    assert 45 <= first < 500
    assert 95 <= second < 700
    assert len(server.requests) == complete.MAX_ATTEMPTS == 3
    assert completion.timing.elapsed_ms is not None
    assert completion.timing.elapsed_ms >= completion.attempts[-1].started_ms


@pytest.mark.parametrize(
    ("header", "least_ms"),
    [("retry-after", "0.15"), ("retry-after-ms", "150")],
    ids=["seconds", "milliseconds"],
)
def test_retry_after_is_waited_out(server: FaultServer, header: str, least_ms: str) -> None:
    url = server.script(OPENAI.refusal(503, **{header: least_ms}), ok())
    completion = ask(OPENAI, url)
    assert completion.status == "ok"
    assert waits_between(completion)[0] >= 150


@pytest.mark.parametrize("seconds", ["20", "21", "86400"])
def test_a_long_retry_after_is_left_to_the_user(server: FaultServer, seconds: str) -> None:
    url = server.script(OPENAI.refusal(429, retry_after=seconds), ok())
    completion = ask(OPENAI, url, replace(BRISK, total=1e6))
    assert completion.error is not None
    assert completion.error.retry_after_s == float(seconds)
    assert len(server.requests) == 1


def test_no_wait_reaches_past_the_total(server: FaultServer) -> None:
    url = server.script(OPENAI.refusal(429, retry_after="3"), ok())
    completion = ask(OPENAI, url, replace(BRISK, total=2))
    assert completion.error is not None
    assert completion.error.kind == "rate_limited"
    assert len(server.requests) == 1


def test_the_total_spans_attempts(server: FaultServer) -> None:
    url = server.script(OPENAI.refusal(500, retry_after="0.8"), [head(), HOLD])
    completion = ask(OPENAI, url, replace(BRISK, total=1))
    assert [attempt.error_kind for attempt in completion.attempts] == ["server_error", "total_timeout"]
    assert completion.timing.elapsed_ms is not None
    assert 1000 <= completion.timing.elapsed_ms < 1700


def test_a_retry_starts_from_nothing(server: FaultServer) -> None:
    begun = [head(), chunk(WIRES[1].opening[0]), chunk(WIRES[1].error_event()), END]
    completion = ask(WIRES[1], server.script(begun, [whole(OPENAI.document("?"), 529)], ok(WIRES[1])))
    assert (completion.status, completion.text, completion.usage) == ("ok", "Hi", WIRES[1].usage)
    assert completion.timing.total_ms is not None
    assert completion.timing.total_ms < completion.attempts[-1].duration_ms + 5


# Stamps


@every_dialect
def test_stamps_against_known_delays(server: FaultServer, wire: Wire) -> None:
    first, *rest = [wire.thought("Hm"), wire.thought("… "), wire.said("Hi "), wire.said("you")]
    steps: list[Any] = [head(), 0.08, *map(chunk, wire.opening), 0.08, chunk(first)]
    for piece in rest:
        steps += [0.08, chunk(piece)]
    completion = ask(wire, server.script([*steps, 0.08, *map(chunk, wire.ending), END]))
    timing = completion.timing
    assert (completion.reasoning, completion.text) == ("Hm… ", "Hi you")
    stamps = [timing.ttft_ms, timing.ttfa_ms, timing.last_token_ms, timing.total_ms]
    for stamp, due in zip(stamps, (160, 320, 400, 480), strict=True):
        assert stamp is not None
        assert due - 3 <= stamp <= due + 200
    assert timing.first_event_ms is not None
    assert timing.ttft_ms is not None
    assert timing.first_event_ms <= timing.ttft_ms
    assert timing.total_ms is not None
    assert timing.elapsed_ms is not None
    assert timing.total_ms <= timing.elapsed_ms < timing.total_ms + 100
    assert completion.attempts[0].duration_ms == pytest.approx(timing.elapsed_ms)


def test_connecting_is_no_part_of_the_stamps(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slowly(_resolver: object, host: str, port: int, **_: object) -> list[dict[str, Any]]:
        await asyncio.sleep(0.5)
        found = {"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET}
        return [{**found, "proto": 0, "flags": socket.AI_NUMERICHOST}]

    monkeypatch.setattr("aiohttp.ThreadedResolver.resolve", slowly)
    url = server.script([head(), 0.5, *map(chunk, OPENAI.answer("Hi")), END])
    completion = ask(OPENAI, url.replace("127.0.0.1", "models.invalid"), replace(BRISK, first_token=0.9))
    timing = completion.timing
    assert completion.status == "ok"
    assert timing.ttft_ms is not None
    assert timing.elapsed_ms is not None
    assert 497 <= timing.ttft_ms < 900
    assert timing.elapsed_ms >= 997
    assert completion.attempts[0].duration_ms == timing.elapsed_ms


# The gate


def together(server: FaultServer, calls: list[LiveCall], gate: Gate, *replies: list[Any]) -> list[Completion]:
    """Calls that start in this order and share a gate."""
    provider = OPENAI.provider(server.script(*replies))

    async def main() -> list[Completion]:
        return await asyncio.gather(*(carry_out(call, provider, gate=gate) for call in calls))

    return on_loop(main())


def narrow(most: int = 1) -> Gate:
    return Gate(replace(OPENAI.provider(""), max_concurrency=most))


def test_a_call_that_waits_is_not_written_yet(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand waiting calls with pictures would fill the memory."""
    waiting, at_work = narrow(), list[int]()
    written = complete.encode
    monkeypatch.setattr(complete, "encode", lambda *its: at_work.append(waiting.in_flight) or written(*its))
    assert [answer.status for answer in together(server, [live_call() for _ in range(3)], waiting, ok())] == (
        ["ok"] * 3
    )
    assert at_work == [1, 1, 1]


def test_waiting_for_a_place_is_no_part_of_the_stamps(server: FaultServer) -> None:
    slow = [head(), 0.4, *map(chunk, OPENAI.answer("Hi")), END]
    patience = replace(BRISK, first_token=0.6)  # longer than the answer takes, shorter than both
    first, second = together(server, [live_call(patience), live_call(patience)], narrow(), slow)
    assert (first.status, second.status) == ("ok", "ok")
    timing = second.timing
    assert timing.ttft_ms is not None
    assert timing.elapsed_ms is not None
    assert 397 <= timing.ttft_ms < 700
    assert timing.elapsed_ms >= 797
    assert first.attempts[0].started_ms == 0
    assert second.attempts[0].started_ms >= 397


def test_a_wait_for_a_place_ends_with_the_total(server: FaultServer) -> None:
    gate = narrow()
    calls = [live_call(replace(BRISK, total=0.6)), live_call(replace(BRISK, total=0.2))]
    holder, waiter = together(server, calls, gate, [head(), HOLD])
    assert holder.error is not None
    assert holder.error.kind == "total_timeout"
    assert waiter.error is not None
    assert (waiter.error.kind, waiter.error.status) == ("rate_limited", None)
    assert waiter.error.message == "no turn within 0.2 s: calls under way are at the limit of 1"
    assert (waiter.attempts, len(server.requests), gate.in_flight) == ((), 1, 0)
    assert waiter.timing.elapsed_ms is not None
    assert 198 <= waiter.timing.elapsed_ms < 600


def test_a_pause_asked_of_one_call_is_kept_by_others(server: FaultServer) -> None:
    refusal = OPENAI.refusal(429, retry_after="0.3")
    answers = together(server, [live_call() for _ in range(4)], narrow(), refusal, ok())
    assert [answer.status for answer in answers] == ["ok"] * 4
    assert [len(answer.attempts) for answer in answers] == [2, 1, 1, 1]
    assert all(answer.attempts[-1].started_ms >= 299 for answer in answers)


def test_a_place_is_free_while_a_call_waits_to_try_again(server: FaultServer) -> None:
    refusal = OPENAI.refusal(500, retry_after="0.5")
    again, other = together(server, [live_call(), live_call()], narrow(), refusal, ok())
    assert [attempt.status for attempt in again.attempts] == [500, 200]
    assert other.timing.elapsed_ms is not None
    assert other.timing.elapsed_ms < 450


@pytest.mark.parametrize("where", ["auth_headers", "exchange"])
def test_a_failure_of_our_own_gives_its_place_back(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise Broken

    gate = narrow()
    monkeypatch.setattr(complete, where, fail)
    with pytest.raises(Broken):
        together(server, [live_call()], gate, ok())
    assert gate.in_flight == 0


def test_the_usage_of_a_call_makes_room_for_others(server: FaultServer) -> None:
    gate = Gate(replace(OPENAI.provider(""), tokens_per_minute=UNTOLD_OUTPUT + 200))
    calls = [live_call(replace(BRISK, total=1.0)) for _ in range(4)]
    assert [call.status for call in together(server, calls, gate, ok())] == ["ok"] * 4


def test_what_replies_say_of_quotas_is_heard(server: FaultServer) -> None:
    told = {"x_ratelimit_remaining_requests": "0", "x_ratelimit_reset_requests": "400ms"}
    reply = [whole(OPENAI.document("Hi"), **told)]
    first, second = together(server, [live_call(), live_call()], narrow(), reply, ok())
    assert (first.status, second.status) == ("ok", "ok")
    assert second.attempts[0].started_ms >= 399


# Cost


def priced(server: FaultServer, wire: Wire, *steps: Any) -> Completion:
    call = live_call()
    call.offer = replace(OFFER, price=PRICE)
    return on_loop(carry_out(call, wire.provider(server.script(list(steps)))))


@every_dialect
def test_a_finished_answer_has_its_cost(server: FaultServer, wire: Wire) -> None:
    cost = priced(server, wire, *ok(wire)).cost
    assert cost is not None
    assert (cost.input, cost.output, cost.price) == (Decimal("0.000011"), Decimal("0.000014"), PRICE)


@every_dialect
def test_the_cost_of_a_broken_answer_is_unknown(server: FaultServer, wire: Wire) -> None:
    broken = priced(server, wire, *wire.begun("Hi"), END)
    assert (broken.status, broken.usage, broken.cost) == ("error", wire.early, None)


def test_without_usage_the_cost_is_unknown(server: FaultServer) -> None:
    answer = priced(server, OPENAI, *stream(OPENAI.said("Hi"), OPENAI.ending[0], OPENAI.ending[2]))
    assert (answer.status, answer.cost) == ("ok", None)


# What cannot be sent


@pytest.mark.parametrize(
    "url",
    [
        "",
        "acme.test/v1",
        "http://",
        "http:///v1",
        "ftp://acme.test",
        "http://[::1",
        "http://acme.test:port",
        "local:",
    ],
)
def test_a_wrong_base_url(url: str) -> None:
    record = Kept()
    completion = ask(OPENAI, url, record=record)
    assert completion.error is not None
    assert (completion.error.kind, completion.attempts) == ("connect", ())
    assert completion.error.message.startswith("the base URL is not valid")
    assert record.statuses == [("begin", "running"), ("finish", "error")]


@pytest.mark.parametrize("url", ["http://acme.test:99999", "http://acme..test", f"http://{'a' * 70}.test"])
def test_a_base_url_that_leads_nowhere(url: str) -> None:
    completion = ask(OPENAI, url)
    assert completion.error is not None
    assert completion.error.kind == "connect"


@pytest.mark.parametrize(
    "request_",
    [
        ChatRequest((Message("user", "half an emoji: \ud83c"),)),
        ChatRequest((Message("user", "Hi"),), Params(seed=2**70)),
    ],
    ids=["surrogate", "number"],
)
def test_a_request_that_is_no_json(server: FaultServer, request_: ChatRequest) -> None:
    call = LiveCall(OFFER, request_, CallContext("test"), BRISK)
    completion = on_loop(carry_out(call, OPENAI.provider(server.script(ok()))))
    assert completion.error is not None
    assert (completion.error.kind, completion.attempts, server.requests) == ("bad_request", (), [])


@pytest.mark.parametrize("key", ["sk-line\nbreak", "sk-line\r\nx-other: 1", "sk spaced", "sk-ünicode"])
def test_a_key_that_cannot_be_sent(server: FaultServer, key: str) -> None:
    url, call = server.script(ok()), live_call()

    async def main() -> Completion:
        door = Door(OPENAI.provider(url), open_transport(url), key)

        async def open_door(_: str) -> Door:
            return door

        return await run_call(call, open_door)

    completion = on_loop(main())
    assert completion.error is not None
    assert (completion.error.kind, completion.attempts, server.requests) == ("auth", (), [])
    assert key not in repr(completion)


def test_without_a_key_nothing_is_sent() -> None:
    async def open_door(_: str) -> Door:
        raise NoKey("Acme needs a key: set ACME_API_KEY")

    record = Kept()
    completion = on_loop(run_call(live_call(), open_door, record))
    assert completion.error is not None
    assert (completion.error.kind, completion.attempts) == ("no_key", ())
    assert completion.timing.total_ms is None
    assert record.statuses == [("begin", "running"), ("finish", "error")]


# Recording, also of our own failures


class Broken(Exception):
    """A failure of our own."""


def interrupted(server: FaultServer, record: Kept) -> Completion:
    with pytest.raises(Broken):
        ask(OPENAI, server.script(ok()), record=record)
    assert record.statuses == [("begin", "running"), ("finish", "interrupted")]
    return record.calls[-1][1]


@pytest.mark.parametrize("where", ["encode", "auth_headers", "exchange", "price_at"])
def test_our_own_failure_is_recorded_and_propagates(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise Broken

    monkeypatch.setattr(complete, where, fail)
    record = Kept()
    if where != "price_at":
        interrupted(server, record)
        return
    with pytest.raises(Broken):
        ask(OPENAI, server.script(ok()), record=record)
    assert record.statuses == [("begin", "running"), ("finish", "ok")]
    assert record.calls[-1][1].text == "Hi"


def test_no_record_no_call(server: FaultServer) -> None:
    class Full(Kept):
        def begin(self, completion: Completion, context: CallContext) -> None:
            raise Broken

    url = server.script(ok())
    with pytest.raises(Broken):
        ask(OPENAI, url, record=Full())
    assert server.requests == []


def test_the_record_is_told_before_watchers_are(server: FaultServer) -> None:
    seen: list[tuple[str, Any]] = []

    class Watching(Kept):
        def finish(self, completion: Completion, context: CallContext) -> None:
            seen.append((call.status, completion.cost))

    call = live_call()
    call.offer = replace(OFFER, price=PRICE)
    on_loop(carry_out(call, OPENAI.provider(server.script(ok())), Watching()))
    assert [status for status, _ in seen] == ["running"]
    assert seen[0][1] is not None
    assert (call.status, call.cost) == ("ok", seen[0][1])


# Stopping


def test_a_call_stopped_before_it_starts_is_not_sent(server: FaultServer) -> None:
    call, record, url = live_call(), Kept(), server.script(ok())
    call.cancel()
    completion = on_loop(carry_out(call, OPENAI.provider(url), record))
    assert (completion.status, completion.attempts, server.connections) == ("stopped", (), 0)
    assert record.statuses == [("begin", "running"), ("finish", "stopped")]


@every_dialect
def test_cancelling_the_task_records_and_propagates(server: FaultServer, wire: Wire) -> None:
    url = server.script([*wire.begun("Hi"), HOLD])
    call, record = live_call(), Kept()

    async def main() -> None:
        task = asyncio.create_task(carry_out(call, wire.provider(url), record))
        while not call.snapshot().text:
            await asyncio.sleep(0.002)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        on_loop(main())
    assert server.gone.get(timeout=0.5)
    stopped = record.calls[-1][1]
    assert record.statuses == [("begin", "running"), ("finish", "stopped")]
    assert (stopped.text, stopped.usage, stopped.error, stopped.cost) == ("Hi", wire.early, None, None)
    assert [attempt.error_kind for attempt in stopped.attempts] == ["stopped"]


def test_a_stop_wins_over_a_timeout(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    call, look = live_call(replace(BRISK, first_token=0.05)), deadlines.Watchdog._look

    def look_and_stop(watchdog: deadlines.Watchdog) -> None:
        look(watchdog)
        if watchdog.error:
            call.cancel()

    async def main() -> Completion:
        call.on_cancel = asyncio.current_task().cancel  # type: ignore[union-attr]
        return await carry_out(call, OPENAI.provider(server.script([HOLD])))

    monkeypatch.setattr(deadlines.Watchdog, "_look", look_and_stop)
    completion = on_loop(main())
    assert (completion.status, completion.error) == ("stopped", None)
