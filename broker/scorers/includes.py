"""The answer holds one of the targets, or all of them."""

from collections.abc import Callable, Mapping
from typing import Any

from broker.scorers import Answer, Score, verdict
from broker.scorers.settings import VALUES, expected, flag, one_of
from broker.scorers.texts import FOLDS, folded, has_words, listed
from broker.suites import Sample

VERSION = 1
PASSES = "one of the targets (or, when told, each of them) stands somewhere in the answer"
SETTINGS: Mapping[str, str] = {
    "values": VALUES,
    "mode": "any (unless set): one of them suffices; all: each has to be there, with partial credit",
    "either_way": "an answer that stands somewhere in a target counts too",
    "words": "only as whole words and numbers: no 8 in 18, no “no” in “know”",
    **FOLDS,
}


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """1 where the answer holds a target; with `all`, the share of the targets that it holds."""
    wanted, mode = expected(sample, settings), one_of(settings, "mode", "any", "all")
    either_way, holds = (
        flag(settings, "either_way"),
        has_words if flag(settings, "words") else str.__contains__,
    )
    text = folded(answer.text, settings)
    found = tuple(target for target in wanted if _holds(text, folded(target, settings), either_way, holds))
    missing = tuple(target for target in wanted if target not in found)
    if not found:
        return verdict(False, None, f"The answer does not include {listed(wanted)}.")
    if mode == "all" and missing:
        told = f"The answer includes {listed(found, 'and')} but not {listed(missing)}."
        return Score(len(found) / len(wanted), False, None, told)
    return verdict(True, found[0], f"The answer includes {listed(found, 'and')}.")


def _holds(text: str, target: str, either_way: bool, holds: Callable[[str, str], bool]) -> bool:
    """Whether the target stands in the text; one of which nothing is left stands in an empty text alone."""
    if not target or (either_way and not text):
        return target == text
    return holds(text, target) or (either_way and holds(target, text))
