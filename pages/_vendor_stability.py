"""How stable the winner is: who wins when weights and figures move, and each criterion's own scale."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd
import streamlit as st

from broker.comparison import CRITERIA, Ranked, Shortlist
from broker.comparison.scores import SCALES
from broker.comparison.sentence_open import intervals_missing
from broker.comparison.sentence_words import namer
from pages import _format as fmt
from pages import _run_board as board
from pages import _ui as ui

_MOST = 12  # offers in the chart
_BAR = 17  # pixels


def draw(found: Shortlist) -> None:
    """The share of draws that each offer wins, then where its score comes from."""
    drawn = [one for one in found.ranked if one.is_contender]
    if not drawn:
        st.info(
            "No offer passes every must-have with all weighted criteria known, so nothing can be weighed. "
            "Set a weight to 0 to leave a criterion out, or get what is unknown.",
            icon=":material/scale:",
        )
    elif len(drawn) == 1:
        st.info(
            f"{ui.plain(drawn[0].evidence.label)} is the only one that passes every must-have with a score, "
            "so there is nothing that other weights could change.",
            icon=":material/scale:",
        )
    else:
        _chart(found, sorted(drawn, key=lambda one: -(_share(one) or 0))[:_MOST])
    st.subheader("Where scores come from", anchor=False)
    total = sum(vars_of(found).values()) or 1
    rows = [
        {
            "Offer": one.evidence.label,
            **{
                f"{name.capitalize()} ({vars_of(found)[name] / total * 100:.0f} %)": _scale(one.scales[name])
                for name in CRITERIA
            },
            "Score": _scale(one.score),
        }
        for one in found.ranked[:40]
    ]
    board.table(rows, "Each offer's place on every scale, and its score")
    st.caption("Each scale goes from 0 to 1; in brackets its share of the score.")
    with st.expander("How each scale is made"):
        for name in CRITERIA:
            st.markdown(f"**{name.capitalize()}**: {fmt.no_formula(SCALES[name])}")


def vars_of(found: Shortlist) -> Mapping[str, int]:
    """The weights by criterion."""
    weights = found.gathered.wanted.weights
    return {name: getattr(weights, name) for name in CRITERIA}


def _chart(found: Shortlist, drawn: Sequence[Ranked]) -> None:
    rows = [
        {"offer": one.evidence.label, "draws": kind, "share": share, "said": f"{100 * (share or 0):.0f} %"}
        for one in drawn
        for kind, share in (
            ("Weights and figures move", one.wins),
            ("Weights alone move", one.wins_by_weights),
        )
        if share is not None
    ]
    shown = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y("offer:N", sort=None, title=None, axis=alt.Axis(labelLimit=280)),
        x=alt.X(
            "share:Q",
            title="Share of draws won",
            axis=alt.Axis(labelExpr="format(datum.value * 100, '~g') + ' %'", tickCount=5),
            scale=alt.Scale(domain=[0, 1]),
        ),
        yOffset=alt.YOffset("draws:N", sort=None),
        color=alt.Color("draws:N", sort=None, title=None, legend=alt.Legend(orient="top")),
        tooltip=[
            alt.Tooltip("offer:N"),
            alt.Tooltip("draws:N"),
            alt.Tooltip("said:N", title="Share of draws won"),
        ],
    )
    bars = shown.mark_bar(height={"band": 0.9})
    text = shown.mark_text(align="left", dx=4).encode(text=alt.Text("said:N"))
    st.altair_chart((bars + text).properties(height=alt.Step(_BAR)), alt=_alt(drawn))
    st.caption(fmt.no_formula(ui.plain(_caption(found, drawn))))


def _caption(found: Shortlist, drawn: Sequence[Ranked]) -> str:
    draws = f"{found.draws:,} draws: each weight moves by up to 20 % either way"
    if any(one.wins is None for one in drawn):
        why = intervals_missing(found, namer(found))
        return f"{draws}; ties are shared. Who wins as figures move too is unknown: {why}."
    return (
        f"{draws}; figures move within their 95 % intervals. Ties are shared. An offer that wins nearly "
        "always is a choice that does not hang on the exact weights."
    )


def _share(one: Ranked) -> float | None:
    return one.wins_by_weights if one.wins is None else one.wins


def _scale(value: float | None) -> str:
    return fmt.UNKNOWN if value is None else f"{value:.2f}"


def _alt(drawn: Sequence[Ranked]) -> str:
    told = "; ".join(f"{one.evidence.label} {100 * (_share(one) or 0):.0f} %" for one in drawn)
    return f"Share of draws that each offer wins: {told}"
