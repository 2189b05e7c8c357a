"""How many words the answer shares with a target, by form, stem or synonym, and how much in order: METEOR."""

import threading
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from broker.errors import ConfigError
from broker.scorers import Answer, Score
from broker.scorers.settings import VALUES, expected
from broker.scorers.texts import quoted, words
from broker.suites import Sample

VERSION = 1
_INSTALL = ".venv/bin/python -m nltk.downloader wordnet"
PASSES = (
    "with a threshold: the METEOR score against the closest target reaches it. English; it looks synonyms up "
    f"in WordNet, which has to be there: `{_INSTALL}`"
)
SETTINGS: Mapping[str, str] = {"values": VALUES}
_READ = 20_000  # characters of a text: each of its words is looked up
_one_at_a_time = threading.Lock()  # the dictionary is read from files with one place each


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """Harmonic mean of precision and recall, the latter nine times the weight, less a penalty for disorder.

    Computed by NLTK, with its weights, which are the paper's. Source: Banerjee and Lavie 2005, "METEOR: An
    Automatic Metric for MT Evaluation with Improved Correlation with Human Judgments". Words are in lower
    case, without punctuation, as for `rouge`.
    """
    wanted, said = expected(sample, settings), words(answer.text[:_READ])
    with _one_at_a_time:
        best, target = max((_meteor(words(target[:_READ]), said), target) for target in wanted)
    part = f" of its first {_READ:,} characters" if len(answer.text) > _READ else ""
    return Score(best, None, None, f"The METEOR score{part} against {quoted(target)} is {best:.2f}.")


def _meteor(reference: list[str], said: list[str]) -> float:
    nltk: Any = import_module("nltk.translate.meteor_score")
    return float(nltk.single_meteor_score(reference, said, wordnet=_wordnet()))


@lru_cache(maxsize=1)
def _wordnet() -> Any:
    """The dictionary of synonyms; raises `ConfigError` where it was not installed."""
    found: Any = import_module("nltk.corpus").wordnet
    try:
        found.ensure_loaded()
    except LookupError:
        raise ConfigError(
            f"METEOR looks synonyms up in WordNet, which is not installed; to have it: {_INSTALL}"
        ) from None
    return found
