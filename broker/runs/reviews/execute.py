"""Carrying a review out in this process: claim it, ask the judge, give it back."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from broker.runs.crew import Held
from broker.runs.execute import Told, Watch, this_runtime, watched
from broker.runs.ledger import Book, Ledger
from broker.runs.reviews import Item
from broker.runs.reviews.answers import Answers
from broker.runs.reviews.crew import ReviewCrew, Reviewed
from broker.runs.reviews.pairs import Pairs
from broker.runs.reviews.plan import items
from broker.runs.reviews.progress import progress
from broker.suites.store import load_suite
from db import review_queries as queries
from db.benchmarks import Run
from db.leases import release
from db.review_changes import claim, request, write_judgements
from db.reviews import Review
from db.session import Database, open_database

if TYPE_CHECKING:
    from broker.runtime import Runtime

_JUDGEMENTS = Book(Review, ("a", "b", "position", "epoch"), write_judgements)


def execute(
    review_id: str,
    on_progress: Told | None = None,
    engine: "Runtime | None" = None,
    database: Database | None = None,
) -> str:
    """Carry a review out and return the status it ends with, as `broker.runs.execute.execute` does a run."""
    engine, database = engine or this_runtime(), database or open_database()
    crew = take(database, engine, review_id)
    if crew is None:
        raise LookupError(f"review {review_id} does not wait to be carried out")
    return watched(engine, database, crew, Watch(progress, request, on_progress))


def take(database: Database, engine: "Runtime", review_id: str | None = None) -> ReviewCrew | None:
    """Claim this review, or the next one that waits, to be carried out; `None` if there is none to take."""
    with database.reader() as session:
        waiting = [review.id for review, _ in session.execute(queries.alive())]
    if not waiting or (review_id and review_id not in waiting):
        return None
    ledger = Ledger(database, {row.id: row.name for row in engine.config.providers.values()}, _JUDGEMENTS)
    ledger.register()
    with database.writer() as session:
        review = claim(session, ledger.worker_id, datetime.now(UTC), review_id)
    if review is None:
        return None
    try:
        return _crew(Held(review, ledger, database), engine)
    except Exception as error:
        with database.writer() as session:
            problem = f"{type(error).__name__}: {error}"
            release(session, Review, review.id, ledger.worker_id, "failed", problem=problem)
        raise


def _crew(held: Held[Review], engine: "Runtime") -> ReviewCrew:
    review = held.job
    with held.database.reader() as session:
        run = session.get_one(Run, review.run_id)
        suite = load_suite(session, run.suite_id)
        plan = items(session, review, suite)
        begun = {Item(*row[:4]): row[4:] for row in session.execute(queries.begun(review.id)).all()}
    kind = Pairs if review.kind == "pairs" else Answers
    return kind(held, engine, Reviewed(run, suite), plan, begun)
