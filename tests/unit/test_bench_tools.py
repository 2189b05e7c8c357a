"""The rulers of tests/bench: quantiles, what counts as an error in time, and the server's own stamps."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.bench import theirs
from tests.bench.client import Answer
from tests.bench.process import quantile, server
from tests.bench.server import GAP, TOKENS, TTFT
from tests.bench.timing import error_ms, figures

EARLY = 0.002  # the server's timers count whole milliseconds


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7], 0.95, 7),
        ([4, 1, 3, 2], 0.5, 2),
        (range(1, 21), 0.95, 19),
        (range(1, 22), 0.95, 20),
        (range(1, 101), 0.99, 99),
        ([1, 2], 1.0, 2),
    ],
)
def test_a_quantile_is_the_smallest_value_that_enough_do_not_exceed(
    values: Sequence[float], share: float, expected: float
) -> None:
    assert quantile(values, share) == expected


def test_an_error_is_what_is_reported_beyond_the_time_the_server_took() -> None:
    # Arrived at 10.000 s, first token out at 10.100 s: 100 ms; reported are 103 ms.
    assert error_ms(Answer(0.103, [], "10.000000 10.100000 10.120000 ")) == pytest.approx(3)


def test_tokens_read_together_count_as_gaps_under_a_millisecond() -> None:
    text = "10.000000 10.100000 10.120000 10.140000 10.160000 "
    together = Answer(0.101, [5.0, 5.0, 5.0005, 5.04], text)  # two of its three gaps
    apart = Answer(0.105, [5.0, 5.02, 5.04, 5.06], text)  # none
    assert figures([together, apart]) == (pytest.approx(3), pytest.approx(5), pytest.approx(2 / 6))


def test_without_stamps_nothing_is_said_of_gaps() -> None:
    assert figures([Answer(0.1, [], "10.000000 10.100000 ")])[2] is None


def test_the_server_keeps_its_times_and_tells_them() -> None:
    async def one(url: str) -> Answer:
        async with theirs.httpx(f"{url}/timed/v1", 1) as client:
            return await client.call()

    with server() as url:
        answer = asyncio.run(one(url))
    arrived, first, *others = map(float, answer.text.split())
    assert len(answer.arrivals) == 1 + len(others) == TOKENS
    assert first - arrived >= TTFT - EARLY
    assert others[-1] - first >= (TOKENS - 1) * GAP - EARLY
    assert answer.arrivals[0] > first
    assert answer.ttft > first - arrived
