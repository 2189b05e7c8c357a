"""Dependence in sentences: the conclusion, how concentrated a layer is, what the figures rest on."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from broker.dependence import SOURCE_URL, Dependence, Layer, Loss, Share, as_even_as, band, hhi
from pages import _format as fmt
from pages import _ui as ui

PERIODS = {"This month": 1, "Last month": 0, "Last 3 months": 3, "Last 12 months": 12, "Everything": None}
_BANDS = {"low": "not concentrated", "moderate": "moderately concentrated", "high": "highly concentrated"}


def period(name: str, today: date, known: Iterable[date]) -> tuple[date, date]:
    """The first and the last day of a period; `known` are days from which on something is known."""
    month = today.replace(day=1)
    match PERIODS[name]:
        case 0:
            last = month - timedelta(days=1)
            return last.replace(day=1), last
        case None:
            return min([month, *known]).replace(day=1), today
        case n:
            back = month.year * 12 + month.month - n
            return date(back // 12, back % 12 + 1, 1), today


def day(when: date) -> str:
    """`1 Sep 2026`."""
    return f"{when.day} {when:%b %Y}"


def days(found: Dependence) -> str:
    """`1 Sep 2026 to 22 Nov 2026`."""
    return f"{day(found.first)} to {day(found.until)}"


def conclusion(found: Dependence) -> str:
    """What it comes to: who has most, and what could go on without them."""
    calls = sum(use.calls or 0 for use in found.uses)
    if not found.spend:
        paid = (
            "None of them has a known cost" if _unknown(found) == calls else "What is known of them was free"
        )
        return f"**No spend is known from {days(found)}.** {fmt.plural(calls, 'call')} were recorded. {paid}."
    maker, platform = found.shares("maker")[0], found.losses("platform")[0]
    on = "all of it" if len(found.shares("platform")) == 1 else percent(platform.share.share)
    through = f"{on} goes through {ui.plain(platform.share.name)}"
    return f"**{_most(found, maker)}; {through}.** {_without(platform)}"


def concentration(shares: Sequence[Share], layer: Layer) -> str:
    """The index of one layer with its band, and how many equal shares would have it."""
    index = hhi(share.spend for share in shares)
    if index is None:
        return "No spend to share."
    named = f"{_BANDS[band(index)]} in the words of merger control"
    return f"**Index {index_of(index)}** of 10,000: {_evenly(index, layer)}; {named}."


def index_of(index: float) -> str:
    """`9,925`; 10,000 only where one has everything."""
    return ">9,999" if 9_999.5 <= index < 10_000 else f"{index:,.0f}"


def _evenly(index: float, layer: Layer) -> str:
    """How many equal shares would have it: one alone is nobody but the one who has everything."""
    even = as_even_as(index)
    if even >= 1.05:
        return f"as concentrated as {even:.1f} equal {layer}s"
    return f"one {layer} alone" if index >= 10_000 else f"nearly as concentrated as one {layer} alone"


def basis(found: Dependence) -> str:
    """What the figures rest on, and what is missing in them."""
    calls, unknown = sum(use.calls or 0 for use in found.uses), _unknown(found)
    failed = sum(use.failed for use in found.uses)
    parts = [
        f"{fmt.plural(calls, 'recorded call')} from {days(found)} (UTC), at the prices of their time",
        "and declared spend (fainter) by its days" if any(use.offer is None for use in found.uses) else "",
    ]
    said = " ".join(part for part in parts if part)
    missing = (
        f" {fmt.plural(unknown, 'call')} of unknown cost "
        f"({failed:,} failed, {unknown - failed:,} did not) {'is' if unknown == 1 else 'are'} left out."
        if unknown
        else ""
    )
    return f"{said}.{missing} These are sums, not samples: no interval belongs to them."


BANDS = (
    "The index is Herfindahl and Hirschman's: the shares in percent, squared and added up. Its bands are "
    "borrowed from merger control and describe markets, not what one customer buys: above 1,800 highly "
    "concentrated (US Department of Justice and Federal Trade Commission, Merger Guidelines of 18 December "
    f"2023, section 2.1), from 1,000 moderately ([the Department's explanation]({SOURCE_URL})). With five "
    "suppliers or fewer it is 2,000 or more."
)


def percent(share: float | None) -> str:
    """`74 %`; `<1 %` rather than 0 for what there is."""
    if share is None:
        return fmt.UNKNOWN
    return "<1 %" if 0 < share < 0.005 else ">99 %" if 0.995 < share < 1 else f"{share * 100:.0f} %"


def _most(found: Dependence, maker: Share) -> str:
    total, name = fmt.no_formula(fmt.usd(found.spend)), ui.plain(maker.name)
    if len(found.shares("maker")) == 1:
        return f"All spend ({total}) is on models of {name}"
    return f"{percent(maker.share)} of the spend ({total}) is on models of {name}"


def _without(loss: Loss) -> str:
    """What could go on if this platform failed."""
    n, movable, ready = len(loss.offers), len(loss.movable), len(loss.ready)
    start = f"If {ui.plain(loss.share.name)} failed, "
    if not n:
        return f"{start}what was declared there would be gone; it names no models."
    if not movable:
        none = "the one offer in use there has" if n == 1 else f"none of the {n} offers in use there has"
        return f"{start}{none} {'no ' if n == 1 else 'an'}other door to the same weights."
    which = "the one offer" if n == 1 else f"{movable} of the {n} offers"
    at_once = (
        "at once" if ready == movable else f"{ready} of them at once" if ready else "none of them at once"
    )
    moved = loss.movable_share or 0
    part = "" if moved > 0.995 else f"; that is {percent(moved)} of what is paid there"
    return f"{start}{which} in use there could be had from another platform, {at_once}{part}."


def _unknown(found: Dependence) -> int:
    return sum(use.cost_unknown for use in found.uses)
