"""What an answer has beside its text."""

import pytest

from pages._details import probability


@pytest.mark.parametrize(("logprob", "expected"), [(0.0, 1.0), (-1e300, 0.0), (1e300, 1.0), (1e-7, 1.0)])
def test_a_probability_is_one(logprob: float, expected: float) -> None:
    assert probability(logprob) == expected
