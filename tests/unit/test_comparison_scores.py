"""Scales by hand, the order, and shares of draws against areas, quantiles and brute force."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from math import exp, log, log10
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.assurance import Fact, known
from broker.comparison import CRITERIA, Evidence, Gate, Gathered, Ranked, Shortlist, Weights
from broker.comparison.assured import WANTED, shown
from broker.comparison.scores import SCALES, cost_of, independence, score, shortlist
from broker.lifecycle import Lifecycle
from broker.stats import Estimate
from tests.scoringtools import TODAY, WORK, estimate, evidence, gathered, proven, yearly

QUALITY_ALONE = Weights(100, 0, 0, 0, 0)
COST_ALONE = Weights(0, 100, 0, 0, 0)
TWICE = 1 - log10(2) / 2  # the scale of cost at twice the lowest
SPEED_ALONE = Weights(0, 0, 100, 0, 0)


def ranked(found: Shortlist) -> dict[str, Ranked]:
    return {one.evidence.entry.offer.name: one for one in found.ranked}


def order(found: Shortlist) -> list[str]:
    return [one.evidence.entry.offer.name for one in found.ranked]


def fact(attribute: str, value: str = "yes", **other: Any) -> Fact:
    return Fact(attribute, "openai", attribute, value, "shipped", "high", as_of=TODAY, **other)


# -- scales


def test_scales_by_hand() -> None:
    cheap = proven("cheap", 0.6, 2.0, 4000.0)
    fast = proven("fast", 0.9, 8.0, 1000.0, doors=2, rivals=1)
    found = ranked(shortlist(gathered(cheap, fast, facts=known([fact("sso"), fact("hipaa_baa", "no")]))))
    assert found["cheap"].scales == pytest.approx(
        {"quality": 0.6, "cost": 1, "speed": 1 - log10(4), "assurance": 1 / 12, "independence": 0.5}
    )
    assert found["fast"].scales == pytest.approx(
        {"quality": 0.9, "cost": 1 - log10(4) / 2, "speed": 1, "assurance": 1 / 12, "independence": 0.75}
    )
    # 50, 20, 10, 10, 10 of 100; log10(4) is 0.60206
    assert found["cheap"].score == pytest.approx(0.3 + 0.2 + 0.039794 + 1 / 120 + 0.05)
    assert found["fast"].score == pytest.approx(0.45 + 0.139794 + 0.1 + 1 / 120 + 0.075)


@pytest.mark.parametrize(
    ("times", "cost", "speed"), [(1, 1, 1), (2, 0.849485, 0.69897), (10, 0.5, 0), (100, 0, 0), (1e6, 0, 0)]
)
def test_cost_and_speed_fall_by_the_logarithm(times: float, cost: float, speed: float) -> None:
    found = ranked(
        shortlist(gathered(proven("least", 0.5, 2.0, 300.0), proven("more", 0.5, 2.0 * times, 300.0 * times)))
    )
    assert found["more"].scales["cost"] == pytest.approx(cost, abs=1e-6)
    assert found["more"].scales["speed"] == pytest.approx(speed, abs=1e-6)


def test_every_scale_has_its_sentence() -> None:
    assert list(SCALES) == list(CRITERIA)
    assert all(sentence.endswith(".") for sentence in SCALES.values())


def test_a_chosen_workload_goes_before_what_was_measured() -> None:
    a = proven("a", 0.5, 1.0, cost=yearly("400"))
    b = proven("b", 0.5, 9.0, cost=yearly("100"))
    by_task = ranked(shortlist(gathered(a, b)))
    by_year = ranked(shortlist(gathered(a, b, workload=WORK)))
    assert [by_task[name].scales["cost"] for name in "ab"] == pytest.approx([1, 1 - log10(9) / 2])
    assert [by_year[name].scales["cost"] for name in "ab"] == pytest.approx([1 - log10(4) / 2, 1])


def test_an_unknown_yearly_cost_is_not_replaced_by_a_measured_one() -> None:
    one = proven("a", 0.5, 1.0, cost=yearly(None))
    found = ranked(shortlist(gathered(one, workload=WORK)))["a"]
    assert found.scales["cost"] is None
    assert found.score is None
    assert cost_of(one, yearly=True) is None


def test_what_is_free_is_ahead_of_all_that_costs_and_leaves_it_apart() -> None:
    """It counts as a tenth of the lowest price, and ten of the hundred times are half of the scale."""
    offers = (proven("free", 0.5, 0.0), proven("two", 0.5, 2.0), proven("four", 0.5, 4.0))
    found = ranked(shortlist(gathered(*offers)))
    costs = [found[name].scales["cost"] for name in ("free", "two", "four")]
    assert costs == pytest.approx([1, 0.5, TWICE - 0.5])


def test_of_two_alike_the_free_one_wins_on_cost_alone() -> None:
    offers = proven("free", 0.5, estimate(0.0)), proven("dear", 0.5, estimate(3.0, 2.0, 4.0))
    assert shares(*offers, weights=COST_ALONE) == [(1, 1), (0, 0)]
    assert ranked(shortlist(gathered(*offers, weights=COST_ALONE)))["dear"].score_high == pytest.approx(0.5)


def test_an_offer_that_has_ended_is_never_chosen() -> None:
    """Nobody has to ask for that."""
    over = Lifecycle(retires=date(2025, 10, 28), certainty="vendor", source="https://a.example")
    found = shortlist(gathered(proven("old", 0.9, 1.0, lifecycle=over), proven("new", 0.5, 1.0)))
    assert found.winner is not None
    assert found.winner.evidence.id == "openai/new"
    (old,) = [one for one in found.ranked if one.evidence.id == "openai/old"]
    assert (old.outcome, old.gates[0].reason) == ("fail", "It ended on 2025-10-28.")


def test_only_contenders_set_the_measure() -> None:
    """Neither what fails a must-have nor what cannot be scored; whoever beats the measure has 1."""
    told = {"context_window": 10}
    offers = (
        proven("passes", 0.5, 4.0, **told),
        proven("passes too", 0.5, 8.0, **told),
        proven("fails", 0.5, 1.0, context_window=1),
        evidence("not run", per_1000=estimate(2.0), **told),
    )
    found = ranked(shortlist(gathered(*offers, gates=(Gate("context", "5"),))))
    cost = {name: one.scales["cost"] for name, one in found.items()}
    assert cost == {"passes": 1, "passes too": pytest.approx(TWICE), "fails": 1, "not run": 1}


def test_where_nobody_passes_all_set_the_measure() -> None:
    offers = (proven("a", 0.5, 4.0), proven("b", 0.5, 2.0))
    found = shortlist(gathered(*offers, gates=(Gate("maker", "Acme"),)))
    assert {name: one.scales["cost"] for name, one in ranked(found).items()} == {
        "a": pytest.approx(TWICE),
        "b": 1,
    }
    assert found.winner is None
    assert all(one.wins is None and one.wins_by_weights is None for one in found.ranked)


@pytest.mark.parametrize(
    ("doors", "rivals", "expected"),
    [(0, 0, 0), (1, 0, 0.5), (0, 1, 0.5), (1, 2, 0.75), (None, 3, 0.75), (3, None, None)],
)
def test_independence(doors: int | None, rivals: int | None, expected: float | None) -> None:
    assert independence(evidence("a", doors=doors, rivals=rivals)) == expected


def test_who_fails_a_must_have_is_nowhere_to_go() -> None:
    """Without the door and the rival that fail, one platform and one rival are left: 1 - 1 / 3."""
    rest = {"doors": ("azure/a", "bedrock/a"), "rivals": ("openai/b", "openai/c")}
    a = replace(proven("a", 0.5, context_window=9), **rest)
    door = evidence("a", "bedrock", context_window=1)
    b, c = proven("b", 0.5, context_window=9), proven("c", 0.5, context_window=1)
    found = {
        one.evidence.id: one
        for one in shortlist(gathered(a, door, b, c, gates=(Gate("context", "5"),))).ranked
    }
    told = found["openai/a"]
    assert (told.evidence.doors, told.evidence.rivals) == (("azure/a",), ("openai/b",))
    assert told.scales["independence"] == pytest.approx(2 / 3)
    unasked = {one.evidence.id: one for one in shortlist(gathered(a, door, b, c)).ranked}
    assert unasked["openai/a"].scales["independence"] == pytest.approx(4 / 5)


def test_assurance_counts_what_is_shown() -> None:
    facts = known(
        [
            fact("sso"),
            fact("gdpr_dpa"),
            fact("trains_on_customer_data_default", "no"),
            fact("hipaa_baa", "yes_by_approval"),
            fact("iso_27001", "no_public_evidence"),
            replace(fact("soc2_type2"), confidence="low"),
            fact("other_compliance", "PCI-DSS"),
        ]
    )
    one = evidence("a")
    plain = shown(one, facts, TODAY)
    assert (plain.satisfied, plain.known, plain.of) == (3, 4, 12)
    assert plain.share == 0.25
    accepted = shown(one, facts, TODAY, [Gate("hipaa_baa", counts=frozenset({"by_approval"}))])
    assert (accepted.satisfied, accepted.known) == (4, 4)
    gate = Gate("hipaa_baa", counts=frozenset({"by_approval"}))
    found = ranked(shortlist(gathered(one, facts=facts, gates=(gate,))))["a"]
    assert found.scales["assurance"] == pytest.approx(4 / 12)
    assert len(WANTED) == len(set(WANTED)) == 12


def test_a_fact_about_one_maker_counts_for_its_offers_alone() -> None:
    facts = known([fact("sso", scope="Acme"), fact("gdpr_dpa")])
    offers = (proven("ours", 0.5), proven("theirs", 0.5, maker="Other"), proven("more", 0.5))
    found = ranked(shortlist(gathered(*offers, facts=facts)))
    assert [found[name].scales["assurance"] for name in ("ours", "theirs", "more")] == pytest.approx(
        [2 / 12, 1 / 12, 2 / 12]
    )


def test_score_is_unknown_where_something_with_a_weight_is() -> None:
    scales = {"quality": 0.5, "cost": None, "speed": 1.0, "assurance": 0.0, "independence": None}
    assert score(scales, Weights(50, 0, 50, 0, 0)) == 0.75
    assert score(scales, Weights(50, 1, 50, 0, 0)) is None
    assert score(scales, Weights(0, 0, 0, 0, 0)) is None
    assert score(scales, Weights(0, 0, 1, 3, 0)) == 0.25


# -- order


def test_order() -> None:
    told = {"context_window": 10}
    offers = (
        proven("failed", 0.99, context_window=1),
        proven("unknown, low", 0.5),
        proven("unknown, high", 0.7),
        evidence("no score, b", **told),
        evidence("no score, a", **told),
        proven("second", 0.6, **told),
        proven("first", 0.7, **told),
    )
    found = shortlist(gathered(*offers, gates=(Gate("context", "5"),)))
    assert order(found) == [
        "first", "second", "no score, a", "no score, b", "unknown, high", "unknown, low", "failed",
    ]  # fmt: skip
    assert found.winner is found.ranked[0]
    assert [one.wins is None for one in found.ranked] == [False, False, *[True] * 5]
    assert found.ranked[4].score is not None


def test_nothing_to_compare() -> None:
    assert shortlist(gathered()).ranked == ()


# -- draws


def shares(*offers: Evidence, **wanted: Any) -> list[tuple[float, float]]:
    """What each wins in all draws, and in those of the weights alone, in the order given."""
    draws = wanted.pop("draws", 20_000)
    found = ranked(shortlist(gathered(*offers, **wanted), draws=draws, seed=5))
    told = [found[one.entry.offer.name] for one in offers]
    return [(one.wins or 0.0, one.wins_by_weights or 0.0) for one in told]


def test_weights_alone_against_an_area() -> None:
    """A is ahead in quality, B by 1.1 times as much in independence, of equal weight: A wins if u1 > 1.1 u2.

    Of the square from 0.8 to 1.2, that is what lies over 1.1 u2, for u2 up to 1.2 / 1.1.
    """
    ahead = (2 / 3 - 1 / 2) / 1.1
    a, b = proven("a", 0.5 + ahead, doors=1, rivals=0), proven("b", 0.5, doors=2, rivals=0)
    end = 1.2 / 1.1
    area = ((1.2 * end - 0.55 * end**2) - (1.2 * 0.8 - 0.55 * 0.8**2)) / 0.4**2
    assert area == pytest.approx(0.29, abs=0.001)
    assert shares(a, b, weights=Weights(50, 0, 0, 0, 50))[0][1] == pytest.approx(area, abs=0.012)


@pytest.mark.parametrize(("other", "expected"), [(0.85, 0.025), (0.7, 0.975), (0.8, 0.5)])
def test_quality_is_drawn_between_the_ends_of_its_interval(other: float, expected: float) -> None:
    """2.5 % lie beyond either end, whose distances differ, and half on either side of the value."""
    uncertain = proven("a", estimate(0.8, 0.7, 0.85))
    (wins, by_weights), _ = shares(uncertain, proven("b", other), weights=QUALITY_ALONE)
    assert wins == pytest.approx(expected, abs=0.012)
    assert by_weights == pytest.approx({0.85: 0, 0.7: 1, 0.8: 0.5}[other])


@pytest.mark.parametrize(("other", "expected"), [(4.0, 0.975), (0.5, 0.025), (1.0, 0.5)])
@pytest.mark.parametrize("weights", [COST_ALONE, SPEED_ALONE])
def test_cost_and_time_are_drawn_by_their_ratios(other: float, expected: float, weights: Weights) -> None:
    uncertain, sure = estimate(1.0, 0.5, 4.0), estimate(other, other, other)
    a, b = proven("a", 0.5, uncertain, uncertain), proven("b", 0.5, sure, sure)
    assert shares(a, b, weights=weights)[0][0] == pytest.approx(expected, abs=0.012)


def test_a_year_is_drawn_where_its_tokens_were_measured() -> None:
    """A year of $105 is undercut by one of $100 (up to $125) up to z = 1.96 × ln 1.05 / ln 1.25 = 0.43."""
    measured = proven("a", 0.5, cost=yearly("100"), year=estimate(100.0, 80.0, 125.0))
    fixed = proven("b", 0.5, cost=yearly("105"))
    (first, alone), _ = shares(measured, fixed, workload=WORK, weights=Weights(0, 100, 0, 0, 0))
    assert first == pytest.approx(0.666, abs=0.03)
    assert alone == 1
    assert cost_of(measured, yearly=True) == measured.year


def test_a_low_end_of_nothing_is_as_far_below_as_the_high_end_is_above() -> None:
    uncertain = proven("a", 0.5, estimate(1.0, 0.0, 2.0))
    assert shares(uncertain, proven("b", 0.5, 0.5), weights=COST_ALONE)[0][0] == pytest.approx(
        0.025, abs=0.012
    )


def test_quality_stays_a_share() -> None:
    """Beyond 1, in 2.5 % of draws, it is 1 and ties with what is always right."""
    (uncertain, _), (right, _) = shares(
        proven("a", estimate(0.95, 0.85, 1.0)), proven("b", 1.0), weights=QUALITY_ALONE
    )
    assert uncertain == pytest.approx(0.0125, abs=0.004)
    assert uncertain + right == pytest.approx(1)


def test_free_offers_stay_free_in_draws() -> None:
    offers = (proven("free", 0.5, estimate(0.0, 0.0, 0.0)), proven("paid", 0.5, estimate(3.0, 2.0, 4.0)),
              proven("dear", 0.5, estimate(30.0, 20.0, 40.0)))  # fmt: skip
    (free, _), (paid, _), (dear, _) = shares(*offers, weights=COST_ALONE)
    assert free + paid == pytest.approx(1)
    assert dear == 0


def test_a_dominated_offer_never_wins() -> None:
    good = proven("good", 0.8, 2.0, 800.0)
    worse = proven("worse", 0.7, 3.0, 900.0)
    assert shares(good, worse, proven("other", 0.9, 9.0, 2000.0))[1] == (0, 0)


@pytest.mark.parametrize(("low", "high"), [(0.7, 0.7), (0.6, 0.8)])
def test_twins_share_their_wins(low: float, high: float) -> None:
    twins = [proven(name, estimate(0.7, low, high)) for name in "ab"]
    for wins, by_weights in shares(*twins, proven("worse", 0.1)):
        assert by_weights in (0.5, 0)
        assert wins == pytest.approx(by_weights, abs=0.015)


def test_the_dust_of_arithmetic_breaks_no_tie() -> None:
    assert shares(proven("a", 0.7, 0.3), proven("b", 0.7, 0.1 + 0.2)) == [(0.5, 0.5)] * 2


def test_the_only_one_wins_all() -> None:
    assert shares(proven("a", estimate(0.5, 0.1, 0.9))) == [(1, 1)]


def test_the_same_seed_gives_the_same_shares() -> None:
    offers = [proven(name, estimate(0.7, 0.6, 0.8), estimate(2.0, 1.0, 3.0)) for name in "abc"]
    assert shares(*offers, draws=500) == shares(*offers, draws=500)


def _side(told: Estimate, z: float, turn: Callable[[float], float]) -> float:
    end = told.low if z < 0 else told.high
    middle = turn(told.value or 0)
    return middle + z * abs(turn(end or 0) - middle) / 1.96


def brute_force(offers: list[Evidence], weights: Weights, draws: int, seed: int) -> list[float]:
    """The same question, one draw at a time."""
    random, wins = Random(seed), [0.0] * len(offers)
    for _ in range(draws):
        u = {name: getattr(weights, name) * random.uniform(0.8, 1.2) for name in CRITERIA}
        right = [min(1.0, max(0.0, _side(o.quality, random.gauss(0, 1), float))) for o in offers]
        costs = [exp(_side(o.per_1000, random.gauss(0, 1), log)) for o in offers]
        times = [exp(_side(o.speed.total_p50, random.gauss(0, 1), log)) for o in offers]
        scores = [
            u["quality"] * right[i]
            + u["cost"] * max(0.0, 1 - log10(costs[i] / min(costs)) / 2)
            + u["speed"] * max(0.0, 1 - log10(times[i] / min(times)))
            + u["independence"] * (1 - 1 / (1 + len(o.doors) + len(o.rivals)))
            for i, o in enumerate(offers)
        ]
        wins[scores.index(max(scores))] += 1 / draws
    return wins


@pytest.mark.parametrize("seed", range(4))
def test_against_brute_force(seed: int) -> None:
    random = Random(seed)

    def about(value: float, reach: float) -> Estimate:
        return estimate(value, value * (1 - reach * random.uniform(0.5, 1)), value * (1 + reach))

    offers = [
        proven(
            name,
            about(random.uniform(0.6, 0.8), 0.1),
            about(random.uniform(2, 3), 0.3),
            about(random.uniform(900, 1500), 0.2),
            doors=random.randrange(3),
        )
        for name in "abcd"
    ]
    weights = Weights(60, 20, 10, 0, 10)
    found = [wins for wins, _ in shares(*offers, weights=weights)]
    expected = brute_force(offers, weights, 8_000, seed)
    assert sum(found) == pytest.approx(1)
    assert found == pytest.approx(expected, abs=0.025)
    assert max(found) < 0.98  # else there is nothing to compare


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.floats(0.05, 1)] * 3), min_size=1, max_size=12))
def test_weights_alone_find_the_best_of_each_draw(rows: list[tuple[float, float, float]]) -> None:
    """Shares sum to 1, and only an offer that some weights put first has one."""
    offers = [proven(f"m{i}", q, c, t * 1000) for i, (q, c, t) in enumerate(rows)]
    found = shortlist(gathered(*offers), draws=200, seed=1)
    assert sum(one.wins_by_weights or 0 for one in found.ranked) == pytest.approx(1)
    best = max(one.score or 0 for one in found.ranked)
    for one in found.ranked:
        if one.wins_by_weights:
            assert (one.score or 0) * 1.2 / 0.8 >= best - 1e-9


# -- limits of a score


def limits(*offers: Evidence, **wanted: Any) -> list[tuple[float | None, float | None]]:
    """From where to where each score lies, in the order given."""
    found = ranked(shortlist(gathered(*offers, **wanted), draws=20_000, seed=5))
    told = [found[one.entry.offer.name] for one in offers]
    return [(one.score_low, one.score_high) for one in told]


def test_a_score_lies_where_its_figures_may_at_the_weights_as_they_are() -> None:
    """Half of it is quality, from 0.7 to 0.85, the other half is 0.5 for sure; of the other all is sure."""
    offers = proven("a", estimate(0.8, 0.7, 0.85)), proven("b", 0.9)
    first, other = limits(*offers, weights=Weights(50, 0, 0, 0, 50))
    assert first == pytest.approx((0.6, 0.675), abs=0.002)
    assert other == pytest.approx((0.7, 0.7))


def test_a_score_moves_with_the_least_of_all_costs() -> None:
    """Where the other costs half, which 2.5 % of draws go beyond, what is sure is at twice the least."""
    first, other = limits(
        proven("a", 0.5, estimate(1.0, 0.5, 4.0)), proven("b", 0.5, 1.0), weights=COST_ALONE
    )
    assert first == pytest.approx((1 - log10(4) / 2, 1), abs=0.005)
    assert other == pytest.approx((TWICE, 1), abs=0.005)


def test_limits_hold_the_score_itself() -> None:
    """Of sixty alike each is the cheapest in one draw of sixty, though all have the whole scale."""
    alike = [proven(f"m{i}", 0.5, estimate(1.0, 0.5, 2.0)) for i in range(60)]
    assert {high for _, high in limits(*alike, weights=COST_ALONE)} == {1}


def test_a_score_has_no_limits_where_no_figure_moves() -> None:
    offers = proven("a", 0.5), proven("b", 0.6)
    assert limits(*offers, weights=Weights(0, 0, 0, 50, 50)) == [(None, None)] * 2
    assert limits(*offers, weights=QUALITY_ALONE) == [(0.5, 0.5), (0.6, 0.6)]


# -- figures without an interval


ONE_SIDED = estimate(0.5, 0.4, None), estimate(0.5, None, 0.6), estimate(0.5)


@pytest.mark.parametrize("figure", ONE_SIDED)
@pytest.mark.parametrize("criterion", ["quality", "cost", "speed"])
def test_what_may_lie_anywhere_makes_the_shares_unknown(criterion: str, figure: Estimate) -> None:
    """Of everyone, as any of them may be overtaken; with the weights alone each still has its share."""
    place = ("quality", "cost", "speed").index(criterion)
    figures: list[float | Estimate] = [0.5, 0.5, 0.5]
    figures[place] = figure
    weights = Weights(**dict.fromkeys(CRITERIA, 0) | {criterion: 10})
    offers = proven("a", *figures), proven("b", 0.6, 0.6, 0.6), proven("c", 0.1, 0.9, 0.9)
    found = shortlist(gathered(*offers, weights=weights)).ranked
    assert [(one.wins, one.score_low, one.score_high) for one in found] == [(None, None, None)] * 3
    assert sum(one.wins_by_weights or 0 for one in found) == pytest.approx(1)
    assert found[0].wins_by_weights == 1
    others = Weights(**dict.fromkeys(CRITERIA, 10) | {criterion: 0})
    assert all(one.wins is not None for one in shortlist(gathered(*offers, weights=others)).ranked)


def test_who_is_no_contender_makes_no_share_unknown() -> None:
    told = {"context_window": 10}
    offers = proven("a", 0.5, **told), proven("b", 0.6, **told), proven("c", estimate(0.9))
    found = ranked(shortlist(gathered(*offers, gates=(Gate("context", "5"),))))
    assert [found[name].wins for name in "abc"] == [0, 1, None]


def test_a_quality_of_nothing_without_an_interval_is_not_sure() -> None:
    found = shortlist(gathered(proven("a", estimate(0.0)), proven("b", 0.6), weights=QUALITY_ALONE))
    assert [one.wins for one in found.ranked] == [None, None]


def test_what_is_free_or_given_is_sure_without_an_interval() -> None:
    free = proven("a", 0.5, estimate(0.0)), proven("b", 0.5, estimate(3.0, 2.0, 4.0))
    assert shares(*free, weights=COST_ALONE) == [(1, 1), (0, 0)]
    unsure = shortlist(gathered(*free, proven("c", 0.5, estimate(9.0)), weights=COST_ALONE))
    assert [one.wins for one in unsure.ranked] == [None] * 3
    given = [proven(name, 0.5, cost=yearly(cost)) for name, cost in (("a", "100"), ("b", "120"))]
    assert shares(*given, workload=WORK, weights=COST_ALONE) == [(1, 1), (0, 0)]


def test_the_only_contender_wins_without_an_interval_and_its_score_has_no_limits() -> None:
    (found,) = shortlist(gathered(proven("a", estimate(0.5)))).ranked
    assert (found.wins, found.wins_by_weights, found.score_low, found.score_high) == (1, 1, None, None)


def test_what_is_not_drawn_has_no_limits() -> None:
    told = {"context_window": 10}
    offers = proven("a", estimate(0.8, 0.7, 0.9), **told), proven("b", estimate(0.8, 0.7, 0.9))
    (low, _), other = limits(*offers, gates=(Gate("context", "5"),))
    assert low is not None
    assert other == (None, None)


def seconds(asked: Gathered) -> float:
    """The least processor time of a few tries."""
    taken: list[float] = []
    for _ in range(5):
        start = time.process_time()
        shortlist(asked)
        taken.append(time.process_time() - start)
    return min(taken)


def test_thirty_offers_are_drawn_at_once() -> None:
    random = Random(1)
    offers = [
        proven(f"m{i}", estimate(q := random.uniform(0.6, 0.9), q - 0.05, q + 0.05), estimate(2.0, 1.8, 2.3))
        for i in range(30)
    ]
    assert seconds(gathered(*offers)) < 0.02  # 5 ms on an idle core


def test_a_whole_catalogue_takes_little_longer() -> None:
    random = Random(1)
    offers = [evidence(f"m{i}", cost=yearly(str(random.randint(100, 99_999)))) for i in range(2_300)]
    assert seconds(gathered(*offers, workload=WORK, weights=Weights(0, 60, 0, 40, 0))) < 0.12  # 40 ms


def test_a_year_of_work_is_exact_money() -> None:
    told = cost_of(evidence("a", cost=yearly("12345.67")), yearly=True)
    assert told is not None
    assert Decimal(str(told.value)) == Decimal("12345.67")
