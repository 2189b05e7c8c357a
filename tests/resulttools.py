"""Runs as results are read from them: made by hand, or kept in a database."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from broker.results import Cell, RunResults
from broker.runs.plan import Cell as Place
from broker.runs.rows import started_row
from broker.suites import Sample, Suite
from broker.suites.store import save_suite
from db.benchmark_changes import write_results
from db.benchmarks import Run
from db.models import new_id
from db.session import Database

PRICE = {"input_mtok": "1.20", "output_mtok": "4.80", "source": "contract"}


def snapshot(offer: str, **more: Any) -> dict[str, Any]:
    """An offer as a run keeps it; its name is the model's, in capitals."""
    provider, _, model = offer.partition("/")
    texts = dict.fromkeys(("note", "known_as"), "")
    known = {
        "provider": provider,
        "model": model,
        "wire_model": model,
        "maker": "Acme",
        "name": model.upper(),
    }
    rest = {"defaults": {}, "context_window": None, "settings": {}, "own_price": None, "price": PRICE}
    address = {"platform": "Acme inference", "dialect": "openai", "base_url": "http://127.0.0.1/v1"}
    return {"id": offer, **texts, **known, **rest, **address, **more}


def passes(offer: str, verdicts: str, **more: Any) -> list[Cell]:
    """A cell a letter, of s0, s1 …: `+` passed, `-` failed, `e` an error, `t` a timeout, `r` refused,
    `?` unjudged.
    """
    return [_cell(offer, f"s{i}", letter, more) for i, letter in enumerate(verdicts) if letter != " "]


def _cell(offer: str, sample: str, letter: str, more: Mapping[str, Any]) -> Cell:
    known: dict[str, Any] = {"offer": offer, "sample": sample, "epoch": 0, "outcome": "answered"}
    match letter:
        case "+" | "-":
            known |= {"passed": letter == "+", "value": float(letter == "+")}
        case "e":
            known |= {"outcome": "error", "error_kind": "overloaded"}
        case "t":
            known |= {"outcome": "timeout", "error_kind": "total_timeout"}
        case "r":
            known |= {"outcome": "refused"}
        case _:
            pass
    return Cell(**known | more)


def results(*cells: Sequence[Cell], **more: Any) -> RunResults:
    """A run with these cells, a list an offer; samples are in the order in which they come."""
    offers = list(dict.fromkeys(cell.offer for row in cells for cell in row))
    samples = list(dict.fromkeys(cell.sample for row in cells for cell in row))
    known: dict[str, Any] = {
        "id": "r1",
        "name": "A run",
        "kind": "measured",
        "status": "done",
        "suite_id": "suite1",
        "epochs": 1,
        "timings_reliable": True,
        "lag_p95_ms": 1.0,
        "offers": {offer: snapshot(offer) for offer in offers},
        "clusters": dict.fromkeys(samples),
        "tags": dict.fromkeys(samples, ()),
        "cells": {o: tuple(cell for row in cells for cell in row if cell.offer == o) for o in offers},
    }
    return RunResults(**known | more)


def keep_run(database: Database, suite: Suite, cells: Iterable[Mapping[str, Any]], **more: Any) -> str:
    """Keep a run of the suite with these cells, named by `offer`, `sample` and columns; returns its id."""
    rows, places = list(cells), {sample.id: i for i, sample in enumerate(suite.samples)}
    offers = dict.fromkeys(row["offer"] for row in rows)
    with database.writer() as session:
        suite_id, _ = save_suite(session, suite, None)
        columns: dict[str, Any] = {
            "id": new_id(),
            "suite_id": suite_id,
            "name": "A run",
            "status": "done",
            "offers": [snapshot(offer) for offer in offers],
            "epochs": 1,
            "params": {},
            "concurrency": 1,
            "seed": 0,
            "cell_count": len(rows),
            "spent": Decimal(0),
            "lag_p95_ms": 1.0,
        }
        run = Run(**columns | more)
        session.add(run)
        session.flush()
        write_results(session, [_row(run.id, places, row) for row in rows])
    return run.id


def _row(run_id: str, places: Mapping[str, int], row: Mapping[str, Any]) -> dict[str, Any]:
    known = {"epoch": 0, "outcome": "answered", "status": "done"} | dict(row)
    key = known.pop("sample")
    begun = started_row(run_id, Place(known["offer"], places[key], known["epoch"]), key, None)
    return begun | known


def suite_of(*samples: Sample, **more: Any) -> Suite:
    """A suite with these samples."""
    return Suite("Made up", samples, **{"scorers": (), **more})
