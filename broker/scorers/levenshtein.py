"""How many letters have to be changed, added or left out to make the answer the target."""

from collections.abc import Mapping
from typing import Any

from rapidfuzz.distance import Levenshtein

from broker.scorers import Answer, Score, unjudged
from broker.scorers.settings import VALUES, amount, expected
from broker.scorers.texts import FOLDS, folded, quoted
from broker.suites import Sample

VERSION = 1
PASSES = (
    "no more letters differ from the closest target than `max_distance`, or the similarity (1 less the "
    "share of letters that differ, of the longer text) reaches the threshold"
)
SETTINGS: Mapping[str, str] = {
    "values": VALUES,
    "max_distance": "the most letters that may differ; without it, the threshold decides",
    **FOLDS,
}
_CELLS = 4_000_000_000  # letters by letters of a comparison: about a tenth of a second


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """The similarity to the closest target."""
    wanted, text = expected(sample, settings), folded(answer.text, settings)
    limit = amount(settings, "max_distance") if "max_distance" in settings else None
    targets = [(target, folded(target, settings)) for target in wanted]
    if any(len(text) * len(target) > _CELLS for _, target in targets):
        return unjudged("The answer is too long to compare.")
    distance, shown, target = min((Levenshtein.distance(text, t), shown, t) for shown, t in targets)
    value = Levenshtein.normalized_similarity(text, target)
    edits = "1 letter" if distance == 1 else f"{distance:,} letters"
    told = f"The answer differs from {quoted(shown)} in {edits} (similarity {value:.2f})."
    return Score(value, None if limit is None else distance <= limit, None, told)
