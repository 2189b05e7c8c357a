"""How much of a reference text the answer says again: ROUGE-N and ROUGE-L."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rapidfuzz.distance import LCSseq

from broker.errors import ConfigError
from broker.scorers import Answer, Score, unjudged
from broker.scorers.settings import VALUES, expected, one_of
from broker.scorers.texts import quoted, words
from broker.suites import Sample

VERSION = 1
PASSES = "with a threshold: the measure against the closest target reaches it"
SETTINGS: Mapping[str, str] = {
    "values": VALUES,
    "kind": "L (unless set): the longest common subsequence of words; 1 to 9: runs of so many words",
    "measure": "f1 (unless set), recall or precision",
}
_CELLS = 4_000_000_000  # words by words of a comparison: about a tenth of a second


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """The best over the targets. Source: Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries".

    Words are in lower case, without stemming; in writing without spaces, each letter counts as a word.
    """
    wanted, measure = expected(sample, settings), one_of(settings, "measure", "f1", "recall", "precision")
    kind = str(settings.get("kind", "L")).upper()
    if kind not in {"L", *"123456789"}:
        raise ConfigError(f"kind: expected L or a number from 1 to 9, found {kind[:20]!r}")
    said = words(answer.text)
    references = [(target, words(target)) for target in wanted]
    if kind == "L" and any(len(said) * len(reference) > _CELLS for _, reference in references):
        return unjudged("The answer is too long to compare.")
    best, target = max((_rouge(said, reference, kind, measure), t) for t, reference in references)
    return Score(best, None, None, f"The ROUGE-{kind} {measure} against {quoted(target)} is {best:.2f}.")


def _rouge(said: list[str], reference: list[str], kind: str, measure: str) -> float:
    if kind == "L":
        shared, found, wanted = LCSseq.similarity(said, reference), len(said), len(reference)
    else:
        runs, target = _runs(said, int(kind)), _runs(reference, int(kind))
        shared, found, wanted = (runs & target).total(), runs.total(), target.total()
    whole = {"f1": found + wanted, "recall": wanted, "precision": found}[measure]
    return (2 if measure == "f1" else 1) * shared / whole if whole else 0.0


def _runs(words: list[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[i:] for i in range(n)), strict=False))
