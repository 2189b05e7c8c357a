"""Does a client tell the truth about time? Reported TTFT beside the server's own account. Run as a module.

The truth is the time the server took, by its own stamps, from the request's arrival to the first token's
departure (about 100 ms). What a client reports beyond that is its own slowness, on top of the machine's,
which the bare socket shows.
"""

import asyncio
import random
import sys
from itertools import pairwise
from statistics import median
from time import perf_counter

from tests.bench.client import Answer, Client
from tests.bench.contenders import contender, run
from tests.bench.process import NO_LITELLM, print_table, pythons, quantile, report_of, server
from tests.bench.server import GAP, TOKENS, TTFT

LEVELS = (1, 32, 128)
SECONDS = 1.5
# Ours are told apart by milliseconds, so they take more turns than those that are off by hundreds.
TURNS = ("bare", "broker", "httpx", "app", "broker", "litellm", "app", "broker", "bare")
LENGTH = TTFT + TOKENS * GAP
Figures = tuple[float, float, float | None]  # TTFT error in ms: median and p95; share of gaps under 1 ms
NAMES = {"bare": "a bare socket", "app": "broker, beside two pages"}


async def measure(name: str, url: str) -> list[tuple[Figures, Figures]]:
    """The figures of each level of concurrency: calls started whenever, calls started at once."""
    return [await _level(name, url, level) for level in LEVELS]


async def _level(name: str, url: str, concurrency: int) -> tuple[Figures, Figures]:
    async with contender(name)(f"{url}/timed/v1", concurrency) as client:
        await _burst(client, concurrency)  # opens the connections
        whenever = await _streams(client, concurrency)
        return figures(whenever), figures(await _burst(client, concurrency))


async def _burst(client: Client, concurrency: int) -> list[Answer]:
    """Calls that all start in the same instant: the worst case."""
    answers = await asyncio.gather(*(client.call() for _ in range(concurrency)))
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
    gaps = [later - at for answer in answers for at, later in pairwise(answer.arrivals)]
    share = sum(gap < 0.001 for gap in gaps) / len(gaps) if gaps else None
    return median(errors), quantile(errors, 0.95), share


def error_ms(answer: Answer) -> float:
    """Reported less true TTFT; the text is when the request arrived, then when each token was sent."""
    arrived, first_sent, *_ = map(float, answer.text.split())
    return (answer.ttft - (first_sent - arrived)) * 1000


def main() -> None:
    """Measure the contenders in turn and print the medians of their figures."""
    contenders = {"bare": sys.executable, "app": sys.executable, **pythons()}
    reports: dict[str, list[list[tuple[Figures, Figures]]]] = {name: [] for name in contenders}
    with server() as url:
        for name in TURNS:
            if python := contenders.get(name):
                reports[name].append(report_of(python, "-m", "tests.bench.timing", name, url))
    for number, level in enumerate(LEVELS):
        for which, start in enumerate(("started whenever", "started at once")[:level]):
            rows = [
                _row(name, [report[number][which] for report in found]) for name, found in reports.items()
            ]
            title = f"TTFT at concurrency {level}" + (f", calls {start}" if level > 1 else "")
            print_table(title, ("client", "error, ms: median", "p95", "gaps < 1 ms (true: none)"), rows)
    if "litellm" not in contenders:
        print(NO_LITELLM)


def _row(name: str, found: list[Figures]) -> tuple[str, ...]:
    middles, tails, shares = zip(*found, strict=True)
    known = [share for share in shares if share is not None]
    return (
        NAMES.get(name, name),
        f"{median(middles):,.1f}",
        f"{median(tails):,.1f}",
        f"{median(known):.0%}" if known else "–",
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run(sys.argv[1], measure(*sys.argv[1:]))
    else:
        main()
