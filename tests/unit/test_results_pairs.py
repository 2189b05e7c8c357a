"""Offers against each other: on what both answered, corrected for their number, with the costs beside."""

from dataclasses import replace
from decimal import Decimal

import pytest

from broker.results.pairs import pairs
from tests.resulttools import passes, results

A, B, C = "acme/a", "acme/b", "acme/c"


def test_a_pair_is_compared_on_what_both_answered():
    [one] = pairs(results(passes(A, "++--e++"), passes(B, "+-+-++e")))
    comparison = one.comparison
    assert comparison.n == 5
    counts = (comparison.both_right, comparison.only_a, comparison.only_b, comparison.both_wrong)
    assert counts == (2, 1, 1, 1)
    assert comparison.difference == 0
    assert one.verdict.kind == "undecided"


def test_better_is_said_with_numbers():
    [one] = pairs(results(passes(A, "-" * 30 + "+" * 30), passes(B, "+" * 60)))
    assert (one.a, one.b, one.verdict.kind) == (A, B, "better")
    assert one.verdict.sentence.startswith("B is 50.0 points better than A")
    assert "n = 60" in one.verdict.sentence


def test_chance_is_corrected_for_the_number_of_pairs():
    # 10 of 12 discordant samples for B: exact McNemar p = 2 * P(X <= 2), X ~ Bin(12, 1/2) = 158 / 4096.
    a, b, c = "-" * 10 + "++" + "+" * 28, "+" * 10 + "--" + "+" * 28, "-" * 10 + "++" + "+" * 28
    [alone] = pairs(results(passes(A, a), passes(B, b)))
    assert alone.p == pytest.approx(158 / 4096)
    assert alone.verdict.kind == "better"
    three = {(one.a, one.b): one for one in pairs(results(passes(A, a), passes(B, b), passes(C, c)))}
    assert three[A, B].p == pytest.approx(3 * 158 / 4096)
    assert three[A, B].verdict.kind == "undecided"
    assert three[A, C].p == 1


def test_one_of_many_offers_can_be_shown_to_be_better_over_epochs():
    """There are 276 pairs; of those with the one that is always right p is 2 / 2^20."""
    cells = [
        passes(f"acme/o{offer}", "+" * 20 if offer == 0 else "-" * 19 + "-+"[epoch], epoch=epoch)
        for offer in range(24)
        for epoch in range(2)
    ]
    found = [one for one in pairs(results(*cells, epochs=2)) if "acme/o0" in (one.a, one.b)]
    assert {one.verdict.kind for one in found} == {"worse"}
    assert max(one.p for one in found if one.p is not None) <= 276 * 2 / 2**20 * (1 + 1e-9)


def test_the_cheaper_offer_is_asked_whether_it_will_do():
    dear = passes(A, "+" * 200, cost=Decimal("0.02"))
    cheap = passes(B, "+" * 200, cost=Decimal("0.005"))
    for run in (results(dear, cheap), results(cheap, dear)):
        [one] = pairs(run, margin=0.03)
        assert (one.a, one.b, one.verdict.kind) == (A, B, "not worse")
        assert one.cost_ratio is not None
        assert one.cost_ratio.value == pytest.approx(0.25)
        assert one.verdict.sentence.startswith(
            "B is no more than 3 points worse than A (95 %) and costs 75 % less"
        )


def test_claims_of_not_worse_hold_together():
    same = "+" * 100
    alone = pairs(results(passes(A, same), passes(B, same)), margin=0.05)
    assert alone[0].comparison.confidence == 0.95
    found = pairs(results(passes(A, same), passes(B, same), passes(C, same)), margin=0.05)
    assert {round(one.comparison.confidence, 6) for one in found} == {round(1 - 0.05 / 3, 6)}


def test_costs_that_are_not_known_or_free_make_no_ratio():
    free = results(passes(A, "++", cost=Decimal(0)), passes(B, "++", cost=Decimal(0)))
    assert pairs(free)[0].cost_ratio is None
    unknown = pairs(results(passes(A, "++"), passes(B, "++", cost=Decimal(1))))[0]
    assert unknown.cost_ratio is not None
    assert unknown.cost_ratio.value is None
    assert "not known" in unknown.verdict.sentence
    assert pairs(results(passes(A, "++"), passes(B, "++"), kind="imported"))[0].cost_ratio is None


def test_scores_are_compared_where_nothing_passes_or_fails():
    low = [replace(cell, passed=None, value=0.2 + i % 3 / 10) for i, cell in enumerate(passes(A, "+" * 40))]
    high = [replace(cell, passed=None, value=0.7 + i % 4 / 10) for i, cell in enumerate(passes(B, "+" * 40))]
    [one] = pairs(results(low, high))
    assert (one.measure, one.verdict.kind) == ("score", "better")
    assert one.comparison.only_a is None


def test_a_lone_offer_has_no_pairs_and_offers_without_common_samples_no_verdict():
    assert pairs(results(passes(A, "+"))) == []
    [one] = pairs(results(passes(A, "+e"), passes(B, "e+")), margin=0.03)
    assert (one.p, one.verdict.kind, one.comparison.n) == (None, "no data", 0)


def test_with_a_margin_the_samples_still_needed_are_those_that_it_needs():
    run = results(passes(A, "+" * 30 + "-" * 10), passes(B, "+" * 24 + "-" * 10 + "+" * 6))
    [plain], [wide] = pairs(run), pairs(run, margin=0.1)
    assert "to find 5 points" in plain.verdict.sentence
    assert "to find 10 points" in wide.verdict.sentence
