"""What a review has to judge, in an order that an early end does no harm to."""

import random
from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from broker.runs.model_judge import by_model
from broker.runs.reviews import Item
from broker.suites import Suite
from db import review_queries as queries
from db.benchmarks import Run
from db.reviews import Review


def items(session: Session, review: Review, suite: Suite) -> list[Item]:
    """Every item of the review, samples in an order that its seed repeats; always the same.

    For it rests on which answers there are, and a finished run's answers stay; what the review itself has
    begun stays in, judged by now or not.
    """
    if review.kind == "pairs":
        rows = session.execute(queries.answered(review.run_id))
        found = pairs([(offer, at, epoch) for offer, at, epoch in rows], review.baseline or "", review.offers)
    else:
        found = answers(_open(session, review), review.offers, suite)
    return shuffled(found, review.seed)


def left_to_model(suite: Suite) -> set[int]:
    """The positions of those samples whose answers a model should grade."""
    return {i for i, sample in enumerate(suite.samples) if by_model(sample.scorers or suite.scorers)}


def _open(session: Session, review: Review) -> list[tuple[str, int, int]]:
    """The run's answers, of one with a judge those that it left without a grade."""
    judged = session.get_one(Run, review.run_id).judge is not None
    wanted = queries.unjudged(review.run_id) if judged else queries.answered(review.run_id)
    rows = {(offer, at, epoch) for offer, at, epoch in session.execute(wanted)}
    begun = session.execute(queries.begun(review.id))
    rows |= {(offer, at, epoch) for offer, _, at, epoch, *_ in begun}
    return sorted(rows, key=lambda row: (row[1], row[2], row[0]))


def pairs(rows: Iterable[tuple[str, int, int]], baseline: str, offers: Sequence[str]) -> list[Item]:
    """The baseline against each offer, on the samples that both answered in the same epoch."""
    there = set(rows)
    places = sorted((position, epoch) for offer, position, epoch in there if offer == baseline)
    return [Item(baseline, b, *place) for place in places for b in offers if (b, *place) in there]


def answers(rows: Iterable[tuple[str, int, int]], offers: Sequence[str], suite: Suite) -> list[Item]:
    """Each answer of these offers that a model should grade."""
    left = left_to_model(suite)
    return [
        Item(offer, "", position, epoch)
        for offer, position, epoch in rows
        if offer in offers and position in left
    ]


def shuffled(found: Sequence[Item], seed: int) -> list[Item]:
    """The items of a sample together, the samples in random order."""
    positions = sorted({item.position for item in found})
    random.Random(seed).shuffle(positions)  # noqa: S311 - an order that can be repeated, no secret
    place = {position: i for i, position in enumerate(positions)}
    return sorted(found, key=lambda item: (place[item.position], item.epoch))
