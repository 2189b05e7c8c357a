"""Tokens as a run measured them, and offers ranked by what a finished task costs."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from broker.results import RunResults
from broker.results.leaderboard import leaderboard
from broker.results.load import load_run
from broker.stats import Estimate
from broker.types import Completion, Cost, Offer, TokenPrice, Usage
from broker.workload import Tokens
from broker.workload.honesty import Honesty, by_finished_task
from broker.workload.measured import Measured, mean_tokens, measured
from db.benchmark_changes import write_results
from db.benchmarks import Run, Suite
from db.calls import write_calls
from db.models import new_id
from db.rows import call_row
from db.session import Database
from tests.dbtools import context, fresh_database, started

D = Decimal
# Terse has dear tokens, and few. Wordy asks half for four times as many. Vague is cheap and seldom right.
PRICES = {
    "acme/terse": TokenPrice(D(4), D(16)),
    "acme/wordy": TokenPrice(D(2), D(8)),
    "acme/vague": TokenPrice(D("1.2"), D("4.8")),
}
CALLS = {  # input tokens, output tokens, right in how many of 8
    "acme/terse": (1_000, 250, 8),
    "acme/wordy": (1_000, 1_000, 8),
    "acme/vague": (1_500, 250, 2),
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with fresh_database("sqlite", tmp_path) as database:
        yield database


def keep(database: Database, scored: bool = True) -> RunResults:
    """A run of eight samples; each odd call has 10 tokens more in and out, each even one 10 less."""
    suite = {"name": "s", "version": 1, "content_hash": "", "description": "", "source": ""}
    with database.writer() as session:
        row = Suite(id=new_id(), definition={}, sample_count=8, **suite)
        session.add(row)
        session.flush()
        plan = {"epochs": 1, "params": {}, "concurrency": 1, "seed": 0, "cell_count": 24}
        offers = [{"id": offer, "name": offer.partition("/")[2].capitalize()} for offer in CALLS]
        run = Run(id=new_id(), suite_id=row.id, name="r", status="done", offers=offers, **plan)
        session.add(run)
        session.flush()
        for offer in CALLS:
            for i in range(8):
                add(session, run.id, offer, i, scored)
        run_id = run.id
    with database.reader() as session:
        return load_run(session, run_id)


def add(session: Session, run_id: str, offer: str, i: int, scored: bool) -> None:
    given, written, right = CALLS[offer]
    given, written = (count + (10 if i % 2 else -10) for count in (given, written))
    price, model = PRICES[offer], offer.partition("/")[2]
    call = started(Offer("acme", model, model, "Acme", model))
    amounts = (price.input_mtok or 0) * given / 10**6, D(0), D(0), (price.output_mtok or 0) * written / 10**6
    cost = Cost(*map(D, amounts), price=price)
    finish(session, call, Usage(given, 0, 0, written), cost)
    cell = {"run_id": run_id, "offer": offer, "sample_key": f"s{i}", "epoch": 0, "position": i}
    cell |= {"status": "done", "attempt": 1, "repeated": False, "retried": False, "call_id": call.call_id}
    verdict = {"passed": i < right, "value": float(i < right)} if scored else {}
    write_results(session, [cell | {"outcome": "answered", "cost": cost.total} | verdict])


def finish(session: Session, call: Completion, usage: Usage, cost: Cost) -> None:
    ended = replace(call, status="ok", usage=usage, cost=cost)
    write_calls(session, [call_row(ended, context(), "Acme", None)], [])


def ranked(database: Database, run: RunResults, prices: dict[str, TokenPrice] | None = None) -> Honesty:
    with database.reader() as session:
        tokens = measured(session, run)
    return by_finished_task(leaderboard(run), tokens, prices or PRICES, run.measure)


def test_means_alone_are_those_of_the_measurement(database: Database) -> None:
    run = keep(database)
    with database.reader() as session:
        assert mean_tokens(session, run.id) == {o: one.tokens for o, one in measured(session, run).items()}
        assert mean_tokens(session, "nothing") == {}


def test_tokens_are_measured_offer_by_offer(database: Database) -> None:
    run = keep(database)
    with database.reader() as session:
        found = measured(session, run)
    assert {offer: one.tokens for offer, one in found.items()} == {
        offer: Tokens(D(given), D(written)) for offer, (given, written, _) in CALLS.items()
    }
    wordy = found["acme/wordy"]
    assert (wordy.calls, wordy.input_tokens, wordy.output_tokens) == (8, 8_000, 8_000)
    ends = wordy.ends
    assert ends is not None
    # The mean of eight that lie 10 off: standard error 10 / sqrt(7) = 3.8; t = 2.4 of them are 8.9.
    assert [float(one.output) for one in ends] == pytest.approx([991.1, 1008.9], abs=3)
    assert Measured(1, 5, 5, *[found["acme/wordy"].input] * 2).tokens == Tokens(D(5), D(5))


def test_a_count_that_never_differs_stays_as_it_is_at_both_ends() -> None:
    several, alike = Estimate(1000.0, 990.0, 1010.0, 8, ""), Estimate(1.0, None, None, 8, "no spread")
    ends = Measured(8, 8_000, 8, several, alike).ends
    assert ends == (Tokens(D(990), D(1)), Tokens(D(1010), D(1)))
    assert Measured(8, 8, 8, alike, alike).ends is None
    assert Measured(8, 8_000, 8, replace(several, high=None), alike).ends is None


def test_calls_without_counts_and_failed_ones_are_left_out(database: Database) -> None:
    run = keep(database)
    with database.writer() as session:
        cell = {"run_id": run.id, "offer": "acme/terse", "epoch": 1, "status": "done", "retried": False}
        cell |= {"attempt": 1, "repeated": False}
        for i, (outcome, usage) in enumerate([("answered", Usage()), ("error", Usage(9_000, 0, 0, 9_000))]):
            call = started(Offer("acme", "terse", "terse", "Acme", "terse"))
            finish(session, call, usage, Cost(D(0), D(0), D(0), D(0), TokenPrice()))
            row = {"sample_key": f"x{i}", "position": i, "call_id": call.call_id, "outcome": outcome}
            write_results(session, [cell | row])
    with database.reader() as session:
        assert measured(session, run)["acme/terse"].tokens == Tokens(D(1000), D(250))


def test_the_ranks_and_the_sentence(database: Database) -> None:
    found = ranked(database, keep(database))
    rows = {row.label: row for row in found.offers}
    # A call costs 1,000 × 4 + 250 × 16 = $0.008; 1,000 × 2 + 1,000 × 8 = $0.010; 1,500 × 1.2 + 250 × 4.8 =
    # $0.003, and with two of eight right, four times as much per finished task.
    assert {label: row.cost.value for label, row in rows.items()} == pytest.approx(
        {"Terse": 0.008, "Wordy": 0.01, "Vague": 0.012}
    )
    assert {label: row.price_rank for label, row in rows.items()} == {"Vague": 1, "Wordy": 2, "Terse": 3}
    assert found.offers[0].label == "Terse"
    # The run's mix is 28,000 tokens in to 12,000 out: 0.7 × 4 + 0.3 × 16.
    assert rows["Terse"].price_mtok == D("7.6")
    assert (rows["Vague"].finished, rows["Vague"].output_tokens) == (0.25, 1_000)
    assert found.warning == (
        "Price per million tokens misleads: Vague asks $2.28 against $7.60 of Terse, but a finished task "
        "costs $0.012 against $0.008, for it counts 1.5 times the tokens in the same input and finishes 25 % "
        "of the tasks instead of 100 %. The two intervals overlap, so this may be chance."
    )


def test_where_nothing_passes_or_fails_an_answer_is_a_finished_task(database: Database) -> None:
    found = ranked(
        database, keep(database, scored=False), {k: v for k, v in PRICES.items() if "vague" not in k}
    )
    assert found.left_out == ("Vague",)
    assert [(row.label, row.cost.value) for row in found.offers] == [
        ("Terse", pytest.approx(0.008)),
        ("Wordy", pytest.approx(0.01)),
    ]
    assert found.warning is not None
    assert found.warning.endswith("$0.01 against $0.008, for it writes 4.0 times the tokens.")


def test_no_warning_where_both_say_the_same(database: Database) -> None:
    run = keep(database)
    alike = {"acme/terse": TokenPrice(D(1), D(4)), "acme/wordy": TokenPrice(D(2), D(8))}
    assert ranked(database, run, alike).warning is None
    nothing = by_finished_task(leaderboard(run), {}, PRICES, run.measure)
    assert nothing == Honesty((), ("Terse", "Wordy", "Vague"), None)
