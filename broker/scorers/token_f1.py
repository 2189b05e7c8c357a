"""How many words the answer and the target share: the F1 of the SQuAD benchmark."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from broker.scorers import Answer, Score
from broker.scorers.settings import VALUES, expected
from broker.scorers.texts import folded, pieces, quoted
from broker.suites import Sample

VERSION = 1
PASSES = "with a threshold: the F1 of the words shared with the closest target reaches it"
SETTINGS: Mapping[str, str] = {"values": VALUES}
_SQUAD = {"ignore_case": True, "ignore_punctuation": True, "ignore_articles": True}


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """The best F1 over the targets, after SQuAD's normalisation: case, punctuation, articles.

    Source: Rajpurkar et al. 2016, "SQuAD: 100,000+ Questions for Machine Comprehension of Text". In writing
    without spaces, each letter counts as a word.
    """
    wanted = expected(sample, settings)
    words = Counter(pieces(folded(answer.text, _SQUAD)))
    best, target = max((_f1(words, Counter(pieces(folded(t, _SQUAD)))), t) for t in wanted)
    return Score(best, None, None, f"The words shared with {quoted(target)} make an F1 of {best:.2f}.")


def _f1(found: Counter[str], wanted: Counter[str]) -> float:
    if not found or not wanted:
        return float(found == wanted)
    return 2 * (found & wanted).total() / (found.total() + wanted.total())
