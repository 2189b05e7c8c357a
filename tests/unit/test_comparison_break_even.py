"""Where the choice flips, by volume and by price, against figures worked out by hand."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from broker.comparison import Shortlist
from broker.comparison.break_even import BreakEven, against, price, sentences, unknown, volumes
from broker.comparison_charts.yearly_cost import curves
from broker.workload.break_even import Curve, Range
from broker.workload.yearly import Bill, yearly_cost
from tests.made_up_shortlist import TERMS, WORKLOAD, entry, shortlist

D = Decimal
PLAIN, TIED, FREE = "acme/large-4", "bolt/pro-2", "nimbus/acme-large-4"
# One cent a request; half of that with 6,000 dollars committed a year, so 100,000 requests a month; nothing.
CURVES = {
    PLAIN: Curve(Fraction(12, 100)),
    TIED: Curve(Fraction(6, 100), ((Fraction(6000), Fraction(6, 100)),)),
    FREE: Curve(Fraction(0)),
}

PRICES = {"dear": "3 - - 12", "cheap": "2 - - 7"}


def asked(requests: int) -> Shortlist:
    found = shortlist()
    work = replace(WORKLOAD, requests=D(requests))
    return replace(found, gathered=replace(found.gathered, workload=work))


def held(requests: int, offer: str, reference: str = PLAIN) -> BreakEven:
    found = against(asked(requests), CURVES, reference)
    return next(one for one in found if one.offer.id == offer)


def test_a_commitment_pays_from_a_volume_on() -> None:
    found = held(200_000, TIED)
    # 0.12 v is 6,000 at 50,000 requests; beyond 100,000 the other pays 0.06 v.
    assert found.ranges == (Range(D(0), D(50_000), "first"), Range(D(50_000), None, "second"))
    assert volumes(found.ranges) == "from 50,000 on"
    assert (found.usd, found.reference_usd, found.cheaper) == (12_000, 24_000, "second")
    # 0.06 × 2 × 200,000 is 24,000; 0.12 × ½ × 200,000 is 12,000.
    assert (found.factor, found.reference_factor) == (2, D("0.5"))
    assert price(found.factor, CURVES[TIED]) == "may rise by 100 %"
    assert price(found.reference_factor, CURVES[PLAIN]) == "would have to fall by 50 %"


def test_no_price_makes_up_for_a_commitment_that_is_too_large() -> None:
    found = held(20_000, TIED)
    assert (found.usd, found.reference_usd, found.cheaper) == (6_000, 2_400, "first")
    assert found.factor is None
    assert price(None, CURVES[TIED]) == "no price flips it: its commitment costs more"
    assert found.reference_factor == D("2.5")  # 0.12 × 2.5 × 20,000 is 6,000
    assert price(found.reference_factor, CURVES[PLAIN]) == "may rise by 150 %"


def test_what_is_free_is_cheaper_at_every_volume() -> None:
    found = held(20_000, FREE)
    assert (volumes(found.ranges), found.cheaper) == ("at every volume", "second")
    assert price(found.factor, CURVES[FREE]) == "no price flips it: it has no fee"
    assert volumes(held(20_000, PLAIN, FREE).ranges) == "at no volume"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([Range(D(0), None, None)], "the same cost at every volume"),
        ([Range(D(0), D(2000), "second"), Range(D(2000), None, "first")], "up to 2,000"),
        (
            [
                Range(D(0), D(2000), "second"),
                Range(D(2000), D(9000), "first"),
                Range(D(9000), None, "second"),
            ],
            "up to 2,000 and from 9,000 on",
        ),
        (
            [
                Range(D(0), D("4.56"), "first"),
                Range(D("4.56"), D(9000), "second"),
                Range(D(9000), None, None),
            ],
            "from 4.6 to 9,000, the same cost from 9,000 on",
        ),
        ([Range(D(0), D(9), None), Range(D(9), None, "first")], "at no volume, the same cost up to 9"),
    ],
)
def test_ranges_in_words(found: list[Range], words: str) -> None:
    assert volumes(found) == words


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        ("1", "the same cost"),
        ("0.997", "would have to fall by 0.30 %"),
        ("0.9999999", "would have to fall by less than 0.01 %"),
        ("1.155", "may rise by 16 %"),
        ("9.99", "may rise by 899 %"),
        ("42", "may be 42 times as high"),
    ],
)
def test_prices_in_words(factor: str, words: str) -> None:
    assert price(D(factor), CURVES[PLAIN]) == words


def test_the_sentences_name_the_flip_and_the_nearest_price() -> None:
    found = [replace(one, passes=True) for one in against(asked(40_000), CURVES, PLAIN)]
    assert list(sentences(found, "Mine")) == [
        "bolt-pro-2 · Bolt API is cheaper than Mine from 50,000 on (requests a month).",
        "Cheaper than Mine at every volume: acme-large-4 · Nimbus Cloud.",
    ]
    (line,) = (line for line in sentences(against(asked(200_000), CURVES, TIED), "Mine") if "nearest" in line)
    assert "acme-large-4 · Acme API comes nearest" in line
    assert "fall by 50 % to cost as much as Mine" in line


def test_only_offers_that_qualify_and_whose_cost_is_known() -> None:
    found, known = shortlist(), curves(shortlist(), TERMS)
    failed = {one.evidence.id for one in found.ranked if one.outcome == "fail"}
    told = {one.offer.id for one in against(found, known, PLAIN)}
    assert told == {one.evidence.id for one in found.ranked} - failed - {PLAIN, "delta/8b"}
    assert [one.evidence.id for one, why in unknown(found) if "no price per token is known" in why] == [
        "delta/8b"
    ]
    assert against(found, known, "delta/8b") == ()
    assert against(asked(0), known, PLAIN) == ()


def test_what_is_not_shown_to_pass_flips_no_choice() -> None:
    """The free door's must-haves are unknown: it is in the table, and no sentence names it."""
    found = against(asked(40_000), CURVES, PLAIN)
    outcomes = {one.evidence.id: one.outcome for one in shortlist().ranked}
    assert {one.offer.id: one.passes for one in found} == {TIED: True, FREE: False}
    assert (outcomes[TIED], outcomes[FREE]) == ("pass", "unknown")
    assert list(sentences(found, "Mine")) == [
        "bolt-pro-2 · Bolt API is cheaper than Mine from 50,000 on (requests a month).",
    ]


def test_the_bill_at_prices_times_the_factor_is_the_other_s() -> None:
    work = replace(WORKLOAD, cache_read=D(0))
    dear, cheap = (entry(f"acme/{name}", "Acme", name, "Acme", text) for name, text in PRICES.items())
    found = replace(shortlist(), ranked=tuple(
        replace(one, evidence=replace(one.evidence, entry=sold, cost=yearly_cost(work, sold)))
        for one, sold in zip(shortlist().ranked, (dear, cheap), strict=False)
    ))  # fmt: skip
    found = replace(found, gathered=replace(found.gathered, workload=work))
    (one,) = against(found, curves(found), cheap.id)
    assert one.factor is not None
    lowered = entry("acme/dear", "Acme", "dear", "Acme", f"{3 * one.factor} - - {12 * one.factor}")
    bills = [yearly_cost(work, sold).ours for sold in (lowered, cheap)]
    lower, target = (bill.year.total for bill in bills if isinstance(bill, Bill))
    assert float(lower) == pytest.approx(float(target))
