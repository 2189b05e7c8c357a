"""What is lost if a maker or a platform fails, and which offers in use have another door."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from broker.dependence import Dependence, Layer, Loss, Use, open_doors
from pages import _dependence_words as words
from pages import _format as fmt

_NAMES: dict[str, Layer] = {"A platform": "platform", "A maker": "maker"}
_NOTES: dict[Layer, str] = {
    "platform": "Another door: the same weights on another platform of the catalogue; connected where its "
    "key is set.",
    "maker": "A maker's own platforms fail with it. Whether others may go on selling its weights is for "
    "their contracts, or the weights' licence, to say.",
}
_COLUMNS = {
    **{
        name: st.column_config.NumberColumn(format="%.1f %%") for name in ("Share of spend", "Share of calls")
    },
    "Offers": st.column_config.NumberColumn(help="Offers that were called in this period"),
    "Another door": st.column_config.NumberColumn(help="Offers whose weights could still be had elsewhere"),
    "Connected": st.column_config.NumberColumn(
        help="Those of them that another platform would answer at once"
    ),
    "Could move": st.column_config.TextColumn(help="Of the spend here, that on offers with another door"),
    "Unknown costs": st.column_config.NumberColumn(help="Calls that are missing in the spend"),
}


def draw(found: Dependence) -> None:
    """One table a layer, then the offers themselves."""
    st.header("If one fails", anchor=False)
    chosen = st.segmented_control(
        "What fails", list(_NAMES), key="fails", bind="query-params", default="A platform", required=True
    )
    layer = _NAMES[chosen or "A platform"]
    losses = found.losses(layer)
    st.dataframe(
        [_row(loss, layer) for loss in losses],
        hide_index=True,
        column_config=_COLUMNS,
    )
    st.caption(_NOTES[layer] + " What was declared names no model and counts as without another door.")
    used = [use for use in found.uses if use.offer is not None]
    if used:
        _offers(used, layer)


def _offers(used: Sequence[Use], layer: Layer) -> None:
    stuck = [use for use in used if not open_doors(use, layer)]
    which = "all of them have" if not stuck else f"{len(used) - len(stuck)} of them have"
    with st.expander(f"{fmt.plural(len(used), 'offer')} in use; {which} another door", key="offers-in-use"):
        ordered = sorted(used, key=lambda use: (-use.cost, use.offer or ""))
        st.dataframe([_use_row(use, layer) for use in ordered], hide_index=True)


def _row(loss: Loss, layer: Layer) -> dict[str, Any]:
    share, n = loss.share, len(loss.offers)
    return {
        "If this failed": share.name,
        "Share of spend": _percent(share.share),
        "Spend": _spend(share.spend, share.calls, share.cost_unknown),
        "Share of calls": _percent(share.share_of_calls),
        "Offers": n,
        "Another door": len(loss.movable),
        "Connected": len(loss.ready),
        "Could move": words.percent(loss.movable_share) if share.spend else "–",
        "Unknown costs": share.cost_unknown,
    }


def _use_row(use: Use, layer: Layer) -> dict[str, Any]:
    doors = open_doors(use, layer)
    ready = sorted({door.platform for door in doors if door.ready})
    others = sorted({door.platform for door in doors} - set(ready))
    return {
        "Offer": use.offer,
        "Model": use.name,
        "Maker": use.maker,
        "Platform": use.platform,
        "Spend": _spend(use.cost, use.calls or 0, use.cost_unknown),
        "Calls": use.calls,
        "Connected doors": ", ".join(ready) or "none",
        "Other doors": fmt.UNKNOWN if use.doors is None else ", ".join(others) or "none",
    }


def _spend(cost: Any, calls: int, unknown: int) -> str:
    return fmt.usd(None if not cost and calls and unknown == calls else cost)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
