"""How good and how fast an offer was here: by suite, by recorded calls, by votes."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from broker.comparison import Speed, SuiteResult
from broker.stats import Estimate
from broker.stats.percentiles import fewest_for_limit
from pages import _format as fmt
from pages import _run_numbers as numbers
from pages import _ui as ui
from pages import _vendor_figures as figures
from pages._facts_words import day
from pages._offer_page_data import About, Recorded
from pages._run_marks import IMPORTED, UNRELIABLE

_WIDTHS = (2.4, 1.2, 2.2, 1.2, 2, 1.6)
_MEASURED = ":green-badge[:material/science: Measured]"


def draw(about: About) -> None:
    """Quality by suite, speed by clock, votes, and what was recorded."""
    st.header("Quality", anchor=False)
    if about.evidence.results:
        _results(about.evidence.results)
    else:
        st.caption("No finished run has this offer. A starter suite gives a first verdict within minutes.")
        st.page_link("benchmarks.py", label="Choose a suite", icon=":material/balance:")
    if about.evidence.elsewhere:
        other, found = about.evidence.elsewhere
        st.caption(_text(f"The same weights elsewhere, {other}: {numbers.percent(found)}, n = {found.n:,}."))
    st.markdown(_votes(about))
    st.header("Speed", anchor=False)
    _speeds(about)
    st.header("Recorded calls", anchor=False)
    st.markdown(_text(_calls(about.recorded)))


def _results(results: tuple[SuiteResult, ...]) -> None:
    """A line a suite; the suite's name leads to the run."""
    with st.container(border=True, gap="small"):
        head = ("Suite", "Origin", "Quality", "Answered", "Cost per 1,000 tasks", "Run of")
        for place, word in zip(st.columns(_WIDTHS), head, strict=True):
            place.markdown(f":small[**{word}**]")
        for one in sorted(results, key=lambda one: one.ended_at, reverse=True):
            places = st.columns(_WIDTHS, vertical_alignment="center")
            label = f"{_text(one.suite)} v{one.version}"
            places[0].page_link("run.py", label=label, query_params={"id": one.run_id})
            what = "right" if one.measure == "passed" else "mean score"
            cells = (
                IMPORTED if one.origin == "imported" else _MEASURED,
                f"{numbers.percent(one.quality)} {what}, n = {one.quality.n:,}",
                f"{one.answered:,} of {one.asked:,}",
                numbers.money(one.cost_per_1000),
                ui.when(one.ended_at),
            )
            places[1].markdown(cells[0])
            for place, words in zip(places[2:], cells[1:], strict=True):
                place.markdown(f":small[{_text(words)}]")
    st.caption(
        "The newest finished run of each suite's newest version. In brackets the 95 % interval: it holds the "
        "true share in 95 of 100 such runs. Costs are at the prices of that day."
    )


def _speeds(about: About) -> None:
    speed = about.evidence.speed
    in_runs = speed if speed and speed.origin == "runs" else None
    found = [one for one in (in_runs, about.in_calls) if one]
    if not found:
        st.caption("Nothing has been timed yet: answers that were imported have no times.")
        return
    rows = [_speed(speed, _when(about, speed)) for speed in found]
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True, alt="Speed by where it was measured")
    st.caption(
        "By this machine's clock, from sending the request until its first token and its last byte arrive. "
        "Half of the calls stay below p50, 95 of 100 below p95; in brackets the 95 % interval, which for p95 "
        f"has an upper limit from {fewest_for_limit(0.95)} calls on. Calls that failed are left out, "
        "though not those of runs that timed out: they took longer than any other. Runs are dated by the day "
        "on which they ended, recorded calls by their months."
    )


def _when(about: About, speed: Speed) -> str:
    """The days on which the runs behind it ended, or the months of the recorded calls."""
    if speed.origin == "calls":
        return _months(about.recorded) if about.recorded else fmt.UNKNOWN
    days = [one.ended_at.date() for one in about.evidence.results if one.origin == "measured"]
    ends = dict.fromkeys((min(days), max(days))) if days else {}
    return " to ".join(map(day, ends)) or fmt.UNKNOWN


def _speed(speed: Speed, when: str) -> dict[str, str]:
    where = "The suites' own runs" if speed.origin == "runs" else "All recorded calls"
    rate = speed.tokens_per_s
    return {
        "Measured in": f"{where} {UNRELIABLE}" if speed.reliable is False else where,
        "When": when,
        "Calls": _counted(speed),
        "First token, p50": _with_interval(speed.ttft_p50, fmt.ms),
        "First token, p95": _with_interval(speed.ttft_p95, fmt.ms),
        "Whole answer, p50": _with_interval(speed.total_p50, fmt.ms),
        "Whole answer, p95": _with_interval(speed.total_p95, fmt.ms),
        "Tokens a second": _with_interval(rate, fmt.rate) if rate else fmt.UNKNOWN,
    }


def _counted(speed: Speed) -> str:
    """How many calls the figures rest on: `40`, or `40, 38 by first token` where some had none."""
    first, whole = speed.ttft_p50.n, speed.total_p50.n
    return f"{whole:,}" if first == whole else f"{whole:,}, {first:,} by first token"


def _with_interval(found: Estimate, words: Callable[[float | None], str]) -> str:
    """`1.08 s (1.02 s to 1.15 s)`; more than a limit where too many calls timed out."""
    if found.value is None and found.low is not None:
        return f"more than {words(found.low)}"
    if found.value is None:
        return words(found.value)
    return f"{words(found.value)} ({figures.span(found.low, found.high, words)})"


def _votes(about: About) -> str:
    rating = about.evidence.rating
    if rating is None:
        return "Votes in the playground: none that compare it with another offer."
    return (
        f"Votes in the playground: rated {rating.value:,.0f} ({figures.rating_ends(rating)}) on a scale "
        "whose mean is 1,500; in brackets the 95 % interval. It is no scored quality."
    )


def _calls(recorded: Recorded | None) -> str:
    if recorded is None:
        return "None: nobody has asked this offer here."
    paid = fmt.UNKNOWN if recorded.unpriced == recorded.calls else fmt.usd(recorded.spent)
    without = (
        f", without {fmt.plural(recorded.unpriced, 'call')} of unknown cost" if recorded.unpriced else ""
    )
    asked = fmt.plural(recorded.calls, "call")
    span = _months(recorded)
    return f"{asked} in {span}; spend {paid}{without}. Those of the playground, of runs and of all others."


def _months(recorded: Recorded) -> str:
    """`March 2026 to November 2026`."""
    ends = dict.fromkeys((recorded.first, recorded.last))
    return " to ".join(f"{month:%B %Y}" for month in ends)


def _text(words: str) -> str:
    return fmt.no_formula(ui.plain(words))
