"""The frontier against brute force; what is unknown is named, not drawn."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from broker.catalog_entries import Entry
from broker.comparison import Evidence
from broker.comparison.frontier import frontier
from broker.results.breakdown import undominated
from broker.stats import Estimate
from broker.types import Offer

# Few values, so that offers are often alike in one or in both.
POINTS = st.lists(
    st.tuples(st.integers(0, 5).map(float), st.integers(0, 5).map(lambda n: n / 5)), max_size=12
)


def measured(name: str, quality: float | None, cost: float | None) -> Evidence:
    entry = Entry(Offer("openai", name, name, "Acme", name), "Openai")
    good, dear = (None if x is None else Estimate(x, None, None, 100, "made up") for x in (quality, cost))
    return Evidence(entry, quality=good, per_1000=dear)


def beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[0] and one[1] >= other[1] and one != other


@given(POINTS)
@settings(deadline=None)
def test_a_point_is_on_the_frontier_where_no_other_beats_it(points: list[tuple[float, float]]) -> None:
    assert undominated(points) == [not any(beats(other, one) for other in points) for one in points]


def test_measured_offers_are_drawn_and_the_others_named() -> None:
    unknown = Estimate(None, None, None, 0, "made up")
    offers = (
        measured("best", 0.92, 41.5),
        measured("dear", 0.88, 18.4),
        measured("good", 0.885, 9.7),
        measured("cheap", 0.8, 1.3),
        measured("new", None, None),
        replace(measured("judged", 0.9, None), per_1000=unknown),
        measured("billed", None, 3.0),
    )
    found = frontier(offers)
    assert [(point.offer, point.frontier) for point in found.points] == [
        ("openai/cheap", True), ("openai/good", True), ("openai/dear", False), ("openai/best", True),
    ]  # fmt: skip
    assert found.left_out == (
        ("new · Openai", "quality and cost of a task unknown"),
        ("judged · Openai", "cost of a task unknown"),
        ("billed · Openai", "quality unknown"),
    )
