"""A run in parts: tags, labels, prices, disagreements, regressions, the judge against people."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from broker.results.breakdown import NO_LABEL, by_tag, confusion, points
from broker.results.judging import judge_agreement
from broker.results.leaderboard import leaderboard
from broker.results.load import load_run
from broker.results.regressions import regressions
from broker.results.samples import case, disagreements
from broker.results.versions import shared
from broker.suites import Sample, ScorerSpec
from broker.types import Params
from db.benchmark_changes import grade
from db.benchmarks import Run
from db.session import Database
from tests.dbtools import ENGINES, fresh_database
from tests.resulttools import keep_run, passes, results, suite_of

A, B, C = "acme/a", "acme/b", "acme/c"
LABELS = ("billing", "access", "repair")


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def score(name: str, passed: bool | None, answer: str | None = None) -> dict[str, Any]:
    value = None if passed is None else float(passed)
    known = {"scorer": name, "name": name, "version": 1, "value": value, "passed": passed}
    return known | {"answer": answer, "explanation": "", "parts": {}}


def test_tags_part_the_samples():
    tags = {"s0": ("easy",), "s1": ("easy", "long"), "s2": ("long",), "s3": ()}
    found = by_tag(results(passes(A, "+-+-"), passes(B, "++e-"), tags=tags))
    shown = [(one.tag, one.offer, one.n, one.quality.value) for one in found]
    assert shown == [("easy", A, 2, 0.5), ("easy", B, 2, 1), ("long", A, 2, 0.5), ("long", B, 1, 1)]


def test_no_point_is_both_dearer_and_worse_than_one_on_the_frontier():
    def at(offer: str, verdicts: str, cents: str) -> Any:
        return passes(offer, verdicts, cost=Decimal(cents) / 100)

    run = results(
        at("x/dear", "++++", "4"),
        at("x/fair", "+++-", "2"),
        at("x/poor", "++--", "3"),
        at("x/free", "+---", "0"),
    )
    board = leaderboard(results(*([*cells] for cells in run.cells.values()), passes("x/unpriced", "++++")))
    found = points(board, "passed")
    assert [(one.offer, one.frontier) for one in found] == [
        ("x/free", True), ("x/fair", True), ("x/poor", False), ("x/dear", True),
    ]  # fmt: skip


def test_of_two_equal_points_both_are_on_the_frontier():
    board = leaderboard(results(passes(A, "+-", cost=Decimal(1)), passes(B, "-+", cost=Decimal(1))))
    assert [one.frontier for one in points(board, "passed")] == [True, True]


def test_disagreements_have_the_widest_apart_first():
    run = results(passes(A, "+++-"), passes(B, "+-+-"), passes(C, "e-++"))
    found = disagreements(run)
    assert [one.sample for one in found] == ["s1", "s3"]
    assert found[0].values == {A: 1, B: 0, C: 0}


def test_with_epochs_offers_disagree_by_how_often_they_pass():
    twice = [replace(cell, epoch=e) for e in (0, 1) for cell in passes(A, "++")]
    half = [*passes(B, "+-"), *(replace(cell, epoch=1) for cell in passes(B, "--"))]
    found = disagreements(results(twice, half, epochs=2))
    assert [(one.sample, one.spread) for one in found] == [("s1", 1), ("s0", 0.5)]


def test_a_later_run_fixes_some_samples_and_breaks_others():
    before = results(passes(A, "++--e+"), passes(B, "+"))
    after = results(passes(A, "-++--+"), passes(C, "+"))
    [one] = regressions(before, after)
    assert (one.offer, one.fixed, one.broken) == (A, ("s2",), ("s0",))
    assert (one.comparison.n, one.comparison.only_a, one.comparison.only_b) == (5, 1, 1)
    assert "A then" in one.verdict.sentence
    assert "A now" in one.verdict.sentence


def test_of_many_offers_one_that_changed_by_chance_is_no_regression():
    """Seven of seven changes for the worse have p = 2/2^7 = 0.016: of five offers that is no evidence."""
    offers = [f"acme/{name}" for name in "abcde"]
    after = results(passes(A, "-" * 7 + "+" * 33), *(passes(one, "+" * 40) for one in offers[1:]))
    before = results(*(passes(one, "+" * 40) for one in offers))
    found = regressions(before, after)
    assert [one.verdict.kind for one in found] == ["undecided"] * 5
    assert "corrected for 5 comparisons" in found[0].verdict.sentence
    [alone] = regressions(results(passes(A, "+" * 40)), results(passes(A, "-" * 7 + "+" * 33)))
    assert alone.verdict.kind == "worse"


def test_answers_made_elsewhere_are_set_against_measured_ones():
    elsewhere = results(passes(A, "++--e+"), kind="imported")
    here = results(passes(B, "-++--+"), passes(A, "+"))
    [one] = regressions(elsewhere, here, [(A, B)])
    assert (one.before, one.offer, one.fixed, one.broken) == (A, B, ("s2",), ("s0",))
    assert "A (imported) from B" in one.verdict.sentence
    assert "now" not in one.verdict.sentence


def test_runs_of_different_versions_are_not_compared():
    with pytest.raises(ValueError, match="alike in both"):
        regressions(results(passes(A, "+")), results(passes(A, "+"), suite_id="suite2"))


def test_of_two_versions_only_the_samples_count_that_are_alike():
    before = results(passes(A, "++--e+"))
    after = results(passes(A, "-+++-+"), passes(B, "+-+--+"), suite_id="suite2")
    [one] = regressions(before, after, alike={"s1", "s2", "s5"})
    assert (one.fixed, one.broken, one.comparison.n) == (("s2",), (), 3)
    [across] = regressions(before, after, [(A, B)], {"s1", "s2", "s5"})
    assert (across.fixed, across.broken, across.comparison.n) == (("s2",), ("s1",), 3)


LATER = suite_of(
    Sample("s0", "Who?", ("x",), tags=("new tag",), metadata={"note": "new"}),
    Sample("s1", "What else?", ("x",)),
    Sample("s2", "When?", ("x", "y")),
    Sample("s3", "{{which}}?", ("x",), variables={"which": "this"}),
    Sample("s5", "Where?", ("x",)),
    Sample("s6", "Why?", ("x",)),
)


@pytest.mark.parametrize(
    ("suite", "run", "differs"),
    [
        ({}, {}, ()),
        ({"system": "Be brief."}, {}, ("the system prompt",)),
        ({"template": "Q: {{input}}"}, {}, ("the template",)),
        ({"scorers": (ScorerSpec("exact"),)}, {}, ("the scorers",)),
        ({}, {"params": {"max_tokens": 5}}, ("the settings of the calls",)),
        ({"params": Params(max_tokens=5)}, {"params": {"max_tokens": 5}}, ("the settings of the calls",)),
        ({}, {"judge": {"id": "acme/judge"}}, ("the judge",)),
        ({"system": "Be brief."}, {"kind": "imported"}, ()),  # what those were told is not known
    ],
)
def test_what_two_versions_share_and_in_what_else_they_differ(database, suite, run, differs):
    earlier = suite_of(
        Sample("s0", "Who?", ("x",)),
        Sample("s1", "What?", ("x",)),
        Sample("s2", "When?", ("x",)),
        Sample("s3", "{{which}}?", ("x",), variables={"which": "that"}),
        Sample("s4", "Where?", ("x",)),
        Sample("s6", "Why?", ("x",)),
    )
    cells = [{"offer": A, "sample": "s0", "passed": True}]
    ids = [
        keep_run(database, earlier, cells, judge=None),
        keep_run(database, replace(LATER, **suite), cells, **{"judge": None} | run),
    ]
    with database.reader() as session:
        before, after = (session.get_one(Run, run_id) for run_id in ids)
        found = shared(session, before, after)
        same = shared(session, before, before)
    assert (found.samples, found.before, found.after) == ({"s0", "s6"}, 6, 6)
    assert found.differs == differs
    assert (len(same.samples), same.differs) == (6, ())


def labelled() -> Any:
    spec = ScorerSpec("label", {"labels": LABELS})
    targets = ("billing", "billing", "access", "repair", "repair")
    return suite_of(*(Sample(f"s{i}", "?", (t,)) for i, t in enumerate(targets)), scorers=(spec,))


def test_labels_make_a_confusion_matrix_and_a_macro_f1(database):
    given = ("billing", "access", "access", None, "repair")
    right = (True, False, True, False, True)
    cells = [
        {"offer": A, "sample": f"s{i}", "passed": r, "scores": [score("label", r, g)]}
        for i, (g, r) in enumerate(zip(given, right, strict=True))
    ]
    run_id = keep_run(database, labelled(), [*cells, {"offer": B, "sample": "s0", "passed": True}])
    with database.reader() as session:
        run = load_run(session, run_id)
        found = confusion(session, run, A)
        assert confusion(session, run, B) is None
    assert found is not None
    assert found.labels == ("access", "billing", "repair", NO_LABEL)
    assert found.counts == {
        ("billing", "billing"): 1, ("billing", "access"): 1, ("access", "access"): 1,
        ("repair", NO_LABEL): 1, ("repair", "repair"): 1,
    }  # fmt: skip
    # F1: billing 2·1/(2+1), access 2·1/(1+2), repair 2·1/(2+1)
    assert found.macro_f1.value == pytest.approx(2 / 3)


def test_a_run_is_read_with_its_samples_and_offers(database):
    suite = suite_of(
        Sample("s0", "Who?", ("x",), tags=("t",), cluster="page 1"), Sample("s1", "What?", cluster="page 1")
    )
    cells = [
        {"offer": B, "sample": "s1", "outcome": "error", "error_kind": "overloaded", "retried": True},
        {"offer": B, "sample": "s0", "passed": True, "value": 1.0, "cost": Decimal("0.25"), "ttft_ms": 1.5},
        {"offer": A, "sample": "s0", "status": "running"},
    ]
    run_id = keep_run(database, suite, cells, lag_p95_ms=7.5)
    with database.reader() as session:
        run = load_run(session, run_id)
        with pytest.raises(LookupError):
            load_run(session, "no such run")
    assert list(run.offers) == [B, A]
    assert [cell.sample for cell in run.cells[B]] == ["s0", "s1"]
    assert run.cells[A] == ()
    one, two = run.cells[B]
    assert (one.passed, one.value, one.cost, one.ttft_ms) == (True, 1, Decimal("0.25"), 1.5)
    assert (two.outcome, two.error_kind, two.retried, two.passed) == ("error", "overloaded", True, None)
    assert (run.tags["s0"], dict(run.clusters)) == (("t",), {"s0": "page 1", "s1": "page 1"})
    assert (run.kind, run.timings_reliable, run.lag_p95_ms) == ("measured", False, 7.5)


def test_a_case_has_every_answer_with_its_words(database):
    suite = suite_of(Sample("s0", "Who?", ("x",)), Sample("s1", "What?"))
    cells = [{"offer": o, "sample": "s0", "text": f"I am {o}."} for o in (B, A)]
    run_id = keep_run(database, suite, cells, kind="imported")
    with database.reader() as session:
        found = case(session, run_id, "s0")
        with pytest.raises(LookupError):
            case(session, run_id, "s9")
    assert found.sample == suite.samples[0]
    assert [(one.cell.offer, one.text) for one in found.answers] == [(A, f"I am {A}."), (B, f"I am {B}.")]


def test_the_judge_is_compared_with_what_most_people_say(database):
    suite = suite_of(*(Sample(f"s{i}", "?") for i in range(6)))
    judged = (True, True, False, False, None, True)
    cells = [
        {
            "offer": A,
            "sample": f"s{i}",
            "passed": False,
            "scores": [score("exact", False), score("rubric", p)],
        }
        for i, p in enumerate(judged)
    ]
    run_id = keep_run(database, suite, cells)
    people = {"ada": (True, False, False, True, True, True), "bob": (True, False, False, None, None, False)}
    with database.writer() as session:
        for user, grades in people.items():
            for i, passed in enumerate(grades):
                grade(session, (run_id, A, f"s{i}", 0), passed, user)
    with database.reader() as session:
        found = judge_agreement(session, run_id)
    assert found is not None
    # s0: both pass, s1: the judge alone, s2: both fail, s3: people alone; s4: no judge, s5: people are split.
    assert found.n == 4
    assert found.alike.value == 0.5
    assert found.kappa.value == pytest.approx(0)


def test_answers_about_one_document_say_less_of_the_judge(database):
    samples = [Sample(f"s{i}", "?", cluster=f"page {i // 6}") for i in range(12)]
    passes = [i % 3 > 0 for i in range(12)]
    cells = [
        {"offer": offer, "sample": sample.id, "scores": [score("rubric", passed)]}
        for offer in (A, B)
        for sample, passed in zip(samples, passes, strict=True)
    ]
    run_id = keep_run(database, suite_of(*samples), cells)
    with database.writer() as session:
        for cell, passed in zip(cells, [*passes[:11], True, *passes[1:], True], strict=True):
            grade(session, (run_id, cell["offer"], cell["sample"], 0), passed, "ada")
    with database.reader() as session:
        found = judge_agreement(session, run_id)
    assert found is not None
    assert "2 groups" in found.kappa.method
    assert "2 groups" in found.alike.method


def test_without_grades_of_people_nothing_is_known_of_the_judge(database):
    run_id = keep_run(database, suite_of(Sample("s0", "?")), [{"offer": A, "sample": "s0"}])
    with database.reader() as session:
        assert judge_agreement(session, run_id) is None
    with database.writer() as session:
        grade(session, (run_id, A, "s0", 0), True, "ada")
    with database.reader() as session:
        assert judge_agreement(session, run_id) is None  # nothing of it was judged by a model
