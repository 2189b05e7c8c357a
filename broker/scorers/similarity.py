"""How near the answer is to the target in meaning, by a small embedding on this machine.

Similarity is not correctness: "paid" and "not paid" are very similar.
"""

import threading
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from broker.scorers import Answer, Score
from broker.scorers.settings import VALUES, expected
from broker.scorers.texts import quoted
from broker.suites import Sample

VERSION = 1
PASSES = (
    "with a threshold: the cosine of the embeddings of the answer and the closest target reaches it. "
    "Similarity, not correctness: opposites are similar"
)
SETTINGS: Mapping[str, str] = {"values": VALUES}
_READ = 20_000  # characters of a text
_loading = threading.Lock()


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """The cosine with the closest target, from 0 up; the first call loads the model, for a second or so."""
    wanted = expected(sample, settings)
    if not answer.text.strip():
        return Score(0.0, None, None, "The answer is empty: it is similar to nothing.")
    with _loading:
        model = _model()
    text = _readable(answer.text)
    found = [(float(model.similarity(text, _readable(target))), target) for target in wanted]
    value, target = max(found)
    value = min(1.0, max(0.0, value))
    part = f" (its first {_READ:,} characters)" if len(answer.text) > _READ else ""
    told = f"The answer{part} has a similarity of {value:.2f} with {quoted(target)}; that is not correctness."
    return Score(value, None, None, told)


def _readable(text: str) -> str:
    """What the model is given of a text: its beginning, without halves of letters."""
    return text[:_READ].encode(errors="replace").decode()


@lru_cache(maxsize=1)
def _model() -> Any:
    """The embedding that comes inside its package; nothing is downloaded."""
    wordllama: Any = import_module("wordllama")  # it has no types
    inside = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=inside, disable_download=True)
