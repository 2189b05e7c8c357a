"""A comparison as charts: pure functions from a shortlist to a `Figure`, for the page, the report and files.

Nothing here fetches anything or knows Streamlit. Altair is imported where it is used. Every function gives
`None` where there is nothing to draw.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from altair import TopLevelMixin


@dataclass(frozen=True)
class Figure:
    """A chart, what it shows in words, and a note on how to read it.

    `chart` is an `altair.Chart` or a layering of several, without a theme: `theme.themed` gives it one.
    """

    chart: "TopLevelMixin"
    alt_text: str
    note: str
