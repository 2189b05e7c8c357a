"""What a review has to judge, in an order that an early end does no harm to."""

import random
from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from broker.runs.model_judge import by_model
from broker.runs.reviews import Item
from broker.suites import Suite
from db import review_queries as queries
from db.reviews import Review


def items(session: Session, review: Review, suite: Suite) -> list[Item]:
    """Every item of the review, samples in an order that its seed repeats; always the same.

    For it rests on which answers there are, and a finished run's answers stay.
    """
    rows = [(offer, at, epoch) for offer, at, epoch in session.execute(queries.answered(review.run_id))]
    if review.kind == "pairs":
        found = pairs(rows, review.baseline or "", review.offers)
    else:
        found = answers(rows, review.offers, suite)
    return shuffled(found, review.seed)


def pairs(rows: Iterable[tuple[str, int, int]], baseline: str, offers: Sequence[str]) -> list[Item]:
    """The baseline against each offer, on the samples that both answered in the same epoch."""
    there = set(rows)
    places = sorted((position, epoch) for offer, position, epoch in there if offer == baseline)
    return [Item(baseline, b, *place) for place in places for b in offers if (b, *place) in there]


def answers(rows: Iterable[tuple[str, int, int]], offers: Sequence[str], suite: Suite) -> list[Item]:
    """Each answer of these offers that a model should grade."""
    left = [bool(by_model(sample.scorers or suite.scorers)) for sample in suite.samples]
    return [
        Item(offer, "", position, epoch)
        for offer, position, epoch in rows
        if offer in offers and left[position]
    ]


def shuffled(found: Sequence[Item], seed: int) -> list[Item]:
    """The items of a sample together, the samples in random order."""
    positions = sorted({item.position for item in found})
    random.Random(seed).shuffle(positions)  # noqa: S311 - an order that can be repeated, no secret
    place = {position: i for i, position in enumerate(positions)}
    return sorted(found, key=lambda item: (place[item.position], item.epoch))
