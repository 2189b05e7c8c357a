"""The answer was cheap enough."""

from collections.abc import Mapping
from typing import Any

from broker.scorers import Answer, Score, unjudged, verdict
from broker.scorers.settings import amount
from broker.suites import Sample

VERSION = 1
PASSES = "the call cost no more than the limit; not judged where its price is not known"
SETTINGS: Mapping[str, str] = {"max_usd": "the limit in US dollars a call"}


def score(answer: Answer, _sample: Sample, settings: Mapping[str, Any]) -> Score:
    """1 where the call was cheap enough."""
    limit, cost = amount(settings, "max_usd"), answer.cost_usd
    if cost is None:
        return unjudged("It is not known what the answer cost.")
    return verdict(cost <= limit, f"{cost:.6g}", f"The answer cost ${cost:.6g}; the limit is ${limit:.6g}.")
