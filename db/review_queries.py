"""What is read of reviews: every function returns a Select for the caller to run in a reader."""

from datetime import datetime

from sqlalchemy import Nullable, Select, func, select

from db.benchmarks import Result
from db.models import Worker
from db.reviews import Judgement, Review


def reviews(run_id: str, kind: str | None = None) -> Select[Review]:
    """The reviews of a run, the latest first; of one kind where that is wanted."""
    listed = select(Review).where(Review.run_id == run_id).order_by(Review.created_at.desc(), Review.id)
    return listed if kind is None else listed.where(Review.kind == kind)


def alive() -> Select[Review, Worker | None]:
    """The reviews that wait for a worker or have one, in the order they were asked for, with that worker."""
    with_worker = select(Review, Nullable(Worker)).outerjoin(Worker, Worker.id == Review.worker_id)
    return with_worker.where(Review.status.in_(("queued", "running"))).order_by(Review.created_at, Review.id)


def answered(run_id: str) -> Select[str, int, int]:
    """The answers of a run in order: offer, position of the sample, epoch."""
    columns = (Result.offer, Result.position, Result.epoch)
    there = (Result.run_id == run_id, Result.status == "done", Result.outcome == "answered")
    return select(*columns).where(*there).order_by(Result.position, Result.epoch, Result.offer)


def unjudged(run_id: str) -> Select[str, int, int]:
    """Those of the answers that have no value yet, in the same order."""
    return answered(run_id).where(Result.value.is_(None))


def begun(review_id: str) -> Select[str, str, int, int, str, int, bool]:
    """Every item that was ever begun: a, b, position, epoch, status, attempt, whether repeated."""
    item = (Judgement.a, Judgement.b, Judgement.position, Judgement.epoch)
    known = (Judgement.status, Judgement.attempt, Judgement.repeated)
    return select(*item, *known).where(Judgement.review_id == review_id)


def judgements(review_id: str) -> Select[Judgement]:
    """What is finished of a review, in the order of the samples."""
    done = (Judgement.review_id == review_id, Judgement.status == "done")
    return select(Judgement).where(*done).order_by(Judgement.position, Judgement.epoch, Judgement.b)


def tally(review_id: str) -> Select[str, bool | None, int]:
    """How many items of a review there are by status, and whether they were judged."""
    columns = (Judgement.status, Judgement.judged)
    return select(*columns, func.count()).where(Judgement.review_id == review_id).group_by(*columns)


def ended_since(review_id: str, since: datetime) -> Select[int]:
    """How many items of a review have ended since then."""
    ended = (Judgement.review_id == review_id, Judgement.ended_at >= since)
    return select(func.count()).where(*ended)
