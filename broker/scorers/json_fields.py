"""The fields of the answer's JSON are those of the target, each counting for itself."""

import json
from collections.abc import Mapping
from typing import Any, cast

from broker.errors import ConfigError
from broker.scorers import Answer, Score
from broker.scorers.alike import Rules, alike
from broker.scorers.json_found import NoJson, dicts_in, unfenced, whole
from broker.scorers.number import TOLERANCES, margins
from broker.scorers.settings import VALUES, expected, flag, one_of
from broker.scorers.texts import FOLDS, listed
from broker.suites import Sample

VERSION = 1
PASSES = (
    "all fields of the target's JSON object are right; the score is the share of those that are. Lists "
    "are compared as sets, a part of a list counts in part; numbers may be written as texts, days as "
    "`12 March 2026`. JSON in a code fence or among other words is read, and the reason says so"
)
SETTINGS: Mapping[str, str] = {
    "values": VALUES,
    "fields": "the paths to compare (`supplier.name`), or an object of paths with weights; unless set, "
    "each field of the target, inner ones by themselves",
    "exact_fields": "fields that the target does not have are wrong",
    "ordered": "lists have an order",
    **TOLERANCES,
    **{name: text for name, text in FOLDS.items() if name != "trim"},
}
_SHOWN = 3


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """The weighted share of fields that are right; `Score.parts` has each by its path."""
    wanted = [_target(text, sample) for text in expected(sample, settings)]
    rules, weights = _rules(settings), _weights(settings)
    for target in wanted:
        _paths(target, weights, sample)
    found, where = _object_in(answer.text)
    if found is None:
        return Score(0.0, False, None, f"The answer holds no JSON object{where}.")
    scores = [_compared(target, found, where, (rules, _paths(target, weights, sample))) for target in wanted]
    return max(scores, key=lambda score: score.value or 0)


def _compared(
    target: dict[str, Any], found: dict[str, Any], where: str, how: tuple[Rules, Mapping[str, float]]
) -> Score:
    rules, weights = how
    parts = {path: alike(_at(target, path), _at(found, path), rules) for path in weights}
    extra = sorted(_leaves(found).keys() - _leaves(target).keys()) if rules.exact_fields else []
    total = sum(weights.values()) + len(extra)
    value = sum(parts[path] * weight for path, weight in weights.items()) / total
    wrong = [path for path, part in parts.items() if part < 1]
    right = len(parts) - len(wrong)
    told = f"{right} of {len(parts)} fields are right{where}"
    if wrong:
        shown = "; ".join(_difference(target, found, path) for path in wrong[:_SHOWN])
        told += f"; wrong: {shown}{f'; and {len(wrong) - _SHOWN} more' if len(wrong) > _SHOWN else ''}"
    if extra:
        told += f"; not expected: {listed(tuple(extra), 'and')}"
    return Score(value, not wrong and not extra, None, f"{told}.", parts)


def _difference(target: dict[str, Any], found: dict[str, Any], path: str) -> str:
    missing = _at(found, path, _ABSENT) is _ABSENT
    is_there = "it is missing" if missing else f"found {_short(_at(found, path))}"
    return f"{path} (expected {_short(_at(target, path))}, {is_there})"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    line = "".join(c if c.isprintable() else " " for c in text[:60])
    return f"{line}…" if len(text) > 60 else line


def _object_in(text: str) -> tuple[dict[str, Any] | None, str]:
    """The JSON object of the answer, with a word on where it stood if it is not the whole answer."""
    inner, fenced = unfenced(text)
    try:
        value = whole(inner)
        where = " (in a code fence)" if fenced else ""
    except NoJson:
        objects = dicts_in(text)
        return (objects[-1], " (among other words)") if objects else (None, "")
    return (cast("dict[str, Any]", value), where) if isinstance(value, dict) else (None, "")


def _target(text: str, sample: Sample) -> dict[str, Any]:
    try:
        value = whole(text)
    except NoJson as error:
        raise ConfigError(f"sample {sample.id}: its target is no valid JSON: {error}") from None
    if not isinstance(value, dict) or not value:
        raise ConfigError(f"sample {sample.id}: expected a JSON object with fields as its target")
    return cast("dict[str, Any]", value)


def _rules(settings: Mapping[str, Any]) -> Rules:
    tolerance, relative = margins(settings)
    folds = {"normalise": True} | {name: settings[name] for name in FOLDS if name in settings}
    return Rules(
        tolerance,
        relative,
        one_of(settings, "decimal", ".", ","),
        flag(settings, "ordered"),
        flag(settings, "exact_fields"),
        folds,
    )


def _weights(settings: Mapping[str, Any]) -> Mapping[str, float]:
    """Weight by path; empty where no fields are set."""
    fields: object = settings.get("fields", ())
    if isinstance(fields, list | tuple):
        fields = dict.fromkeys(cast("list[Any]", fields), 1.0)
    if isinstance(fields, Mapping):
        weights = cast("Mapping[Any, Any]", fields)
        if all(isinstance(p, str) and isinstance(w, int | float) and w > 0 for p, w in weights.items()):
            return weights
    raise ConfigError(f"fields: expected paths, or paths with weights above 0, found {fields!r:.80}")


def _paths(target: dict[str, Any], weights: Mapping[str, float], sample: Sample) -> Mapping[str, float]:
    """The paths to compare with their weights; raises `ConfigError` for one that the target does not have."""
    for path in weights:
        if _at(target, path, _ABSENT) is _ABSENT:
            raise ConfigError(f"sample {sample.id}: its target has no field {path[:80]!r}")
    return weights or dict.fromkeys(_leaves(target), 1.0)


def _leaves(value: dict[str, Any], before: str = "") -> dict[str, Any]:
    """The values by their paths; objects are entered, lists and empty objects are not."""
    found: dict[str, Any] = {}
    for name, inner in value.items():
        path = f"{before}{name}"
        if isinstance(inner, dict) and inner:
            found |= _leaves(cast("dict[str, Any]", inner), f"{path}.")
        else:
            found[path] = inner
    return found


class _Absent:
    """What is at a path that does not exist: equal to no JSON value."""


_ABSENT = _Absent()


def _at(value: Any, path: str, default: Any = _ABSENT) -> Any:
    """The value at a path; a field whose own name has dots goes before inner ones."""
    if not isinstance(value, dict):
        return default
    inner = cast("dict[str, Any]", value)
    if path in inner:
        return inner[path]
    name, dot, rest = path.partition(".")
    return _at(inner[name], rest, default) if dot and name in inner else default
