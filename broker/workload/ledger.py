"""A workload's year with one offer, priced day by day, at one request in the first month.

Usage is spread evenly over the days of a month, so a price or a term that changes on the 15th changes the
rest of that month. A request costs list price × (1 + uplift) × (1 - discount); in a batch, the listed batch
price takes the list price's place, else the list price × (1 - batch discount). A commitment comes last: what
these sums fall short of it is paid too.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from broker.catalog_entries import Entry
from broker.pricing import MILLION
from broker.types import TokenPrice
from broker.workload import ONE, ZERO, Charges, Tokens, Unknown, Workload, total_of
from broker.workload.profile import Month, months
from broker.workload.rates import change_days, rates_on
from broker.workload.terms import Kind, Term, check, in_force


@dataclass(frozen=True, slots=True)
class Commitment:
    """What was committed for one stretch of time, and how much of it one request a month uses up.

    A shortfall is due in the month number `due`, counted from 0.
    """

    amount: Decimal
    usage: Decimal
    due: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """A year at one request in the first month. `months` scale with the requests, commitments do not."""

    months: tuple[Charges, ...]
    commitments: tuple[Commitment, ...] = ()


@dataclass(frozen=True, slots=True)
class _Span:
    """Days of one month on which nothing changes; `weight` is their requests to one in the first month."""

    month: int
    first: date
    days: int
    weight: Decimal


@dataclass(frozen=True, slots=True)
class _Rates:
    """What counts from one change to the next: prices, a fee beside them, and what terms do to them."""

    standard: TokenPrice | None
    batch: TokenPrice | None
    fee: str
    dearer: Decimal
    cheaper: Decimal


def ledger(workload: Workload, entry: Entry, tokens: Tokens, terms: Iterable[Term] = ()) -> Ledger | Unknown:
    """The year at one request in the first month; without terms, at list price."""
    agreed = [term for term in terms if term.covers(entry.offer)]
    check(agreed)
    charged = list(_charged(workload, entry, tokens, agreed))
    reasons = [reason for _, found in charged if isinstance(found, Unknown) for reason in found.reasons]
    if reasons:
        return Unknown(tuple(dict.fromkeys(reasons)))
    known = [(span, found) for span, found in charged if isinstance(found, Charges)]
    calendar = months(workload)
    by_month = (total_of(found for span, found in known if span.month == i) for i in range(len(calendar)))
    return Ledger(tuple(by_month), tuple(_commitments(calendar, entry, agreed, known)))


def _charged(
    workload: Workload, entry: Entry, tokens: Tokens, terms: Sequence[Term]
) -> Iterator[tuple[_Span, Charges | Unknown]]:
    """Every span with its charges; prices and terms are looked up anew only where they change."""
    changes = sorted(_changes(entry, terms))
    rates: dict[int, _Rates] = {}
    for span in _spans(workload, set(changes)):
        period = bisect_right(changes, span.first)
        if period not in rates:
            rates[period] = _rates(entry, tokens, terms, span.first)
        yield span, _charges(workload, tokens, rates[period], span.weight)


def _changes(entry: Entry, terms: Sequence[Term]) -> set[date]:
    """The days from which other prices or terms count."""
    ended = (term.last for term in terms if term.last is not None and term.last < date.max)
    return change_days(entry) | {term.first for term in terms} | {day + timedelta(days=1) for day in ended}


def _spans(workload: Workload, changes: set[date]) -> list[_Span]:
    return [
        _Span(i, first, (until - first).days, month.growth * (until - first).days / month.days)
        for i, month in enumerate(months(workload))
        for first, until in pairwise(_edges(month, changes))
    ]


def _edges(month: Month, days: set[date]) -> list[date]:
    inside = {day for day in days if month.first < day <= month.last}
    return sorted({month.first, *inside, month.last + timedelta(days=1)})


def _rates(entry: Entry, tokens: Tokens, terms: Sequence[Term], day: date) -> _Rates:
    found = rates_on(entry, tokens.input, day)
    uplift, discount, batch_discount = (_part(terms, entry, kind, day) for kind in _PERCENTS)
    batch = found.batch or _discounted(found.standard, batch_discount)
    return _Rates(found.standard, batch, found.fee, ONE + (uplift or ZERO), ONE - (discount or ZERO))


def _charges(workload: Workload, tokens: Tokens, rates: _Rates, weight: Decimal) -> Charges | Unknown:
    """What a span costs by class at one request in the first month."""
    if rates.fee:
        return Unknown((f"it also charges for {rates.fee}, which a workload does not count",))
    if rates.standard is None:
        return Unknown(("no price per token is known",))
    if workload.batch and rates.batch is None:
        return Unknown(("no batch price is listed and no batch discount agreed",))
    requests = weight * rates.dearer * rates.cheaper
    online = _amounts(workload, tokens, rates.standard, requests * (ONE - workload.batch))
    in_batch = _amounts(workload, tokens, rates.batch or rates.standard, requests * workload.batch)
    if isinstance(online, Unknown):
        return online
    return in_batch if isinstance(in_batch, Unknown) else replace(online, batch=in_batch.usage)


_PERCENTS: tuple[Kind, ...] = ("uplift", "discount", "batch_discount")


def _part(terms: Sequence[Term], entry: Entry, kind: Kind, day: date) -> Decimal | None:
    """The percentage agreed as a share of 1; `None` where nothing was."""
    term = in_force(terms, entry.offer, kind, day)
    return term and term.value / 100


def _discounted(price: TokenPrice | None, discount: Decimal | None) -> TokenPrice | None:
    if price is None or discount is None:
        return None
    classes = (price.input_mtok, price.output_mtok, price.cache_read_mtok, price.cache_write_mtok)
    left = (None if one is None else one * (ONE - discount) for one in classes)
    return TokenPrice(*left, source=price.source)


def _amounts(workload: Workload, tokens: Tokens, price: TokenPrice, requests: Decimal) -> Charges | Unknown:
    """The classes of so many requests; a cache class without a price is billed as fresh input."""
    fresh = ONE - workload.cache_read - workload.cache_write
    read = price.input_mtok if price.cache_read_mtok is None else price.cache_read_mtok
    write = price.input_mtok if price.cache_write_mtok is None else price.cache_write_mtok
    lines = (
        ("input tokens", tokens.input * fresh, price.input_mtok),
        ("cached input tokens", tokens.input * workload.cache_read, read),
        ("input tokens written to the cache", tokens.input * workload.cache_write, write),
        ("output tokens", tokens.output, price.output_mtok),
    )
    missing = [what for what, count, each in lines if count and requests and each is None]
    if missing:
        return Unknown(tuple(f"no price for {what} is known" for what in missing))
    return Charges(*(count * (each or ZERO) * requests / MILLION for _, count, each in lines))


def _commitments(
    calendar: Sequence[Month], entry: Entry, terms: Sequence[Term], spans: Sequence[tuple[_Span, Charges]]
) -> Iterator[Commitment]:
    """One for each month or year of each commitment; of a part of it, the part by days."""
    covered: dict[tuple[Term, int | None], list[tuple[_Span, Charges]]] = {}
    for span, charges in spans:
        term = in_force(terms, entry.offer, "commitment", span.first)
        if term is not None:
            month = span.month if term.period == "month" else None
            covered.setdefault((term, month), []).append((span, charges))
    for (term, month), parts in covered.items():
        whole = sum(one.days for one in (calendar if month is None else calendar[month : month + 1]))
        amount = term.value * sum(span.days for span, _ in parts) / whole
        yield Commitment(amount, sum((one.usage for _, one in parts), ZERO), parts[-1][0].month)
