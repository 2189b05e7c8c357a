"""How many of the answer's runs of words stand in a reference: BLEU of one sentence."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from broker.scorers import Answer, Score
from broker.scorers.settings import VALUES, expected
from broker.scorers.texts import words
from broker.suites import Sample

VERSION = 1
PASSES = (
    "with a threshold: BLEU-4 against all targets together reaches it. Runs of a length that nothing shares "
    "count as a tenth of one (smoothing 1 of Chen and Cherry 2014); of an answer of fewer than four words "
    "only runs up to its own length count"
)
SETTINGS: Mapping[str, str] = {"values": VALUES}
_NEARLY_NONE = 0.1  # in place of a count of 0, which would make the whole score 0


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """Computed by NLTK. Source: Papineni et al. 2002, "BLEU: a Method for Automatic Evaluation".

    Words are in lower case, without punctuation, as for `rouge`. BLEU was made for whole corpora: of one
    short text it is a rough figure.
    """
    targets, said = [words(target) for target in expected(sample, settings)], words(answer.text)
    value = _bleu(targets, said) if said else 0.0
    return Score(value, None, None, f"The BLEU score of the answer is {value:.2f}.")


def _bleu(targets: list[list[str]], said: list[str]) -> float:
    nltk: Any = import_module("nltk.translate.bleu_score")
    smoothed = nltk.SmoothingFunction(epsilon=_NEARLY_NONE).method1
    return float(nltk.sentence_bleu(targets, said, smoothing_function=smoothed, auto_reweigh=True))
