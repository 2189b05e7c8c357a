"""The bills behind a year's cost: by class of token, at list and at our price, for the year or one month."""

from collections.abc import Iterator

import streamlit as st

from broker.comparison import Evidence, Shortlist
from broker.workload import Unknown, Workload
from broker.workload.profile import months
from broker.workload.yearly import Bill
from pages import _charges as classes
from pages import _format as fmt
from pages import _run_board as board
from pages._catalogue_rows import pair

_MOST = 20  # offers
_YEAR = "The whole year"


def draw(shortlist: Shortlist, workload: Workload) -> None:
    """A row an offer, or two where our price is another than the list's."""
    st.subheader("The bills", anchor=False)
    names = [_YEAR, *(f"{month.first:%B %Y}" for month in months(workload))]
    period = st.selectbox("Bill for", names, key="vendor-bill-period", width=260)
    month = None if period == _YEAR else names.index(period) - 1
    offers = [one.evidence for one in shortlist.ranked if one.evidence.cost][:_MOST]
    rows = [row for one in offers for row in _rows(one, month)]
    kept = classes.columns(rows)
    board.table([{name: row[name] for name in kept} for row in rows], f"Bills by class of token, {period}")
    st.caption(_note(len(offers), len(shortlist.ranked)))


def _rows(one: Evidence, month: int | None) -> Iterator[dict[str, str]]:
    assert one.cost is not None
    at_list, ours = one.cost.at_list, one.cost.ours
    if at_list == ours:
        yield _row(one, "list, also ours", at_list, month)
    else:
        yield _row(one, "list", at_list, month)
        yield _row(one, "ours", ours, month)


def _row(one: Evidence, price: str, bill: Bill | Unknown, month: int | None) -> dict[str, str]:
    assert one.cost is not None
    changes = "; ".join(f"from {day}: {pair(told)}" for day, told in one.cost.steps) or "none"
    if isinstance(bill, Unknown):
        total = f"{fmt.UNKNOWN}: {'; '.join(bill.reasons)}"
        paid = classes.cells(None)
    else:
        charges = bill.year if month is None else bill.months[month]
        total, paid = fmt.usd(charges.total), classes.cells(charges)
    return {"Offer": one.label, "Price": price, "Total": total, **paid, "Announced list prices": changes}


def _note(shown: int, found: int) -> str:
    more = f" Shown are the first {shown} of {found:,} offers." if found > shown else ""
    return (
        "Batches are everything of the requests that go in batches; a shortfall is what a commitment costs "
        "beyond what was used of it, due in the last month that it covers. Each offer is billed as if "
        "nothing else were bought under a commitment: the shortfalls of several must not be added up. "
        f"Announced are the changes of list prices within the year, per million tokens.{more}"
    )
