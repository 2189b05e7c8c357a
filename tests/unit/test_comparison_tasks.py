"""The best value for each kind of work, and what doing each with its own saves."""

from collections.abc import Iterator
from decimal import Decimal
from math import sqrt
from pathlib import Path
from random import Random

import pytest

from broker.comparison import Wanted
from broker.comparison.evidence import gather
from broker.comparison.tasks import ByTask, by_task
from broker.results.load import load_run
from broker.results.pairs import compared
from broker.stats.multiplicity import simultaneous
from broker.stats.proportions import share
from db.session import Database
from tests.comparisontools import AT, config, copy_of, empty_file, keep, suite
from tests.resulttools import keep_run

D = Decimal
CHEAP, FAIR, DEAR = "acme/cheap", "acme/fair", "beta/dear"
CONFIG = config(CHEAP, FAIR, DEAR)
COSTS = {CHEAP: D("0.001"), FAIR: D("0.004"), DEAR: D("0.010")}  # a call
LONG, OTHER = suite("Long", 300), suite("Other", 300)
GOOD, BAD = "+" * 270 + "-" * 30, "+" * 90 + "-" * 210


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with empty_file(tmp_path_factory.mktemp("empty")) as file:
        yield file


@pytest.fixture
def database(empty: Path, tmp_path: Path) -> Iterator[Database]:
    with copy_of(empty, tmp_path) as database:
        yield database


def found(database: Database, wanted: Wanted, offers: tuple[str, ...] | None = None) -> ByTask:
    with database.reader() as session:
        return by_task(session, gather(session, CONFIG, wanted, AT), offers)


def wanted(*suites: tuple[str, int], margin: float = 0.05) -> Wanted:
    return Wanted(suites=suites or (("Long", 1),), scope="tested", margin=margin)


def test_the_cheapest_of_those_no_worse_is_the_best_value(database: Database) -> None:
    keep(database, LONG, {CHEAP: BAD, FAIR: GOOD, DEAR: "+" + GOOD[1:-1] + "+"}, cost=COSTS)
    (task,) = found(database, wanted()).tasks
    assert (task.best, task.good, task.best_value) == (DEAR, (DEAR, FAIR), FAIR)
    assert set(task.results) == {CHEAP, FAIR, DEAR}
    assert task.unpriced == ()


def test_a_difference_that_few_samples_cannot_rule_out_is_no_proof(database: Database) -> None:
    keep(database, suite("Few", 20), {FAIR: "+" * 19 + "-", DEAR: "+" * 20}, cost=COSTS)
    (task,) = found(database, wanted(("Few", 1))).tasks
    assert (task.good, task.best_value) == ((DEAR,), DEAR)
    (task,) = found(database, wanted(("Few", 1), margin=0.5)).tasks
    assert task.best_value == FAIR


@pytest.mark.parametrize("seed", range(4))
def test_the_best_value_by_brute_force(database: Database, seed: int) -> None:
    random = Random(seed)
    rates = {CHEAP: 0.80, FAIR: 0.85, DEAR: 0.87}
    rows = {one: "".join("-+"[random.random() < rate] for _ in range(300)) for one, rate in rates.items()}
    run_id = keep(database, LONG, rows, cost=COSTS)
    (task,) = found(database, wanted(margin=0.08)).tasks
    with database.reader() as session:
        run = load_run(session, run_id)
    best = max(rows, key=lambda one: rows[one].count("+"))
    level = simultaneous(2)  # two others are compared with the best
    gaps = {one: compared(run, best, one, "passed", level) for one in rows if one != best}
    good = {best} | {one for one, gap in gaps.items() if gap.low is not None and gap.low > -0.08}
    assert (task.best, set(task.good)) == (best, good)
    assert task.best_value == min(good, key=lambda one: COSTS[one])
    for one, gap in gaps.items():
        told = task.gaps[one]
        assert (told.value, told.low, told.high, told.n) == pytest.approx(
            (gap.difference, gap.low, gap.high, 300)
        )
        assert told.method.startswith("paired")


def test_runs_without_shared_samples_are_compared_by_their_intervals(database: Database) -> None:
    first, second = "+" * 140 + "-" * 10 + " " * 150, " " * 150 + "+" * 130 + "-" * 20
    keep(database, LONG, {FAIR: first}, cost=COSTS)
    keep(database, LONG, {DEAR: second}, cost=COSTS)
    (task,) = found(database, wanted()).tasks
    gap = task.gaps[DEAR]
    one, other = share([1.0] * 140 + [0.0] * 10), share([1.0] * 130 + [0.0] * 20)
    assert gap.method.startswith("unpaired")
    assert gap.value == pytest.approx(-10 / 150)
    assert one.high is not None
    assert other.low is not None
    below = sqrt((130 / 150 - other.low) ** 2 + (one.high - 140 / 150) ** 2)
    assert gap.low == pytest.approx(-10 / 150 - below)


def test_a_lucky_answer_is_not_the_best(database: Database) -> None:
    """Nor does it widen the intervals of the others."""
    keep(database, LONG, {CHEAP: "+" + "e" * 299, FAIR: GOOD, DEAR: "+" + GOOD[1:-1] + "+"}, cost=COSTS)
    (task,) = found(database, wanted()).tasks
    assert (task.best, task.best_value, task.few) == (DEAR, FAIR, (CHEAP,))
    assert (set(task.gaps), task.confidence) == ({FAIR}, 0.95)
    assert task.results[CHEAP].quality.n == 1


@pytest.mark.parametrize(("judged", "few"), [(149, (CHEAP,)), (150, ())])
def test_half_as_many_samples_as_the_widest_are_enough(
    database: Database, judged: int, few: tuple[str, ...]
) -> None:
    keep(database, LONG, {DEAR: GOOD}, cost=COSTS)
    keep(database, LONG, {CHEAP: "+" * judged}, cost=COSTS)
    (task,) = found(database, wanted()).tasks
    assert task.few == few
    assert task.best == (DEAR if few else CHEAP)


def test_alone_it_is_held_against_what_it_was_asked(database: Database) -> None:
    keep(database, LONG, {CHEAP: "+" + "e" * 299}, cost=COSTS)
    both = found(database, wanted())
    assert (both.tasks[0].best, both.tasks[0].few, both.mix) == (None, (CHEAP,), None)


def test_answers_asked_more_often_count_as_one_sample(database: Database) -> None:
    cells = [
        {"offer": CHEAP, "sample": f"s{i}", "epoch": epoch, "passed": True, "value": 1.0, "cost": D("0.001")}
        for i in range(40)
        for epoch in (1, 2, 3)
    ]
    keep_run(database, suite("Thrice", 40), cells, ended_at=AT, epochs=3)
    (task,) = found(database, wanted(("Thrice", 1))).tasks
    assert (task.results[CHEAP].asked, task.results[CHEAP].samples, task.few) == (120, 40, ())


def test_passes_are_not_compared_with_scores(database: Database) -> None:
    """A share of 0.9 that pass and a mean score of 0.95 are different things, however many there are."""
    keep(database, LONG, {FAIR: GOOD}, cost=COSTS)
    graded = [{"offer": DEAR, "sample": f"s{i}", "value": 0.95, "cost": D("0.01")} for i in range(300)]
    keep_run(database, LONG, graded, ended_at=AT)
    (task,) = found(database, wanted()).tasks
    assert {offer: one.measure for offer, one in task.results.items()} == {FAIR: "passed", DEAR: "score"}
    assert (task.best, task.good, task.gaps[FAIR].value) == (DEAR, (DEAR,), None)


def test_of_several_the_intervals_are_wider(database: Database) -> None:
    keep(database, LONG, {CHEAP: GOOD, FAIR: GOOD[::-1], DEAR: "+" * 300}, cost=COSTS)
    (task,) = found(database, wanted()).tasks
    (two,) = found(database, wanted(), (FAIR, DEAR)).tasks
    assert (task.confidence, two.confidence) == (0.975, 0.95)
    assert set(two.results) == {FAIR, DEAR}
    assert (task.gaps[FAIR].low or 0) < (two.gaps[FAIR].low or 0)


def test_without_a_cost_there_is_no_best_value(database: Database) -> None:
    keep(database, LONG, {FAIR: GOOD, DEAR: GOOD}, cost={FAIR: None, DEAR: D("0.010")})
    (task,) = found(database, wanted()).tasks
    assert (task.best_value, task.unpriced) == (DEAR, (FAIR,))
    keep(database, OTHER, {FAIR: GOOD}, kind="imported")
    both = found(database, wanted(("Long", 1), ("Other", 1)))
    assert [task.best_value for task in both.tasks] == [DEAR, None]
    assert (both.mix, both.everywhere) == (None, (FAIR,))


def test_what_a_mix_saves_by_hand(database: Database) -> None:
    # Cheap is good at Long alone, Fair at neither, Dear at both.
    keep(database, LONG, {CHEAP: GOOD, FAIR: BAD, DEAR: GOOD}, cost=COSTS)
    keep(database, OTHER, {CHEAP: BAD, FAIR: BAD, DEAR: GOOD}, cost=COSTS)
    mix = found(database, wanted(("Long", 3), ("Other", 1))).mix
    assert mix is not None
    assert mix.offers == {"Long": CHEAP, "Other": DEAR}
    # 3/4 × $1 + 1/4 × $10 against $10
    assert mix.per_1000.value == pytest.approx(3.25)
    assert (mix.single, mix.single_per_1000 and mix.single_per_1000.value) == (DEAR, pytest.approx(10))
    assert mix.saves is not None
    assert mix.saves.value == pytest.approx(6.75)
    assert mix.saves_share == pytest.approx(0.675)
    assert mix.quality is not None
    assert (mix.quality.value, mix.quality.n) == (0.0, 600)


def test_what_a_mix_costs_in_quality_by_hand(database: Database) -> None:
    slightly = "+" * 264 + "-" * 36  # 2 points worse than GOOD
    keep(database, LONG, {CHEAP: slightly, DEAR: GOOD}, cost=COSTS)
    keep(database, OTHER, {CHEAP: BAD, DEAR: GOOD}, cost=COSTS)
    mix = found(database, wanted(("Long", 1), ("Other", 1), margin=0.1)).mix
    assert mix is not None
    assert mix.single == DEAR
    assert mix.quality is not None
    assert mix.quality.value == pytest.approx(-0.01)
    assert mix.quality.low is not None
    assert mix.quality.low < -0.01


def test_where_none_is_good_at_all_there_is_nothing_to_compare_with(database: Database) -> None:
    keep(database, LONG, {CHEAP: GOOD, DEAR: BAD}, cost=COSTS)
    keep(database, OTHER, {CHEAP: BAD, DEAR: GOOD}, cost=COSTS)
    mix = found(database, wanted(("Long", 1), ("Other", 1))).mix
    assert mix is not None
    assert found(database, wanted(("Long", 1), ("Other", 1))).everywhere == ()
    assert mix.per_1000.value == pytest.approx(5.5)
    assert (mix.single, mix.saves, mix.saves_share, mix.quality) == (None, None, None, None)


def test_one_offer_for_all_saves_nothing(database: Database) -> None:
    keep(database, LONG, {CHEAP: GOOD, DEAR: GOOD}, cost=COSTS)
    keep(database, OTHER, {CHEAP: GOOD, DEAR: GOOD}, cost=COSTS)
    mix = found(database, wanted(("Long", 1), ("Other", 1))).mix
    assert mix is not None
    assert mix.single == CHEAP
    assert mix.saves is not None
    assert mix.quality is not None
    assert (mix.saves.value, mix.saves.low, mix.saves_share) == (0.0, 0.0, 0.0)
    assert (mix.quality.value, mix.quality.low, mix.quality.high) == (0.0, 0.0, 0.0)


def test_a_task_without_weight_is_shown_and_does_not_count(database: Database) -> None:
    keep(database, LONG, {CHEAP: GOOD, DEAR: GOOD}, cost=COSTS)
    keep(database, OTHER, {CHEAP: BAD, DEAR: GOOD}, cost=COSTS)
    both = found(database, wanted(("Long", 1), ("Other", 0)))
    assert [task.best_value for task in both.tasks] == [CHEAP, DEAR]
    assert both.mix is not None
    assert both.mix.offers == {"Long": CHEAP}


def test_nothing_run_is_no_task(database: Database) -> None:
    keep(database, LONG, {CHEAP: "e" * 300})
    assert found(database, wanted(("Gone", 1))) == ByTask((), None)
    (task,) = found(database, wanted()).tasks
    assert (task.best, task.good, task.best_value) == (None, (), None)
