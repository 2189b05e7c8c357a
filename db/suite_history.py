"""What earlier runs of a suite used and came to: every function returns a Select."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Nullable, Select, select

from db.base import Words
from db.benchmarks import Result, Run, Suite
from db.models import Call

_MOST = 1000  # answers of one offer, and runs: the latest


def runs(suite_id: str) -> Select[str, dict[str, Any], dict[str, Any] | None]:
    """The latest runs of this version of a suite: their parameters, and the judge's snapshot."""
    return (
        select(Run.id, Run.params, Nullable(Run.judge))
        .where(Run.suite_id == suite_id)
        .order_by(Run.created_at.desc())
        .limit(_MOST)
    )


def used(runs: Sequence[str], offer: str) -> Select[Words, int | None, int | None]:
    """The sample of an offer's latest answers in these runs, and their input and output tokens."""
    return (
        select(Result.sample_key, Nullable(Call.input_tokens), Nullable(Call.output_tokens))
        .join(Call, Result.call_id == Call.id)
        .where(Result.run_id.in_(runs), Result.offer == offer, Result.status == "done")
        .order_by(Result.ended_at.desc())
        .limit(_MOST)
    )


def judged(suite_name: str, offer: str) -> Select[Words, bool | None, float | None]:
    """The sample of an offer's latest judged answers to any version, whether they passed, and their score."""
    return (
        select(Result.sample_key, Result.passed, Result.value)
        .join(Run, Run.id == Result.run_id)
        .join(Suite, Suite.id == Run.suite_id)
        .where(Suite.name == suite_name, Result.offer == offer, Result.value.is_not(None))
        .order_by(Run.created_at.desc())
        .limit(_MOST)
    )


def judge_costs(runs: Sequence[str]) -> Select[Words, Decimal | None]:
    """What judging an answer cost in these runs, and the sample that was answered."""
    return (
        select(Result.sample_key, Result.judge_cost)
        .where(Result.run_id.in_(runs), Result.judge_cost.is_not(None))
        .order_by(Result.ended_at.desc())
        .limit(_MOST)
    )
