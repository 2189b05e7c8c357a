"""The catalogue: building it in a fresh process, then searching, pricing and comparing all of it."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter

from broker import catalog, config
from broker.catalog_entries import price_of
from tests.bench.process import print_table, quantile, report_of

REPETITIONS = 200
BUILDS = 7
QUERIES = ("", "claude", "sonnet 4.5 bedrock", "llama 3.3 70b groq", "no such words")
BUILD = (
    "from time import perf_counter as now; from broker import catalog, config, pricing; c = config.load(); {}"
    "start = now(); catalog.catalogue(c); print((now() - start) * 1000)"
)
FIRST = {
    "first build, with the price list": BUILD.format(""),
    "first build, price list read": BUILD.format("pricing.price_list(); "),
}


def timed(work: Callable[[], object], times: int = REPETITIONS) -> list[float]:
    """Run the work again and again; return each duration in milliseconds."""
    found: list[float] = []
    for _ in range(times):
        start = perf_counter()
        work()
        found.append((perf_counter() - start) * 1000)
    return found


def main() -> None:
    """Print a table of medians and the slowest 1 %."""
    configuration, now = config.load(), datetime.now(UTC)
    known = catalog.catalogue(configuration)
    some = [entry for entry in known.entries if entry.identity]
    work: dict[str, Callable[[], object]] = {
        f"search for {query!r}": lambda query=query: catalog.search(known.entries, query) for query in QUERIES
    }
    work |= {
        "prices of all offers": lambda: [price_of(entry, now) for entry in known.entries],
        "doors of all offers": lambda: [catalog.doors(known, entry, now) for entry in some],
        "the catalogue again": lambda: catalog.catalogue(configuration),
        "the offers to ask": lambda: catalog.offers(configuration),
    }
    measured = {
        name: [report_of(sys.executable, "-c", script) for _ in range(BUILDS)]
        for name, script in FIRST.items()
    }
    measured |= {name: timed(task, 20 if "doors" in name else REPETITIONS) for name, task in work.items()}
    rows = [(name, ms(quantile(times, 0.5)), ms(quantile(times, 0.99))) for name, times in measured.items()]
    print_table(f"Catalogue of {len(known.entries):,} offers", ("what", "median ms", "99 % ms"), rows)


def ms(value: float) -> str:
    """Three significant digits."""
    return f"{value:.3g}"


if __name__ == "__main__":
    main()
