"""The page of a run: what it says while the run is under way, and of its results, down to one answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from broker.results.leaderboard import standing
from broker.runs.imported import keep_imported, scored
from broker.runs.reviews import execute as review_job
from broker.runtime import runtime
from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.results_import.report import ImportedAnswer, ImportedResults
from broker.suites.store import save_suite
from db import benchmark_changes as changes
from db import benchmark_queries as queries
from db import review_queries
from db.benchmarks import Result, Run
from db.session import open_database
from pages import _run_board as board
from pages import _run_verdict as verdict
from pages._run_data import Kept
from tests import benchpages
from tests.resulttools import passes, results
from tests.runtools import sums

TWO = ("good", "bad")


@pytest.fixture
def acme(tmp_path, monkeypatch, open_page):
    with benchpages.serving(tmp_path, monkeypatch) as acme:
        yield acme


@pytest.fixture
def open_run(open_page, acme):
    """`open_run(id, tab="Pairs")` is the page of a run."""

    def go(run_id, **query):
        page = open_page("benchmarks.py")
        page.query_params.update({"id": run_id, **query})
        return page.switch_page("run.py").run()

    return go


def words(page):
    parts = (*page.title, *page.header, *page.subheader, *page.markdown, *page.caption, *page.warning)
    return "\n".join(part.value for part in parts).replace("\\", "").replace("\u00a0", " ")


def cells(page, table=0):
    return page.table[table].value


def change(statement):
    with open_database().writer() as session:
        session.execute(statement)


def status(run_id):
    with open_database().reader() as session:
        run = session.get_one(Run, run_id)
        return run.status, run.wanted


def test_a_link_without_a_run_says_so(open_page):
    page = open_page("run.py")
    assert "There is no run behind this address" in page.info[0].value


def test_the_verdict_the_figures_and_the_badges(open_run):
    page = open_run(benchpages.done(sums(12), *TWO))
    said = words(page)
    assert "Good is the best: 100 %" in said
    assert "Bad is 100.0 points worse than Good" in said
    assert ":green-badge[:material/check: Done]" in said
    board = cells(page)
    assert list(board["Offer"]) == ["Good", "Bad"]
    assert list(board["Answered"]) == ["12 of 12", "12 of 12"]
    assert [cell.replace("\\", "").partition(" ")[0] for cell in board["Cost per 1,000 tasks"]] == [
        "$20.00"
    ] * 2
    assert board["Cost per right answer"].iloc[1] == "no right answer"
    assert "Speed" in said
    assert not page.exception


def test_failures_are_no_wrong_answers_and_can_be_retried(acme, open_run):
    acme.fails["3 + 1?"] = 400
    run_id = benchpages.done(sums(10), "good")
    page = open_run(run_id)
    board = cells(page)
    assert board["Answered"].iloc[0] == "9 of 10"
    assert board["Right of answered"].iloc[0].startswith("100")
    assert board["Right of all asked"].iloc[0].startswith("90")
    assert "1 failed" in board["What came of it"].iloc[0]
    acme.fails.clear()
    page.button(key="run-retry").click().run()
    assert status(run_id) == ("queued", None)
    assert "waiting for its turn" in page.get("progress")[0].proto.text


def test_much_that_was_not_answered_is_said_beside_the_verdict(acme, open_run):
    acme.fails |= {f"{i} + 1?": 400 for i in range(2)}
    page = open_run(benchpages.done(sums(10), *TWO))
    assert "2 of 10 of Good and 2 of 10 of Bad" in words(page)
    acme.fails.clear()
    assert "Much was not answered" not in words(open_run(benchpages.done(sums(10), *TWO)))


@pytest.mark.parametrize(
    ("status_then", "buttons"),
    [
        ("queued", ["run-pause", "run-cancel"]),
        ("paused", ["run-resume"]),
        ("cancelled", ["run-resume"]),
        ("budget", ["run-resume"]),
    ],
)
def test_what_can_be_done_depends_on_the_state(status_then, buttons, open_run):
    run_id = benchpages.ordered(sums(3), "good")
    change(update(Run).values(status=status_then))
    page = open_run(run_id)
    assert [button.key for button in page.button if (button.key or "").startswith("run-")] == buttons


def test_what_failed_is_not_retried_while_the_rest_was_never_asked(acme, open_run):
    acme.fails["0 + 1?"] = 400
    run_id = benchpages.done(sums(3), "good")
    change(update(Result).where(Result.sample_key != "s0").values(status="again"))
    change(update(Run).values(status="cancelled"))
    page = open_run(run_id)
    shown = {button.key: button.label for button in page.button if (button.key or "").startswith("run-")}
    assert shown == {"run-resume": "Resume: 2 left to ask"}
    assert "The 1 that failed can be asked again once the others have been" in words(page)


def test_the_pace_is_shown_while_it_runs_and_no_pause_counts_as_work(open_run):
    run_id = benchpages.done(sums(3), "good")
    begun = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    change(update(Run).values(started_at=begun, ended_at=begun + timedelta(hours=3)))
    assert "3 answers from 1 Nov 2026, 09:00 UTC to 1 Nov 2026, 12:00 UTC" in words(open_run(run_id))
    for status_now, paced in (("running", True), ("queued", False), ("paused", False), ("cancelled", False)):
        change(update(Run).values(status=status_now, cell_count=9))
        assert ("Answers a minute" in [metric.label for metric in open_run(run_id).metric]) == paced


def test_nothing_is_said_of_what_answers_made_elsewhere_cost(open_run, open_page):
    suite = sums(2)
    answers = tuple(ImportedAnswer("Theirs", f"s{i}", 1, "1") for i in range(2))
    found = ImportedResults("a table", answers, (), (), "")
    with open_database().writer() as session:
        suite_id, _ = save_suite(session, suite, None)
        run_id = keep_imported(session, scored(suite, found), found, suite_id, name="theirs")
    said = words(open_run(run_id))
    assert "2 answers, made elsewhere · cost unknown" in said
    assert "Sums v1 · 1 offer · " in said
    assert not any(word in said for word in ("$0", "at once", "seed"))
    listed = words(open_page("benchmarks.py"))
    assert "2 answers · cost unknown" in listed
    assert "$0" not in listed


def test_what_an_unpriced_offer_spent_is_not_called_nothing(open_run):
    run_id = benchpages.done(sums(2), "good")
    with open_database().reader() as session:
        [offer] = session.get_one(Run, run_id).offers
    assert "spent $0.04" in words(open_run(run_id))
    for amount, told in ((Decimal(0), "cost unknown"), (Decimal("0.5"), "spent at least $0.50")):
        change(update(Run).values(offers=[offer | {"price": None}], spent=amount))
        assert told in words(open_run(run_id))


def test_pausing_and_resuming(open_run):
    run_id = benchpages.ordered(sums(3), "good")
    page = open_run(run_id)
    page.button(key="run-pause").click().run()
    assert status(run_id)[0] == "paused"
    page.run()
    page.button(key="run-resume").click().run()
    assert status(run_id)[0] == "queued"


def test_more_budget_lets_a_run_go_on(open_run):
    run_id = benchpages.ordered(sums(3), "good", budget=Decimal(1))
    change(update(Run).values(status="budget"))
    page = open_run(run_id)
    page.number_input(key="more-budget").set_value(7.5)
    page.button(key="run-resume").click().run()
    with open_database().reader() as session:
        assert session.get_one(Run, run_id).budget == Decimal("7.5")


def test_unreliable_timings_are_marked_wherever_a_time_stands(open_run):
    run_id = benchpages.done(sums(6), *TWO)
    change(update(Run).values(lag_p95_ms=9.0))
    page = open_run(run_id)
    assert words(page).count("Timings unreliable") == 2
    assert "too busy" in page.warning[0].value


def test_a_score_that_says_the_same_as_the_passes_is_said_to(acme, open_run):
    acme.replies["mute"] = '{"grade": "5"}'
    judge = next(offer for offer in runtime().config.offers if offer.model == "mute")
    specs = ScorerSpec("rubric", {"rubric": "right"}), ScorerSpec("exact")
    board = cells(open_run(benchpages.done(sums(4, *specs), *TWO, judge=judge))).set_index("Offer")
    assert board["Mean score"]["Good"] == "as right of answered"
    assert board["Mean score"]["Bad"].startswith("50\u00a0%")


def test_where_nobody_knows_how_late_the_clocks_were_the_page_says_so(open_run):
    run_id = benchpages.done(sums(4), "good")
    change(update(Run).values(lag_p95_ms=None))
    said = words(open_run(run_id))
    assert said.count("Reliability of timings unknown") == 2  # of the run, and above its speed
    assert "How late this machine was in stamping tokens is not known" in said


def test_every_time_has_its_interval_and_its_number_of_calls():
    """Of 40 calls the median lies between the 14th and the 27th (Conover's table), p95 above the 35th."""
    made = [
        replace(
            cell,
            ttft_ms=10.0 * i,
            ttfa_ms=10.0 * i,
            total_ms=100.0 * i,
            output_tokens_per_s=i if i > 4 else None,
        )
        for i, cell in enumerate(passes("acme/good", "+" * 40), 1)
    ]
    row = board.speed(standing(results(made), "acme/good"))
    assert {name: cell.replace("\u00a0", " ") for name, cell in row.items()} == {
        "Offer": "GOOD",
        "Calls timed": "40",
        "First token, p50": "205 ms (140 ms to 270 ms)",
        "First token, p95": "380 ms (at least 350 ms)",
        "Whole answer, p50": "2.05 s (1.40 s to 2.70 s)",
        "Whole answer, p95": "3.80 s (at least 3.50 s)",
        "Tokens/s, p50": "22 (16 to 29), n = 36",
        "Retried": "0",
    }


def test_a_margin_makes_a_question_of_it(open_run):
    page = open_run(benchpages.done(sums(12), "good", "bad"), margin="5")
    page.number_input(key="margin").set_value(3.0).run()
    assert "interval" in words(page)
    assert not page.exception


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 4),
        ({"which": "Where they disagree"}, 3),
        ({"outcome": "wrong"}, 3),
        ({"outcome": "failed"}, 1),
        ({"tag": "odd"}, 2),
        ({"tag": "odd", "outcome": "failed"}, 0),
    ],
)
def test_samples_are_filtered(acme, open_run, query, found):
    acme.fails["0 + 1?"] = 400
    samples = tuple(
        Sample(f"s{i}", f"{i} + 1?", (str(i + 1),), tags=("odd" if i % 2 else "even",)) for i in range(4)
    )
    suite = Suite("Tagged", samples, (ScorerSpec("exact"),))
    page = open_run(benchpages.done(suite, *TWO), **query)
    opened = [expander for expander in page.expander if expander.label.startswith("**s")]
    assert len(opened) == found


def test_an_answer_is_shown_safely_and_judged_by_a_person(acme, open_run):
    acme.replies["bad"] = "I say $x$ ![leak](https://images.example/x.png) :red[no]"
    run_id = benchpages.done(sums(1), *TWO)
    page = open_run(run_id)
    page.session_state[f"sample-{run_id}-s0"] = True
    page.run()
    shown = next(m.value for m in page.markdown if "I say" in m.value)
    assert "![" not in shown.replace("!\\[", "").replace("!\u200c[", "")
    assert "\\$x\\$" in shown
    control = next(g for g in page.button_group if g.label == "Your own judgement")
    control.set_value("Right").run()
    with open_database().reader() as session:
        assert [grade.passed for grade in session.scalars(queries.grades(run_id))] == [True]


def opened(page, run_id, sample):
    """What stands below a sample that has been opened."""
    page.session_state[f"sample-{run_id}-{sample}"] = True
    return words(page.run())


def test_what_the_model_was_told_first_is_shown_with_the_question(acme, open_run):
    named = replace(sums(1).samples[0], variables={"who": "Ada"})
    suite = replace(sums(1), samples=(named,), system="You are {{who}}. Be *brief*.")
    run_id = benchpages.done(suite, "good")
    page = open_run(run_id)
    opened(page, run_id, "s0")
    assert [text.value for text in page.text][:2] == ["You are Ada. Be *brief*.", "0 + 1?"]
    assert "Said before" in [caption.value for caption in page.caption]


def test_every_scorer_says_why(acme, open_run):
    acme.replies["mute"] = '{"reasons": "It is curt.", "grade": "2"}'
    judge = next(offer for offer in runtime().config.offers if offer.model == "mute")
    specs = ScorerSpec("rubric", {"rubric": "It is kind."}), ScorerSpec("includes", metric="The sum")
    run_id = benchpages.done(sums(1, *specs), "bad", judge=judge)
    said = opened(open_run(run_id), run_id, "s0")
    assert "**The sum** (wrong, 0.00)" in said
    assert "**rubric** (wrong, 0.25)" in said
    assert "It is curt." in said


def test_what_its_makers_made_of_an_imported_answer_is_shown(open_run):
    found = ImportedResults(
        "a table", (ImportedAnswer("m", "s0", 1, "1", foreign={"grade": "C"}),), (), (), ""
    )
    suite = sums(1)
    with open_database().writer() as session:
        suite_id, _ = save_suite(session, suite, None)
        run_id = keep_imported(session, scored(suite, found), found, suite_id, name="theirs")
    said = opened(open_run(run_id), run_id, "s0")
    assert 'Elsewhere it was given, and does not count: {"grade": "C"}' in said


def test_the_judge_is_named_its_bias_flagged_and_people_set_against_it(acme, open_run):
    acme.replies["mute"] = '{"reasons": "It is right.", "grade": "5"}'
    judge = next(offer for offer in runtime().config.offers if offer.model == "mute")
    run_id = benchpages.done(sums(4, ScorerSpec("rubric", {"rubric": "right"})), "good", judge=judge)
    page = open_run(run_id)
    said = words(page)
    assert "**Judge** Mute; cost of its calls, beside the above: $0.08" in said
    assert "is of the same maker, Acme" in said
    assert "Nobody has checked the judge yet" in said
    with open_database().writer() as session:
        for i, passed in enumerate((True, True, True, False)):
            changes.grade(session, (run_id, "acme/good", f"s{i}", 0), passed, "ada")
    assert "People agree with the judge on 75 %" in words(page.run())


def told(page):
    return words(page) + "\n".join(info.value for info in page.info)


def press(page, label):
    next(button for button in page.button if button.label.startswith(label)).click().run()
    return page


def judged_by_mute(page, run_id, kind):
    page.selectbox(key=f"{kind}-judge").set_value("acme/mute").run()
    said = told(page)
    press(page, "Ask the judge")
    with open_database().reader() as session:
        return said, session.scalars(review_queries.reviews(run_id, kind)).one()


def test_a_judge_sets_answers_side_by_side(acme, open_run):
    acme.replies["mute"] = '{"reasons": "It stands first.", "grade": "1"}'
    run_id = benchpages.done(sums(12), *TWO)
    page = open_run(run_id)
    judges = page.selectbox(key="pairs-judge")
    assert "Good · Acme" not in judges.options  # it would judge itself
    said, review = judged_by_mute(page, run_id, "pairs")
    assert "**24 calls** to the judge for 12 pairs, each in both orders" in said
    assert "is of the same maker, Acme" in said
    assert (review.status, review.baseline, review.offers) == ("queued", "acme/good", ["acme/bad"])
    assert "0 of 12 judged, waiting for its turn" in "".join(bar.proto.text for bar in page.get("progress"))
    review_job.execute(review.id)
    page = open_run(run_id)
    assert "Mute cannot tell Bad from Good: Bad wins 50 %" in words(page)
    row = next(table.value for table in page.table if "Contradicts itself" in table.value).iloc[0]
    assert row["Won, tied, lost"] == "0, 12, 0"
    assert row["Contradicts itself"].startswith("100\u00a0%")
    assert row["Of that, by place"] == "12 for the first place, 0 for the second"
    assert "its calls cost $0.48, beside what the run cost" in words(page)
    assert "On Bad this judge often says the opposite" in words(page)
    assert not page.exception


def test_what_only_a_model_can_judge_is_said_to_be_left_out_and_judged_later(acme, open_run):
    acme.replies["mute"] = '{"reasons": "It is poor.", "grade": "2"}'
    suite = sums(4, ScorerSpec("rubric", {"rubric": "right"}), ScorerSpec("exact"))
    run_id = benchpages.done(suite, "good")
    page = open_run(run_id)
    assert "what only a model can judge was left out, of 4 samples" in words(page)
    assert "Good: 100 %" in words(page)
    said, review = judged_by_mute(page, run_id, "answers")
    assert "**4 calls** to the judge for 4 answers" in said
    review_job.execute(review.id)
    page = open_run(run_id)
    assert "can judge was left out" not in words(page)
    assert "Good: 0 %" in words(page)
    assert "**Judge** Mute" in words(page)


def test_what_the_judge_left_unjudged_is_counted_and_can_be_judged_again(acme, open_run):
    acme.think["mute"] = lambda asked: "No." if "0 + 1?" in asked else '{"reasons": "So.", "grade": "5"}'
    judge = next(offer for offer in runtime().config.offers if offer.model == "mute")
    specs = ScorerSpec("rubric", {"rubric": "right"}), ScorerSpec("exact")
    run_id = benchpages.done(sums(4, *specs), "good", judge=judge)
    page = open_run(run_id)
    assert "1 answer of this run is not judged" in words(page)
    assert cells(page)["What came of it"].tolist() == ["4 answered, 1 not judged"]
    acme.think["mute"] = lambda _: '{"reasons": "So.", "grade": "5"}'
    assert page.selectbox(key="answers-judge").value == "acme/mute"
    press(page, "Ask the judge")
    with open_database().reader() as session:
        review = session.scalars(review_queries.reviews(run_id, "answers")).one()
    assert review.item_count == 1
    review_job.execute(review.id)
    page = open_run(run_id)
    assert "not judged, for" not in words(page)
    assert cells(page)["What came of it"].tolist() == ["4 answered"]


def test_what_has_come_by_now_is_shown_while_a_run_is_under_way(open_run):
    run_id = benchpages.done(sums(12), *TWO)
    change(update(Run).where(Run.id == run_id).values(status="queued", cell_count=30, ended_at=None))
    page = open_run(run_id)
    assert "So far, 24 of 30 answers" in words(page)
    assert list(cells(page)["Offer"]) == ["Good", "Bad"]
    assert "Verdict" not in words(page)
    change(update(Run).where(Run.id == run_id).values(cell_count=20_001))
    assert "So far" not in words(open_run(run_id))


def test_labels_pairs_and_tags(open_run):
    labels = ["1", "2", "3"]
    samples = tuple(Sample(f"s{i}", f"{i % 3} + 1?", (labels[i % 3],), tags=("all",)) for i in range(9))
    suite = Suite("Labels", samples, (ScorerSpec("label", {"labels": labels}),))
    run_id = benchpages.done(suite, *TWO)
    matrix = cells(open_run(run_id, details="Labels"), 2)
    assert list(matrix["Right label"]) == labels
    assert [matrix[label].iloc[i] for i, label in enumerate(labels)] == ["3", "3", "3"]
    pairs = cells(open_run(run_id, details="Pairs"), 2)
    assert pairs["against Bad"].iloc[0].startswith("better")
    tags = cells(open_run(run_id, details="By tag"), 2)
    assert list(tags["Tag"]) == ["all"]


def test_every_share_of_a_tag_has_its_own_number_of_samples(acme, open_run):
    acme.fails["0 + 1?"] = 400
    samples = tuple(Sample(f"s{i}", f"{i} + 1?", (str(i + 1),), tags=("all",)) for i in range(3))
    odd = replace(samples[0], id="odd", tags=("odd",))
    run_id = benchpages.done(Suite("Tagged", (*samples, odd), (ScorerSpec("exact"),)), *TWO)
    change(update(Result).where(Result.offer == "acme/bad", Result.sample_key == "s1").values(passed=None))
    tags = cells(open_run(run_id, details="By tag"), 2).set_index("Tag")
    shown = tags.map(lambda cell: cell.replace("\u00a0", " ").replace("\\", ""))
    assert [shown[one]["all"].partition(", ")[2] for one in ("Good", "Bad")] == ["n = 2", "n = 1"]
    assert list(shown.loc["odd"]) == ["not judged", "not judged"]


def test_another_run_of_the_version_shows_what_was_fixed(acme, open_run):
    acme.replies["good"] = "no idea"
    benchpages.done(sums(8), "good")
    acme.replies.clear()
    page = open_run(benchpages.done(sums(8), "good"), details="Other runs")
    assert "Fixed 8: s0, s1" in words(page)
    assert "Broken none" in words(page)


def test_a_run_of_another_version_is_compared_on_what_they_share(acme, open_run):
    acme.replies["good"] = "no idea"
    suite = sums(8)
    benchpages.done(suite, "good")
    acme.replies.clear()
    changed = replace(suite.samples[0], input="9 + 1?", targets=("10",))
    second = replace(suite, samples=(changed, *suite.samples[1:]), system="Be brief.")
    page = open_run(benchpages.done(second, "good"), details="Other runs")
    said = words(page)
    assert "**7 of 8 samples** whose question and right answers are the same in both versions" in said
    assert "The runs also differ in the system prompt: what changed may come from that" in said
    assert "Fixed 7: s1, s2" in said
    assert "n = 7" in said
    assert "version 1" in page.selectbox(key="before").options[0]


def test_versions_with_no_sample_in_common_are_not_compared(open_run):
    benchpages.done(sums(2), "good")
    other = replace(sums(1), samples=(Sample("other", "5 + 1?", ("6",)),))
    page = open_run(benchpages.done(other, "good"), details="Other runs")
    assert page.info[-1].value.startswith("No sample is the same in both versions")
    assert not page.exception


def test_answers_made_elsewhere_are_set_against_a_run_of_ours(open_run):
    suite = sums(8)
    answers = tuple(ImportedAnswer("Theirs", f"s{i}", 1, f"{i + 1}" if i else "no idea") for i in range(8))
    found = ImportedResults("a table", answers, (), (), "")
    with open_database().writer() as session:
        suite_id, _ = save_suite(session, suite, None)
        keep_imported(session, scored(suite, found), found, suite_id, name="theirs")
    page = open_run(benchpages.done(suite, "bad"), details="Other runs")
    said = words(page)
    assert page.info[-1].value == "No offer is in both runs."
    assert "Theirs (imported)" in said
    assert "points worse than Theirs (imported)" in said
    assert "Only the latter is better on none" in said


def test_every_export_is_offered(open_run):
    page = open_run(benchpages.done(sums(2), *TWO))
    labels = [button.label for button in page.get("download_button")]
    assert len(labels) == 7  # an Inspect log an offer
    assert "Answers (CSV)" in labels


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (("+++++", "-++++"), "Cannot tell A from B"),
        (("+----rrrrr", "-+---rrrrr"), "Cannot tell A from B"),  # half of them were judged
        (
            ("+---rrrrrr", "+-+---eee?"),
            "Few samples could be judged, 4 of 10 of A (6 refused). Cannot tell A from B",
        ),
        (
            ("+---rrrrrr", "+eeeeeeeee"),
            "Few samples could be judged, 1 of 10 of B and 4 of 10 of A (6 refused, 9 failed). "
            "Cannot tell A from B: too few samples",
        ),
        (("ree", "?ee"), "No answer could be judged: 1 refused, 4 failed."),
        (("???", "???"), "No answer could be judged."),
    ],
)
def test_a_list_says_first_that_little_could_be_judged(verdicts, said):
    run = results(*(passes(f"acme/{name}", one) for name, one in zip("ab", verdicts, strict=True)))
    assert verdict.headline(Kept(run)).startswith(said)


def test_an_offer_is_ahead_only_where_it_is_on_what_both_answered():
    """A is right on two of three, B on one of three: on the two that both answered they did the same."""
    run = results(passes("acme/a", "+-+e"), passes("acme/b", "+-e-"))
    kept = Kept(run)
    said = verdict.lead(run, kept.board, kept.verdicts()).replace("\u00a0", " ")
    assert said.startswith("A has the most, 67 % (")
    assert said.endswith(" right, but not more than B where both answered.")
    ahead = Kept(results(passes("acme/a", "+-+e"), passes("acme/b", "--+e")))
    assert "that may be chance" in verdict.lead(ahead.run, ahead.board, ahead.verdicts())


def test_the_verdict_counts_every_sample_that_was_judged_of_any_offer(open_run):
    run_id = benchpages.done(sums(4), *TWO)
    for model, key in (("good", "s3"), ("bad", "s2")):
        lost = update(Result).where(Result.offer == f"acme/{model}", Result.sample_key == key)
        change(lost.values(outcome="truncated", passed=None, value=None))
    change(update(Run).values(regraded_at=datetime(2026, 11, 1, tzinfo=UTC)))
    assert "(4 samples judged)" in words(open_run(run_id))


ASKED = sums(2).samples


@pytest.mark.parametrize(
    ("samples", "specs", "model", "told"),
    [
        (ASKED, (), "good", "says nothing of how answers are judged. Choose that under Edit"),
        (ASKED, (ScorerSpec("exact"),), "mute", "No call brought a whole answer"),
        (ASKED, (ScorerSpec("exact", weight=0.0),), "good", "could judge none of these answers"),
    ],
)
def test_where_nothing_was_judged_the_page_says_why_and_what_to_do(
    acme, open_run, samples, specs, model, told
):
    acme.refuses["mute"] = 400
    page = open_run(benchpages.done(Suite("Sums", samples, specs), model))
    said = words(page)
    assert "No answer could be judged" in said
    assert told in page.info[0].value
    assert not {"Mean score", "Cost per right answer", "Right of answered"} & set(cells(page).columns)
    assert not any(idle in said for idle in ("Right of answered", "right of all asked", "samples judged"))
    assert "Quality" not in [header.value for header in page.header]
    assert "Labels" not in [tab.label for tab in page.tabs]
    assert not page.exception


def test_what_a_judge_left_unjudged_needs_no_other_rule(acme, open_run):
    acme.think["mute"] = lambda _: "No."
    judge = next(offer for offer in runtime().config.offers if offer.model == "mute")
    page = open_run(benchpages.done(sums(2, ScorerSpec("rubric", {"rubric": "right"})), "good", judge=judge))
    assert "2 answers of this run are not judged" in words(page)
    assert not page.info


def test_the_list_says_what_came_of_a_run(acme, open_page):
    open_page("benchmarks.py")
    benchpages.done(sums(12), *TWO)
    page = open_page("benchmarks.py")
    assert "Bad is 100.0 points worse than Good" in words(page)
    with open_database().reader() as session:
        assert len(session.scalars(select(Result)).all()) == 24
