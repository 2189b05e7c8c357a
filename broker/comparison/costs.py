"""What a workload would cost with each offer in a year."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy.orm import Session

from broker.catalog_entries import Entry
from broker.comparison.memo import Memo
from broker.results.load import load_run
from broker.results.summary import mark_of
from broker.stats import Estimate
from broker.workload import Tokens, Unknown, Workload
from broker.workload.ledger import ledger
from broker.workload.measured import Measured, measured
from broker.workload.terms import Term
from broker.workload.yearly import YearlyCost, bill, yearly_cost
from db.benchmarks import Run

ENCLOSURE = "enclosure: both token means at the same end of their 95 % intervals"
_kept = Memo[Mapping[str, Measured]](16)


@dataclass(frozen=True, slots=True)
class _Billed:
    entry: Entry
    cost: YearlyCost
    year: Estimate | None


@dataclass(frozen=True, eq=False)
class Bills:
    """The year of one workload under these terms, each offer's worked out when it is asked for, and kept.

    `tokens` are the means of a request by offer id; `counts` what they rest on, where that is known.
    """

    workload: Workload
    terms: tuple[Term, ...]
    tokens: Mapping[str, Tokens]
    counts: Mapping[str, Measured] = field(default_factory=dict[str, Measured])
    _kept: dict[str, _Billed] = field(default_factory=dict[str, _Billed])

    def of(self, entry: Entry) -> YearlyCost:
        """An offer's bills; ours are unknown where terms for it overlap, and the reason names them."""
        return self._billed(entry).cost

    def year(self, entry: Entry) -> Estimate | None:
        """The total at our price, from what it is at the low end of its tokens to what it is at the high end.

        `None` where it is unknown or its tokens are no measurement. `n` counts calls.
        """
        return self._billed(entry).year

    def _billed(self, entry: Entry) -> _Billed:
        kept = self._kept.get(entry.id)
        if kept is None or kept.entry is not entry:  # another configuration has another entry
            cost = self._cost(entry)
            kept = self._kept[entry.id] = _Billed(entry, cost, self._year(entry, cost))
        return kept

    def _cost(self, entry: Entry) -> YearlyCost:
        try:
            return yearly_cost(self.workload, entry, self.terms, self.tokens)
        except ValueError as error:
            listed = yearly_cost(self.workload, entry, (), self.tokens)
            return YearlyCost(entry.id, listed.at_list, Unknown((str(error),)), listed.steps)

    def _year(self, entry: Entry, cost: YearlyCost) -> Estimate | None:
        counts = self.counts.get(entry.id)
        if counts is None or isinstance(cost.ours, Unknown):
            return None
        told = [
            bill(ledger(self.workload, entry, at, self.terms), self.workload.requests)
            for at in counts.ends or ()
        ]
        ends = [float(one.year.total) for one in told if not isinstance(one, Unknown)]
        value = float(cost.ours.year.total)
        limits = (min(value, *ends), max(value, *ends)) if len(ends) == 2 else (None, None)
        return Estimate(value, *limits, counts.calls, ENCLOSURE)


def bills(session: Session, workload: Workload, terms: tuple[Term, ...]) -> Bills:
    """The bills of a workload, with the tokens that its run measured where it takes them from one."""
    from_run = workload.run_id if workload.tokens is None else None
    return _bills(workload, terms, tuple(sorted(_measured(session, from_run).items())) if from_run else ())


@lru_cache(maxsize=4)  # of the whole catalogue one takes some 20 MB
def _bills(workload: Workload, terms: tuple[Term, ...], counts: tuple[tuple[str, Measured], ...]) -> Bills:
    return Bills(workload, terms, {offer: one.tokens for offer, one in counts}, dict(counts))


def _measured(session: Session, run_id: str) -> Mapping[str, Measured]:
    """The tokens of a run's offers, kept once it has ended; none where it is gone."""
    run = session.get(Run, run_id)
    if run is None:
        return {}
    mark = mark_of(run)
    if mark is None:
        return measured(session, load_run(session, run_id))
    return _kept.get((run_id, mark), lambda: measured(session, load_run(session, run_id)))
