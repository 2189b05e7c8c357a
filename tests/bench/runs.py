"""A whole run: 2 offers × 1,000 samples at concurrency 50 against a server that takes 200 ms, ideally 8.0 s.

Each contender is a fresh process that starts, asks, judges, records and ends; broker's database is there
before, as an installation has it. promptfoo comes from npm, where npm can install it.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench import promptfoo
from tests.bench.process import ENVIRON, ROOT, machine, print_table, server
from tests.bench.server import DELAY

OFFERS, SAMPLES, CONCURRENCY = 2, 1000, 50
IDEAL_S = OFFERS * SAMPLES / CONCURRENCY * DELAY
ROUNDS = 3
MANY = 50_000

Contender = Callable[[Path, str], tuple[list[str], dict[str, str]]]  # folder, base URL → command, environment
Used = tuple[float, float, float]  # wall and CPU seconds, peak megabytes


def main() -> None:
    """Print the tables."""
    contenders, missing = dict(CONTENDERS), promptfoo.installed()
    if missing is None:
        contenders |= {"promptfoo": by_promptfoo, "promptfoo, not recording": by_promptfoo_unrecorded}
    found: dict[str, list[Used]] = {name: [] for name in contenders}
    with server() as url:
        for _ in range(ROUNDS):
            for name, contender in contenders.items():
                found[name].append(_used(contender, url))
        wall, cpu, peak = _used(broker_with_many, url)
    title = f"{OFFERS} offers × {SAMPLES:,} samples, concurrency {CONCURRENCY}, {DELAY * 1000:.0f} ms a call"
    header = ["runner", "wall s, best (median)", "× ideal", "× broker", "CPU s", "peak MB"]
    print_table(title, header, [_row(name, found[name], found["broker"]) for name in found])
    print(f"\nOf {ROUNDS} rounds in turn; ideal {IDEAL_S:.1f} s. {machine()}")
    if missing is None:
        print(f"promptfoo and broker, round by round: {_rounds(found['promptfoo'], found['broker'])}")
    else:
        print(f"promptfoo: skipped, it cannot be installed: {missing}")
    row = [f"{OFFERS * MANY:,}", f"{wall:.0f}", f"{cpu:.0f}", f"{peak:.0f}"]
    print_table("A long run, a server that takes no time", ["cells", "wall s", "CPU s", "peak MB"], [row])


def _row(name: str, rounds: list[Used], ours: list[Used]) -> list[object]:
    """The best and the median round of a contender: others on the machine can only make it slower."""
    best, middle = min(rounds), median(wall for wall, _, _ in rounds)
    times = middle / median(wall for wall, _, _ in ours)
    wall, cpu, peak = best
    shown = [f"{wall:.2f} ({middle:.2f})", f"{wall / IDEAL_S:.2f} ({middle / IDEAL_S:.2f})", f"{times:.1f}"]
    return [name, *shown, f"{cpu:.1f}", f"{peak:.0f}"]


def _rounds(theirs: list[Used], ours: list[Used]) -> str:
    """Their wall seconds against ours in each round: the processor's pace changes from one to the next."""
    pairs = zip(theirs, ours, strict=True)
    return "; ".join(f"{a[0]:.2f} s = {a[0] / b[0]:.2f} × {b[0]:.2f} s" for a, b in pairs)


def _used(contender: Contender, url: str) -> Used:
    """One round in a fresh process; fails when the process does."""
    with tempfile.TemporaryDirectory() as folder:
        command, environ = contender(Path(folder), url)
        start = perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=ENVIRON | environ, stdout=sys.stderr)
        _, status, used = os.wait4(process.pid, 0)
        wall = perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise RuntimeError(f"{command} ended with status {process.returncode}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def broker(folder: Path, url: str) -> tuple[list[str], dict[str, str]]:
    """The product: process start, the run, its record, the end."""
    return _broker(folder, f"{url}/slow/v1", SAMPLES)


def broker_with_many(folder: Path, url: str) -> tuple[list[str], dict[str, str]]:
    """The product on a long run."""
    return _broker(folder, f"{url}/fast/v1", MANY)


def by_promptfoo(folder: Path, url: str) -> tuple[list[str], dict[str, str]]:
    """promptfoo, as it comes: results go to its database and to a JSON file."""
    return promptfoo.command(folder, f"{url}/slow/v1", SAMPLES, CONCURRENCY)


def by_promptfoo_unrecorded(folder: Path, url: str) -> tuple[list[str], dict[str, str]]:
    """promptfoo with the JSON file alone."""
    return promptfoo.command(folder, f"{url}/slow/v1", SAMPLES, CONCURRENCY, "--no-write")


def by_command(folder: Path, url: str) -> tuple[list[str], dict[str, str]]:
    """The command `broker run` on a suite that was there before; it works out and prints the results too."""
    environ, suite = _environ(folder, f"{url}/slow/v1"), folder / "suite.jsonl"
    suite.write_text("".join(f'{{"input": "Say word {i}.", "target": "word"}}\n' for i in range(SAMPLES)))
    start = [sys.executable, "-m", "broker"]
    bring = [*start, "import", str(suite), "--name", "Bench"]
    subprocess.run(bring, cwd=ROOT, env=ENVIRON | environ, stdout=subprocess.DEVNULL, check=True)
    offers = ("--offer", "openai/gpt-5-mini", "--offer", "openai/gpt-5-nano")
    return [*start, "run", "Bench", *offers, "--concurrency", str(CONCURRENCY)], environ


def _broker(folder: Path, base_url: str, samples: int) -> tuple[list[str], dict[str, str]]:
    command = [sys.executable, "-m", "tests.bench.one_run", str(samples), str(CONCURRENCY)]
    return command, _environ(folder, base_url)


def _environ(folder: Path, base_url: str) -> dict[str, str]:
    from db.session import open_database

    database = f"sqlite:///{folder}/bench.db"
    open_database(database).engine.dispose()
    config = folder / "broker.toml"
    config.write_text(f'[providers.openai]\nbase_url = "{base_url}"\n')
    return {"BROKER_CONFIG": str(config), "BROKER_DATABASE_URL": database, "OPENAI_API_KEY": "key"}


CONTENDERS: dict[str, Contender] = {"broker": broker, "`broker run`, results printed": by_command}

if __name__ == "__main__":
    main()
