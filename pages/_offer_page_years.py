"""What a year of each workload costs with one offer."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import pandas as pd
import streamlit as st

from broker.workload import Unknown
from broker.workload.yearly import Bill
from pages import _charges as classes
from pages import _facts_words as words
from pages import _format as fmt
from pages import _ui as ui
from pages._catalogue_rows import pair
from pages._offer_page_data import Year
from pages._overview_links import link


def draw(years: Sequence[Year]) -> None:
    """What each comes to with its interval, then by class of token."""
    st.markdown("**A year of each workload**")
    if not years:
        st.caption("No workload is saved yet: with one, this says what a year with this offer costs.")
        link("terms.py", "Describe the work")
        return
    rows = pd.DataFrame([_row(one) for one in years])
    st.table(rows, border="horizontal", hide_index=True, alt="Yearly cost by workload")
    st.caption(
        "Twelve months from the workload's start, with announced price changes; ours with contract terms, as "
        "if nothing else were bought under them. Low to high is our price with both token counts of a "
        "request at the low and at the high end of their 95 % intervals; typed tokens have none."
    )
    bills = [row for one in years for row in _by_class(one)]
    frame = pd.DataFrame(bills, columns=classes.columns(bills)).map(_text)
    st.table(frame, border="horizontal", hide_index=True, alt="Yearly cost by class of token")
    st.caption(
        "The same years by class of token. From and to the cache is input, too; batches are everything of "
        "the requests that go in batches; a shortfall is what a commitment costs beyond what was used of it."
    )


def _row(one: Year) -> dict[str, str]:
    steps_ = "; ".join(f"{words.day(day)}: {pair(price)}" for day, price in one.cost.steps)
    return {
        "Workload": _text(one.workload.name),
        "From": f"{one.workload.start:%B %Y}",
        "A year at list": _bill(one.cost.at_list),
        "A year at our price": _bill(one.cost.ours),
        "Low to high": _text(_spread(one)),
        "Steps in the year": _text(steps_ or "none"),
    }


def _spread(one: Year) -> str:
    """`$1.20 to $1.40, n = 40 calls`; in words where there is no interval."""
    total = one.total
    if total is None:
        return "typed tokens" if one.workload.tokens else fmt.UNKNOWN
    n = f"n = {fmt.plural(total.n, 'call')}"
    if total.low is None or total.high is None:
        return f"{n}: too few or too alike to say"
    low, high = (fmt.usd(Decimal(str(end))) for end in (total.low, total.high))
    return f"{low} to {high}, {n}"


def _by_class(one: Year) -> Iterator[dict[str, str]]:
    """A bill at list, and one at our price where that is another."""
    at_list, ours = one.cost.at_list, one.cost.ours
    bills = {"list, also ours": ours} if at_list == ours else {"list": at_list, "ours": ours}
    for price, bill in bills.items():
        paid = classes.cells(None if isinstance(bill, Unknown) else bill.year)
        yield {"Workload": one.workload.name, "Price": price, **paid}


def _bill(bill: Bill | Unknown) -> str:
    if isinstance(bill, Unknown):
        return _text(f"unknown: {'; '.join(bill.reasons)}")
    missed = bill.year.shortfall
    more = f", {fmt.usd(missed)} of it for what a commitment is missed by" if missed else ""
    return _text(f"{fmt.usd(bill.year.total)}{more}")


def _text(words: str) -> str:
    return fmt.no_formula(ui.plain(words))
