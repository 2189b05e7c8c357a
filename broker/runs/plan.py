"""Which cells a run has and in which order they are asked."""

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Cell(NamedTuple):
    """A sample, by its position in the suite, asked of an offer for the `epoch`th time (from 0)."""

    offer: str
    position: int
    epoch: int


def plan(
    sample_count: int, offers: Sequence[str], epochs: int, limit: int | None, seed: int
) -> Iterator[Cell]:
    """Every cell once, in a random order that the seed repeats; made as it is asked for.

    Blocks: each sample is asked of all offers one after the other, in an order of its own, so that the time
    of day, a slow minute or an early end favours none of them. Epochs follow each other.
    """
    dice = random.Random(seed)  # noqa: S311 - an order that can be repeated, no secret
    positions, order = chosen(sample_count, limit), list(offers)
    for epoch in range(epochs):
        dice.shuffle(positions)
        for position in positions:
            dice.shuffle(order)
            for offer in order:
                yield Cell(offer, position, epoch)


def chosen(sample_count: int, limit: int | None) -> list[int]:
    """The positions asked when only so many are: drawn at random, for suites are often sorted by subject.

    The draw is the same for every run of a suite, and a smaller limit takes some of what a larger one does.
    """
    if limit is None or limit >= sample_count:
        return list(range(sample_count))
    positions = list(range(sample_count))
    random.Random(sample_count).shuffle(positions)  # noqa: S311
    return sorted(positions[:limit])
