"""The answer begins with one of the targets."""

from collections.abc import Mapping
from typing import Any

from broker.scorers import Answer, Score, verdict
from broker.scorers.settings import VALUES, expected
from broker.scorers.texts import FOLDS, folded, listed, quoted
from broker.suites import Sample

VERSION = 1
PASSES = "the answer begins with one of the targets"
SETTINGS: Mapping[str, str] = {"values": VALUES, **FOLDS}


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """1 where the answer begins with one of the targets."""
    wanted = expected(sample, settings)
    text = folded(answer.text, settings)
    found = next((target for target in wanted if text.startswith(folded(target, settings))), None)
    if found is not None:
        return verdict(True, found, f"The answer begins with {quoted(found)}.")
    return verdict(False, None, f"The answer begins {quoted(answer.text)}, not with {listed(wanted)}.")
