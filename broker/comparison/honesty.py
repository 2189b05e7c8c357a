"""Whether $ per million tokens says who is cheap, suite by suite: what a finished task cost beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

from sqlalchemy.orm import Session

from broker.catalog_entries import price_of
from broker.comparison import Evidence
from broker.comparison.memo import Memo
from broker.comparison.suites import ByOffer, Found
from broker.results.leaderboard import Standing
from broker.workload.honesty import Honesty, by_finished_task
from broker.workload.measured import Counted, counted

_kept = Memo[Mapping[str, Counted]](64)


def honesty_of(
    session: Session, at: date, suites: Iterable[str], offers: Sequence[Evidence], found: ByOffer
) -> dict[str, Honesty]:
    """By suite those of the offers that have a result there, each by its newest run; others are missing.

    Costs are those of the runs' days, prices per token the listed ones of the comparison's day. Imported
    answers have no tokens, so they are left out.
    """
    told: dict[str, Honesty] = {}
    for suite in suites:
        pairs = [(one, found[one.id][suite]) for one in offers if suite in found.get(one.id, {})]
        if pairs:
            told[suite] = _of_suite(session, at, pairs)
    return told


def _of_suite(session: Session, at: date, pairs: Sequence[tuple[Evidence, Found]]) -> Honesty:
    measure = "passed" if any(run.result.measure == "passed" for _, run in pairs) else "score"
    standings: list[Standing] = []
    tokens: dict[str, Counted] = {}
    for one, run in pairs:
        stands = next(row for row in run.run.board if row.offer == run.offer)
        standings.append(replace(stands, offer=one.id, label=one.label))
        if run.result.measure == measure and run.result.origin == "measured":
            sums = _kept.get(run.key[:2], lambda run=run: counted(session, run.result.run_id))
            if run.offer in sums:
                tokens[one.id] = sums[run.offer]
    instant = datetime.combine(at, time(), UTC)
    prices = {one.id: price_of(one.entry, instant) for one, _ in pairs}
    return by_finished_task(standings, tokens, prices, measure)
