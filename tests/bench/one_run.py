"""The product's part in a comparison of whole runs, as a process that loads nothing else."""

import sys
from time import perf_counter

from broker.startup import leave, prepare


def run(samples: int, concurrency: int) -> None:
    """Save the suite, start the run, carry it out; fails unless every cell was answered."""
    from broker import runtime
    from broker.runs import Order
    from broker.runs.execute import execute
    from broker.runs.progress import progress
    from broker.runs.start import start
    from broker.suites import Sample, ScorerSpec, Suite
    from broker.suites.store import save_suite
    from broker.types import Offer
    from db.session import open_database

    offers = tuple(Offer("openai", name, name, "OpenAI", name) for name in ("gpt-5-mini", "gpt-5-nano"))
    cases = tuple(Sample(str(i), f"Say word {i}.", ("word",)) for i in range(samples))
    engine, database = runtime.runtime(), open_database()
    with database.writer() as session:
        suite_id, _ = save_suite(session, Suite("Bench", cases, (ScorerSpec("includes"),)), None)
        order = Order(suite_id, offers, concurrency=concurrency)
        run_id = start(session, order, engine.config.providers)
    execute(run_id)
    with database.reader() as session:
        began = perf_counter()
        seen = progress(session, run_id)
        took_ms = (perf_counter() - began) * 1000
    runtime.shutdown()
    print(f"lag p95 {seen.lag_p95_ms} ms; progress of {seen.done:,} cells read in {took_ms:.1f} ms")
    if seen.done != len(offers) * samples or seen.failed:
        raise RuntimeError(f"not every cell was answered: {seen}")


if __name__ == "__main__":
    prepare()  # begins and ends as the command does
    run(int(sys.argv[1]), int(sys.argv[2]))
    leave(0)
