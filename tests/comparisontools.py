"""A database with runs to compare offers by, and a configuration that knows those offers."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from broker.config import Config
from broker.suites import Sample, Suite
from broker.types import Offer, Provider, TokenPrice
from db.session import Database, open_database
from tests.dbtools import fresh_database
from tests.resulttools import keep_run, snapshot

AT = datetime(2026, 11, 22, tzinfo=UTC)
FIRST = datetime(2026, 10, 1, tzinfo=UTC)
PRICE = TokenPrice(Decimal(1), Decimal(4), source="contract")


@contextmanager
def empty_file(folder: Path) -> Iterator[Path]:
    """A file with every table and nothing in it: to migrate takes longer than most tests that need one."""
    with fresh_database("sqlite", folder) as database:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        yield folder / "broker.db"


@contextmanager
def copy_of(file: Path, folder: Path) -> Iterator[Database]:
    """A database of its own."""
    database = open_database(f"sqlite:///{shutil.copy(file, folder)}")
    yield database
    database.engine.dispose()


def config(*offers: str, makers: Mapping[str, str] | None = None) -> Config:
    """A configuration with these offers alone, each of a maker of its own unless one is named."""
    providers = {offer.partition("/")[0] for offer in offers}
    rows = {name: Provider(name, name.title(), "openai", "http://127.0.0.1/v1") for name in providers}
    return Config(rows, tuple(_offer(offer, (makers or {}).get(offer)) for offer in offers))


def _offer(offer: str, maker: str | None) -> Offer:
    provider, _, model = offer.partition("/")
    return Offer(provider, model, model, maker or f"Maker of {model}", model.upper(), price=PRICE)


def suite(name: str, count: int, clusters: int | None = None) -> Suite:
    """So many samples, `s0` and so on, shared out to clusters where those are wanted."""
    samples = (
        Sample(f"s{i}", "?", ("!",), cluster=f"c{i % clusters}" if clusters else None) for i in range(count)
    )
    return Suite(name, tuple(samples), ())


def keep(database: Database, of: Suite, verdicts: Mapping[str, str], **more: Any) -> str:
    """Keep a finished run, a letter a sample by offer: `+` passed, `-` failed, `e` an error, `t` a timeout,
    a space was not asked.

    `cost` is that of each call, or by offer; `day` counts from the first one; `overlay` changes snapshots.
    """
    cost, day, overlay = more.pop("cost", None), more.pop("day", 0), more.pop("overlay", ())
    cells = [
        _cell(offer, i, letter, cost)
        for offer, row in verdicts.items()
        for i, letter in enumerate(row)
        if letter != " "
    ]
    snapshots = [snapshot(offer, maker=f"Maker of {offer.partition('/')[2]}") for offer in verdicts]
    for stored, other in zip(snapshots, overlay, strict=False):
        stored.update(other)
    kept = {"ended_at": FIRST + timedelta(days=day), "offers": snapshots, "name": f"{of.name} run"}
    return keep_run(database, of, cells, **kept | more)


def _cell(
    offer: str, i: int, letter: str, cost: Decimal | Mapping[str, Decimal | None] | None
) -> dict[str, Any]:
    paid = cost[offer] if isinstance(cost, Mapping) else cost
    known: dict[str, Any] = {"offer": offer, "sample": f"s{i}", "cost": paid, "total_ms": 100.0 + i}
    if letter == "t":
        return known | {"total_ms": 20_000.0, "outcome": "timeout", "error_kind": "total_timeout"}
    if letter == "e":
        return known | {"outcome": "error", "cost": None, "total_ms": None}
    return known | {"passed": letter == "+", "value": float(letter == "+"), "ttft_ms": 10.0 + i}
