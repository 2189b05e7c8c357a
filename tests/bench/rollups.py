"""What a comparison reads of recorded calls, with 10,000, 100,000 and a million of them. Run as a module.

`make_database` makes such a database within seconds: its calls are written by SQLite alone, and summed up by
the rebuilding that the product has.
"""

import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from broker import catalog
from broker import config as configuration
from broker.catalog_entries import Entry
from broker.dependence.reading import gather
from broker.stats.percentiles import percentile_of_counts
from db import counting, rollups
from db.models import Call
from db.rollups import CallLatency, CallRollup
from db.session import Database, open_database
from tests.bench.process import print_table

SIZES = (10_000, 100_000, 1_000_000)
OFFERS, MONTHS = 50, 12
FIRST, UNTIL = date(2026, 1, 1), date(2026, 12, 31)
ROUNDS = 7
_SHAPES = 4_096  # different waiting times

# Prime steps through offers, times and the year: every size has the same mixture, without drawing numbers.
_INSERT = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :calls)
INSERT INTO call (id, started_at, ended_at, purpose, offer, offer_name, provider, platform, maker, model,
  wire_model, defaults, params, dropped, status, finish_reason, error_kind, input_tokens, cache_read_tokens,
  cache_write_tokens, output_tokens, reasoning_tokens, cost_input, cost_cache_read, cost_cache_write,
  cost_output, cost_total, price, first_event_ms, ttft_ms, ttfa_ms, last_token_ms, total_ms, elapsed_ms,
  attempt_count, attempts, adapted)
SELECT printf('%032x', i),
  strftime('%Y-%m-%d %H:%M:%f000', '2026-01-01', (i * 475140 % 31535940) || ' seconds'), NULL,
  CASE WHEN i % 5 = 0 THEN 'playground' ELSE 'benchmark' END,
  o.id, o.name, o.provider, o.platform, o.maker, o.model, o.model, '{}', '{}', '[]',
  CASE WHEN i % 41 = 7 THEN 'error' ELSE 'ok' END, CASE WHEN i % 41 = 7 THEN NULL ELSE 'stop' END,
  CASE WHEN i % 41 = 7 THEN 'overloaded' END, 400 + i % 977, 0, 0, 50 + i % 499, NULL,
  i % 1000003, 0, 0, 3 * (i % 1000033), CASE WHEN i % 41 <> 7 THEN i % 1000003 + 3 * (i % 1000033) END,
  CASE WHEN i % 41 <> 7 THEN '{"input_mtok":"0.25","output_mtok":"2","source":"a price list"}' END,
  s.ttft, s.ttft, s.ttft, s.total, s.total * o.pace, s.total * o.pace, 1,
  '[{"start_ms":0.0,"duration_ms":1913.0,"status":200}]', '[]'
FROM n JOIN bench_offer AS o ON o.n = i * 31 % :offers JOIN bench_shape AS s ON s.n = i * 1009 % :shapes
"""


def make_database(path: Path, calls: int, offers: int = OFFERS) -> Database:
    """A database with so many calls of the year 2026, alike for each size; summed up, without their words.

    They are of `offers` offers of the catalogue that can be asked. One in 41 failed and has no cost.
    """
    database = open_database(f"sqlite:///{path}")
    with database.writer() as session:
        _prepare(session, some_offers(offers))
        values = {"calls": calls, "offers": offers, "shapes": _SHAPES}
        session.connection().exec_driver_sql(_INSERT, values)  # its JSON has colons of its own
        counting.rebuild(session)
    with database.writer() as session:
        session.execute(text("ANALYZE"))
    return database


def some_offers(n: int) -> list[Entry]:
    """Offers from all over the catalogue that can be asked, given a key."""
    asked = [entry for entry in catalog.catalogue(configuration.load()).entries if entry.asked]
    return asked[:: len(asked) // n][:n]


def _prepare(session: Session, offers: list[Entry]) -> None:
    """Temporary tables with the offers, and with waiting times as they usually spread."""
    rng = Random(1)
    session.execute(text("CREATE TEMP TABLE bench_shape (n INTEGER PRIMARY KEY, ttft REAL, total REAL)"))
    times = [(rng.lognormvariate(5.5, 0.5), rng.lognormvariate(7.5, 0.6)) for _ in range(_SHAPES)]
    rows = [{"n": n, "ttft": ttft, "total": ttft + total} for n, (ttft, total) in enumerate(times)]
    session.execute(text("INSERT INTO bench_shape VALUES (:n, :ttft, :total)"), rows)
    columns = ("name", "provider", "platform", "maker", "model")
    table = f"n INTEGER PRIMARY KEY, id, pace REAL, {', '.join(columns)}"
    session.execute(text(f"CREATE TEMP TABLE bench_offer ({table})"))
    insert = f"INSERT INTO bench_offer VALUES (:n, :id, :pace, {', '.join(f':{name}' for name in columns)})"
    session.execute(text(insert), [_offer(n, entry) for n, entry in enumerate(offers)])


def _offer(n: int, entry: Entry) -> dict[str, Any]:
    offer = entry.offer
    return {
        "n": n,
        "id": offer.id,
        "pace": 0.5 + n / 20,
        "name": offer.name,
        "provider": offer.provider,
        "platform": entry.platform,
        "maker": offer.maker,
        "model": offer.model,
    }


def readings() -> dict[str, Callable[[Session], object]]:
    """What pages read of calls, each by what it is called in the table."""
    config, now = configuration.load(), datetime(2026, 12, 31, tzinfo=UTC).date()
    return {
        "months known": rollups.months,
        "spend and calls by offer, a year": lambda session: rollups.totals(session, FIRST, UNTIL),
        "spend and calls by offer, a month": lambda session: rollups.totals(session, now, now),
        "p50 and p95 by offer, both clocks, a year": percentiles,
        "dependence, a year": lambda session: gather(session, config, FIRST, now),
        "the same spend from the calls themselves": _from_calls,
    }


def percentiles(session: Session) -> object:
    """The median and p95 of both clocks, each with its interval, of every offer."""
    return {
        (offer, clock, share): percentile_of_counts(counts, share)
        for clock in ("total", "ttft")
        for offer, counts in rollups.waits(session, FIRST, UNTIL, clock).items()
        for share in (0.5, 0.95)
    }


def _from_calls(session: Session) -> object:
    sums = select(Call.offer, func.count(), func.sum(Call.cost_total)).group_by(Call.offer)
    return session.execute(sums).all()


def measured(path: Path, calls: int) -> dict[str, str]:
    """The best of each reading in milliseconds, and what it took to make the database, in seconds."""
    start = perf_counter()
    database = make_database(path, calls)
    made = perf_counter() - start
    start = perf_counter()
    with database.writer() as session:
        counting.rebuild(session)
    rebuilt = perf_counter() - start
    found = {name: f"{_ms(database, read):.1f}" for name, read in readings().items()}
    with database.reader() as session:
        rows = [session.scalar(select(func.count()).select_from(one)) for one in (CallRollup, CallLatency)]
    database.engine.dispose()
    return found | {
        "rows of totals; of waiting times": f"{rows[0]:,}; {rows[1]:,}",
        "`broker rebuild-rollups`, s": f"{rebuilt:.1f}",
        "making all this, s": f"{made:.1f}",
    }


def _ms(database: Database, read: Callable[[Session], object]) -> float:
    took = list[float]()
    for _ in range(1 + ROUNDS):  # the first one warms up
        with database.reader() as session:
            start = perf_counter()
            read(session)
            took.append((perf_counter() - start) * 1000)
    return min(took[1:])


def main() -> None:
    """One column a size, so that growth shows."""
    with tempfile.TemporaryDirectory() as folder:
        columns = [measured(Path(folder) / f"{calls}.db", calls) for calls in SIZES]
    rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
    header = (f"ms, {OFFERS} offers, {MONTHS} months", *(f"{calls:,} calls" for calls in SIZES))
    print_table("Reading what calls come to (SQLite)", header, rows)


if __name__ == "__main__":
    main()
