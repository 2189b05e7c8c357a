"""Does a client tell the truth about time? Reported TTFT beside the server's own account. Run as a module.

The truth is the time the server took, by its own stamps, from the request's arrival to the first token's
departure (about 100 ms). What a client reports beyond that is its own slowness, and the loopback's 0.1 ms.
"""

import asyncio
import random
import sys
from statistics import median
from time import perf_counter

from tests.bench.clients import CONTENDERS, Answer, Client, run
from tests.bench.process import NO_LITELLM, print_table, pythons, quantile, report_of, server
from tests.bench.server import GAP, TOKENS, TTFT

STAGGERED, BURST = "staggered", "at once"
PHASES = ((1, STAGGERED), (32, STAGGERED), (128, STAGGERED), (32, BURST), (128, BURST))
SECONDS, BURSTS, REPETITIONS = 2.0, 2, 3
LENGTH = TTFT + TOKENS * GAP
Figures = tuple[float, float, float]  # TTFT error in ms: median and p95; share of gaps under 1 ms


async def measure(contender: str, url: str) -> list[Figures]:
    """The figures of each phase."""
    return [await _phase(contender, url, *phase) for phase in PHASES]


async def _phase(contender: str, url: str, concurrency: int, start: str) -> Figures:
    async with CONTENDERS[contender](f"{url}/timed/v1", concurrency) as client:
        await asyncio.gather(*(client.call() for _ in range(concurrency)))  # opens the connections
        await client.settle()
        calls = _bursts(client, concurrency) if start == BURST else _streams(client, concurrency)
        return figures(await calls)


async def _bursts(client: Client, concurrency: int) -> list[Answer]:
    """Calls that all start in the same instant: the worst case."""
    answers: list[Answer] = []
    for _ in range(BURSTS):
        answers += await asyncio.gather(*(client.call() for _ in range(concurrency)))
        await client.settle()
    return answers


async def _streams(client: Client, concurrency: int) -> list[Answer]:
    """Calls that start whenever they happen to, as those of a benchmark or of many users do."""
    answers, until = list[Answer](), perf_counter() + SECONDS

    async def work() -> None:
        await asyncio.sleep(random.uniform(0, LENGTH) if concurrency > 1 else 0)
        while perf_counter() < until:
            answers.append(await client.call())
            await asyncio.sleep(random.uniform(0, GAP))

    await asyncio.gather(*(work() for _ in range(concurrency)))
    return answers


def figures(answers: list[Answer]) -> Figures:
    """What the answers' stamps say beside the server's, which are their text."""
    errors = [error_ms(answer) for answer in answers]
    gaps = [
        later - at
        for answer in answers
        for at, later in zip(answer.arrivals, answer.arrivals[1:], strict=False)
    ]
    return median(errors), quantile(errors, 0.95), sum(gap < 0.001 for gap in gaps) / len(gaps)


def error_ms(answer: Answer) -> float:
    """Reported less true TTFT; the text is when the request arrived, then when each token was sent."""
    arrived, first_sent, *_ = map(float, answer.text.split())
    return (answer.ttft - (first_sent - arrived)) * 1000


def main() -> None:
    """Measure every contender in turn, again and again, and print the medians of their figures."""
    contenders = pythons()
    reports: dict[str, list[list[Figures]]] = {name: [] for name in contenders}
    with server() as url:
        for _ in range(REPETITIONS):
            for name, python in contenders.items():
                reports[name].append(report_of(python, "-m", "tests.bench.timing", name, url))
    for number, (concurrency, start) in enumerate(PHASES):
        rows: list[tuple[str, ...]] = []
        for name, found in reports.items():
            middle, p95, under = (median(report[number][which] for report in found) for which in range(3))
            rows.append((name, f"{middle:,.1f}", f"{p95:,.1f}", f"{under:.0%}"))
        print_table(
            f"{concurrency} streams, started {start}" if concurrency > 1 else "One stream at a time",
            ("client", "TTFT error, ms: median", "p95", "gaps < 1 ms (true: 0 %)"),
            rows,
        )
    if "litellm" not in contenders:
        print(NO_LITELLM)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run(sys.argv[1], measure(*sys.argv[1:]))
    else:
        main()
