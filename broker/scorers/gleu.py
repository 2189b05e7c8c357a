"""How many runs of words the answer shares with a reference, counted against the longer of the two: GLEU."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from broker.scorers import Answer, Score
from broker.scorers.settings import VALUES, expected
from broker.scorers.texts import quoted, words
from broker.suites import Sample

VERSION = 1
PASSES = "with a threshold: the GLEU score against the closest target reaches it"
SETTINGS: Mapping[str, str] = {"values": VALUES}


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """Precision or recall of all runs of one to four words, whichever is less; computed by NLTK.

    Source: Wu et al. 2016, "Google's Neural Machine Translation System", section 5.2. Words are in lower
    case, without punctuation, as for `rouge`.
    """
    nltk: Any = import_module("nltk.translate.gleu_score")
    wanted, said = expected(sample, settings), words(answer.text)
    best, target = max((float(nltk.sentence_gleu([words(target)], said)), target) for target in wanted)
    return Score(best, None, None, f"The GLEU score against {quoted(target)} is {best:.2f}.")
