"""A chart as a file, without a browser and without the network."""

from typing import Any

from broker.comparison_charts.theme import palette, themed


def svg(chart: Any, dark: bool = False) -> str:
    """The chart as an SVG that stands alone: no scripts, no fonts to be fetched."""
    import vl_convert

    return vl_convert.vegalite_to_svg(themed(chart, dark).to_dict(), allowed_base_urls=[])


def png(chart: Any, scale: float = 2, dark: bool = False) -> bytes:
    """The chart as a picture on its own ground; `scale` 2 is twice as many pixels each way."""
    import vl_convert

    grounded = themed(chart, dark).properties(background=palette(dark).ground)
    return vl_convert.vegalite_to_png(grounded.to_dict(), scale=scale, allowed_base_urls=[])
