"""The frontier against brute force; what is unknown is named, not drawn."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from broker.comparison.frontier import frontier
from broker.results.breakdown import undominated
from broker.stats import Estimate
from tests.shortlisttools import EVIDENCE

# Few values, so that offers are often alike in one or in both.
POINTS = st.lists(
    st.tuples(st.integers(0, 5).map(float), st.integers(0, 5).map(lambda n: n / 5)), max_size=12
)


def beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[0] and one[1] >= other[1] and one != other


@given(POINTS)
@settings(deadline=None)
def test_a_point_is_on_the_frontier_where_no_other_beats_it(points: list[tuple[float, float]]) -> None:
    assert undominated(points) == [not any(beats(other, one) for other in points) for one in points]


def test_measured_offers_are_drawn_and_the_others_named() -> None:
    """Ember is better than Acme by a hair and dearer; Bolt mini is the cheapest and the worst."""
    found = frontier(EVIDENCE)
    assert [(point.offer, point.frontier) for point in found.points] == [
        ("bolt/mini-2", True), ("bolt/pro-2", True), ("acme/large-4", True), ("ember/reason", True),
    ]  # fmt: skip
    assert found.left_out == (
        ("acme-large-4 · Nimbus Cloud", "quality and cost of a task unknown"),
        ("delta-8b · Own servers", "quality and cost of a task unknown"),
        ("cirrus-opus-1 · Cirrus API", "quality and cost of a task unknown"),
    )


def test_who_is_dearer_and_no_better_fades() -> None:
    """Each of the others is cheaper, and now better."""
    bad = Estimate(0.5, 0.45, 0.55, 500, "Wilson")
    worse = [replace(one, quality=bad) if one.id == "ember/reason" else one for one in EVIDENCE]
    marks = {point.offer: point.frontier for point in frontier(worse).points}
    assert marks == {"bolt/mini-2": True, "bolt/pro-2": True, "acme/large-4": True, "ember/reason": False}


def test_an_unknown_cost_alone_is_named() -> None:
    [(_, why)] = frontier([replace(EVIDENCE[0], per_1000=Estimate(None, None, None, 0, "sum"))]).left_out
    assert why == "cost of a task unknown"
