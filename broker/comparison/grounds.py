"""What figures of an offer rest on: runs, calls, the price list, or the configuration, and since when."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache

from broker.comparison import Evidence, Speed, SuiteResult
from broker.model_facts import Modalities, maker_of, modalities
from broker.pricing import source

CALLS, CONFIGURED, BY_NAME = "all recorded calls", "the configuration", "the model's name"


def origin_of(results: Iterable[SuiteResult]) -> str:
    """How figures came about: `measured`, `imported`, `measured and imported`, or `unknown`."""
    kinds = {result.origin for result in results}
    return " and ".join(sorted(kinds, reverse=True)) or "unknown"


def runs_of(results: Iterable[SuiteResult]) -> tuple[str | None, datetime | None]:
    """Runs by their names and ids, and when the oldest of them ended."""
    found = tuple(results)
    names = "; ".join(f"{result.run} ({result.run_id})" for result in found) or None
    return names, min((result.ended_at for result in found), default=None)


def timed_in(one: Evidence, speed: Speed, at: date) -> tuple[str | None, date | datetime | None]:
    """The runs that timed it with the end of the oldest, else all calls until that day."""
    if speed.origin == "calls":
        return CALLS, at
    return runs_of(result for result in one.results if result.origin == "measured")


def window_of(one: Evidence) -> str:
    """Where it stands how many tokens an offer takes."""
    listing = one.entry.listing
    told = listing is not None and listing.context_window == one.entry.offer.context_window
    return source() if told else CONFIGURED


def taken_by(one: Evidence, modality: str) -> str:
    """Where it stands that an offer takes a modality: a family's name says so, else prices do."""
    return BY_NAME if modality in _named(one.entry.offer.model) else source()


def made_by(one: Evidence) -> str:
    """Where it stands who made the model."""
    offer = one.entry.offer
    return BY_NAME if _maker(offer.model) == offer.maker else CONFIGURED


def priced_by(one: Evidence) -> str | None:
    """Where the price of an offer stands, before contract terms; `None` where none is known."""
    price = one.entry.offer.price
    if price is not None or one.entry.free:
        return (price and price.source) or CONFIGURED
    return source() if one.entry.listing else None


@lru_cache(maxsize=8192)  # as many patterns are tried for each offer on every look at the page
def _named(model: str) -> Modalities:
    return modalities(model, (), chat=True)[0]


_maker = lru_cache(maxsize=8192)(maker_of)
