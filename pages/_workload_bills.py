"""The bills of a workload's year: a row an offer, at list price and at ours, by class of token."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
import streamlit as st

from broker.catalog_entries import Entry
from broker.pricing import source
from broker.stats import Estimate
from broker.workload import MONTHS, Workload
from broker.workload.measured import Measured
from broker.workload.profile import months
from broker.workload.yearly import Bill, YearlyCost
from pages import _charges as classes
from pages import _facts_words as words
from pages import _format as fmt
from pages import _workload_words as say
from pages._catalogue_rows import pair

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


def draw(workload: Workload, found: Sequence[Priced]) -> None:
    """The conclusion, the table, and what to know about it."""
    st.markdown(fmt.no_formula(_conclusion(found)))
    rows = [_cells(one) for one in found]
    frame = pd.DataFrame(rows, columns=classes.columns(rows))
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
    paid = classes.cells(ours.year if isinstance(ours, Bill) else None)
    return {"Offer": one.label, **year, **spread, **paid}


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
