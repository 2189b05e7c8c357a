"""One offer of the catalogue: its prices now and later, and the same weights through other doors."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import pandas as pd
import streamlit as st

from broker import catalog
from broker.catalog import Catalogue, Difference, Door
from broker.catalog_entries import Entry, price_of
from broker.config import Config, to_connect
from broker.playground import MAX_OFFERS
from broker.price_sheet import PriceSheet, price_sheet
from broker.types import TokenPrice
from pages import _format as fmt
from pages import _ui as ui
from pages._catalogue import PRICE_FORMAT
from pages._catalogue_rows import exact, pair, state, told

_CAUTION = (
    "Found by the models' names. Names that move between versions are left out, and a platform may serve the "
    "weights in lower precision without saying so."
)


def draw(config: Config, known: Catalogue, entry: Entry, at: datetime) -> None:
    """Everything about one offer."""
    doors = catalog.doors(known, entry, at)
    with st.container(border=True):
        st.header(f"{ui.plain(entry.offer.name)} on {ui.plain(entry.platform)}{_badges(entry)}", anchor=False)
        st.caption(f"{ui.plain(entry.id)} · by {ui.plain(entry.offer.maker)}")
        figures(entry, price_sheet(entry, at))
        _what_to_do(config, entry, doors)
        st.markdown("**Same weights through other doors**")
        draw_doors(config, entry, doors, at)
        draw_notes(entry)


def draw_doors(config: Config, entry: Entry, doors: Sequence[Door], at: datetime) -> None:
    """The other offers of the same weights, with what they mean for the price."""
    if doors:
        st.markdown(_conclusion(entry, doors, at))
        _doors_table(config, doors)
        st.caption(_CAUTION)
    else:
        st.caption(_no_doors(entry))


def draw_notes(entry: Entry) -> None:
    """What the price list says of the price in words, on request."""
    if entry.listing and entry.listing.price_comments and entry.offer.price is None:
        with st.expander("What the price list notes about this price"):
            st.markdown(fmt.no_formula(ui.plain(" ".join(entry.listing.price_comments.split()))))


def _badges(entry: Entry) -> str:
    return " :orange-badge[Deprecated]" if entry.deprecated else ""


def figures(entry: Entry, sheet: PriceSheet) -> None:
    """The price as four figures, and all the rest in words."""
    price = sheet.now or TokenPrice()
    offer = entry.offer
    with st.container(horizontal=True):
        st.metric("Input, per million tokens", exact(price.input_mtok))
        st.metric("Output", exact(price.output_mtok))
        st.metric("Cached input", exact(price.cache_read_mtok))
        st.metric("Cache write", exact(price.cache_write_mtok))
        st.metric("Context, in tokens", fmt.count(offer.context_window))
    st.markdown("\n".join(f"- {fmt.no_formula(line)}" for line in _more(entry, sheet)))


def _more(entry: Entry, sheet: PriceSheet) -> Iterator[str]:
    for day, price in sheet.later:
        yield f":orange[:material/event: **From {day.isoformat()}**: {pair(price)}]"
    if entry.listing and entry.offer.price is None and not sheet.later:
        yield "No change of this price is announced"
    for tokens, price in sheet.above:
        yield f"Calls with more than {tokens:,} input tokens: {pair(price)}"
    for start, end, price in sheet.hours:
        yield f"Each day from {start:%H:%M} to {end:%H:%M} UTC: {pair(price)}"
    if sheet.batch is not None:
        yield f"In batches, answered within hours: {pair(sheet.batch)}"
    for fee in sheet.fees:
        yield f"{fee.what.capitalize()}: {exact(fee.amount)} {fee.per}"
    yield f"Takes {told(entry.takes)}; gives {told(entry.gives)}"
    source = sheet.now.source if sheet.now else fmt.UNKNOWN
    lent = f", which takes the price of {ui.plain(entry.lender)}" if entry.lender else ""
    yield f"Price source: {ui.plain(source)}{lent}"


def _what_to_do(config: Config, entry: Entry, doors: Sequence[Door]) -> None:
    """The way to the playground with all that can be asked now, or to the platform's connection."""
    ready = [e for e in (entry, *(door.entry for door in doors)) if _ready(config, e)][:MAX_OFFERS]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            "offer.py",
            label="All that is known",
            icon=":material/read_more:",
            query_params={"id": entry.id},
        )
        if ready:
            st.page_link(
                "playground.py",
                label=f"Ask it through {_through(ready)}",
                icon=":material/forum:",
                query_params={"offers": [e.id for e in ready]},
            )
        _connect(config, entry)


def _through(ready: Sequence[Entry]) -> str:
    if len(ready) == 1:
        return ui.plain(ready[0].platform)
    return f"{len(ready)} doors, side by side"


def _connect(config: Config, entry: Entry) -> None:
    provider = config.providers.get(entry.offer.provider) if entry.configured else None
    if provider is None:
        st.page_link("connections.py", label="Connect a platform", icon=":material/hub:")
        st.caption(f"{ui.plain(entry.platform)} is in the price list, but no such platform is set up here.")
    elif wanted := to_connect(provider):
        query = {"provider": provider.id}
        st.page_link("connections.py", label="Connect", icon=":material/hub:", query_params=query)
        st.caption(f"To ask it: {ui.plain(wanted)}.")
    elif not entry.asked:
        st.caption(
            "The playground asks chat models by their own name, so this offer can only be compared here."
        )


def _conclusion(entry: Entry, doors: Sequence[Door], at: datetime) -> str:
    """What the other doors mean for the price, as one sentence."""
    others = f"**{fmt.plural(len(doors), 'other offer')}** of the same weights"
    at_once = (door for door in doors if not door.entry.only_batch)  # a batch is another service
    cheaper = [door for door in at_once if (_total(door) or 0) < 0]
    if price_of(entry, at) is None:
        return f"{others}; without a price of this one there is nothing to compare."
    if not cheaper:
        return f"{others}; none that answers at once is known to be cheaper."
    best = cheaper[0]
    where = f"{ui.plain(best.entry.offer.name)} on {ui.plain(best.entry.platform)}"
    words = [
        f"{_percent(d)} {side}" for d, side in ((best.input, "in"), (best.output, "out")) if d and d.amount
    ]
    return f"{others}; the cheapest is {where}: {fmt.listed(words)}."


def _doors_table(config: Config, doors: Sequence[Door]) -> None:
    prices, lacks = [door.price or TokenPrice() for door in doors], ui.missing(config)
    st.dataframe(
        pd.DataFrame(
            {
                "Platform": [door.entry.platform for door in doors],
                "Availability": [_state(door.entry, lacks) for door in doors],
                "Input": pd.array([_number(price.input_mtok) for price in prices], dtype="Float64"),
                "Output": pd.array([_number(price.output_mtok) for price in prices], dtype="Float64"),
                "Input compared": [_compared(door.input) for door in doors],
                "Output compared": [_compared(door.output) for door in doors],
                "Offer": [door.entry.id for door in doors],
            }
        ),
        hide_index=True,
        placeholder=fmt.UNKNOWN,
        column_config={
            "Availability": st.column_config.TextColumn(width=130),
            "Input": st.column_config.NumberColumn(format=PRICE_FORMAT, help="US dollars per million tokens"),
            "Output": st.column_config.NumberColumn(
                format=PRICE_FORMAT, help="US dollars per million tokens"
            ),
        },
        alt="Other offers of the same weights with the difference of their prices",
    )


def _no_doors(entry: Entry) -> str:
    if entry.identity is None:
        return (
            "Which weights this name stands for cannot be said: it moves between versions, or names a "
            "family. Nothing is guessed."
        )
    return "No other platform in the catalogue sells weights of this name."


def _state(entry: Entry, lacks: Mapping[str, str | None]) -> str:
    return f"{state(entry, lacks)}{', deprecated' if entry.deprecated else ''}"


def _ready(config: Config, entry: Entry) -> bool:
    return entry.asked and to_connect(config.providers[entry.offer.provider]) is None


def _total(door: Door) -> Decimal | None:
    """By how much both prices together differ; `None` where one is unknown."""
    return door.input.amount + door.output.amount if door.input and door.output else None


def _compared(difference: Difference | None) -> str:
    """`+$0.30 (+10 %)`, `the same`, `unknown`."""
    if difference is None:
        return fmt.UNKNOWN
    if not difference.amount:
        return "the same"
    sign = "+" if difference.amount > 0 else ""
    percent = f" ({_percent(difference)})" if difference.percent is not None else ""
    return f"{sign}{exact(difference.amount)}{percent}"


def _percent(difference: Difference) -> str:
    if difference.percent is None:
        return f"{exact(difference.amount)} more"
    sign = "+" if difference.percent > 0 else "−" if difference.percent < 0 else ""
    size = abs(difference.percent)
    return f"{sign}{'<1' if 0 < size < 1 else f'{size:,.0f}'} %"


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
