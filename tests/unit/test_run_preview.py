"""What is said before a run starts: what it can show, and what it will cost by what earlier runs did."""

from dataclasses import replace
from decimal import Decimal
from math import sqrt
from statistics import NormalDist

import numpy as np
import pytest
from sqlalchemy import select

from broker.runs import Order
from broker.runs.preview import preview
from broker.runs.snapshot import offer_json
from broker.runs.usage import ahead
from broker.stats.paired import compare
from broker.stats.planning import detectable_difference
from broker.suites import Sample, ScorerSpec
from broker.suites.store import save_suite
from broker.types import Params, Provider, TokenPrice, Usage
from db.benchmarks import Result
from db.calls import write_calls
from db.models import utc_now
from db.rows import call_row
from tests.dbtools import context, fresh_database, started
from tests.resulttools import keep_run, suite_of
from tests.runtools import offer

EXACT, RUBRIC = ScorerSpec("exact"), ScorerSpec("rubric", {"rubric": "It is kind."})
PROVIDERS = {"acme": Provider("acme", "Acme", "openai", "http://127.0.0.1/v1")}
NAMES = ("good", "bad", "third")


@pytest.fixture
def database(tmp_path):
    with fresh_database("sqlite", tmp_path) as database:
        yield database


def suite(n, size=1, *specs):
    """A suite whose documents have so many samples each."""
    samples = (Sample(f"s{i}", "?", ("4",), cluster=str(i // size) if size > 1 else None) for i in range(n))
    return suite_of(*samples, scorers=specs or (EXACT,))


def ahead_of(database, suite, offers=2, **more):
    with database.writer() as session:
        suite_id, _ = save_suite(session, suite, None)
        order = Order(suite_id, tuple(map(offer, NAMES[:offers])), **more)
        return preview(session, order, PROVIDERS)


def answered(database, suite, rows, **more):
    """Keep a run in which `rows` gives each offer's scores; whole numbers also pass or fail."""
    cells = [
        {"offer": f"acme/{name}", "sample": sample.id, "value": float(score), "passed": _passed(score)} | more
        for name, scores in rows.items()
        for sample, score in zip(suite.samples, scores, strict=False)
    ]
    return keep_run(database, suite, cells)


def _passed(score):
    return bool(score) if isinstance(score, int) else None


def smallest(n, square, alpha=0.05):
    """Connor's condition with Edwards' correction, solved by trying: what shows in four cases of five.

    Without a discordance, that of offers which pass half of the samples, more and less the half difference.
    """
    z = NormalDist().inv_cdf
    for d in np.linspace(0.0005, 1, 40_000):
        shared = (0.5 + d / 2) ** 2 + (0.5 - d / 2) ** 2 if square is None else square
        spread = sqrt(max(0, shared - d**2))
        if z(1 - alpha / 2) * sqrt(shared) + z(0.8) * spread <= (d * n - 1) / sqrt(n):
            return d
    return None


@pytest.mark.parametrize(
    ("n", "size", "offers", "counts_as", "alpha"),
    [(100, 1, 2, 100, 0.05), (400, 1, 2, 400, 0.05), (100, 1, 3, 100, 0.05 / 3), (100, 5, 2, 20, 0.05)],
)
def test_without_answers_the_worst_case_is_assumed(database, n, size, offers, counts_as, alpha):
    """Half of the samples tell two offers apart, a document is one sample, and Holm's first step is paid."""
    power = ahead_of(database, suite(n, size), offers).power
    assert power.difference == pytest.approx(smallest(counts_as, None, alpha), abs=1e-3)
    assert (power.basis, power.measure, power.groups) == ("worst case", "passed", n // size)
    assert power.comparisons == offers * (offers - 1) // 2


def test_what_is_promised_of_a_clustered_suite_is_kept():
    """Documents of five alike samples: of offers so far apart four cases of five are found."""
    rng, groups, size = np.random.default_rng(11), 40, 5
    apart = detectable_difference(groups * size, None, effect=size)
    assert apart is not None
    clusters, found = [str(i // size) for i in range(groups * size)], 0
    for _ in range(200):
        a, b = (
            np.repeat(rng.random(groups) < rate, size).astype(float).tolist()
            for rate in (0.5 - apart / 2, 0.5 + apart / 2)
        )
        p = compare(a, b, clusters).p
        found += p is not None and p <= 0.05
    assert 0.74 <= found / 200 <= 0.9  # four standard errors about 0.82


def test_earlier_answers_say_how_far_offers_differ(database):
    """4 of 20 tell them apart; with the two of four that are added, a quarter does."""
    kept = suite(100)
    answered(database, kept, {"good": [1] * 20, "bad": [1] * 16 + [0] * 4})
    power = ahead_of(database, kept).power
    assert power.basis == "history"
    assert power.difference == pytest.approx(smallest(100, 0.25), abs=1e-3)
    assert ahead_of(database, kept, 3).power.basis == "worst case"  # nothing is known of the third


def test_answers_that_all_agree_do_not_promise_everything(database):
    kept = suite(100)
    answered(database, kept, {"good": [1] * 10, "bad": [1] * 10})
    assert ahead_of(database, kept).power.difference == pytest.approx(smallest(100, 2 / 14), abs=1e-3)


@pytest.mark.parametrize(("alike", "at_least", "at_most"), [(True, 4.0, 5.0), (False, 1.0, 1.6)])
def test_earlier_answers_say_what_documents_have_in_common(database, alike, at_least, at_most):
    rng, kept = np.random.default_rng(3), suite(150, 5)
    rows = {
        name: (np.repeat(rng.integers(0, 2, 30), 5) if alike else rng.integers(0, 2, 150)).tolist()
        for name in ("good", "bad")
    }
    answered(database, kept, rows)
    square = (sum(a != b for a, b in zip(*rows.values(), strict=True)) + 2) / 154
    difference = ahead_of(database, kept).power.difference
    assert smallest(150 / at_least, square) <= difference <= smallest(150 / at_most, square)


def test_scores_without_a_pass_are_compared_by_their_mean(database):
    kept = suite(100, 1, ScorerSpec("rouge"))
    z = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8)
    power = ahead_of(database, kept).power
    assert (power.measure, power.difference) == ("score", pytest.approx(z * sqrt(0.5 / 100)))
    answered(database, kept, {"good": [0.5] * 20, "bad": [0.6, 0.4] * 10})
    known = sqrt((20 * 0.01 + 2) / 24)
    assert ahead_of(database, kept).power.difference == pytest.approx(z * known / 10)


def test_a_threshold_makes_a_pass_of_a_score(database):
    graded, rule = ScorerSpec("rouge"), ScorerSpec("rouge", threshold=0.5)
    assert ahead_of(database, suite(10, 1, graded, rule)).power.measure == "passed"
    assert ahead_of(database, suite(10, 1, graded, RUBRIC)).power.measure == "score"
    judged = ahead_of(database, suite(10, 1, graded, RUBRIC), judge=offer("judge"))
    assert judged.power.measure == "passed"


def test_names_without_a_value_are_told(database):
    filled = Sample("a", "Of {{ land }}?", ("x",), variables={"land": "France"})
    samples = (filled, Sample("b", "Of {{land}} and {{town}}?", ("x",)), Sample("c", "1?", ("x",)))
    plain = suite_of(*samples, scorers=(EXACT,), template="Q: {{input}}")
    told = ahead_of(database, plain).warnings
    assert [one for one in told if one.startswith("In 1 of 3 samples {{land}}, {{town}} has no value")]
    assert not ahead_of(database, suite_of(samples[0], scorers=(EXACT,), template="{{input}}")).warnings
    choices = Sample("d", "{{choices}}?", ("A",), choices=("x", "y"))
    assert not ahead_of(database, suite_of(choices, scorers=(EXACT,))).warnings
    system = suite_of(filled, scorers=(EXACT,), system="You are {{who}}.")
    assert "{{who}}" in "".join(ahead_of(database, system).warnings)


# Costs


def test_ten_equal_answers_do_not_fix_the_bill():
    """One in eleven might be off by as much again: t 2.262 times √(1/11) times √(1/10 + 1/100) is 0.226."""
    found = ahead([(f"s{i}", 50) for i in range(10)], 100, 1)
    assert found.low == pytest.approx(5000 * np.exp(-0.2262), rel=1e-3)
    assert found.high == pytest.approx(5000 * np.exp(0.2262), rel=1e-3)


def test_many_answers_to_one_sample_are_one_piece_of_evidence():
    once = [(f"s{i}", 10.0 * i) for i in range(1, 11)]
    assert ahead(once * 7, 40, 3) == pytest.approx(ahead(once, 40, 3))
    assert ahead(once, 40, 3).high == pytest.approx(3 * ahead(once, 40, 1).high)


def used(database, suite, count, tokens_in, tokens_out, **more):
    """Keep a run in which so many samples were answered with so many tokens in and out."""
    cells = [{"offer": "acme/good", "sample": sample.id} for sample in suite.samples[:count]]
    run_id = keep_run(database, suite, cells, **more)
    with database.writer() as session:
        for i, row in enumerate(session.scalars(select(Result).where(Result.run_id == run_id)).all()):
            begun = started(offer("good"))
            usage = Usage(tokens_in + i % 3, 0, 0, tokens_out + i % 3)
            ended = replace(begun, status="ok", usage=usage)
            write_calls(session, [call_row(ended, context(), "Acme", None)], [])
            row.call_id = begun.call_id


def worded(*words):
    """A suite whose samples have so many words each."""
    samples = (Sample(f"s{i}", "word " * count, ("4",)) for i, count in enumerate(words))
    return suite_of(*samples, scorers=(EXACT,))


def test_a_new_version_with_longer_texts_is_not_foretold_by_the_old_one(database):
    """40 samples of 8,000 words, each a token at least; what was said of 20 words says nothing of them."""
    used(database, worded(*[20] * 40), 40, 29, 10)
    (known,) = ahead_of(database, worded(*[20] * 40), 1).offers
    assert (known.basis, known.answers) == ("history", 40)
    assert 1_100 < known.input_tokens.low < 40 * 30 < known.input_tokens.high < 1_300
    (longer,) = ahead_of(database, worded(*[8_000] * 40), 1).offers
    assert (longer.basis, longer.answers) == ("prompt length", 0)
    assert longer.input_tokens.high > 320_000


def test_other_parameters_make_other_answers(database):
    kept, short = worded(*[20] * 40), Params(max_tokens=16)
    used(database, kept, 40, 29, 10, params={"max_tokens": 16})
    (known,) = ahead_of(database, kept, 1, params=short).offers
    assert known.basis == "history"
    assert known.output_tokens.high < 40 * 16
    (longer,) = ahead_of(database, kept, 1, params=Params(max_tokens=4_000)).offers
    assert (longer.basis, longer.output_tokens.high) == ("prompt length", 40 * 4_000)
    own = replace(kept, params=short)  # the same, said in the suite
    used(database, own, 40, 29, 10)
    assert ahead_of(database, own, 1, params=short).offers[0].basis == "history"


def test_prompts_that_are_longer_than_those_answered_count_as_longer(database):
    """Ten of 400 words were answered; 30 more have four times as many: in the mean it is 3.25 times."""
    kept = worded(*[400] * 10, *[1_600] * 30)
    used(database, kept, 10, 420, 10)
    (known,) = ahead_of(database, kept, 1).offers
    assert known.basis == "history"
    assert known.input_tokens.low < 40 * 421 * 3.25 < known.input_tokens.high < 2 * 40 * 421 * 3.25
    assert known.output_tokens.low < 40 * 11 < known.output_tokens.high


def test_what_costs_nothing_will_cost_nothing():
    found = ahead([(f"s{i}", 0) for i in range(10)], 100, 1)
    assert (found.low, found.high) == (0, 0)


def test_what_judging_cost_before_is_what_it_will_cost(database):
    judge, kept = offer("judge"), suite(40, 1, RUBRIC)
    assert ahead_of(database, kept, judge=judge).judging.low == 0
    snapshot = offer_json(judge, PROVIDERS["acme"], utc_now())
    cells = [
        {"offer": "acme/other", "sample": f"s{i}", "judge_cost": Decimal(f"0.0{i % 3 + 1}")}
        for i in range(30)
    ]
    keep_run(database, kept, cells, judge=snapshot)
    found = ahead_of(database, kept, judge=judge).judging  # 80 answers at two cents
    assert 1.3 < found.low < 1.6 < found.high < 2
    other = replace(kept, system="Be brief.")
    assert ahead_of(database, other, judge=judge).judging.low == 0
    assert ahead_of(database, kept, judge=judge, params=Params(max_tokens=9)).judging.low == 0
    dearer = offer("judge", TokenPrice(Decimal(2000), Decimal(4000), source="test"))
    assert ahead_of(database, kept, judge=dearer).judging.low == 0
