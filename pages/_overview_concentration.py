"""How much of the spend of twelve months hangs on one maker and on one platform, as figures."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from broker.dependence import LAYERS, Dependence, Layer, band, hhi
from pages import _dependence_words as words
from pages import _format as fmt

PERIOD = "Last 12 months"  # as the page Dependence calls it
NOTE = (
    "The largest maker and platform are by the spend of the last twelve months, recorded here and declared "
    "under Dependence; the index is Herfindahl's, where 10,000 is one alone and the words for it are those "
    "of merger control."
)
_BANDS = {"low": "not concentrated", "moderate": "moderate", "high": "high"}


class Figure(NamedTuple):
    """A label, a value, and what stands below it."""

    label: str
    value: str
    below: str


def figures(found: Dependence) -> Iterator[Figure]:
    """The largest of each layer with its share and the index; nothing where no spend is known."""
    for layer in LAYERS:
        if figure := _figure(found, layer):
            yield figure


def _figure(found: Dependence, layer: Layer) -> Figure | None:
    shares = found.shares(layer)
    index = hhi(share.spend for share in shares)
    if index is None or shares[0].share is None:
        return None
    told = f"{shares[0].name} · index {words.index_of(index)}, {_BANDS[band(index)]}"
    return Figure(f"Largest {layer}, 12 months", words.percent(shares[0].share), told)


def basis(found: Dependence) -> str:
    """Of which spend the figures are, where some is declared; else nothing."""
    declared = sum((share.declared for share in found.shares("maker")), Decimal(0))
    if not declared:
        return ""
    recorded = found.spend - declared
    return (
        f" Twelve months: {fmt.usd(found.spend)}, of which {fmt.usd(declared)} were declared under "
        f"Dependence and {fmt.usd(recorded)} recorded here."
    )
