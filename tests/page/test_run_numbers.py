"""Figures of a run in words."""

import pytest

from broker.stats import Estimate
from pages import _run_numbers as numbers


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ((1200.0, 1100.0, 1300.0), "1.20 s (1.10 s to 1.30 s)"),
        ((1200.0, 1100.0, None), "1.20 s (at least 1.10 s)"),
        ((None, 1100.0, None), "more than 1.10 s"),  # the rest timed out
        ((None, None, None), "unknown"),
    ],
)
def test_a_wait_says_what_is_known_of_it(ends: tuple[float | None, ...], words: str) -> None:
    value, low, high = ends
    assert numbers.wait(Estimate(value, low, high, 40, ""), 40).replace("\u00a0", " ") == words
    known = words != "unknown"
    assert numbers.wait(Estimate(value, low, high, 38, ""), 40).endswith("38") == known
