"""What an offer costs for a workload: twelve months by class of token, at list and at our price."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from broker.catalog_entries import Entry
from broker.types import TokenPrice
from broker.workload import ZERO, Charges, Tokens, Unknown, Workload, total_of
from broker.workload.ledger import Ledger, ledger
from broker.workload.profile import FIRST, LAST, is_dated, months
from broker.workload.rates import change_days, rates_on
from broker.workload.terms import Term

_UNDATED = Unknown((f"the workload does not start between {FIRST.year} and {LAST.year}",))


@dataclass(frozen=True, slots=True)
class Bill:
    """Twelve months and their sum; what a yearly commitment is missed by is due in its last month."""

    months: tuple[Charges, ...]
    year: Charges


@dataclass(frozen=True, slots=True)
class YearlyCost:
    """An offer's bills for a workload. `steps`: the days in the year from which another list price counts."""

    offer: str
    at_list: Bill | Unknown
    ours: Bill | Unknown
    steps: tuple[tuple[date, TokenPrice], ...]


def yearly_cost(
    workload: Workload, entry: Entry, terms: Iterable[Term] = (), measured: Mapping[str, Tokens] | None = None
) -> YearlyCost:
    """What an entry costs in the workload's year; raises `ValueError` where terms for it overlap.

    `measured` has the tokens of a request by offer id, for a workload that takes them from a run.
    """
    tokens = tokens_of(workload, entry.id, measured) if is_dated(workload) else _UNDATED
    if isinstance(tokens, Unknown):
        return YearlyCost(entry.id, tokens, tokens, ())
    agreed = [term for term in terms if term.covers(entry.offer)]
    at_list = ours = bill(ledger(workload, entry, tokens), workload.requests)
    if agreed:
        ours = bill(ledger(workload, entry, tokens, agreed), workload.requests)
    return YearlyCost(entry.id, at_list, ours, _steps(workload, entry, tokens))


def tokens_of(workload: Workload, offer: str, measured: Mapping[str, Tokens] | None) -> Tokens | Unknown:
    """The tokens of a request to an offer: the workload's own, else those that its run measured."""
    if workload.tokens is not None:
        return workload.tokens
    found = (measured or {}).get(offer)
    return found or Unknown(("the run that measures the tokens of this workload has none of this offer",))


def bill(found: Ledger | Unknown, requests: Decimal) -> Bill | Unknown:
    """What so many requests in the first month come to, shortfalls included."""
    if isinstance(found, Unknown):
        return found
    billed = [month.times(requests) for month in found.months]
    for one in found.commitments:
        missing = max(ZERO, one.amount - one.usage * requests)
        billed[one.due] = replace(billed[one.due], shortfall=billed[one.due].shortfall + missing)
    return Bill(tuple(billed), total_of(billed))


def _steps(workload: Workload, entry: Entry, tokens: Tokens) -> tuple[tuple[date, TokenPrice], ...]:
    calendar = months(workload)
    days = sorted(day for day in change_days(entry) if calendar[0].first <= day <= calendar[-1].last)
    before = rates_on(entry, tokens.input, calendar[0].first - timedelta(days=1)).standard
    found: list[tuple[date, TokenPrice]] = []
    for day in days:
        price = rates_on(entry, tokens.input, day).standard
        if price is not None and price != before:
            found.append((day, price))
            before = price
    return tuple(found)
