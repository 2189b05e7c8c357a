"""The answer came in time."""

from collections.abc import Mapping
from typing import Any

from broker.scorers import Answer, Score, unjudged, verdict
from broker.scorers.settings import amount
from broker.suites import Sample

VERSION = 1
PASSES = "the whole answer came within the limit; not judged where its time is not known"
SETTINGS: Mapping[str, str] = {"max_ms": "the limit in milliseconds, from send to the last byte"}


def score(answer: Answer, _sample: Sample, settings: Mapping[str, Any]) -> Score:
    """1 where the answer came in time."""
    limit, took = amount(settings, "max_ms"), answer.total_ms
    if took is None:
        return unjudged("It is not known how long the answer took.")
    told = f"The answer took {took:,.0f} ms; the limit is {limit:,.0f} ms."
    return verdict(took <= limit, f"{took:.0f}", told)
