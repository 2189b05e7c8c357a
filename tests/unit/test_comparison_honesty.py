"""Offers of a comparison by what a finished task cost, beside what their tokens cost."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from broker.comparison import Shortlist, Wanted, Weights
from broker.comparison.evidence import gather
from broker.comparison.scores import shortlist
from broker.comparison.sentence import recommendation
from broker.comparison.sentence_doubts import against
from broker.comparison.snapshots import snapshot
from broker.comparison_export.report import html_report
from broker.comparison_export.wide import wide_rows
from broker.types import Cost, Offer, TokenPrice, Usage
from db.benchmarks import Result
from db.calls import write_calls
from db.rows import call_row
from db.session import Database
from tests.comparisontools import AT, config, copy_of, empty_file, keep, suite
from tests.dbtools import context, started

D = Decimal
TERSE, WORDY, MUTE = "acme/terse", "acme/wordy", "beta/mute"
PRICES = {TERSE: TokenPrice(D(4), D(16)), WORDY: TokenPrice(D(2), D(8)), MUTE: TokenPrice(D(1), D(1))}
TOKENS = {TERSE: (1000, 250), WORDY: (1000, 1000)}
COSTS = {TERSE: D("0.008"), WORDY: D("0.010"), MUTE: D("0.001")}  # 4 × 0.001 + 16 × 0.00025, and so on
TEN = suite("Ten", 10)
WANTED = Wanted(suites=(("Ten", 1),), scope="tested")
BASE = config(TERSE, WORDY, MUTE)
CONFIG = replace(BASE, offers=tuple(replace(one, price=PRICES[one.id]) for one in BASE.offers))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with empty_file(tmp_path_factory.mktemp("empty")) as file:
        yield file


@pytest.fixture
def database(empty: Path, tmp_path: Path) -> Iterator[Database]:
    with copy_of(empty, tmp_path) as database:
        yield database


def run(database: Database, verdicts: Mapping[str, str], **more: int) -> None:
    """A finished run whose calls have the tokens of `TOKENS`; those of others are not known."""
    run_id = keep(database, TEN, verdicts, cost=COSTS, **more)
    with database.writer() as session:
        for row in session.scalars(select(Result).where(Result.run_id == run_id)):
            if row.offer in TOKENS:
                given, written = TOKENS[row.offer]
                provider, _, model = row.offer.partition("/")
                call = started(Offer(provider, model, model, "Acme", model))
                cost = Cost(D(0), D(0), D(0), COSTS[row.offer], price=PRICES[row.offer])
                ended = replace(call, status="ok", usage=Usage(given, 0, 0, written), cost=cost)
                write_calls(session, [call_row(ended, context(), "Acme", None)], [])
                row.call_id = call.call_id


def asked(database: Database, weights: Weights = WANTED.weights) -> Shortlist:
    with database.reader() as session:
        return shortlist(gather(session, CONFIG, replace(WANTED, weights=weights), AT), draws=20)


def test_who_is_cheap_by_token_and_who_by_finished_task(database: Database) -> None:
    run(database, {TERSE: "+" * 10, WORDY: "+" * 5 + "-" * 5, MUTE: "+" * 10})
    found = asked(database).gathered.honesty["Ten"]
    terse, wordy = found.offers
    assert (terse.offer, wordy.offer) == (TERSE, WORDY)
    assert terse.label == "TERSE · Acme"
    # 0.010 a call, every other one for nothing.
    assert (terse.cost.value, wordy.cost.value) == pytest.approx((0.008, 0.020))
    assert (wordy.cost_rank, wordy.price_rank, wordy.finished) == (2, 1, 0.5)
    assert (wordy.input_tokens, wordy.output_tokens) == (2000, 2000)
    # 20,000 tokens in to 12,500 out: 4 × 8/13 + 16 × 5/13 = 112/13, and half of it.
    assert (float(terse.price_mtok), float(wordy.price_mtok)) == pytest.approx((112 / 13, 56 / 13))
    assert found.left_out == ("MUTE · Beta",)
    warning = found.warning or ""
    assert "WORDY · Acme asks $4.31 against $8.62 of TERSE · Acme" in warning
    assert "writes 4.0 times the tokens and finishes 50 % of the tasks instead of 100 %" in warning
    assert found.about(TERSE) == found.about(WORDY) == found.warning
    assert found.about(MUTE) is None


@pytest.mark.parametrize(
    ("terse", "first", "warns"),
    [
        ("+" * 9 + "-", WORDY, True),  # wordy is better, at $0.010 against $0.0089 for each right answer
        ("+" * 10, TERSE, False),  # whoever looks dear and is not has nothing against it
        ("+" * 4 + "-" * 6, WORDY, False),  # at $0.010 against $0.020 wordy is cheap both ways
    ],
)
def test_a_price_that_flatters_the_choice_stands_against_it(
    database: Database, terse: str, first: str, warns: bool
) -> None:
    wordy = "+" * 10 if first == WORDY else "+" * 5 + "-" * 5
    run(database, {TERSE: terse, WORDY: wordy})
    found = asked(database, Weights(100, 0, 0, 0, 0))
    assert found.winner is not None
    assert found.winner.evidence.id == first
    assert any("misleads" in one for one in against(found.winner, found.gathered)) == warns
    said = recommendation(found).points
    assert any("on Ten, price per million tokens misleads: WORDY · Acme asks" in one for one in said) == warns


def test_each_offer_counts_with_its_newest_run(database: Database) -> None:
    run(database, {TERSE: "+" * 10, WORDY: "+" * 5 + "-" * 5})
    run(database, {WORDY: "+" * 10}, day=3)
    found = asked(database).gathered.honesty["Ten"]
    assert {one.offer: one.cost.value for one in found.offers} == pytest.approx({TERSE: 0.008, WORDY: 0.010})


def test_nothing_is_told_without_a_result(database: Database) -> None:
    assert asked(database).gathered.honesty == {}


def test_it_goes_into_the_files_and_not_into_what_is_compared_later(database: Database) -> None:
    run(database, {TERSE: "+" * 10, WORDY: "+" * 5 + "-" * 5, MUTE: "+" * 10})
    found = asked(database)
    rows = {row["offer"]: row for row in wide_rows(found)}
    names = ("price_rank", "finished_task_rank", "finished_task_usd", "finished_task_usd_n")
    told = {offer: [row[f"suite:Ten:{name}"] for name in names] for offer, row in rows.items()}
    assert told[WORDY] == [1, 2, pytest.approx(0.02), 10]
    assert told[MUTE] == [None] * 4
    low, high = (rows[WORDY][f"suite:Ten:finished_task_usd_{end}"] for end in ("low", "high"))
    assert isinstance(low, float)
    assert isinstance(high, float)
    assert 0.01 <= low < 0.02 < high
    page = html_report(found).decode()
    assert "What a finished task costs" in page
    assert "WORDY · Acme asks $4.31" in page
    bare = replace(found, gathered=replace(found.gathered, honesty={}))
    assert "What a finished task costs" not in html_report(bare).decode()
    assert snapshot(found) == snapshot(bare)
