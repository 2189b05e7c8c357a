"""What is gathered of offers: which runs count, what they come to together, and what else is known."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update

from broker.assurance import Fact
from broker.assurance.staff import save
from broker.catalog import catalogue
from broker.comparison import Evidence, Gathered, Wanted, Weights
from broker.comparison.combine import difference
from broker.comparison.evidence import gather, ground_of
from broker.comparison.gate_expressions import parse
from broker.comparison.gates import judge
from broker.comparison.scores import shortlist
from broker.comparison.sentence import recommendation
from broker.comparison.stored import read, stamp
from broker.results.load import load_run
from broker.results.pairs import compared
from broker.stats import Estimate
from broker.stats.bootstrap import mean
from broker.stats.percentiles import percentile
from broker.stats.proportions import wilson
from broker.types import Cost, Offer, Timing, Usage
from broker.workload import Tokens, Unknown, Workload
from broker.workload.store import profile_json, save_term, save_workload
from broker.workload.terms import Term
from broker.workload.yearly import Bill, yearly_cost
from db.benchmarks import Result, Run
from db.calls import write_calls
from db.connections import Discovery
from db.rows import call_row
from db.session import Database
from db.workloads import ContractTerm
from db.workloads import Workload as StoredWorkload
from tests.comparisontools import AT, PRICE, config, copy_of, empty_file, keep, suite
from tests.dbtools import answered, context, started
from tests.scoringtools import estimate

D = Decimal
A, B, C = "acme/a", "acme/b", "beta/c"
HERE, THERE = "acme/claude-sonnet-4-5", "beta/claude-sonnet-4-5"
CONFIG = config(A, B, C, HERE, THERE, makers={HERE: "Anthropic", THERE: "Anthropic"})
TEN, TWENTY = suite("Ten", 10), suite("Twenty", 20)
BOTH = Wanted(suites=(("Ten", 3), ("Twenty", 1)), scope="tested")
LETTERS = Workload("Letters", D(1000), date(2027, 1, 1), Tokens(D(1_000_000), D(500_000)))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with empty_file(tmp_path_factory.mktemp("empty")) as file:
        yield file


@pytest.fixture
def database(empty: Path, tmp_path: Path) -> Iterator[Database]:
    with copy_of(empty, tmp_path) as database:
        yield database


def gathered(database: Database, wanted: Wanted = BOTH, **more: Any) -> Gathered:
    with database.reader() as session:
        return gather(session, CONFIG, replace(wanted, **more), AT)


def of(found: Gathered, offer: str) -> Evidence:
    return next(one for one in found.offers if one.id == offer)


def ids(found: Gathered) -> list[str]:
    return [one.id for one in found.offers]


def test_a_suite_that_does_not_exist_is_left_out_of_the_question(database: Database) -> None:
    keep(database, TEN, {A: "++++++++--"})
    found = gathered(database, suites=(("Ten", 1), ("Nope", 5)))
    assert found.problems == ("There is no suite “Nope”, so it was left out.",)
    assert found.wanted.suites == (("Ten", 1),)
    assert of(found, A).quality == of(gathered(database, suites=(("Ten", 1),)), A).quality


# Which runs count


def test_suites_count_by_their_weights(database: Database) -> None:
    keep(database, TEN, {A: "++++++++--", B: "+" * 10})
    keep(database, TWENTY, {A: "+" * 10 + "-" * 10})
    found = gathered(database)
    one = of(found, A)
    assert one.quality is not None
    assert (one.quality.value, one.quality.n) == (pytest.approx(0.75 * 0.8 + 0.25 * 0.5), 30)
    ten, twenty = wilson(8, 10), wilson(10, 20)
    below = [(0.75 * (0.8 - (ten.low or 0))), 0.25 * (0.5 - (twenty.low or 0))]
    assert one.quality.low == pytest.approx(one.quality.value - sqrt(below[0] ** 2 + below[1] ** 2))
    assert [(result.suite, result.version, result.origin) for result in one.results] == [
        ("Ten", 1, "measured"),
        ("Twenty", 1, "measured"),
    ]
    assert (of(found, B).quality, of(found, B).missing) == (None, ("Twenty",))
    assert found.problems == ()


def test_a_suite_that_is_named_twice_counts_once(database: Database) -> None:
    keep(database, TEN, {A: "++++++++--"})
    quality = of(gathered(database, suites=(("Ten", 1), ("Ten", 2))), A).quality
    assert quality == wilson(8, 10)


def test_costs_count_by_the_weights_too(database: Database) -> None:
    keep(database, TEN, {A: "+" * 10}, cost=D("0.002"))
    keep(database, TWENTY, {A: "+" * 20}, cost=D("0.010"))
    per_1000 = of(gathered(database), A).per_1000
    assert per_1000 is not None
    assert per_1000.value == pytest.approx(0.75 * 2 + 0.25 * 10)


def test_an_unknown_price_leaves_the_costs_unknown(database: Database) -> None:
    keep(database, TEN, {A: "+" * 10}, cost=D("0.002"))
    keep(database, TWENTY, {A: "+" * 20}, cost=None)
    assert of(gathered(database), A).per_1000 is None


def _quality(database: Database, offer: str = A) -> float | None:
    found = of(gathered(database, suites=(("Ten", 1),)), offer)
    return None if found.quality is None else found.quality.value


def test_the_newest_finished_run_counts(database: Database) -> None:
    keep(database, TEN, {A: "+---------"}, day=1)
    keep(database, TEN, {A: "+++-------"}, day=3, status="budget")
    keep(database, TEN, {A: "++--------"}, day=2)
    for status in ("cancelled", "failed"):
        keep(database, TEN, {A: "+" * 10}, day=5, status=status)
    keep(database, TEN, {A: "+" * 10}, status="running", ended_at=None)
    assert _quality(database) == 0.3


def test_a_run_that_did_not_reach_an_offer_says_nothing_of_it(database: Database) -> None:
    keep(database, TEN, {A: "++--------"}, day=1)
    keep(database, TEN, {B: "+++-------", A: ""}, day=2, status="budget")
    assert (_quality(database), _quality(database, B)) == (0.2, 0.3)


def test_what_was_measured_goes_before_what_was_imported(database: Database) -> None:
    keep(database, TEN, {A: "++--------"}, day=1)
    keep(database, TEN, {A: "+" * 10, B: "+++-------"}, day=2, kind="imported")
    assert (_quality(database), _quality(database, B)) == (0.2, 0.3)
    assert [one.origin for one in of(gathered(database), B).results] == ["imported"]
    assert of(gathered(database), B).speed is None


def test_of_a_suite_the_newest_version_that_was_run_counts(database: Database) -> None:
    keep(database, TEN, {A: "++--------", B: "+" * 10}, day=9)
    keep(database, suite("Ten", 11), {A: "+++--------"}, day=1)
    found = gathered(database, suites=(("Ten", 1),))
    assert [(one.id, one.quality and one.quality.n) for one in found.offers] == [(A, 11)]
    assert of(found, A).results[0].version == 2


def test_failures_are_no_wrong_answers(database: Database) -> None:
    keep(database, TEN, {A: "++------ee", B: "eeeeeeeeee"})
    found = gathered(database, suites=(("Ten", 1),))
    quality = of(found, A).quality
    assert quality is not None
    assert (quality.value, quality.n) == (0.25, 8)
    assert (of(found, A).results[0].asked, of(found, A).results[0].answered) == (10, 8)
    assert of(found, B).quality is None
    assert of(found, B).missing == ()  # it was run


def test_what_is_not_there_is_named(database: Database) -> None:
    keep(database, TEN, {A: "+" * 10})
    keep(database, TWENTY, {A: "+" * 20}, status="cancelled")
    wanted = Wanted(suites=(("Ten", 1), ("Gone", 9), ("Twenty", 0)), workload="None", offers=("acme/no",))
    found = gathered(database, wanted)
    assert [problem.partition("”")[0].partition("“")[2] for problem in found.problems] == [
        "Gone",
        "Twenty",
        "None",
        "acme/no",
    ]
    quality = of(found, A).quality
    assert quality is not None
    assert (quality.value, quality.n) == (1.0, 10)  # a suite without weight need not be there
    assert found.workload is None


def test_of_much_that_is_not_there_the_first_few_are_named(database: Database) -> None:
    wanted = Wanted(offers=tuple(f"acme/{i}" for i in range(100)), suites=(("X", 1), ("Y", 1)))
    assert gathered(database, wanted).problems == (
        "There is no suite “X” or “Y”, so it was left out.",
        "There is no offer “acme/0”, “acme/1”, “acme/2” or any of 97 others in the catalogue or in any run.",
    )


def test_a_year_that_is_over_is_told(database: Database) -> None:
    past = replace(LETTERS, name="Past", start=date(2025, 11, 1))
    running = replace(LETTERS, name="Running", start=date(2025, 12, 1))
    beyond = replace(LETTERS, name="Beyond", start=date(9999, 6, 1))
    with database.writer() as session:
        for one in (past, running):
            save_workload(session, one, None)
        session.add(StoredWorkload(name=beyond.name, profile=profile_json(beyond)))
    (told,) = gathered(database, Wanted(workload="Past")).problems
    assert told.startswith("The year of the workload “Past”, November 2025 to October 2026, is over")
    assert gathered(database, Wanted(workload="Running")).problems == ()
    keep(database, TEN, {A: "+" * 10})
    found = gathered(database, Wanted(suites=(("Ten", 1),), workload="Beyond"))
    assert found.problems == ("The workload “Beyond” does not start between 2000 and 2100: move its start.",)
    cost = of(found, A).cost
    assert cost is not None
    assert isinstance(cost.ours, Unknown)


# Which offers are shown


def test_the_offers_that_were_tested(database: Database) -> None:
    keep(database, TEN, {A: "+" * 10, HERE: "+" * 10})
    keep(database, TWENTY, {B: "+" * 20})
    ten = Wanted(suites=(("Ten", 1),), scope="tested")
    assert ids(gathered(database, ten)) == [A, HERE]
    assert set(ids(gathered(database, ten, suites=()))) == {A, B, HERE}
    assert ids(gathered(database, ten, offers=(C,))) == [A, HERE, C]
    assert ids(gathered(database, ten, makers=("Anthropic",))) == [HERE]
    assert ids(gathered(database, ten, platforms=("Acme",))) == [A, HERE]
    assert ids(gathered(database, ten, search="claude sonnet")) == [HERE]
    assert ids(gathered(database, ten, search="claude", offers=(C,))) == [HERE, C]


def test_their_other_doors(database: Database) -> None:
    keep(database, TEN, {HERE: "+++++-----"})
    found = gathered(database, Wanted(suites=(("Ten", 1),), scope="doors"))
    weights = catalogue(CONFIG).by_identity["claude-sonnet-4-5"]
    assert set(ids(found)) == {entry.id for entry in weights} >= {HERE, THERE}
    assert of(found, HERE).elsewhere is None
    assert of(found, THERE).elsewhere == (HERE, of(found, HERE).quality)
    assert (of(found, THERE).quality, of(found, THERE).missing) == (None, ("Ten",))


def test_doors_are_other_platforms_with_the_same_weights(database: Database) -> None:
    """Two profiles of one platform fall with it, and nobody chats through a line of batch prices."""
    keep(database, TEN, {HERE: "+++++-----"})
    found = gathered(database, Wanted(suites=(("Ten", 1),), scope="doors"))
    every = {"acme", "beta", "anthropic", "aws", "google", "openrouter"}
    assert {one.partition("/")[0] for one in of(found, HERE).doors or ()} == every - {"acme"}
    bedrock = {one.id for one in found.offers if one.entry.offer.provider == "aws"}
    assert len(bedrock) > 1
    assert bedrock <= set(of(found, HERE).doors or ())
    assert of(found, HERE).other_platforms == len(every) - 1
    for profile in bedrock:
        assert not bedrock & set(of(found, profile).doors or ())
        assert of(found, profile).other_platforms == len(every) - 1
    batch = [one.id for one in found.offers if one.id.endswith(":batch")]
    assert batch
    assert not any(set(batch) & set(one.doors or ()) for one in found.offers)


@pytest.mark.parametrize(("theirs", "stays"), [("+" * 60 + "-" * 40, True), ("+" * 30 + "-" * 70, False)])
def test_a_door_that_was_shown_to_be_worse_is_none(database: Database, theirs: str, stays: bool) -> None:
    """30 points less are beyond a margin of ten; 5 less of 100 may be within it."""
    keep(database, suite("Long", 100), {HERE: "+" * 65 + "-" * 35, THERE: theirs})
    found = gathered(database, Wanted(suites=(("Long", 1),), scope="tested", margin=0.1))
    assert (THERE in (of(found, HERE).doors or ())) == stays
    assert HERE in (of(found, THERE).doors or ())


def test_a_door_that_has_ended_is_none(database: Database) -> None:
    keep(database, TEN, {HERE: "+++++-----"})
    wanted = Wanted(suites=(("Ten", 1),), scope="tested")
    assert THERE in (of(gathered(database, wanted), HERE).doors or ())
    listed = {"id": "claude-sonnet-4-5", "name": "", "context_window": None, "retires": "2026-11-01"}
    with database.writer() as session:
        session.add(Discovery(provider="beta", models=[listed], found_at=AT))
    assert THERE not in (of(gathered(database, wanted), HERE).doors or ())


def test_what_can_be_asked_and_all_there_is(database: Database) -> None:
    assert set(ids(gathered(database, Wanted(scope="ready")))) == {A, B, C, HERE, THERE}
    every = gathered(database, Wanted(scope="catalogue"))
    assert len(every.offers) > 1500
    assert all("text" in one.entry.gives for one in every.offers)
    assert ids(gathered(database, Wanted())) == []


def test_offers_that_the_catalogue_does_not_have_are_told_as_the_run_kept_them(database: Database) -> None:
    gone = {"id": "gone/m", "provider": "gone", "name": "Gone M", "platform": "Gone Inc"}
    file = {"id": "gpt", "provider": "imported", "model": "gpt", "name": "gpt", "maker": ""}
    run = {"gone/m": "+" * 10, "gpt": "++++++++--"}
    keep(database, TEN, run, overlay=[gone, file])
    found = gathered(database, suites=(("Ten", 1),))
    assert [(one.id, one.label, one.entry.asked) for one in found.offers] == [
        ("gone/m", "Gone M · Gone Inc", False),
        ("imported/gpt", "gpt · Imported answers", False),
    ]
    quality = of(found, "imported/gpt").quality
    assert quality is not None
    assert quality.value == 0.8


# What else is known


def test_rivals_are_other_makers_offers_no_worse_within_the_margin(database: Database) -> None:
    rows = {A: "+" * 160 + "-" * 40, B: "+" * 158 + "-" * 42, C: "-" * 100 + "+" * 100, HERE: "+" * 200}
    run_id = keep(database, suite("Long", 200), rows)
    with database.reader() as session:
        run = load_run(session, run_id)
    found = gathered(database, Wanted(suites=(("Long", 1),), scope="tested", margin=0.1))
    for one in rows:
        lows = [compared(run, one, other, "passed").low for other in rows if other != one]
        assert of(found, one).rival_count == sum(low is not None and low > -0.1 for low in lows), one
    assert [of(found, one).rivals for one in rows] == [(HERE, B), (HERE, A), (HERE, A, B), ()]


def test_offers_of_one_maker_are_no_rivals(database: Database) -> None:
    keep(database, TEN, {HERE: "+" * 10, THERE: "+" * 10})
    wanted = Wanted(suites=(("Ten", 1),), scope="tested", margin=0.9)
    assert of(gathered(database, wanted), HERE).rivals == ()
    assert of(gathered(database, wanted, offers=(A,)), A).rivals is None


def test_what_cannot_be_bought_is_no_rival(database: Database) -> None:
    """One has ended by its platform's list, one only came with a file of answers."""
    file = {"id": "gpt", "provider": "imported", "model": "gpt", "name": "gpt", "maker": "OpenAI"}
    keep(database, TEN, {A: "+" * 10, B: "+" * 10, C: "+" * 10})
    keep(database, TEN, {"gpt": "+" * 10}, overlay=[file], kind="imported")
    wanted = Wanted(suites=(("Ten", 1),), scope="tested", margin=0.9)
    assert "imported/gpt" in ids(gathered(database, wanted))
    assert of(gathered(database, wanted), A).rivals == (B, C)
    listed = {"id": "c", "name": "", "context_window": None, "retires": "2026-11-01"}
    with database.writer() as session:
        session.add(Discovery(provider="beta", models=[listed], found_at=AT))
    assert of(gathered(database, wanted), A).rivals == (B,)


def test_rivals_of_different_runs_are_compared_sample_by_sample(database: Database) -> None:
    long = suite("Long", 200)
    keep(database, long, {A: "+-" * 100})
    keep(database, long, {B: "+-" * 100})
    wanted = Wanted(suites=(("Long", 1),), scope="tested", margin=0.03)
    assert of(gathered(database, wanted), A).rivals == (
        B,
    )  # by their intervals they would be 10 points apart


def test_speed_is_that_of_all_chosen_runs_together(database: Database) -> None:
    keep(database, TEN, {A: "+" * 10})
    keep(database, TWENTY, {A: "+" * 19 + "e"}, lag_p95_ms=9.0)
    speed = of(gathered(database), A).speed
    assert speed is not None
    calls = [100.0 + i for i in (*range(10), *range(19))]
    assert speed.total_p95 == percentile(calls, 0.95)
    assert speed.ttft_p50 == percentile([call - 90 for call in calls], 0.5)
    assert (speed.origin, speed.reliable, speed.tokens_per_s) == ("runs", False, None)
    one = of(gathered(database, suites=(("Ten", 1),)), A).speed
    assert one is not None
    assert (one.total_p95.n, one.reliable) == (10, True)


def test_a_must_have_of_time_does_not_pass_on_what_timed_out(database: Database) -> None:
    """All 282 that were answered took less than 18 s, but 18 of 300 were given up: nobody knows p95."""
    long, gate = suite("Long", 300), parse("p95<=18s")
    keep(database, long, {A: "+" * 282 + "t" * 18, B: "+" * 282 + "e" * 18, C: "t" * 300})
    found = gathered(database, Wanted(suites=(("Long", 1),), scope="tested"))
    late, well, never = (judge(gate, of(found, one), {}, AT.date()) for one in (A, B, C))
    assert (late.outcome, well.outcome, never.outcome) == ("unknown", "pass", "unknown")
    assert late.reason.startswith("Cannot tell yet: measured more than 3")
    assert late.reason.endswith("to unknown), n = 300, of which 18 timed out.")
    assert never.reason.endswith("n = 300, of which 300 timed out.")
    assert "timed out" not in well.reason
    assert judge(parse("p95<=100ms"), of(found, A), {}, AT.date()).outcome == "fail"
    speed = of(found, C).speed
    assert speed is not None
    assert (speed.total_p50.value, speed.total_p50.low, speed.timed_out) == (None, None, 300)


def test_calls_tell_of_speed_where_no_run_does(database: Database) -> None:
    called(database, A, *[(1000.0, D("0.5"))] * 3, (2000.0, D("0.25")))
    called(database, B, (1000.0, None))
    found = gathered(database, Wanted(scope="ready"))
    one, other = of(found, A), of(found, B)
    assert (one.calls, one.spent) == (4, D("1.75"))
    assert (other.calls, other.spent) == (1, None)  # 0 would be too low
    assert (of(found, C).calls, of(found, C).spent, of(found, C).speed) == (0, None, None)
    assert one.speed is not None
    assert (one.speed.origin, one.speed.total_p50.value) == ("calls", pytest.approx(1000, rel=0.02))
    assert one.speed.total_p95.n == 4
    assert one.speed.reliable is None  # nobody looked how late this machine was
    keep(database, TEN, {A: "+" * 10})
    tested = of(gathered(database, Wanted(suites=(("Ten", 1),))), A)
    assert tested.speed is not None
    assert tested.speed.origin == "runs"


def called(database: Database, offer: str, *calls: tuple[float, Decimal | None]) -> None:
    provider, _, model = offer.partition("/")
    for total_ms, amount in calls:
        cost = None if amount is None else Cost(D(0), D(0), D(0), amount, price=PRICE)
        call = answered(started(Offer(provider, model, model, "Maker", model)))
        ended = replace(call, cost=cost, timing=Timing(ttft_ms=total_ms / 2, total_ms=total_ms))
        with database.writer() as session:
            write_calls(session, [call_row(ended, context(), provider, None)], [])


def test_the_year_is_billed_at_our_terms(database: Database) -> None:
    term = Term("discount", D(10), "acme", date(2027, 1, 1), maker="Maker of a")
    with database.writer() as session:
        save_workload(session, LETTERS, None)
        save_term(session, term, None)
    found = gathered(database, Wanted(workload="Letters", scope="ready"))
    assert found.workload == LETTERS
    for one in found.offers:
        assert one.cost == yearly_cost(LETTERS, one.entry, [term])
    bill = of(found, A).cost
    assert bill is not None
    assert isinstance(bill.at_list, Bill)
    assert isinstance(bill.ours, Bill)
    # 1,000 requests × 12 months × (1 Mtok at $1 + 0.5 Mtok at $4)
    assert (bill.at_list.year.total, bill.ours.year.total) == (D(36_000), D(32_400))


def test_terms_that_overlap_leave_our_price_unknown(database: Database) -> None:
    with database.writer() as session:
        save_workload(session, LETTERS, None)
        save_term(session, Term("discount", D(10), "acme", date(2027, 1, 1), date(2027, 12, 31)), None)
        last = save_term(session, Term("discount", D(20), "acme", date(2028, 1, 1)), None)
        session.execute(
            update(ContractTerm).where(ContractTerm.id == last).values(first_day=date(2027, 6, 1))
        )
    found = gathered(database, Wanted(workload="Letters", scope="ready"))
    mine, theirs = of(found, A).cost, of(found, C).cost
    assert mine is not None
    assert theirs is not None
    assert isinstance(mine.at_list, Bill)
    assert isinstance(mine.ours, Unknown)
    assert mine.ours.reasons[0].startswith("Two terms overlap")
    assert isinstance(theirs.ours, Bill)


def test_a_workload_as_measured_needs_a_run_of_the_offer(database: Database) -> None:
    run_id = keep(database, TEN, {A: "+" * 10})
    with database.writer() as session:
        save_workload(session, replace(LETTERS, tokens=None, run_id=run_id), None)
    cost = of(gathered(database, Wanted(workload="Letters", scope="ready")), A).cost
    assert cost is not None
    assert isinstance(cost.ours, Unknown)  # its calls were not recorded


def counted(database: Database, run_id: str, offer: str, tokens: list[tuple[int, int]]) -> None:
    """Give the calls of a run these tokens, in and out, one a sample."""
    provider, _, model = offer.partition("/")
    for i, (given, written) in enumerate(tokens):
        call = answered(started(Offer(provider, model, model, "Maker", model)))
        with database.writer() as session:
            ended = replace(call, usage=Usage(given, 0, 0, written))
            write_calls(session, [call_row(ended, context(), provider, None)], [])
            cell = (Result.run_id == run_id, Result.offer == offer, Result.sample_key == f"s{i}")
            session.execute(update(Result).where(*cell).values(call_id=call.call_id))


def test_a_year_by_measured_tokens_has_an_interval(database: Database) -> None:
    run_id = keep(database, TEN, dict.fromkeys((A, B, C), "+" * 10))
    given, written = [1000 + 50 * i for i in range(10)], [100, 900, 300, 500, 800, 200, 700, 400, 600, 100]
    counted(database, run_id, A, list(zip(given, written, strict=True)))
    counted(database, run_id, B, [(n, 1) for n in given])  # one token says it all
    counted(database, run_id, C, [(1000, 1)] * 10)
    with database.writer() as session:
        save_workload(session, replace(LETTERS, tokens=None, run_id=run_id), None)
        save_term(session, Term("discount", D(10), "acme", date(2027, 1, 1)), None)
    found = gathered(database, Wanted(workload="Letters", scope="ready"))
    into, out = (mean([float(n) for n in counts]) for counts in (given, written))
    for offer, each in ((A, out), (B, estimate(1, 1, 1))):
        year = of(found, offer).year
        assert year is not None
        # 12,000 requests at $1 and $4 a million tokens, less 10 %
        ends = [(getattr(into, end), getattr(each, end)) for end in ("value", "low", "high")]
        expected = [12_000 * (i + 4 * o) * 0.9 / 10**6 for i, o in ends]
        assert [year.value, year.low, year.high] == pytest.approx(expected, rel=1e-9)
        assert year.n == 10
    alike, unknown = of(found, C).year, of(found, HERE)
    assert alike is not None
    assert (alike.value, alike.low, alike.high) == (pytest.approx(12.048), None, None)
    assert (unknown.year, isinstance(unknown.cost and unknown.cost.ours, Unknown)) == (None, True)


def test_a_year_by_tokens_that_were_given_has_no_interval(database: Database) -> None:
    with database.writer() as session:
        save_workload(session, LETTERS, None)
    assert {one.year for one in gathered(database, Wanted(workload="Letters", scope="ready")).offers} == {
        None
    }


def test_offers_are_held_against_each_other_sample_by_sample(database: Database) -> None:
    """B is right wherever A is and in 8 more of 200: 4 points, shown by the same samples alone."""
    long, wanted = suite("Long", 200), Wanted(suites=(("Long", 1),), scope="tested")
    keep(database, long, {A: "+-" * 92 + "-" * 16, B: "+-" * 92 + "-" * 8 + "+" * 8, C: "+" * 100})
    found = gathered(database, wanted, weights=Weights(100, 0, 0, 0, 0))
    paired, by_itself = found.apart(A, B), difference(*(_known(found, one) for one in (A, B)))
    assert paired is not None
    assert (paired.value, paired.n, paired.method) == (pytest.approx(0.04), 200, "paired, score interval")
    # Tango's limits for 8 against 0 of 200, with no discordance the other way
    assert paired.low is not None
    assert paired.low > 0.015
    assert by_itself.low is not None
    assert by_itself.low < 0
    said = "\n".join(recommendation(shortlist(found)).points)
    assert "samples that both answered" in said


def test_two_suites_are_partly_paired_where_one_has_no_samples_in_common(database: Database) -> None:
    keep(database, TEN, {A: "+-" * 5, B: "++" * 5})
    keep(database, TWENTY, {A: "+" * 10 + " " * 10, B: " " * 10 + "-" * 10})
    found = gathered(database).apart(A, B)
    assert found is not None
    assert (found.value, found.method) == (pytest.approx(0.75 * 0.5 - 0.25), "partly paired, MOVER of 2")


def _known(found: Gathered, offer: str) -> Estimate:
    told = of(found, offer).quality
    assert told is not None
    return told


def test_a_region_is_the_configured_one(database: Database) -> None:
    rows = {name: replace(row, settings={"region": "eu-west-1"}) for name, row in CONFIG.providers.items()}
    own = tuple(
        replace(one, settings={"region": "us-east-1"} if one.id == A else {}) for one in CONFIG.offers
    )
    with database.reader() as session:
        found = gather(session, replace(CONFIG, providers=rows, offers=own), Wanted(scope="ready"), AT)
    assert {one.id: one.region for one in found.offers if one.id in (A, B)} == {
        A: "us-east-1",
        B: "eu-west-1",
    }
    assert of(gathered(database, Wanted(scope="ready")), A).region is None


# Reading


def test_what_was_kept_gives_the_same(database: Database) -> None:
    keep(database, TEN, {A: "+" * 10, B: "++++++++--"})
    with database.reader() as session:
        wanted = Wanted(suites=(("Ten", 1),))
        ground = ground_of(session, CONFIG, wanted, AT.date(), read(session))
        for narrower in (replace(wanted, search="nobody has this name"), replace(wanted, scope="tested")):
            kept = gather(session, CONFIG, narrower, AT, ground)
            assert kept == gather(session, CONFIG, narrower, AT)
        assert gather(session, CONFIG, wanted, AT, ground) == gather(session, CONFIG, wanted, AT)


def test_no_words_are_read(database: Database) -> None:
    keep(database, TEN, {A: "+" * 10, B: "++++++++--"})
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *a: said.append(a[2].lower()))
    gathered(database)
    words = ("result.text", "result.answer", "result.explanation", "sample.content", "call_content")
    assert any("from result" in one for one in said)
    assert [one for one in said if any(word in one for word in words)] == []


def _vote(database: Database) -> None:
    from db.models import Prompt, Vote

    with database.writer() as session:
        prompt = Prompt(conversation_id="c", turn=1, offers=[A, B])
        session.add(prompt)
        session.flush()
        session.add(Vote(prompt_id=prompt.id, choice="tie", blind=True))


def _fact(database: Database) -> None:
    fact = Fact(
        "", "openai", "hipaa_baa", "yes", "staff", "high", checked_by="Ada", checked_on=date(2026, 1, 1)
    )
    with database.writer() as session:
        save(session, fact, "ada")


def _regrade(database: Database) -> None:
    with database.writer() as session:
        session.execute(update(Run).values(regraded_at=AT + timedelta(days=1)))


def _workload(database: Database) -> None:
    with database.writer() as session:
        save_workload(session, LETTERS, None)


def _term(database: Database) -> None:
    with database.writer() as session:
        save_term(session, Term("discount", D(10), "acme", date(2027, 1, 1)), None)


CHANGES: list[Callable[[Database], object]] = [
    lambda database: keep(database, TEN, {A: "+" * 10}),
    lambda database: called(database, A, (1000.0, D("0.5"))),
    _vote,
    _fact,
    _regrade,
    _workload,
    _term,
]


def test_the_stamp_changes_with_everything_that_is_read(database: Database) -> None:
    keep(database, TEN, {A: "+" * 10})
    seen: list[str] = []
    for change in CHANGES:
        with database.reader() as session:
            seen += [stamp(session), stamp(session)]
        change(database)
    with database.reader() as session:
        seen += [stamp(session), stamp(session)]
    assert len(set(seen)) == len(CHANGES) + 1
    assert seen[::2] == seen[1::2]
