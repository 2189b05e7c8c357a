"""What an offer costs: at list with every class and tier, at our price, over time, and for each workload."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from broker.catalog_entries import Entry, price_of
from broker.comparison.doors import our_price
from broker.price_sheet import price_sheet
from broker.workload.rates import change_days, rates_on
from broker.workload.terms import Term
from pages import _facts_words as words
from pages import _format as fmt
from pages import _offer_page_years as years
from pages import _offer_panel as panel
from pages import _ui as ui
from pages._catalogue_rows import pair
from pages._offer_page_data import About
from pages._run_chart import ink
from pages._term_words import in_words

_AROUND = timedelta(days=45)  # shown before the first change and after the last


def draw(about: About, at: datetime, misleading: Mapping[str, str]) -> None:
    """The section; `misleading` says by suite how prices per million tokens do."""
    entry = about.evidence.entry
    st.header("Price", anchor=False)
    panel.figures(entry, price_sheet(entry, at))
    panel.draw_notes(entry)
    for suite, warning in misleading.items():
        st.warning(f"**{_text(suite)}** {_text(warning)}", icon=":material/warning:")
    _ours(entry, about.terms, at)
    found = steps(entry, at.date())
    if len(found) > 2:  # the last one only ends the line
        _chart(found, at.date())
    years.draw(about.years)


def steps(entry: Entry, today: date) -> list[tuple[date, Decimal, Decimal]]:
    """From each day on, the price of input and output; the last row repeats the last price some weeks on."""
    changes = sorted(change_days(entry))
    first = min([*changes, today]) - _AROUND
    found: list[tuple[date, Decimal, Decimal]] = []
    for day in [first, *changes]:
        price = rates_on(entry, Decimal(0), day).standard
        if price and price.input_mtok is not None and price.output_mtok is not None:
            step = (day, price.input_mtok, price.output_mtok)
            if not found or found[-1][1:] != step[1:]:
                found.append(step)
    end = max([*changes, today]) + _AROUND
    return [*found, (end, *found[-1][1:])] if found else []


def _ours(entry: Entry, terms: Sequence[Term], at: datetime) -> None:
    """What the contract makes of the price, and what it says beside that."""
    valid = [t for t in terms if t.first <= at.date() and (t.last is None or at.date() <= t.last)]
    if not valid:
        st.caption("Our price is the list price: no contract term holds for this offer today.")
        return
    price = our_price(entry, price_of(entry, at), terms, at.date())
    if price:
        st.markdown(fmt.no_formula(f"**Our price today**: {pair(price)} per million tokens"))
    said = (in_words(term, entry.platform, entry.offer.name, words.day) for term in valid)
    st.markdown("\n".join(f"- {_text(_capital(one))}" for one in said))


def _chart(found: Sequence[tuple[date, Decimal, Decimal]], today: date) -> None:
    """The price over time as steps; what lies right of the line is announced."""
    rows = [
        {"day": day.isoformat(), "class": name, "price": float(amount)}
        for day, given, written in found
        for name, amount in (("Input", given), ("Output", written))
    ]
    x = {"field": "day", "type": "temporal", "title": None, "axis": {"format": "%b %Y", "tickCount": 6}}
    y = {"field": "price", "type": "quantitative", "title": "US dollars per million tokens"}
    colour = {"field": "class", "type": "nominal", "legend": {"title": None, "orient": "top"}}
    rule: dict[str, Any] = {"data": {"values": [{"day": today.isoformat()}]}}
    named = {**rule, "mark": {"type": "text", "align": "left", "dx": 5, "y": 8, "color": ink()}}
    spec = {
        "height": 190,
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {**rule, "mark": {"type": "rule", "strokeDash": [4, 3], "color": ink()}, "encoding": {"x": x}},
            {**named, "encoding": {"x": x, "text": {"value": "today"}}},
        ],
    }
    told = "; ".join(f"from {day}: ${given:f} in, ${written:f} out" for day, given, written in found[:-1])
    st.vega_lite_chart(spec, width="stretch", alt=f"Price over time: {told}")
    st.caption("List price of short calls by day, from the price list; right of the line it is announced.")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _text(words: str) -> str:
    return fmt.no_formula(ui.plain(words))
