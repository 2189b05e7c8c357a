"""Where the choice flips: all crossings, exactly, against a count at every eighth of a request."""

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from broker.workload.break_even import Curve, Range, curve_of, points, price_factor, ranges
from broker.workload.ledger import Ledger, ledger
from broker.workload.terms import Term
from broker.workload.yearly import Bill, bill
from tests.workloadtools import START, entry, workload

D, F = Decimal, Fraction
LIST = entry("2 - - 8")


def line(rate: int, *commitments: tuple[int, int]) -> Curve:
    return Curve(F(rate), tuple((F(amount), F(usage)) for amount, usage in commitments))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param(line(1), line(2), [(0, None, "first")], id="one is cheaper at any volume"),
        pytest.param(line(2), line(2), [(0, None, None)], id="both are alike"),
        # 1,000 a year are committed: until 500 requests the other is cheaper.
        pytest.param(
            line(1, (1000, 1)), line(2), [(0, 500, "second"), (500, None, "first")], id="a commitment"
        ),
        # max(200, 2 v) against max(80, 3 v): 3 v reaches 200 at 66.67.
        pytest.param(
            line(2, (200, 2)),
            line(3, (80, 3)),
            [(0, D(200) / 3, "second"), (D(200) / 3, None, "first")],
            id="two commitments",
        ),
        # max(100, 5 v) against 4 v + 30: 17.5 on the flat part, 30 beyond it.
        pytest.param(
            line(5, (100, 5)),
            line(4, (30, 0)),
            [(0, D("17.5"), "second"), (D("17.5"), 30, "first"), (30, None, "second")],
            id="the choice flips twice",
        ),
        # 10 v + 20 against 8 v + 40, from 10 on 12 v: both are 120 there and nowhere else.
        pytest.param(line(10, (20, 0)), line(12, (40, 4)), [(0, None, "first")], id="touching is no flip"),
        pytest.param(line(1, (100, 1)), line(1, (100, 1)), [(0, None, None)], id="the same commitment"),
        # Both flat at 100 until 50; then the second costs 2 v, the first stays flat until 100.
        pytest.param(
            line(1, (100, 1)), line(2, (100, 2)), [(0, 50, None), (50, None, "first")], id="alike for a while"
        ),
    ],
)  # fmt: skip
def test_worked_by_hand(first: Curve, second: Curve, expected: list[tuple[object, object, object]]) -> None:
    assert ranges(first, second) == tuple(Range(*one) for one in expected)


def some_curve(draw: random.Random) -> Curve:
    commitments = [(draw.randint(0, 40), draw.randint(0, 4)) for _ in range(draw.randint(0, 3))]
    return line(sum(usage for _, usage in commitments) + draw.randint(0, 3), *commitments)


def cheaper_at(first: Curve, second: Curve, volume: Fraction) -> str | None:
    one, other = first.cost(volume), second.cost(volume)
    return None if one == other else "first" if one < other else "second"


@pytest.mark.parametrize("seed", range(300))
def test_ranges_agree_with_brute_force(seed: int) -> None:
    draw = random.Random(seed)
    first, second = some_curve(draw), some_curve(draw)
    found = ranges(first, second)
    assert found[0].start == 0
    assert found[-1].end is None
    assert all(a.end == b.start and a.cheaper != b.cheaper for a, b in pairwise(found))
    for eighths in range(8 * 60):
        volume, at = F(eighths, 8), D(eighths) / 8
        inside = [one for one in found if one.start < at and (one.end is None or at < one.end)]
        if inside:
            assert cheaper_at(first, second, volume) in (inside[0].cheaper, None)
    # Both may cost the same inside a range where they touch, but then in one point alone.
    for one in found:
        if one.cheaper is not None:
            end = one.end if one.end is not None else one.start + 10
            inner = [F(one.start) + (F(end) - F(one.start)) * F(i, 7) for i in range(1, 7)]
            assert sum(cheaper_at(first, second, volume) is None for volume in inner) <= 1


@pytest.mark.parametrize("seed", range(300))
def test_the_price_factor_is_the_last_at_which_it_is_no_dearer(seed: int) -> None:
    draw = random.Random(seed)
    mine, other, volume = some_curve(draw), some_curve(draw), F(draw.randint(1, 20))

    def no_dearer(factor: Fraction) -> bool:
        return mine.cost(volume * factor) <= other.cost(volume)

    found = price_factor(mine, other, D(int(volume)))
    if found is None:
        assert not no_dearer(F(0)) or no_dearer(F(10**9))
    else:
        assert no_dearer(F(found) * (1 - F(1, 10**9)))
        assert not no_dearer(F(found) * (1 + F(1, 10**9)) + F(1, 10**9))


def test_a_price_factor_worked_by_hand() -> None:
    # 100 requests cost 300 and 240: the first has to become 20 % cheaper.
    assert price_factor(line(3), line(2, (240, 2)), D(100)) == D("0.8")
    # With 150 committed, prices may fall as they like: at half price the commitment is what is paid.
    assert price_factor(line(3, (150, 3)), line(1), D(100)) is None
    assert price_factor(line(3), line(3), D(0)) is None


def test_corners_are_all_a_chart_needs() -> None:
    curve = line(3, (12, 2), (90, 1))
    assert points(curve, D(50), [D(20), D(80)]) == (
        (D(0), D(102)),
        (D(6), D(102)),  # 18 + 0 + 84
        (D(20), D(130)),  # 60 + 0 + 70
        (D(50), D(190)),  # 150 + 0 + 40
    )


@pytest.mark.parametrize("requests", [0, 1, 999, 138_888, 5_000_000])
def test_the_curve_of_a_ledger_is_the_total_of_its_bill(requests: int) -> None:
    terms = [
        Term("commitment", D(6000), "acme", START, period="year"),
        Term("discount", D(10), "acme", START),
        Term("commitment", D(700), "acme", START, date(2027, 5, 20), offer="acme/m", period="month"),
    ]
    wanted = workload(growth="0.05")
    assert wanted.tokens is not None
    found = ledger(wanted, LIST, wanted.tokens, terms)
    assert isinstance(found, Ledger)
    billed = bill(found, D(requests))
    assert isinstance(billed, Bill)
    assert abs(D(float(curve_of(found).cost(F(requests)))) - billed.year.total) < D("1e-6")
    assert len(found.commitments) == 6
    assert replace(billed.year, shortfall=D(0)).total <= billed.year.total
