"""Calls per second and CPU per call: broker with its recording, plain httpx, litellm. Run as a module."""

import asyncio
import sys
from statistics import median
from time import perf_counter, process_time

from tests.bench.contenders import contender, run
from tests.bench.process import NO_LITELLM, print_table, pythons, report_of, server

LEVELS = (1, 64)
SECONDS, REPETITIONS = 1.5, 3
Rate = tuple[float, float]  # calls a second, CPU milliseconds a call


async def measure(name: str, url: str) -> list[Rate]:
    """One rate for each level of concurrency."""
    return [await _rate(name, url, level) for level in LEVELS]


async def _rate(name: str, url: str, concurrency: int) -> Rate:
    async with contender(name)(f"{url}/fast/v1", concurrency) as client:
        await asyncio.gather(*(client.call() for _ in range(concurrency)))
        await client.settle()
        start, cpu, counts = perf_counter(), process_time(), [0] * concurrency

        async def work(worker: int) -> None:
            while perf_counter() < start + SECONDS:
                await client.call()
                counts[worker] += 1

        await asyncio.gather(*map(work, range(concurrency)))
        await client.settle()
        calls = sum(counts)
        return calls / (perf_counter() - start), (process_time() - cpu) / calls * 1000


def main() -> None:
    """Measure every contender in turn, again and again, and print medians and ratios."""
    contenders = pythons()
    reports: dict[str, list[list[Rate]]] = {name: [] for name in contenders}
    with server() as url:
        for _ in range(REPETITIONS):
            for name, python in contenders.items():
                reports[name].append(report_of(python, "-m", "tests.bench.calls", name, url))
    for number, level in enumerate(LEVELS):
        rates = {name: median(report[number][0] for report in found) for name, found in reports.items()}
        cpu = {name: median(report[number][1] for report in found) for name, found in reports.items()}
        rows = [
            (name, f"{rates[name]:,.0f}", f"{rates['broker'] / rates[name]:.1f}", f"{cpu[name]:.2f}")
            for name in rates
        ]
        print_table(
            f"Calls at concurrency {level}", ("client", "calls/s", "broker is × faster", "CPU ms/call"), rows
        )
    if "litellm" not in contenders:
        print(NO_LITELLM)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run(sys.argv[1], measure(*sys.argv[1:]))
    else:
        main()
