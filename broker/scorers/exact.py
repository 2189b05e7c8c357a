"""The answer is one of the targets, letter for letter."""

from collections.abc import Mapping
from typing import Any

from broker.scorers import Answer, Score, verdict
from broker.scorers.settings import VALUES, expected
from broker.scorers.texts import FOLDS, folded, listed, quoted
from broker.suites import Sample

VERSION = 1
PASSES = "the whole answer is one of the targets"
SETTINGS: Mapping[str, str] = {"values": VALUES, **FOLDS}


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """1 where the whole answer is one of the targets."""
    wanted = expected(sample, settings)
    targets = {folded(target, settings) for target in wanted}
    right = folded(answer.text, settings) in targets
    instead = "" if right else f", not {listed(wanted)}"
    return verdict(right, answer.text, f"The answer is {quoted(answer.text)}{instead}.")
