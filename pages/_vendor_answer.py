"""The answer in words: the recommendation, what stands behind it, and what is wrong with the question."""

from collections.abc import Sequence

import streamlit as st

from broker.comparison.sentence import Tone
from pages import _format as fmt
from pages import _ui as ui
from pages._vendor_data import Answer

_ICONS: dict[Tone, str] = {
    "clear": ":green[:material/check_circle:]",
    "close": ":orange[:material/balance:]",
    "nobody": ":red[:material/block:]",
    "unmeasured": ":gray[:material/help:]",
}
_FIRST, _WRONG = 4, 8  # points and problems that are shown at once


def draw(found: Answer, problems: Sequence[str]) -> None:
    """The conclusion above everything else; `problems` are those of the address."""
    told, gathered = found.told, found.shortlist.gathered
    if every := [*problems, *gathered.problems]:
        further = [f"And {len(every) - _WRONG:,} more."] if len(every) > _WRONG else []
        lines = "\n".join(f"- {ui.plain(problem)}" for problem in [*every[:_WRONG], *further])
        st.warning(f"Not all is as it was asked:\n\n{lines}", icon=":material/link_off:")
    with st.container(border=True):
        st.header(f"{_ICONS[told.tone]} {fmt.no_formula(ui.plain(told.headline))}", anchor=False)
        _list(told.points[:_FIRST])
        if told.points[_FIRST:]:
            with st.expander(more(len(told.points) - _FIRST)):
                _list(told.points[_FIRST:])
        if not gathered.wanted.suites or told.tone == "unmeasured":
            st.page_link("benchmarks.py", label="Run a suite to measure quality", icon=":material/balance:")


def more(points: int) -> str:
    """How many points are left to read."""
    return f"{fmt.plural(points, 'more point')}{', among them what is unknown' if points > 1 else ''}"


def _list(points: Sequence[str]) -> None:
    st.markdown("\n".join(f"- {fmt.no_formula(ui.plain(point))}" for point in points))
