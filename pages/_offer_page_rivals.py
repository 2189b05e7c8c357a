"""Which offers of other makers could take an offer's place, and how independent of it that leaves us."""

import streamlit as st

from broker.catalog import Catalogue
from broker.comparison.scores import independence
from pages import _format as fmt
from pages import _ui as ui
from pages._offer_page_data import About

_MOST = 8
_NOT_RUN = "No offer can be held against it yet: run it and other makers' offers on the same suite."
_UNKNOWN_MAKER = "No offer can be held against it: who made its model is not known."


def draw(known: Catalogue, about: About) -> None:
    """Each rival with the way to its page, what the list claims, and the scale of independence."""
    rivals = about.evidence.rivals
    if rivals is None:
        st.caption(_UNKNOWN_MAKER if about.evidence.quality else _NOT_RUN)
        return
    for offer in rivals[:_MOST]:
        other = known.by_id.get(offer)
        name = f"{other.offer.name} on {other.platform} · {offer}" if other else offer
        st.page_link("offer.py", label=_text(name), query_params={"id": offer})
    st.markdown(_text(_claim(about, rivals)))
    st.caption(_text(_independence(about)))


def _claim(about: About, rivals: tuple[str, ...]) -> str:
    wanted, left = about.gathered.wanted, len(rivals) - _MOST
    more = f", and of {fmt.plural(left, 'more')}," if left > 0 else ""
    found = f"Each of these offers of other makers{more} was" if rivals else "No offer of another maker was"
    return (
        f"{found} shown by itself, with 95 % confidence, to be no more than {wanted.margin * 100:g} points "
        f"worse on {fmt.listed([name for name, _ in wanted.suites])}."
    )


def _independence(about: About) -> str:
    one = about.evidence
    doors = fmt.UNKNOWN if one.other_platforms is None else f"{one.other_platforms:,}"
    return (
        f"As of {about.gathered.at}. Imported results count too; offers that have ended do not; must-haves "
        f"are not asked here. Independence is {independence(one):.2f}, by other platforms that sell the same "
        f"weights (doors: {doors}) and these offers (rivals: {one.rival_count:,}): 1 − 1 ÷ (1 + doors + "
        "rivals)."
    )


def _text(text: str) -> str:
    return fmt.no_formula(ui.plain(text))
