"""The colours and the type of charts, the same as the pages'."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FONT = "Inter, system-ui, sans-serif"
FADED = 0.4


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours on a light or a dark ground; `series` are for makers and lines."""

    ground: str
    ink: str
    quiet: str
    grid: str
    accent: str
    bad: str
    series: tuple[str, ...]


_LIGHT = Palette(
    "#ffffff", "#0d1920", "#52616b", "#e6ebef", "#0f5c73", "#b4443c",
    ("#0f5c73", "#c2703d", "#6c57a8", "#2e7d5b", "#b4443c", "#2c6fb7", "#9a7a1d", "#64737d"),
)  # fmt: skip
_DARK = Palette(
    "#0f181e", "#e3eaee", "#9fb0ba", "#223039", "#4fb0c9", "#e0776e",
    ("#4fb0c9", "#e09a68", "#a695dd", "#63b58d", "#e0776e", "#6ea6e4", "#d0ae55", "#94a5b0"),
)  # fmt: skip


def altair() -> Any:
    """Altair, once a chart is drawn; untyped, as what its calls give back has too many types to follow."""
    import altair as library

    return library


def palette(dark: bool = False) -> Palette:
    """The colours for a ground."""
    return _DARK if dark else _LIGHT


def coloured(names: Sequence[str], dark: bool = False) -> dict[str, str]:
    """A colour for each name in the order given; the last one again where there are too many names."""
    series = palette(dark).series
    distinct = list(dict.fromkeys(names))
    return {name: series[min(i, len(series) - 1)] for i, name in enumerate(distinct)}


def themed(chart: Any, dark: bool = False) -> Any:
    """The chart in our type and colours: no frame, a quiet grid."""
    own = palette(dark)
    axis = {
        "domain": False,
        "ticks": False,
        "labelColor": own.quiet,
        "titleColor": own.quiet,
        "gridColor": own.grid,
        "labelFontSize": 11,
        "titleFontSize": 11.5,
        "titleFontWeight": "normal",
        "labelPadding": 6,
        "titlePadding": 10,
    }
    return chart.configure(  # at once: each call that sets something copies the whole chart
        font=FONT,
        background="transparent",
        padding=6,
        axis=axis,
        view={"stroke": None},
        text={"font": FONT, "fontSize": 11.5},
    )


def short(text: str, length: int = 28, tail: int | None = None) -> str:
    """The text on one line, cut in its middle: names of models often differ at their end.

    `tail` is how much of that end is left, a third if nothing is said.
    """
    flat, tail = " ".join(text.split()), length // 3 if tail is None else tail
    return flat if len(flat) <= length else f"{flat[: length - tail - 1]}…{flat[len(flat) - tail :]}"


def distinct(texts: Mapping[str, str], length: int = 28) -> dict[str, str]:
    """Each text by its id, as `short` cuts it; those that would read alike are cut elsewhere.

    Where no cut tells them apart, their ids stand in their place.
    """
    found = {key: short(text, length) for key, text in texts.items()}
    for alike in [name for name, count in Counter(found.values()).items() if count > 1]:
        keys = [key for key, name in found.items() if name == alike]
        cuts = ({key: short(texts[key], length, tail) for key in keys} for tail in range(length))
        ids = {key: short(key, length, length * 2 // 3) for key in keys}
        found |= next((cut for cut in cuts if len(set(cut.values())) == len(keys)), ids)
    return found


def left_out(shown: int, every: int) -> str:
    """How many offers a chart has no room for, as the end of its note."""
    more = every - shown
    return f" Not shown: {more:,} further {'offer' if more == 1 else 'offers'}." if more else ""
