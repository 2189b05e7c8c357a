"""An offer's figures in words, each with its interval and what it rests on, for the table and the card."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from broker.comparison import Evidence, Speed
from broker.ratings import Rating
from broker.stats import Estimate
from broker.workload import Unknown
from pages import _format as fmt
from pages import _run_numbers as numbers
from pages import _ui as ui

Say = Callable[[float], str]
BATCH = "answers within hours"
_MOST = 8  # offers that are named


def dollars(value: float) -> str:
    return fmt.usd(Decimal(str(round(value, 10))))


def share(value: float) -> str:
    return f"{value * 100:.1f}"


def ends(found: Estimate | None, say: Say, of: str = "n = ") -> str:
    """`8.9 to 10.4, n = 400`, for a column beside the figure."""
    if found is None or found.value is None:
        return fmt.UNKNOWN
    return f"{span(found.low, found.high, say)}, {of}{found.n:,}"


def waits_ends(speed: Speed | None) -> str:
    """`1,910 to 2,650 ms` as `1.91 s to 2.65 s, n = 60`, and where from if not from the suites' own runs."""
    told = ends(speed.total_p95, fmt.ms) if speed else fmt.UNKNOWN
    return told + (", all recorded calls" if speed and speed.origin == "calls" else "")


def year_ends(one: Evidence) -> str:
    """What the year is at both ends of the tokens that a run measured; unknown where none did."""
    return ends(one.year, dollars) if one.year and one.year.n else fmt.UNKNOWN


def rating_ends(rating: Rating | None) -> str:
    if rating is None:
        return fmt.UNKNOWN
    return f"{span(rating.low, rating.high, lambda end: f'{end:,.0f}')}, {fmt.plural(rating.votes, 'vote')}"


def quality(one: Evidence) -> str:
    """With where its results come from; else which suites are missing, and what is known of the weights."""
    told = one.quality
    if told is not None and told.value is not None:
        return f"{numbers.percent(told)}, n = {told.n:,}{_origin(one)}"
    lacks = f", not yet run on {ui.plain(fmt.listed(one.missing))}" if one.missing else ""
    if one.elsewhere is None:
        return fmt.UNKNOWN + lacks
    offer, found = one.elsewhere
    borrowed = f"the same weights at {ui.plain(offer)}: {numbers.percent(found)}, n = {found.n:,}"
    return f"{fmt.UNKNOWN}{lacks}; {borrowed}"


def cost(one: Evidence) -> str:
    found = one.per_1000
    if found is None or found.value is None:
        return fmt.UNKNOWN
    return f"{numbers.money(found)}, n = {found.n:,}{_origin(one)}"


def year(one: Evidence) -> str:
    if one.cost is None:
        return "no workload is chosen"
    ours = one.cost.ours
    if isinstance(ours, Unknown):
        return f"{fmt.UNKNOWN}: {ui.plain('; '.join(ours.reasons))}"
    told = year_ends(one)
    return fmt.usd(ours.year.total) + ("" if told == fmt.UNKNOWN else f" ({told} measured answers)")


def speed(one: Evidence) -> str:
    """Both waits with their intervals, and whose they are."""
    found = one.speed
    if found is None:
        return fmt.UNKNOWN
    where = "the suites' own runs" if found.origin == "runs" else "all recorded calls, whatever was asked"
    busy = "; unreliable, as this machine was too busy" if found.reliable is False else ""
    half, late = found.total_p50, found.total_p95
    return f"half within {wait(half)}, 95 of 100 within {wait(late)}, n = {late.n:,}, of {where}{busy}"


def rating(one: Evidence) -> str:
    found = one.rating
    return f"{found.value:,.0f} ({rating_ends(found)}), no scored quality" if found else "no votes compare it"


def offers(ids: Sequence[str] | None) -> str:
    """By id: `none`, or the first of them and how many more there are; unknown where it cannot be said."""
    if ids is None:
        return fmt.UNKNOWN
    more = [f"{len(ids) - _MOST:,} more"] if len(ids) > _MOST else []
    return fmt.listed([*map(ui.plain, ids[:_MOST]), *more]) or "none"


def wait(found: Estimate) -> str:
    """`1.25 s (1.09 s to 1.50 s)`; more than a limit where too many calls timed out."""
    if found.value is None and found.low is not None:
        return f"more than {fmt.ms(found.low)}"
    return f"{fmt.ms(found.value)} ({span(found.low, found.high, fmt.ms)})"


def span(low: float | None, high: float | None, say: Say) -> str:
    """`1.09 s to 1.50 s`. A limit that is not known is said to be.

    Votes set none where an offer never won, or never lost, and a few calls none of p95.
    """
    if low is None and high is None:
        return "no interval"
    return f"{'no limit' if low is None else say(low)} to {'no limit' if high is None else say(high)}"


def _origin(one: Evidence) -> str:
    imported = sum(result.origin == "imported" for result in one.results)
    if not imported:
        return ""
    return ", imported" if imported == len(one.results) else ", partly imported"
