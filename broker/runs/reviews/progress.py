"""How far a review is: what the run's page and the command line show."""

from sqlalchemy.orm import Session

from broker.runs.progress import Progress, per_minute
from db import review_queries as queries
from db.reviews import Review


def progress(session: Session, review_id: str) -> Progress:
    """How far a review is; raises `LookupError` where there is none of that id.

    What was left unjudged counts as failed: `retry` has it judged again. Times do not matter here.
    """
    review = session.get(Review, review_id, populate_existing=True)
    if review is None:
        raise LookupError(f"there is no review {review_id}")
    judged = unjudged = under_way = 0
    for status, is_judged, count in session.execute(queries.tally(review_id)):
        judged += count if status == "done" and is_judged else 0
        unjudged += count if status == "done" and not is_judged else 0
        under_way += count if status == "running" else 0
    rate = per_minute(session, review, queries.ended_since)
    return Progress(
        status=review.status,
        wanted=review.wanted,
        total=review.item_count,
        done=judged + unjudged,
        under_way=under_way,
        spent=review.spent,
        budget=review.budget,
        per_minute=rate,
        eta_s=(review.item_count - judged - unjudged) / rate * 60 if rate else None,
        lag_p95_ms=None,
        timings_unreliable=False,
        problem=review.problem,
        outcomes={review.judge["id"]: {"judged": judged, "error": unjudged}},
    )
