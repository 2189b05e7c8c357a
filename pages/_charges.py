"""What is paid by class of token, as tables show it."""

from collections.abc import Mapping, Sequence

from broker.workload import Charges
from pages import _format as fmt

_CLASSES = {
    "fresh_input": "Input",
    "cache_read": "From the cache",
    "cache_write": "To the cache",
    "output": "Output",
    "batch": "Batches",
    "shortfall": "Shortfall",
}
_ALWAYS = {"Input", "Output"}


def cells(charges: Charges | None) -> dict[str, str]:
    """Every class in US dollars by its column; of no charges all are unknown."""
    return {
        label: fmt.usd(None if charges is None else getattr(charges, name))
        for name, label in _CLASSES.items()
    }


def columns(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Those of a table worth showing: of classes the ones that cost something, and input and output."""
    idle = {
        label
        for label in _CLASSES.values()
        if label not in _ALWAYS and all(row[label] in ("$0", fmt.UNKNOWN) for row in rows)
    }
    return [name for name in dict.fromkeys(name for row in rows for name in row) if name not in idle]
