"""Quality against cost: which offers no other one beats in both."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from broker.comparison import Evidence
from broker.results.breakdown import Point, undominated


@dataclass(frozen=True, slots=True)
class Frontier:
    """Offers by cost per 1,000 tasks, the cheapest first; `left_out` has the others’ labels, and why."""

    points: tuple[Point, ...]
    left_out: tuple[tuple[str, str], ...]


def frontier(offers: Iterable[Evidence]) -> Frontier:
    """The offers whose quality and cost were both measured; their point estimates alone are compared."""
    points: list[Point] = []
    left_out: list[tuple[str, str]] = []
    for one in offers:
        cost, quality = one.per_1000, one.quality
        if cost is None or quality is None or cost.value is None or quality.value is None:
            left_out.append((one.label, _missing(one)))
        else:
            points.append(Point(one.id, one.label, cost, quality, frontier=True))
    marks = undominated([(point.cost_per_1000.value or 0, point.quality.value or 0) for point in points])
    marked = [replace(point, frontier=mark) for point, mark in zip(points, marks, strict=True)]
    return Frontier(tuple(sorted(marked, key=_cheapest_first)), tuple(left_out))


def _cheapest_first(point: Point) -> tuple[float, str]:
    return point.cost_per_1000.value or 0, point.label


def _missing(one: Evidence) -> str:
    told = (("quality", one.quality), ("cost of a task", one.per_1000))
    unknown = [name for name, estimate in told if estimate is None or estimate.value is None]
    return f"{' and '.join(unknown)} unknown"
