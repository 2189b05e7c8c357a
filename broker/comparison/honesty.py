"""Whether $ per million tokens says who is cheap, suite by suite: what a finished task cost beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time

from sqlalchemy.orm import Session

from broker.catalog_entries import price_of
from broker.comparison import Evidence, Gathered, Shortlist, SuiteResult
from broker.comparison.memo import Memo
from broker.comparison.suites import found_again
from broker.results.leaderboard import Standing
from broker.workload.honesty import Honesty, by_finished_task
from broker.workload.measured import Counted, counted

_kept = Memo[Mapping[str, Counted]](64)


def with_honesty(session: Session, found: Shortlist) -> Shortlist:
    """The shortlist with what a finished task costs in each chosen suite."""
    return replace(found, gathered=replace(found.gathered, honesty=honesty_of(session, found.gathered)))


def honesty_of(session: Session, gathered: Gathered) -> dict[str, Honesty]:
    """By chosen suite the offers that have a result there, each by its newest run; others are missing.

    Costs are those of the runs' days, prices per token the listed ones of the comparison's day. Imported
    answers have no tokens, so they are left out.
    """
    found: dict[str, Honesty] = {}
    for suite, _ in gathered.wanted.suites:
        pairs = [(one, result) for one in gathered.offers for result in one.results if result.suite == suite]
        if pairs:
            found[suite] = _of_suite(session, gathered, pairs)
    return found


def _of_suite(session: Session, gathered: Gathered, pairs: Sequence[tuple[Evidence, SuiteResult]]) -> Honesty:
    measure = "passed" if any(result.measure == "passed" for _, result in pairs) else "score"
    at = datetime.combine(gathered.at, time(), UTC)
    standings: list[Standing] = []
    tokens: dict[str, Counted] = {}
    for one, result in pairs:
        run = found_again(session, result, one.entry)
        stands = next(row for row in run.run.board if row.offer == run.offer)
        standings.append(replace(stands, offer=one.id, label=one.label))
        sums = _kept.get(run.key[:2], lambda result=result: counted(session, result.run_id))
        if run.offer in sums and result.measure == measure and result.origin == "measured":
            tokens[one.id] = sums[run.offer]
    prices = {one.id: price_of(one.entry, at) for one, _ in pairs}
    return by_finished_task(standings, tokens, prices, measure)
