"""What a run will ask, use and cost, and what it can show: said before it starts."""

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from broker.config import Config
from broker.local import LOCAL_OFFERS
from broker.runs import Order
from broker.runs.preview import PILOT, Preview, preview
from broker.runs.usage import Estimate, Range
from broker.types import Offer
from db.session import Database
from pages import _format as fmt
from pages import _ui as ui

_HERE = 20  # tokens a second that the model on this machine wrote on two busy cores, all answers together
_LONG = 3  # minutes from which on waiting is said


def draw(config: Config, database: Database, order: Order) -> None:
    """The figures and what they mean."""
    with database.reader() as session:
        found = preview(session, order, config.providers)
    with st.container(border=True):
        st.markdown("**Before it starts**")
        with st.container(horizontal=True):
            st.metric("Calls", fmt.count(found.calls))
            st.metric("Tokens in, about", tokens([one.input_tokens for one in found.offers]))
            st.metric("Tokens out, about", tokens([one.output_tokens for one in found.offers]))
            st.metric("Cost, about", money(found.cost))
        st.markdown(shows(found, len(order.offers)))
        st.caption(fmt.no_formula(basis(found.offers)))
        if wait := waiting(found, order.offers):
            st.caption(wait)
        if found.judging is not None:
            st.caption(fmt.no_formula(f"Judging costs {money(found.judging)} of that."))
        for warning in found.warnings:
            st.warning(ui.plain(warning), icon=":material/balance:")


def shows(found: Preview, offers: int) -> str:
    """The smallest difference that the samples can show, in words, and what that rests on."""
    samples = fmt.plural(found.samples, "sample")
    if offers < 2:
        return (
            f"With one model there is nothing to compare: {samples} give its own accuracy with an interval."
        )
    power = found.power
    samples += f" of {fmt.plural(power.groups, 'document')}" if power.groups < found.samples else ""
    if power.difference is None:
        return f":orange[{samples} are too few to tell two models apart, unless one is far worse.]"
    points = f"{power.difference * 100:.0f} points"
    what = "mean score" if power.measure == "score" else "pass rate"
    family = f", corrected for {power.comparisons} comparisons" if power.comparisons > 1 else ""
    ground = (
        "That goes by how often these models differed in earlier answers."
        if power.basis == "history"
        else f"That is the worst case, as little is known of how often these models differ; a run of {PILOT} "
        "samples tells."
    )
    return (
        f"{samples} can show a difference in {what} of about **{points}** or more between two models "
        f"(in four cases of five{family}). A smaller one is found less often. {ground}"
    )


def waiting(found: Preview, offers: Sequence[Offer]) -> str:
    """How long the model on this machine may be busy; nothing where that is no matter."""
    here = {offer.id for offer in offers if offer.provider == LOCAL_OFFERS[0].provider}
    minutes = sum(one.output_tokens.high for one in found.offers if one.offer in here) / _HERE / 60
    if minutes < _LONG:
        return ""
    return (
        f"The small model on this machine may need up to about {minutes:.0f} minutes, as it often writes on "
        "until it is cut short. Fewer samples end sooner."
    )


def basis(offers: Sequence[Estimate]) -> str:
    """Where the estimate comes from."""
    known = [one for one in offers if one.basis == "history"]
    if len(known) == len(offers):
        return (
            "Estimated from earlier answers to this version of the suite by these models with the same "
            "settings, as 95 % prediction intervals, which in simulations held in 92 to 100 of 100 cases."
        )
    if known:
        return (
            f"Estimated from earlier answers to this version with the same settings for {len(known)} of "
            f"{len(offers)} models, else from the length of the prompts and the longest answers allowed."
        )
    return (
        "Estimated from the length of the prompts and the longest answers allowed, so the range is wide. "
        "A short run with these settings first (10 samples, say) makes it narrow."
    )


def tokens(parts: Sequence[Range]) -> str:
    """`12,000 to 18,000`."""
    low, high = sum(part.low for part in parts), sum(part.high for part in parts)
    return _span(_rounded(low), _rounded(high))


def money(cost: Range | None) -> str:
    """`$0.12 to $0.80`."""
    return fmt.UNKNOWN if cost is None else _span(usd(cost.low), usd(cost.high))


def usd(value: float) -> str:
    """An estimate in dollars."""
    return fmt.usd(Decimal(str(round(value, 6))))


def _span(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _rounded(value: float) -> str:
    for size, mark in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.2g}{mark}" if value < 100 * size else f"{value / size:,.0f}{mark}"
    return f"{value:.0f}"
