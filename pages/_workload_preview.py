"""What a workload means: its tokens, and the bill of its year with a few offers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from broker.catalog import Catalogue
from broker.catalog_entries import Entry
from broker.comparison.costs import Bills
from broker.pricing import source
from broker.stats import Estimate
from broker.workload import MONTHS, Workload
from broker.workload.measured import Measured, measured
from broker.workload.profile import months
from broker.workload.profile import problems as faults
from broker.workload.store import load_terms
from broker.workload.terms import Term
from broker.workload.yearly import Bill, YearlyCost
from db import queries
from db.benchmarks import Run
from db.session import Database
from pages import _facts_words as words
from pages import _format as fmt
from pages import _run_data as data
from pages import _workload_words as say
from pages._catalogue_rows import pair

_SHOWN = 3  # offers priced unless others are chosen
_CLASSES = {
    "fresh_input": "Input",
    "cache_read": "Cache read",
    "cache_write": "Cache write",
    "output": "Output",
    "batch": "Batches",
    "shortfall": "Shortfall",
}
_HELP = {
    "At list": "US dollars for the twelve months, before contract terms",
    "At your price": "With the contract terms in force on each day",
    "Low to high": "The cost with both token counts at the low and at the high end of their intervals",
    "Batches": "All tokens of the requests that may wait",
    "Shortfall": "What a commitment costs beyond what is used of it",
}


@dataclass(frozen=True, slots=True)
class Priced:
    """An offer with its year; `tokens` are measured where a run says them, `ends` its cost at both ends."""

    entry: Entry
    cost: YearlyCost
    tokens: Measured | None = None
    ends: tuple[Decimal, Decimal] | None = None

    @property
    def label(self) -> str:
        """The offer as people read it."""
        return f"{self.entry.offer.name} · {self.entry.platform}"

    @property
    def ours(self) -> Decimal | None:
        """US dollars in the year at our price."""
        return self.cost.ours.year.total if isinstance(self.cost.ours, Bill) else None


def draw(database: Database, known: Catalogue, key: str, workload: Workload) -> None:
    """The tokens in a sentence, then the bills; nothing of a workload that cannot be billed."""
    if faults(replace(workload, name="Any")):
        return
    with st.container(border=True):
        st.markdown(fmt.no_formula(_size(workload)))
        counts = _measured(database, workload.run_id) if workload.run_id else {}
        chosen = _choose(database, known, key, list(counts))
        with database.reader() as session:
            terms = tuple(load_terms(session))
        found = [_price(workload, known.by_id[offer], terms, counts) for offer in chosen]
        if found:
            _bills(workload, found)


def _size(workload: Workload) -> str:
    """How much that is, in the first month and in the year."""
    year = sum((month.growth for month in months(workload)), Decimal(0)) * workload.requests
    begun = f"**{say.month(workload.start)}: {say.number(workload.requests)} requests"
    rest = f"{say.many(year)} requests in the twelve months"
    if workload.tokens is None:
        return f"{begun}**, each as large as the run measured it; {rest}."
    given, written = (n * workload.requests for n in (workload.tokens.input, workload.tokens.output))
    return f"{begun}, {say.many(given)} tokens in and {say.many(written)} out**; {rest}."


def _measured(database: Database, run_id: str) -> Mapping[str, Measured]:
    """The tokens of a finished run's offers; none where it is gone."""
    with database.reader() as session:
        run = session.get(Run, run_id)
    return _kept(database, run_id, data.results(database, run).run) if run else {}


@st.cache_resource(show_spinner="Reading the run", max_entries=8)
def _kept(_database: Database, run_id: str, _run: Any) -> Mapping[str, Measured]:
    with _database.reader() as session:
        return measured(session, _run)


def _choose(database: Database, known: Catalogue, key: str, of_run: Sequence[str]) -> list[str]:
    """The offers to price: at first those of the run, else some that are in use, else this machine's."""
    with database.reader() as session:
        used = [row[0] for row in session.execute(queries.offers_asked())]
    options = {e.id: f"{e.offer.name} · {e.platform}" for e in known.entries if e.asked or e.id in of_run}
    start = [offer for offer in (of_run or used) if offer in options][:_SHOWN] or list(options)[:1]
    return st.multiselect(
        "Offers to price",
        list(options),
        start,
        format_func=options.__getitem__,
        key=f"{key}-offers-{hash(tuple(start))}",
        max_selections=10,
        select_all=False,
        placeholder="Choose the offers that you consider",
    )


def _price(
    workload: Workload, entry: Entry, terms: tuple[Term, ...], counts: Mapping[str, Measured]
) -> Priced:
    means = {offer: one.tokens for offer, one in counts.items()}
    found, ends = counts.get(entry.id), None
    if found and found.ends:
        both = (replace(workload, tokens=tokens, run_id=None) for tokens in found.ends)
        bills = [Bills(one, terms, {}).of(entry).ours for one in both]
        low, high = (bill.year.total if isinstance(bill, Bill) else None for bill in bills)
        ends = None if low is None or high is None else (low, high)
    return Priced(entry, Bills(workload, terms, means).of(entry), found, ends)


def _bills(workload: Workload, found: Sequence[Priced]) -> None:
    st.markdown(fmt.no_formula(_conclusion(found)))
    frame = pd.DataFrame([_cells(one) for one in found])
    told = {name for one in found for name in _told(one)}
    frame = frame[[name for name in frame.columns if name not in _CLASSES.values() or name in told]]
    st.dataframe(
        frame,
        hide_index=True,
        alt="The year's cost of each offer, at list price and at yours, by class of token",
        column_config={
            name: st.column_config.TextColumn(alignment="right", help=_HELP.get(name))
            if name != "Offer"
            else st.column_config.TextColumn(pinned=True, width=300)
            for name in frame.columns
        },
    )
    for line in _notes(workload, found):
        st.caption(fmt.no_formula(line))


def _conclusion(found: Sequence[Priced]) -> str:
    """Which of them is cheapest, and what the dearest costs."""
    known = sorted((one.ours, one.label) for one in found if one.ours is not None)
    if not known:
        return "**None of these offers has a price for all of this workload.**"
    (low, cheapest), (high, dearest) = known[0], known[-1]
    if len(known) == 1 or low == high:
        return f"**{words.plain(cheapest)} costs {fmt.usd(low)}** in the twelve months at your price."
    return (
        f"**{words.plain(cheapest)} is the cheapest of these: {fmt.usd(low)}** in the twelve months at your "
        f"price; {words.plain(dearest)} costs {fmt.usd(high)}."
    )


def _cells(one: Priced) -> dict[str, str]:
    bills = {"At list": one.cost.at_list, "At your price": one.cost.ours}
    year = {
        name: fmt.usd(bill.year.total if isinstance(bill, Bill) else None) for name, bill in bills.items()
    }
    spread = {"Low to high": f"{fmt.usd(one.ends[0])} to {fmt.usd(one.ends[1])}"} if one.ends else {}
    ours = one.cost.ours
    classes = {
        label: fmt.usd(getattr(ours.year, name) if isinstance(ours, Bill) else None)
        for name, label in _CLASSES.items()
    }
    return {"Offer": one.label, **year, **spread, **classes}


def _told(one: Priced) -> set[str]:
    """The classes worth a column: those that cost something, and always input and output."""
    ours = one.cost.ours
    paid = {label for name, label in _CLASSES.items() if isinstance(ours, Bill) and getattr(ours.year, name)}
    return {"Input", "Output"} | paid


def _notes(workload: Workload, found: Sequence[Priced]) -> Iterator[str]:
    last = months(workload)[MONTHS - 1].first
    yield (
        f"{say.month(workload.start)} to {say.month(last)}, priced day by day by {source()} or the offer's "
        "own price; classes are at your price. One workload by itself uses up a commitment. Taxes are not "
        "counted."
    )
    for one in found:
        label = words.plain(one.label)
        if one.entry.free:
            yield f"{label}: no fee per token; what the hardware costs is not counted."
        if not isinstance(one.cost.ours, Bill):
            yield f"{label}: unknown, because {words.plain('; '.join(one.cost.ours.reasons))}."
        for day, price in one.cost.steps:
            yield f"{label}: from {words.day(day)} the list price is {pair(price)} a million tokens."
        if one.tokens:
            yield f"{label}: {_tokens(one.tokens)}."


def _tokens(found: Measured) -> str:
    """Means with their intervals: `1,512 tokens in (1,490 to 1,534) and 98 out (…), means of 40 calls …`."""
    given, written = _mean(found.input), _mean(found.output)
    calls = f"means of {fmt.plural(found.calls, 'call')}"
    certain = (
        "with their 95 % intervals" if found.ends else "too few or too alike to say how far off they are"
    )
    return f"{given} tokens in and {written} out, {calls}, {certain}"


def _mean(estimate: Estimate) -> str:
    value, low, high = (
        None if x is None else f"{x:,.0f}" for x in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value or fmt.UNKNOWN} ({low} to {high})" if low and high else value or fmt.UNKNOWN
