"""Cost per right answer: against its parts where one of them is certain, and where nothing is known."""

import pytest

from broker.stats.bootstrap import mean
from broker.stats.proportions import wilson
from broker.stats.unit_cost import per_right

RIGHT = [1.0] * 34 + [0.0] * 6


def width(found):
    """The upper limit as a multiple of the lower."""
    assert found.low
    assert found.high
    return found.high / found.low


def test_equal_costs_leave_the_uncertainty_of_the_share():
    """Two cents a call and 34 of 40 right by Wilson: the limits are two cents over the share's."""
    found, share = per_right([0.02] * 40, RIGHT), wilson(34, 40)
    assert width(share)
    assert (found.value, found.low, found.high, found.n) == pytest.approx(
        (0.02 / 0.85, 0.02 / share.high, 0.02 / share.low, 40)
    )


def test_all_right_is_no_proof_that_all_will_be():
    costs = [0.01 * (1 + i % 5) for i in range(40)]
    found, alone = per_right(costs, [1.0] * 40), mean(costs)
    assert found.low == pytest.approx(alone.low)  # no share lies above 1
    assert width(found) > width(alone)


def test_what_the_dear_ones_get_right_narrows_it():
    """Where wrong answers are cheap, a cheaper draw has fewer right ones: the two errors cancel in part."""
    dear = [0.05 if right else 0.01 for right in RIGHT]
    cheap = [0.01 if right else 0.05 for right in RIGHT]
    assert width(per_right(dear, RIGHT)) < width(wilson(34, 40)) < width(per_right(cheap, RIGHT))


def test_calls_of_one_document_are_one_piece_of_evidence():
    documents, right = [str(i // 4) for i in range(40)], [float(i < 32) for i in range(40)]
    costs = [0.01 * (1 + i // 4 % 3) for i in range(40)]
    alone, shared = per_right(costs, right), per_right(costs, right, documents)
    assert width(shared) > 1.3 * width(alone)


@pytest.mark.parametrize(
    ("costs", "right", "value"),
    [([], [], None), ([0.1, 0.2], [0.0, 0.0], None), ([0.1], [1.0], 0.1), ([0.0, 0.0], [1.0, 0.0], 0.0)],
)
def test_what_has_no_interval(costs, right, value):
    found = per_right(costs, right)
    assert (found.value, found.low, found.high) == (value, None, None)
