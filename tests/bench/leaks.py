"""Does anything stay behind? Open sockets and memory over 10,000 calls, one in ten faulty. Run as a module.

The calls take the product's path, gate and recording included; one in ten meets a fault of the server or is
stopped. It fails when sockets stay open, a place at the gate is lost, or memory grows with the calls.
"""

import asyncio
import gc
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import monotonic

from broker.complete import Door, LiveCall, OpenDoor, run_call
from broker.deadlines import Timeouts
from broker.limits import Gate
from broker.record import Recorder
from broker.transport import open_transport
from broker.types import Provider
from tests.bench.contenders import run
from tests.bench.ours import CONTEXT, OFFER, REQUEST, recording
from tests.bench.process import print_table, report_of, server

CALLS, WARM_UP, CONCURRENCY = 10_000, 2_000, 64
FAULTY = 10  # one in so many
IDLE_S = 40.0  # connections are kept for 30 s
MAX_GROWTH_MB = 8.0  # from the warm-up to the end: 0.8 kB a call would show
TIMEOUTS = Timeouts(between_tokens=0.5)
STOP_S = 0.05
# What goes wrong, and how such a call must end.
FAULTS = {
    "429": "rate_limited",
    "500": "server_error",
    "reset": "connect",
    "truncated": "truncated",
    "stall": "idle_timeout",
    "stop": "stopped",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process holds at a moment."""

    when: str
    sockets: int
    most_sockets: int  # since the sample before
    memory_mb: float


def sample(when: str, most_sockets: int) -> Sample:
    """Count open sockets and resident memory, garbage apart."""
    gc.collect()
    pages, sockets = int(Path("/proc/self/statm").read_text().split()[1]), open_sockets()
    return Sample(when, sockets, max(most_sockets, sockets), pages * 4096 / 1e6)


def open_sockets() -> int:
    """How many sockets this process has open."""
    count = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # it is closed by now
            count += str(descriptor.readlink()).startswith("socket:")
    return count


async def measure(url: str) -> list[dict[str, object]]:
    """Samples before, during and after the calls; raises `RuntimeError` when something stays behind."""
    provider = Provider("openai", "Bench", "openai", f"{url}/fast/v1", prices_id="openai")
    with recording() as recorder:
        door = Door(provider, open_transport(url), "key", gate=Gate(provider))
        samples = [sample("before", 0)]
        most = await _calls(door, recorder, WARM_UP)
        samples.append(sample(f"after {WARM_UP:,} calls to warm up", most))
        for done in (CALLS // 2, CALLS):
            most = await _calls(door, recorder, CALLS // 2)
            samples.append(sample(f"after {done:,} calls more", most))
        until = monotonic() + IDLE_S
        while open_sockets() > samples[0].sockets and monotonic() < until:
            await asyncio.sleep(0.5)
        samples.append(sample("idle", 0))
        await door.transport.aclose()
    _judge(samples, door.gate)
    return [asdict(found) for found in samples]


async def _calls(door: Door, recorder: Recorder, calls: int) -> int:
    """So many calls by `CONCURRENCY` callers, each of which must end as its fault says; the most sockets open
    at a time.
    """
    numbers, ends, most = iter(range(calls)), Counter[tuple[str, str]](), 0

    async def work() -> None:
        nonlocal most
        for number in numbers:
            most = max(most, 0 if number % 16 else open_sockets())
            fault = list(FAULTS)[number // FAULTY % len(FAULTS)] if number % FAULTY == 0 else "none"
            ends[fault, await _call(door, recorder, fault)] += 1

    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    await asyncio.to_thread(recorder.flush)
    if ends.keys() != {("none", "ok"), *FAULTS.items()}:
        raise RuntimeError(f"calls did not end as they should: {dict(ends)}")
    return most


async def _call(door: Door, recorder: Recorder, fault: str) -> str:
    """How a call ended: its error's kind, or its status."""
    live = LiveCall(OFFER, REQUEST, CONTEXT, TIMEOUTS)
    task = asyncio.create_task(run_call(live, _opening(door, fault), recorder))
    live.on_cancel = task.cancel
    if fault == "stop":
        asyncio.get_running_loop().call_later(STOP_S, live.cancel)
    completion = await task
    return completion.error.kind if completion.error else completion.status


def _opening(door: Door, fault: str) -> OpenDoor:
    """The door, to a server that is told what to do wrong."""
    served = {"none": None, "stop": "stall"}.get(fault, fault)
    if served is not None:
        door = replace(door, provider=replace(door.provider, headers={"x-fault": served}))

    async def open_door(_provider_id: str) -> Door:
        return door

    return open_door


def _judge(samples: list[Sample], gate: Gate) -> None:
    before, warm, *_, idle = samples
    if idle.sockets > before.sockets:
        raise RuntimeError(f"{idle.sockets - before.sockets} sockets stay open: {samples}")
    if idle.memory_mb - warm.memory_mb > MAX_GROWTH_MB:
        raise RuntimeError(f"memory grows: {samples}")
    if gate.in_flight:
        raise RuntimeError(f"{gate.in_flight} places at the gate are lost")


def main() -> None:
    """Measure in a process of its own and print what it held when."""
    with server() as url:
        samples = [Sample(**found) for found in report_of(sys.executable, "-m", "tests.bench.leaks", url)]
    rows = [(found.when, found.sockets, found.most_sockets, f"{found.memory_mb:.1f}") for found in samples]
    title = f"Leaks: {CALLS:,} calls of {CONCURRENCY} callers, one in {FAULTY} goes wrong"
    print_table(title, ("", "open sockets", "at most", "memory, MB"), rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run("broker", measure(sys.argv[1]))
    else:
        main()
