"""The top of an offer's page: what it is, the gist of what is known, what can be done with it."""

from collections.abc import Iterator
from datetime import datetime

import streamlit as st
from rapidfuzz import fuzz, process, utils

from broker import catalog
from broker.catalog import Catalogue
from broker.catalog_entries import price_of
from broker.comparison import Evidence, Wanted
from broker.comparison.state import to_params
from broker.config import Config, to_connect
from pages import _facts_words as words
from pages import _format as fmt
from pages import _run_numbers as numbers
from pages import _ui as ui
from pages._catalogue_rows import pair
from pages._offer_page_data import About
from pages._overview_links import link

_NEAREST = 6


def draw(config: Config, about: About, at: datetime) -> None:
    """Name, badges, one sentence, and the ways on."""
    one = about.evidence
    st.title(f"{_text(one.entry.offer.name)} on {_text(one.entry.platform)}")
    st.markdown(" ".join(_badges(config, one)))
    st.markdown(f"**{_text(gist(about, at))}**")
    names = [f"id {one.id}", f"by {one.entry.offer.maker}", f"weights {one.entry.identity or fmt.UNKNOWN}"]
    names += [f"region {one.region}"] if one.region else []
    st.caption(_text(" · ".join(names)))
    _ways_on(config, about)


def gist(about: About, at: datetime) -> str:
    """What matters most, in one sentence."""
    return f"{'; '.join(_parts(about, at))}."


def draw_unknown(known: Catalogue, wanted: str) -> None:
    """There is no such offer: what comes nearest."""
    st.title("Offer")
    if wanted:
        st.warning(
            f"There is no offer {_text(fmt.short(wanted, 120))} in the catalogue or in any run. Its platform "
            "may not be configured in this installation, or the price list no longer has it.",
            icon=":material/link_off:",
        )
        st.markdown("Nearest by name:")
        for name in nearest(known, wanted):
            entry = known.by_id[name]
            label = f"{_text(entry.offer.name)} on {_text(entry.platform)} · {_text(name)}"
            st.page_link("offer.py", label=label, query_params={"id": name})
    else:
        st.info("Choose an offer in the catalogue to see all that is known of it.", icon=":material/info:")
    st.page_link("catalogue.py", label="Search the catalogue", icon=":material/storefront:")


def nearest(known: Catalogue, wanted: str) -> list[str]:
    """The ids most like the one that is wanted, the nearest first."""
    ids, alike = list(known.by_id), utils.default_process
    found = process.extract(wanted[:200], ids, scorer=fuzz.ratio, processor=alike, limit=_NEAREST)
    return [name for name, _, _ in found]


def _parts(about: About, at: datetime) -> Iterator[str]:
    one, today = about.evidence, at.date()
    price = price_of(one.entry, at)
    if price is None:
        yield "Its price is unknown"
    elif not price.input_mtok and not price.output_mtok and price.input_mtok is not None:
        yield "No fee per token"
    else:
        yield f"{pair(price)} per million tokens at list"
    best = [result for result in one.results if result.quality.value is not None]
    if best:
        newest = max(best, key=lambda result: result.ended_at)
        what = "right" if newest.measure == "passed" else "mean score"
        mark = " (imported)" if newest.origin == "imported" else ""
        yield f"{numbers.percent(newest.quality)} {what} in {newest.suite}{mark}, n = {newest.quality.n:,}"
    else:
        yield "not tested here yet"
    left = one.lifecycle.days_left(today)
    if left is not None:
        day = one.lifecycle.retires
        yield f"{'retires' if left >= 0 else 'was to be retired'} on {words.day(day)}" if day else ""


def _badges(config: Config, one: Evidence) -> Iterator[str]:
    entry = one.entry
    provider = config.providers.get(entry.offer.provider) if entry.configured else None
    if provider is None:
        yield ":gray-badge[Not connected]"
    elif to_connect(provider):
        yield ":orange-badge[:material/key: Needs a key]"
    elif entry.asked:
        yield ":green-badge[:material/check: Ready]"
    else:
        yield ":gray-badge[Compare only]"
    if entry.only_batch:
        yield ":orange-badge[:material/schedule: Batches only: answers within hours]"
    if one.lifecycle.ending:
        yield ":orange-badge[:material/event_busy: Ending]"
    if one.calls or one.results:
        yield ":blue-badge[In use]"


def _ways_on(config: Config, about: About) -> None:
    """Try it, test it, compare it; or connect its platform first."""
    one = about.evidence
    provider = config.providers.get(one.entry.offer.provider) if one.entry.configured else None
    wanted = to_connect(provider) if provider else None
    with st.container(horizontal=True, vertical_alignment="center"):
        if one.entry.asked and not wanted:
            st.page_link(
                "playground.py",
                label="Try it in the playground",
                icon=":material/forum:",
                query_params={"offers": [one.id]},
            )
            st.page_link("benchmarks.py", label="Test it with a suite", icon=":material/balance:")
        elif provider and wanted:
            query = {"provider": provider.id}
            st.page_link("connections.py", label="Connect it", icon=":material/hub:", query_params=query)
        others = catalog.catalogue(config).by_identity.get(one.entry.identity or "", (one.entry,))
        asked = Wanted(offers=tuple(entry.id for entry in others[:8]), suites=about.gathered.wanted.suites)
        link("compare.py", "Compare it", to_params(asked))
    if provider and wanted:
        st.caption(f"To ask it: {_text(wanted)}.")


def _text(words: str) -> str:
    return fmt.no_formula(ui.plain(words))
