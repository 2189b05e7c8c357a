"""An item of a review as a row of `judgement`."""

from typing import Any, cast

from sqlalchemy import Table

from broker.judge import Preference
from broker.runs.feed import Turn
from broker.runs.reviews import Item
from db.reviews import Judgement

_OPEN: dict[str, Any] = dict.fromkeys(cast(Table, Judgement.__table__).columns.keys())


def started_row(review_id: str, turn: Turn[Item], sample_key: str) -> dict[str, Any]:
    """Every column of an item about which the judge is about to be asked."""
    known = {"status": "running", "attempt": turn.attempt, "repeated": turn.repeated}
    return _OPEN | turn.unit._asdict() | known | {"review_id": review_id, "sample_key": sample_key}


def decided(found: Preference) -> dict[str, Any]:
    """The columns that say what the judge found of two answers."""
    return {
        "judged": found.winner is not None,
        "a_first": found.a_first,
        "b_first": found.b_first,
        "winner": found.winner,
        "explanation": found.explanation,
    }
