"""What would flip the choice: the volume from which, and the price at which, another offer is cheaper."""

from collections.abc import Mapping, Sequence

import streamlit as st

from broker.comparison import Evidence, Ranked
from broker.comparison.break_even import BreakEven, against, price, sentences, unknown, volumes
from broker.comparison_charts.yearly_cost import curves
from broker.workload.break_even import Curve
from pages import _format as fmt
from pages import _run_board as board
from pages import _ui as ui
from pages import _vendor_bills as bills
from pages import _vendor_charts as charts
from pages import _vendor_data as data
from pages import _vendor_figures as figures
from pages._vendor_data import Answer

_MOST, _SAID = 20, 4  # rows, sentences


def draw(found: Answer) -> None:
    """The curve, what would flip the choice, and the bills by class of token."""
    charts.yearly(found)
    workload = found.shortlist.gathered.workload
    if workload is None:
        return
    known = _curves(found, found.mark)
    offers = [one.evidence for one in found.shortlist.ranked if one.evidence.id in known]
    if len(offers) > 1 and workload.requests:
        _flips(found, offers, known)
    if offers:
        bills.draw(found.shortlist, workload)


@st.cache_resource(show_spinner=False, max_entries=16)
def _curves(_found: Answer, mark: str) -> Mapping[str, Curve]:
    return curves(_found.shortlist, *data.billing(_found))


def _flips(found: Answer, offers: Sequence[Evidence], known: Mapping[str, Curve]) -> None:
    st.subheader("What would flip the choice", anchor=False)
    labels = {one.id: one.label for one in offers}
    winner = found.shortlist.winner
    first = winner.evidence.id if winner and winner.evidence.id in labels else offers[0].id
    chosen = st.selectbox(
        "Hold against the others",
        list(labels),
        index=list(labels).index(first),
        format_func=labels.__getitem__,
        key=f"vendor-reference-{first}-{len(labels)}",
        width=420,
    )
    held = against(found.shortlist, known, chosen)
    if not held:
        st.caption("Every other offer with a known cost fails a must-have.")
        return
    lines = [f"- {ui.plain(line)}" for line in list(sentences(held, labels[chosen]))[:_SAID]]
    none = f"No volume makes another that passes all must-haves cheaper than {labels[chosen]}."
    st.markdown(fmt.no_formula("\n".join(lines) or f"- {ui.plain(none)}"))
    rows = [_row(one, labels[chosen], known[one.offer.id], known[chosen]) for one in held[:_MOST]]
    rows += [_unknown(one, why, labels[chosen]) for one, why in unknown(found.shortlist)][: _MOST - len(rows)]
    left_out = len(held) + len(list(unknown(found.shortlist))) - len(rows)
    board.table(rows, f"Where other offers are cheaper than {labels[chosen]}")
    more = f" Not shown: {fmt.plural(left_out, 'further offer')}." if left_out else ""
    st.caption(_note(found) + more)


def _row(one: BreakEven, reference: str, curve: Curve, first: Curve) -> dict[str, str]:
    return {
        "Offer": _named(one.offer, one.passes),
        "A year": fmt.usd(one.usd),
        "Cheaper, by requests a month": volumes(one.ranges),
        "Its prices": price(one.factor, curve),
        f"Prices of {reference}": price(one.reference_factor, first),
    }


def _unknown(one: Ranked, why: str, reference: str) -> dict[str, str]:
    rest = dict.fromkeys(
        ("Cheaper, by requests a month", "Its prices", f"Prices of {reference}"), fmt.UNKNOWN
    )
    offer = _named(one.evidence, one.outcome == "pass")
    return {"Offer": offer, "A year": f"{fmt.UNKNOWN}: {why}", **rest}


def _named(one: Evidence, passes: bool) -> str:
    marks = [figures.BATCH] if one.entry.only_batch else []
    marks += [] if passes else ["must-have unknown"]
    return f"{one.label} ({', '.join(marks)})" if marks else one.label


def _note(found: Answer) -> str:
    workload = found.shortlist.gathered.workload
    assert workload is not None
    return (
        f"At our price, for the year from {workload.start:%B %Y}, by the requests of its first month "
        f"({workload.requests:,.0f} in this workload). Prices: what all prices of one offer would have to do "
        "for both to cost the same at that volume, its commitments staying as they are. The sentences speak "
        "of offers that pass all must-haves; those that fail one are left out of the table, too."
    )
