"""Where names stand beside their points without covering each other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Align = Literal["left", "right", "center"]

_LETTER, _LINE, _GAP = 6.4, 14.0, 10.0


class Box(NamedTuple):
    """A rectangle in pixels, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def over(self, other: "Box") -> float:
        """The area that two rectangles share."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a name stands from its point: pixels to the right and down, and which end of it is there."""

    dx: float
    dy: float
    align: Align

    def box(self, x: float, y: float, text: str) -> Box:
        """The room that the name takes."""
        width = _LETTER * len(text)
        left = x + self.dx - {"left": 0.0, "right": width, "center": width / 2}[self.align]
        return Box(left, y + self.dy - _LINE / 2, left + width, y + self.dy + _LINE / 2)


_SIDES: tuple[tuple[float, float, Align], ...] = (
    (-_GAP, -_GAP, "right"),
    (_GAP, -_GAP, "left"),
    (_GAP, _GAP, "left"),
    (-_GAP, _GAP, "right"),
    (1.4 * _GAP, 0.0, "left"),
    (-1.4 * _GAP, 0.0, "right"),
    (0.0, -2 * _GAP, "center"),
    (0.0, 2 * _GAP, "center"),
)
_SPOTS = tuple(Spot(dx, dy * far, align) for far in (1.0, 1.9) for dx, dy, align in _SIDES)


def placed(
    points: Sequence[tuple[float, float, str]],
    ground: tuple[float, float],
    taken: Iterable[Box] = (),
    must: int = 0,
) -> list[Spot | None]:
    """A spot for each (x, y, name) in pixels, the first ones first; `None` where a name finds no room.

    `ground` is width and height. `taken` are rectangles that stay free, beside the points themselves; the
    first `must` names are there anyway, and cover as little of those as can be.
    """
    used = [*taken, *(Box(x - 5, y - 5, x + 5, y + 5) for x, y, _ in points)]
    found: list[Spot | None] = []
    for i, (x, y, text) in enumerate(points):
        within = [spot for spot in _SPOTS if _within(spot.box(x, y, text), ground)]
        spot = min(within, key=lambda spot: _covered(spot.box(x, y, text), used), default=None)
        if spot is not None and i >= must and _covered(spot.box(x, y, text), used):
            spot = None
        if spot is not None:
            used.append(spot.box(x, y, text))
        found.append(spot)
    return found


def spread(heights: Sequence[float], most: float, gap: float = _LINE) -> list[float]:
    """Heights moved apart to at least `gap`, in their order, none beyond 0 and `most` if there is room."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    moved = [0.0] * len(heights)
    least = 0.0
    for i in order:
        moved[i] = max(heights[i], least)
        least = moved[i] + gap
    ceiling = max(most, gap * (len(heights) - 1))
    for i in reversed(order):
        moved[i] = min(moved[i], ceiling)
        ceiling = moved[i] - gap
    return moved


def _within(box: Box, ground: tuple[float, float]) -> bool:
    return box.left >= 0 and box.right <= ground[0] and box.top >= 0 and box.bottom <= ground[1]


def _covered(box: Box, used: Iterable[Box]) -> float:
    return sum(box.over(other) for other in used)
