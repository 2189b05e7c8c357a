"""Spend and calls of the month: the sentence, the figures, and where the money went."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from broker.catalog_entries import Entry
from broker.dependence import Dependence
from pages import _dependence_words as dependence
from pages import _format as fmt
from pages import _overview_concentration as concentration
from pages import _ui as ui
from pages._overview_concentration import Figure
from pages._overview_data import Months, Used, calls, spent
from pages._overview_links import link

_SHOWN = 6
_WIDTHS = (4, 1.6, 1, 1.2, 0.8)


def draw(months: Months, known: Mapping[str, Entry], in_use: int, year: Dependence) -> None:
    """The month: a sentence, the figures, and what they cover."""
    st.markdown(f"**{_text(sentence(months, known))}**")
    largest = list(concentration.figures(year))
    _figures(months, in_use, largest)
    st.caption(_text(note(months) + concentration.basis(year)))
    if largest:
        link("dependence.py", "What hangs on whom", {"period": concentration.PERIOD})


def offers(months: Months, known: Mapping[str, Entry]) -> None:
    """Where the money went, each offer linked to its page."""
    found, total = months.now, spent(months.now)
    st.header(f"Spend by offer, {months.start:%B %Y}", anchor=False)
    with st.container(border=True, gap="small"):
        _words(st.columns(_WIDTHS), "**Offer**", "**Maker**", "**Calls**", "**Spend**", "**Share**")
        for one in found[:_SHOWN]:
            places = st.columns(_WIDTHS, vertical_alignment="center")
            places[0].page_link("offer.py", label=_text(_name(one, known)), query_params={"id": one.offer})
            paid = fmt.UNKNOWN if one.unpriced == one.calls else fmt.usd(one.spent)
            share = _share(one.spent / total) if total else "–"
            _words(places[1:], _text(one.maker), fmt.count(one.calls), _text(paid), share)
    rest = found[_SHOWN:]
    if rest:
        st.caption(_text(f"And {fmt.plural(len(rest), 'more offer')}: {fmt.usd(spent(rest))}."))


def sentence(months: Months, known: Mapping[str, Entry]) -> str:
    """What the month comes to, in one sentence."""
    month, paid = f"{months.start:%B}", spent(months.now)
    if not months.now:
        return f"Nothing was asked in {month} so far."
    done = f"{fmt.plural(calls(months.now), 'call')} to {fmt.plural(len(months.now), 'offer')}"
    if paid is None:
        return f"{month} so far: {done}; what they cost is not known."
    if not paid:
        return f"{month} so far: {done}, without a fee."
    first = months.now[0]
    share = f"the largest share, {_share(first.spent / paid)}, went to {_name(first, known)}"
    return f"{month} so far: {fmt.usd(paid)} recorded here for {done}; {share}."


def note(months: Months) -> str:
    """What the figures cover."""
    last, unpriced = f"{months.last_start:%B}", sum(one.unpriced for one in months.now)
    rate = f"; changes compare the average day with that of {last}" if months.last else ""
    whole = (
        f" All of {last}: {fmt.usd(spent(months.last))} for {fmt.plural(calls(months.last), 'call')}."
        if months.last
        else f" Nothing is recorded of {last}."
    )
    missing = f" Without {fmt.plural(unpriced, 'call')} of unknown cost." if unpriced else ""
    return (
        f"Calls recorded here since {months.start.day} {months.start:%B %Y} (UTC), at the price of their time"
        f"{rate}.{whole}{missing} In use: asked or tested in six months, or in a contract or comparison."
    )


def _figures(months: Months, in_use: int, largest: Sequence[Figure]) -> None:
    paid, before = spent(months.now), spent(months.last)
    asked = Decimal(calls(months.now))
    with st.container(horizontal=True):
        _figure("Recorded spend this month", fmt.usd(paid), _change(paid, before, months))
        _figure(
            "Recorded calls this month",
            fmt.count(int(asked)),
            _change(asked, Decimal(calls(months.last)), months),
        )
        for figure in largest:
            _figure(figure.label, figure.value, _text(figure.below), concentration.NOTE)
        _figure("Offers in use", fmt.count(in_use), None)


def _figure(label: str, value: str, change: str | None, meaning: str | None = None) -> None:
    # Neither more nor less is good or bad by itself, so changes have no colour.
    plain: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off"}
    st.metric(label, value, change, help=meaning, border=True, height="stretch", **plain)


def _words(places: Sequence[DeltaGenerator], *words: str) -> None:
    for place, word in zip(places, words, strict=True):
        place.markdown(f":small[{word}]")  # as large as the links beside them


def _name(one: Used, known: Mapping[str, Entry]) -> str:
    entry = known.get(one.offer)
    return f"{entry.offer.name} on {entry.platform}" if entry else one.offer


def _change(now: Decimal | None, before: Decimal | None, months: Months) -> str | None:
    """`+12 % a day on October`; nothing where there is nothing to compare with, or hardly a day yet."""
    if now is None or not before or months.days < 1:
        return None
    percent = ((now / months.days) / (before / months.last_days) - 1) * 100
    whole = round(percent)
    sign = "+" if whole > 0 else "−" if whole < 0 else "±"
    return f"{sign}{abs(whole):,} % a day on {months.last_start:%B}"


def _share(share: Decimal) -> str:
    return dependence.percent(float(share))


def _text(words: str) -> str:
    return fmt.no_formula(ui.plain(words))
