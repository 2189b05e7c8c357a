"""What a workload would cost with each offer in a year."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy.orm import Session

from broker.catalog_entries import Entry
from broker.workload import Tokens, Unknown, Workload
from broker.workload.measured import mean_tokens
from broker.workload.terms import Term
from broker.workload.yearly import YearlyCost, yearly_cost


@dataclass(frozen=True, eq=False)
class Bills:
    """The year of one workload under these terms, each offer's worked out when it is asked for, and kept."""

    workload: Workload
    terms: tuple[Term, ...]
    tokens: Mapping[str, Tokens]
    _kept: dict[str, tuple[Entry, YearlyCost]] = field(default_factory=dict[str, tuple[Entry, YearlyCost]])

    def of(self, entry: Entry) -> YearlyCost:
        """An offer's bills; ours are unknown where terms for it overlap, and the reason names them."""
        kept = self._kept.get(entry.id)
        if kept is None or kept[0] is not entry:  # another configuration has another entry
            kept = self._kept[entry.id] = (entry, self._cost(entry))
        return kept[1]

    def _cost(self, entry: Entry) -> YearlyCost:
        try:
            return yearly_cost(self.workload, entry, self.terms, self.tokens)
        except ValueError as error:
            listed = yearly_cost(self.workload, entry, (), self.tokens)
            return YearlyCost(entry.id, listed.at_list, Unknown((str(error),)), listed.steps)


def bills(session: Session, workload: Workload, terms: tuple[Term, ...]) -> Bills:
    """The bills of a workload, with the tokens that its run measured where it takes them from one."""
    tokens = mean_tokens(session, workload.run_id) if workload.run_id else {}
    return _bills(workload, terms, tuple(sorted(tokens.items())))


@lru_cache(maxsize=4)  # of the whole catalogue one takes some 20 MB
def _bills(workload: Workload, terms: tuple[Term, ...], tokens: tuple[tuple[str, Tokens], ...]) -> Bills:
    return Bills(workload, terms, dict(tokens))
