"""The answer holds one of the targets, or all of them."""

from collections.abc import Mapping
from typing import Any

from broker.scorers import Answer, Score, verdict
from broker.scorers.settings import VALUES, expected, flag, one_of
from broker.scorers.texts import FOLDS, folded, listed
from broker.suites import Sample

VERSION = 1
PASSES = "one of the targets (or, when told, each of them) stands somewhere in the answer"
SETTINGS: Mapping[str, str] = {
    "values": VALUES,
    "mode": "any (unless set): one of them suffices; all: each has to be there, with partial credit",
    "either_way": "an answer that stands somewhere in a target counts too",
    **FOLDS,
}


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """1 where the answer holds a target; with `all`, the share of the targets that it holds."""
    wanted, mode = expected(sample, settings), one_of(settings, "mode", "any", "all")
    either_way = flag(settings, "either_way")
    text = folded(answer.text, settings)
    found = tuple(target for target in wanted if _holds(text, folded(target, settings), either_way))
    missing = tuple(target for target in wanted if target not in found)
    if not found:
        return verdict(False, None, f"The answer does not include {listed(wanted)}.")
    if mode == "all" and missing:
        told = f"The answer includes {listed(found, 'and')} but not {listed(missing)}."
        return Score(len(found) / len(wanted), False, None, told)
    return verdict(True, found[0], f"The answer includes {listed(found, 'and')}.")


def _holds(text: str, target: str, either_way: bool) -> bool:
    """Whether the target stands in the text; one of which nothing is left stands in an empty text alone."""
    if not target or (either_way and not text):
        return target == text
    return target in text or (either_way and text in target)
