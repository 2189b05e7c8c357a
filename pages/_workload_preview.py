"""What a workload means: its tokens, and a few offers to price it with."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from broker.catalog_entries import Entry
from broker.comparison.costs import Bills
from broker.workload import Workload
from broker.workload.measured import Measured, measured
from broker.workload.profile import is_over, months, period
from broker.workload.profile import problems as faults
from broker.workload.store import load_terms
from broker.workload.terms import Term
from broker.workload.yearly import Bill
from db import rollups
from db.benchmarks import Run
from db.session import Database
from pages import _format as fmt
from pages import _run_data as data
from pages import _workload_bills as bills
from pages import _workload_words as say
from pages._terms_context import Context

_SHOWN = 3  # offers priced unless others are chosen


def draw(context: Context, key: str, workload: Workload) -> None:
    """The tokens in a sentence, then the bills; nothing of a workload that cannot be billed."""
    if faults(replace(workload, name="Any")):
        return
    with st.container(border=True):
        st.markdown(fmt.no_formula(_size(workload)))
        if is_over(workload, context.at):
            st.warning(
                f"{period(workload)} is over, so it is billed at the prices of those days. Move the first "
                "month to see the year ahead.",
                icon=":material/history:",
            )
        counts = _measured(context.database, workload.run_id) if workload.run_id else {}
        chosen = _choose(context, key, workload.run_id, list(counts))
        with context.database.reader() as session:
            terms = tuple(load_terms(session))
        found = [_price(workload, context.known.by_id[offer], terms, counts) for offer in chosen]
        if found:
            bills.draw(workload, found)


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


def _choose(context: Context, key: str, run_id: str | None, of_run: Sequence[str]) -> list[str]:
    """The offers to price: at first those of the run, else the most called of a year, else this machine's."""
    with context.database.reader() as session:
        called = rollups.totals(session, context.at - timedelta(days=365), context.at)
    used = sorted(called, key=lambda offer: -called[offer].calls)
    entries = (entry for entry in context.known.entries if entry.asked or entry.id in of_run)
    options = {entry.id: f"{entry.offer.name} · {entry.platform}" for entry in entries}
    start = [offer for offer in (of_run or used) if offer in options][:_SHOWN] or list(options)[:1]
    return st.multiselect(
        "Offers to price",
        list(options),
        start,
        format_func=options.__getitem__,
        key=f"{key}-offers-{run_id}",
        max_selections=10,
        select_all=False,
        placeholder="Choose the offers that you consider",
    )


def _price(
    workload: Workload, entry: Entry, terms: tuple[Term, ...], counts: Mapping[str, Measured]
) -> bills.Priced:
    means = {offer: one.tokens for offer, one in counts.items()}
    found, ends = counts.get(entry.id), None
    if found and found.ends:
        both = (replace(workload, tokens=tokens, run_id=None) for tokens in found.ends)
        costs = [Bills(one, terms, {}).of(entry).ours for one in both]
        low, high = (bill.year.total if isinstance(bill, Bill) else None for bill in costs)
        ends = None if low is None or high is None else (low, high)
    return bills.Priced(entry, Bills(workload, terms, means).of(entry), found, ends)
