"""Graders of OpenAI's hosted evals as scorers of one item, `{{item.x}}` filled in.

Raises `ValueError` for graders that are code or that grade anything but the answer.
"""

import re
from collections.abc import Mapping, Set
from typing import Any

from broker.suites import ScorerSpec
from broker.suites.importers.values import items, number, table, text

_PLACE = re.compile(r"\{\{\s*(item|sample)((?:\.[\w-]+|\[\d+\])+)\s*\}\}")
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]")
_ANSWER = re.compile(r"\{\{\s*sample\.output_text\s*\}\}")
_ANY = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_ANSWER_WORDS = "[the answer]"
_STEPS, _MOST_STEPS = 10, 20
_SIMILARITIES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "fuzzy_match": ("levenshtein", {}),
    "cosine": ("similarity", {}),
    "bleu": ("bleu", {}),
    "gleu": ("gleu", {}),
    "meteor": ("meteor", {}),
    "rouge_l": ("rouge", {"kind": "L"}),
    **{f"rouge_{n}": ("rouge", {"kind": str(n)}) for n in range(1, 6)},
}
_CHECKS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "eq": ("exact", {}),
    "ne": ("exact", {}),
    "like": ("includes", {}),
    "ilike": ("includes", {"ignore_case": True}),
}
# What is read of a grader, by its type.
_ANY_TYPE = {"type", "name", "id", "input"}
KEYS: Mapping[str, Set[str]] = {
    "string_check": _ANY_TYPE | {"reference", "operation"},
    "text_similarity": _ANY_TYPE | {"reference", "evaluation_metric", "pass_threshold"},
    "label_model": _ANY_TYPE | {"labels", "passing_labels"},
    "score_model": _ANY_TYPE | {"range", "pass_threshold"},
}


def spec(grader: Mapping[str, Any], item: Mapping[str, Any]) -> ScorerSpec:
    """The scorer for the answer to this item."""
    match grader.get("type"):
        case "string_check":
            return _string_check(grader, item)
        case "text_similarity":
            return _text_similarity(grader, item)
        case "label_model":
            return _label_model(grader, item)
        case "score_model":
            return _score_model(grader, item)
        case "python":
            raise ValueError("python is code, which is never run")
        case other:
            raise ValueError(f"there is no scorer like {text(other) or 'a grader without type'!r}")


def filled(template: str, item: Mapping[str, Any]) -> str:
    """The text with the item's values; raises `ValueError` for any other template that stands in it."""

    def value(found: re.Match[str]) -> str:
        if found[1] == "sample":
            raise ValueError(f"{found[0]} is not known here; only sample.output_text is")
        value: Any = item
        for name, place in _STEP.findall(found[2]):
            at = items(value)
            value = table(value).get(name) if name else at[int(place)] if int(place) < len(at) else None
            if value is None:
                raise ValueError(f"the item has nothing for {found[0]}")
        return text(value)

    for found in _ANY.findall(template):
        if not _PLACE.fullmatch(found):
            raise ValueError(f"template code is not run: {found[:60]}")
    return _PLACE.sub(value, template)


def _string_check(grader: Mapping[str, Any], item: Mapping[str, Any]) -> ScorerSpec:
    operation = text(grader.get("operation"))
    if operation not in _CHECKS:
        raise ValueError(f"expected an operation of {', '.join(_CHECKS)}; found {operation!r}")
    name, settings = _CHECKS[operation]
    reference = _reference(grader, item, either_way=operation in {"eq", "ne"})
    told = {"values": [reference], "trim": False, **settings}
    return ScorerSpec(name, told, negate=operation == "ne", metric=text(grader.get("name")))


def _text_similarity(grader: Mapping[str, Any], item: Mapping[str, Any]) -> ScorerSpec:
    measure = text(grader.get("evaluation_metric"))
    if measure not in _SIMILARITIES:
        raise ValueError(f"there is no scorer like {measure or 'a similarity without metric'!r}")
    name, settings = _SIMILARITIES[measure]
    told = {"values": [_reference(grader, item, either_way=True)], **settings}
    threshold = number(grader.get("pass_threshold"))
    return ScorerSpec(name, told, threshold=threshold, metric=text(grader.get("name")))


def _label_model(grader: Mapping[str, Any], item: Mapping[str, Any]) -> ScorerSpec:
    labels, passing = (list(map(text, items(grader.get(key)))) for key in ("labels", "passing_labels"))
    if not passing or not set(passing) <= set(labels):
        raise ValueError("expected passing_labels among labels")
    levels = [
        {
            "grade": label,
            "meaning": "passes" if label in passing else "fails",
            "value": float(label in passing),
        }
        for label in sorted(labels, key=lambda label: label in passing)
    ]
    settings = {"rubric": _instructions(grader, item), "levels": levels}
    return ScorerSpec("rubric", settings, metric=text(grader.get("name")))


def _score_model(grader: Mapping[str, Any], item: Mapping[str, Any]) -> ScorerSpec:
    ends = [number(end) for end in items(grader.get("range")) or [0, 1]]
    low, high = (ends[0], ends[1]) if len(ends) == 2 else (None, None)
    if low is None or high is None or low >= high:
        raise ValueError("expected a range of two numbers")
    needed = number(grader.get("pass_threshold"))
    threshold = None if needed is None else min(1.0, max(0.0, (needed - low) / (high - low)))
    rubric = (
        f"{_instructions(grader, item)}\n\nThe grade is the score, from {low:g} (worst) to {high:g} (best)."
    )
    settings = {"rubric": rubric, "levels": _steps(low, high)}
    return ScorerSpec("rubric", settings, threshold=threshold, metric=text(grader.get("name")))


def _steps(low: float, high: float) -> list[dict[str, Any]]:
    """The grades of a range: its whole numbers where they are few, else eleven scores evenly apart."""
    whole = low.is_integer() and high.is_integer() and 3 <= high - low <= _MOST_STEPS
    n = int(high - low) if whole else _STEPS
    scores = [round(low + (high - low) * i / n, 6) + 0.0 for i in range(n + 1)]
    return [
        {"grade": f"{score:g}", "meaning": f"{i / n:.0%} of the way to the best", "value": i / n}
        for i, score in enumerate(scores)
    ]


def _reference(grader: Mapping[str, Any], item: Mapping[str, Any], either_way: bool) -> str:
    """What the answer is compared with; where both sides mean the same, the answer may be on either."""
    given, reference = text(grader.get("input")), text(grader.get("reference"))
    if either_way and _ANSWER.fullmatch(reference.strip()):
        given, reference = reference, given
    if not _ANSWER.fullmatch(given.strip()):
        raise ValueError("it grades something else than {{sample.output_text}}")
    if not (found := filled(reference, item)):
        raise ValueError("its reference is empty")
    return found


def _instructions(grader: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    turns = items(grader.get("input"))
    contents = [table(turn).get("content") for turn in turns]
    parts = [text(table(content).get("text") or content) for content in contents]
    if not any(parts):
        raise ValueError("expected input: a list of turns")
    return "\n\n".join(filled(_ANSWER.sub(_ANSWER_WORDS, part), item) for part in parts if part)
