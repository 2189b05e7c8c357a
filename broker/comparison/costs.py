"""What a workload would cost with each offer in a year."""

from collections.abc import Mapping, Sequence

from broker.catalog_entries import Entry
from broker.workload import Tokens, Unknown, Workload
from broker.workload.terms import Term
from broker.workload.yearly import YearlyCost, yearly_cost


def cost_of(
    workload: Workload, entry: Entry, terms: Sequence[Term], tokens: Mapping[str, Tokens] | None
) -> YearlyCost:
    """The year's bills; ours are unknown where terms for the offer overlap, and the reason names them."""
    try:
        return yearly_cost(workload, entry, terms, tokens)
    except ValueError as error:
        listed = yearly_cost(workload, entry, (), tokens)
        return YearlyCost(entry.id, listed.at_list, Unknown((str(error),)), listed.steps)
