"""The tokens of a request as a run measured them, offer by offer: tokenizers and manners of speech differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broker.results import FAILED, Cell, RunResults, resamples
from broker.stats import Estimate
from broker.stats.bootstrap import mean
from broker.workload import Tokens
from db import benchmark_queries as queries
from db.benchmarks import Result
from db.models import Call


@dataclass(frozen=True, slots=True)
class Counted:
    """What `calls` of one offer come to in tokens."""

    calls: int
    input_tokens: int
    output_tokens: int

    @property
    def tokens(self) -> Tokens:
        """The means, exactly."""
        return Tokens(Decimal(self.input_tokens) / self.calls, Decimal(self.output_tokens) / self.calls)


@dataclass(frozen=True, slots=True)
class Measured:
    """The tokens of one offer's calls: `input` and `output` on average, and what `calls` of them come to."""

    calls: int
    input_tokens: int
    output_tokens: int
    input: Estimate
    output: Estimate

    @property
    def tokens(self) -> Tokens:
        """The means, exactly."""
        return Tokens(Decimal(self.input_tokens) / self.calls, Decimal(self.output_tokens) / self.calls)

    @property
    def ends(self) -> tuple[Tokens, Tokens] | None:
        """Both means at the low and at the high end of their intervals; `None` where neither has one.

        A count that was the same in every call has none, and stays as it is: some models answer in one token.
        What these cost encloses the cost more widely than 95 %: both are seldom off the same way.
        """
        both = zip(_ends(self.input), _ends(self.output), strict=True)
        known = [Tokens(Decimal(a), Decimal(b)) for a, b in both if a is not None and b is not None]
        return (known[0], known[1]) if len(known) == 2 and known[0] != known[1] else None


def measured(session: Session, run: RunResults) -> dict[str, Measured]:
    """By offer id, the calls of a run that were billed and whose tokens are known; others have no entry."""
    columns = (Result.offer, Result.sample_key, Result.epoch, Call.input_tokens, Call.output_tokens)
    counted = (Call.input_tokens.is_not(None), Call.output_tokens.is_not(None))
    found = queries.results(run.id).join(Call, Call.id == Result.call_id)
    found = found.where(Result.outcome.not_in(FAILED), *counted)
    rows = [
        (Cell(offer, sample, epoch, ""), given or 0, written or 0)
        for offer, sample, epoch, given, written in session.execute(found.with_only_columns(*columns))
    ]
    return {offer: _measured(run, list(group)) for offer, group in groupby(rows, lambda row: row[0].offer)}


def counted(session: Session, run_id: str) -> dict[str, Counted]:
    """By offer id, the same calls summed up: one Select, whatever the run's size."""
    sums = (func.count(), func.sum(Call.input_tokens), func.sum(Call.output_tokens))
    known = (Call.input_tokens.is_not(None), Call.output_tokens.is_not(None))
    found = (
        select(Result.offer, *sums)
        .join(Call, Call.id == Result.call_id)
        .where(Result.run_id == run_id, Result.status == "done", Result.outcome.not_in(FAILED), *known)
        .group_by(Result.offer)
    )
    return {
        offer: Counted(calls, int(given or 0), int(written or 0))
        for offer, calls, given, written in session.execute(found)
    }


def mean_tokens(session: Session, run_id: str) -> dict[str, Tokens]:
    """By offer id, the means of `measured` alone."""
    return {offer: one.tokens for offer, one in counted(session, run_id).items()}


def _ends(told: Estimate) -> tuple[float | None, float | None]:
    """Its limits, and the value for both where all that it is the mean of are alike."""
    alike = told.low is None and told.high is None
    return (told.value, told.value) if alike else (told.low, told.high)


def _measured(run: RunResults, rows: Sequence[tuple[Cell, int, int]]) -> Measured:
    units, draws = run.units(tuple(cell for cell, _, _ in rows)), resamples(len(rows))
    given, written = [row[1] for row in rows], [row[2] for row in rows]
    means = (mean([float(n) for n in counts], units, resamples=draws) for counts in (given, written))
    return Measured(len(rows), sum(given), sum(written), *means)
