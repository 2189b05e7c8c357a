"""The gate to a provider: fair, never wider than allowed, narrower after refusals, and no place is lost."""

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import replace
from itertools import pairwise
from math import inf
from time import perf_counter
from typing import Any

import httpx
import pytest

from broker import limits, quotas
from broker.errors import BadRequest, Overloaded, ProviderError, RateLimited, ServerError
from broker.limits import CEILING, START, Gate, Turn
from broker.providers.quota_headers import UNTOLD_RESET_S, Left, quotas_left
from broker.quotas import UNTOLD_OUTPUT, Allowance, Minute, estimate
from broker.types import ChatRequest, Image, Message, Offer, Params, Provider, ToolCall, Usage
from tests.faults import on_loop

NOTHING = Usage()
ROW = Provider("acme", "Acme", "openai", "http://acme.test")


def gate(most: int | None = None, requests: int | None = None, tokens: int | None = None) -> Gate:
    quotas = {"max_concurrency": most, "requests_per_minute": requests, "tokens_per_minute": tokens}
    return Gate(replace(ROW, **quotas))


def reply(status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def enter(at: Gate, tokens: int = 1, within_s: float = 5.0) -> Turn:
    now = perf_counter()
    return await at.enter(tokens, now, now + within_s)


def leave(turn: Turn, error: ProviderError | None = None, usage: Usage = NOTHING) -> None:
    turn.ended(usage, error)
    turn.__exit__()


async def waiting(work: Coroutine[Any, Any, Turn]) -> "asyncio.Task[Turn]":
    """A task that has come as far as it can without waiting."""
    task = asyncio.create_task(work)
    for _ in range(3):
        await asyncio.sleep(0)
    return task


# Places


def test_a_free_place_is_had_without_waiting() -> None:
    entering = gate().enter(1, 12.5, 20.0)
    with pytest.raises(StopIteration) as done:
        entering.send(None)  # outside of any event loop: there is nothing to wait for
    assert done.value.value.at == 12.5


@pytest.mark.parametrize("most", [1, 3, START, CEILING + 50])
def test_never_more_than_the_ceiling(most: int) -> None:
    async def main() -> None:
        narrow, peak = gate(most), 0

        async def call() -> None:
            nonlocal peak
            with await enter(narrow) as turn:
                peak = max(peak, narrow.in_flight)
                turn.heard(reply())
                await asyncio.sleep(0)
                turn.ended(NOTHING, None)

        await asyncio.gather(*(call() for _ in range(2 * most + 5)))
        assert 0 < peak <= most
        assert narrow.in_flight == 0
        assert narrow.limit <= most

    on_loop(main())


def test_first_come_first_served() -> None:
    async def main() -> list[int]:
        narrow, order = gate(1), list[int]()

        async def call(number: int) -> None:
            with await enter(narrow):
                order.append(number)
                await asyncio.sleep(0.001 * (3 - number % 3))

        await asyncio.gather(*map(call, range(9)))
        return order

    assert on_loop(main()) == list(range(9))


def test_who_arrives_later_does_not_overtake_the_queue() -> None:
    async def main() -> None:
        narrow = gate(1)
        first = await enter(narrow)
        second = await waiting(enter(narrow))
        leave(first)  # the place is promised, but the second has not run yet
        third = await waiting(enter(narrow))
        assert (second.done(), third.done()) == (True, False)
        leave(await second)
        leave(await third)

    on_loop(main())


def test_a_small_call_does_not_overtake_a_large_one() -> None:
    async def main() -> None:
        slow = gate(tokens=100)
        leave(await enter(slow, tokens=50))
        large = await waiting(enter(slow, tokens=80))
        small = await waiting(enter(slow, tokens=10))
        assert (large.done(), small.done()) == (False, False)
        large.cancel()
        leave(await asyncio.wait_for(small, 1))

    on_loop(main())


def test_who_gives_up_gives_the_place_up() -> None:
    async def main() -> None:
        narrow = gate(1)
        first = await enter(narrow)
        second, third = await waiting(enter(narrow)), await waiting(enter(narrow))
        second.cancel()
        leave(first)
        leave(await asyncio.wait_for(third, 1))
        assert second.cancelled()
        assert narrow.in_flight == 0

    on_loop(main())


def test_a_turn_that_comes_as_its_caller_goes_is_passed_on() -> None:
    async def main() -> None:
        narrow = gate(1)
        first = await enter(narrow)
        second, third = await waiting(enter(narrow)), await waiting(enter(narrow))
        leave(first)
        second.cancel()  # in the same moment, before it could run
        leave(await asyncio.wait_for(third, 1))
        assert second.cancelled()
        assert narrow.in_flight == 0

    on_loop(main())


def test_waiting_too_long_is_a_rate_limit() -> None:
    async def main() -> None:
        narrow = gate(1)
        first = await enter(narrow)
        behind = asyncio.create_task(enter(narrow))
        start = perf_counter()
        with pytest.raises(RateLimited, match=r"^no turn within 0\.05 s: .* at the limit of 1$") as failed:
            await enter(narrow, within_s=0.05)
        assert 0.045 <= perf_counter() - start < 1
        assert failed.value.status is None
        leave(first)
        leave(await asyncio.wait_for(behind, 1))
        assert narrow.in_flight == 0

    on_loop(main())


@pytest.mark.parametrize("seed", range(5))
def test_no_place_is_lost_whatever_happens(seed: int) -> None:
    rng = random.Random(seed)
    outcomes = (None, RateLimited("no", 429), Overloaded("no", 529), ServerError("no", 500))

    async def call(narrow: Gate) -> None:
        with await enter(narrow, within_s=rng.choice([0.005, 5])) as turn:
            assert narrow.in_flight <= 7
            await asyncio.sleep(rng.random() * 0.004)
            turn.heard(reply())
            turn.ended(NOTHING, rng.choice(outcomes))

    async def main() -> None:
        narrow = gate(7)
        tasks = [asyncio.create_task(call(narrow)) for _ in range(200)]
        while not all(task.done() for task in tasks):
            rng.choice(tasks).cancel()
            await asyncio.sleep(0.0005)
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(end) for end in ends} <= {type(None), asyncio.CancelledError, RateLimited}
        assert narrow.in_flight == 0
        leave(await asyncio.wait_for(enter(narrow), 1))

    on_loop(main())


# The limit


async def full(at: Gate) -> list[Turn]:
    return [await enter(at) for _ in range(int(at.limit))]


def test_the_limit_doubles_while_calls_are_accepted_and_wait() -> None:
    async def main() -> None:
        wide = gate()
        turns = await full(wide)
        queue = [await waiting(enter(wide)) for _ in range(START)]
        for turn in turns:
            turn.heard(reply())
        assert wide.limit == 2 * START
        assert all([await task for task in queue])
        assert wide.in_flight == 2 * START

    on_loop(main())


def test_the_limit_does_not_grow_unused() -> None:
    async def main() -> None:
        wide = gate()
        for turn in (await full(wide))[:-1]:
            leave(turn)
        (await enter(wide)).heard(reply())
        assert wide.limit == START

    on_loop(main())


@pytest.mark.parametrize("status", [400, 401, 500, 429])
def test_only_what_is_accepted_raises_the_limit(status: int) -> None:
    async def main() -> None:
        wide = gate()
        (await full(wide))[0].heard(reply(status))
        assert wide.limit == START

    on_loop(main())


@pytest.mark.parametrize("error", [RateLimited("no", 429), Overloaded("no", 503), Overloaded("no", 529)])
def test_a_burst_of_refusals_lowers_the_limit_once(error: ProviderError) -> None:
    async def main() -> None:
        wide = gate(16)
        for turn in await full(wide):
            leave(turn, error)
        assert wide.limit == 8
        second = await full(wide)
        leave(second[0], error)
        assert wide.limit == 4
        for turn in second[1:]:
            turn.heard(reply())  # sent before the refusal: no sign that more is taken now
        assert wide.limit == 4

    on_loop(main())


@pytest.mark.parametrize("error", [None, ServerError("no", 500), BadRequest("no", 400)])
def test_other_ends_leave_the_limit_alone(error: ProviderError | None) -> None:
    async def main() -> None:
        wide = gate(16)
        for turn in await full(wide):
            leave(turn, error)
        assert wide.limit == 16

    on_loop(main())


def test_one_call_at_a_time_is_always_let_through() -> None:
    async def main() -> None:
        wide = gate(3)
        for limit in (1.5, 1, 1):
            leave(await enter(wide), RateLimited("no", 429))
            assert wide.limit == limit
        leave(await enter(wide))

    on_loop(main())


def test_after_a_refusal_it_grows_by_one_a_round_and_after_a_minute_faster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> None:
        wide = gate()
        while wide.limit > 4:  # each refusal halves it
            leave(await enter(wide), Overloaded("no", 503))
        assert wide.limit == 4
        turns = await full(wide)
        for turn in turns:
            turn.heard(reply())
        assert 4.9 < wide.limit < 5.01
        monkeypatch.setattr(limits, "MINUTE_S", 0)
        queue = [await waiting(enter(wide)) for _ in range(9)]
        before = int(wide.limit)
        for turn in turns:
            turn.heard(reply())
        assert int(wide.limit) >= before + 3
        for task in queue:
            task.cancel()

    on_loop(main())


def test_a_row_that_changes() -> None:
    async def main() -> None:
        narrow = gate(2)
        turns = await full(narrow)
        narrow.keep_to(replace(ROW, max_concurrency=1))
        leave(turns[0])
        third = await waiting(enter(narrow))
        assert not third.done()
        leave(turns[1])
        await third
        narrow.keep_to(ROW)
        assert narrow.ceiling == CEILING

    on_loop(main())


# Pauses and quotas


def test_a_pause_is_for_all_calls() -> None:
    async def main() -> None:
        wide = gate()
        leave(await enter(wide), RateLimited("no", 429, retry_after_s=0.15))
        refused_at = perf_counter()
        turn = await enter(wide)
        assert 0.145 <= turn.at - refused_at < 1
        leave(turn, Overloaded("no", 503, retry_after_s=3600))
        with pytest.raises(RateLimited, match="asked for a pause"):
            await enter(wide, within_s=0.02)

    on_loop(main())


def test_a_pause_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PAUSE_S", 0.05)

    async def main() -> None:
        wide = gate()
        leave(await enter(wide), RateLimited("no", 429, retry_after_s=86400))
        leave(await enter(wide, within_s=2))

    on_loop(main())


def test_a_platform_that_says_its_quota_is_used_up_is_left_alone() -> None:
    async def main() -> None:
        wide = gate()
        with await enter(wide) as first:
            told = {"x_ratelimit_remaining_requests": "0", "x_ratelimit_limit_requests": "2"}
            first.heard(reply(**told, x_ratelimit_reset_requests="300ms"))
            told_at = perf_counter()
        second, third = await enter(wide), await enter(wide)
        assert 0.145 <= second.at - told_at < 0.29  # half of the quota is back after half of the time
        assert 0.29 <= third.at - told_at < 1
        (await enter(wide)).heard(
            reply(anthropic_ratelimit_tokens_remaining="10", anthropic_ratelimit_tokens_reset="2999-01-01")
        )
        with pytest.raises(RateLimited, match="quota of tokens"):
            await enter(wide, tokens=11, within_s=0.02)

    on_loop(main())


def test_what_was_sent_meanwhile_is_not_left_either() -> None:
    async def main() -> None:
        wide = gate()
        first, *_ = [await enter(wide, tokens=10) for _ in range(3)]
        told = {"x_ratelimit_remaining_requests": "3", "x_ratelimit_remaining_tokens": "100"}
        first.heard(reply(**told))
        with pytest.raises(RateLimited, match="quota of tokens"):
            await enter(wide, tokens=81, within_s=0.02)  # two of 10 are on their way
        await enter(wide, tokens=50)
        first.heard(reply(x_ratelimit_remaining_requests="4"))
        with pytest.raises(RateLimited, match="quota of tokens"):
            await enter(wide, tokens=31, within_s=0.02)
        await enter(wide, tokens=30)
        with pytest.raises(RateLimited, match="quota of requests"):
            await enter(wide, tokens=0, within_s=0.02)

    on_loop(main())


def test_requests_in_any_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MINUTE_S", 0.2)

    async def main() -> list[float]:
        slow, starts = gate(requests=3), list[float]()

        async def call() -> None:
            with await enter(slow) as turn:
                starts.append(turn.at)

        await asyncio.gather(*(call() for _ in range(8)))
        return starts

    starts = on_loop(main())
    assert starts == sorted(starts)
    gaps = [later - earlier for earlier, later in zip(starts, starts[3:], strict=False)]
    assert min(gaps) >= 0.2
    assert starts[-1] - starts[0] < 2


def test_tokens_are_corrected_by_the_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        slow = gate(tokens=100)
        for usage, error in (
            (Usage(input_tokens=10, output_tokens=10), None),
            (NOTHING, RateLimited("no", 429)),  # costs no tokens
            (Usage(input_tokens=60, output_tokens=None), None),
        ):
            leave(await enter(slow, tokens=80), error, usage)
        with pytest.raises(RateLimited, match="configured quota"):
            await enter(slow, tokens=21, within_s=0.02)
        leave(await enter(slow, tokens=20, within_s=0.02))

    on_loop(main())


def test_the_sliding_minute() -> None:
    minute = Minute()
    minute.requests, minute.tokens = 3, 100
    assert minute.wait_s(1000, 0.0) == 0  # more than a minute's quota: alone, not never
    first = minute.add(90, 0.0)
    assert minute.wait_s(11, 10.0) == 50
    assert minute.wait_s(10, 10.0) == 0
    minute.correct(first, 20)
    minute.add(10, 10.0)
    minute.add(10, 20.0)
    assert minute.wait_s(1, 30.0) == 30
    assert minute.wait_s(80, 60.0) == 0
    assert minute.wait_s(81, 60.0) == 10
    minute.correct(first, 500)  # its minute is over
    assert minute.wait_s(80, 60.0) == 0


def test_no_quota_keeps_no_account() -> None:
    minute = Minute()
    assert (minute.requests, minute.tokens) == (inf, inf)
    assert not minute.add(10, 0.0).counted


@pytest.mark.parametrize(
    ("left", "later", "need", "now", "wait"),
    [
        (Left(5, 10, 20.0), 0, 5, 100.0, 0.0),
        (Left(5, 10, 20.0), 0, 6, 100.0, 4.0),  # five come back in twenty seconds
        (Left(5, 10, 20.0), 3, 6, 100.0, 16.0),  # three more are on their way
        (Left(5, 10, 20.0), 0, 6, 103.0, 1.0),
        (Left(5, 10, 20.0), 0, 1000, 100.0, 20.0),
        (Left(5, 10, 20.0), 0, 1000, 120.0, 0.0),
        (Left(0, None, 20.0), 0, 1, 105.0, 15.0),
        (Left(0, 10, 3600.0), 0, 1, 100.0, 60.0),  # never longer than a minute
        (Left(0, 10, 0.0), 0, 1, 100.0, 0.0),
        (Left(10, 10, 20.0), 0, 11, 100.0, 20.0),
    ],
)
def test_an_allowance(left: Left, later: int, need: int, now: float, wait: float) -> None:
    allowance = Allowance()
    assert allowance.wait_s(need, now) == 0
    allowance.told(left, later, 100.0)
    assert allowance.wait_s(need, now) == pytest.approx(wait)


OPENAI = {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "59"}
DATE = {"date": "Sun, 22 Nov 2026 12:00:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (OPENAI | {"x-ratelimit-reset-requests": "1s"}, {"requests": Left(59, 60, 1.0)}),
        (OPENAI | {"x-ratelimit-reset-requests": "6m0s"}, {"requests": Left(59, 60, 360.0)}),
        (OPENAI | {"x-ratelimit-reset-requests": "20ms"}, {"requests": Left(59, 60, 0.02)}),
        (OPENAI | {"x-ratelimit-reset-requests": "1h2m3.5s"}, {"requests": Left(59, 60, 3723.5)}),
        (OPENAI | {"x-ratelimit-reset-requests": "7"}, {"requests": Left(59, 60, 7.0)}),
        (OPENAI | {"x-ratelimit-reset-requests": "soon"}, {"requests": Left(59, 60, UNTOLD_RESET_S)}),
        ({"X-RateLimit-Remaining-Tokens": "149984"}, {"tokens": Left(149984, None, UNTOLD_RESET_S)}),
        ({"x-ratelimit-remaining-tokens": "-1"}, {}),
        ({"x-ratelimit-limit-requests": "60"}, {}),
        (
            {
                "anthropic-ratelimit-requests-limit": "50",
                "anthropic-ratelimit-requests-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2026-11-22T12:00:30Z",
                "anthropic-ratelimit-tokens-remaining": "7000",
                "anthropic-ratelimit-tokens-reset": "2026-11-22T11:59:30+00:00",
                "anthropic-ratelimit-input-tokens-remaining": "1",
                **DATE,
            },
            {"requests": Left(0, 50, 30.0), "tokens": Left(7000, None, 0.0)},
        ),
        (
            {
                "anthropic-ratelimit-requests-remaining": "1",
                "anthropic-ratelimit-requests-reset": "2026-11-22T12:00:30",
                **DATE,
            },
            {"requests": Left(1, None, UNTOLD_RESET_S)},
        ),
        (DATE | {"content-type": "text/event-stream"}, {}),
    ],
)
def test_what_headers_say_is_left(headers: dict[str, str], expected: dict[str, Left]) -> None:
    assert quotas_left(httpx.Headers(headers).raw) == expected


def test_an_estimate() -> None:
    offer = Offer("acme", "m", "m", "Acme", "M")
    turn = Message("assistant", "x" * 300, tool_calls=(ToolCall("1", "f", "y" * 100),))
    seen = Message("user", "", images=(Image("image/png", b"x" * 9999),))
    assert estimate(offer, ChatRequest((turn,))) == 100 + UNTOLD_OUTPUT
    assert estimate(offer, ChatRequest((turn, seen), Params(max_tokens=50))) == 100 + 1000 + 50
    bounded = Offer("acme", "m", "m", "Acme", "M", defaults=Params(max_tokens=7))
    assert estimate(bounded, ChatRequest((turn,))) == 107


def test_turns_are_stamped_in_order() -> None:
    async def main() -> list[float]:
        narrow = gate(2)

        async def call() -> float:
            with await enter(narrow) as turn:
                await asyncio.sleep(0.001)
                return turn.at

        return await asyncio.gather(*(call() for _ in range(10)))

    assert all(earlier <= later for earlier, later in pairwise(on_loop(main())))
