"""How OpenAI's evals say that answers are judged: a registry entry, or a model-graded YAML."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from broker.suites import ScorerSpec
from broker.suites.importers.report import Problem
from broker.suites.importers.values import items, number, table, text

_FUZZY = {"either_way": True, "ignore_case": True, "ignore_punctuation": True, "ignore_articles": True}
_MATCH = ScorerSpec("starts-with")
_CLASSES: Mapping[str, ScorerSpec] = {
    "Match": _MATCH,
    "Includes": ScorerSpec("includes", {"trim": False}),
    "FuzzyMatch": ScorerSpec("includes", _FUZZY),
    "JsonMatch": ScorerSpec("json-fields", {"exact_fields": True, "ordered": True}),
}
_JUDGE = ("modelgraded_spec", "modelgraded_spec_args")
_READ_BY: Mapping[str, tuple[str, ...]] = {
    "includes": ("ignore_case",),
    "factuality": _JUDGE,
    "closed-qa": _JUDGE,
}
_GRADED = {"prompt", "choice_strings", "choice_scores", "input_outputs", "eval_type", "args"}


def scorers_of(graders: Mapping[str, Any] | None, problems: list[Problem]) -> tuple[ScorerSpec, ...]:
    """The scorers of the second file; none, and a problem, where it names code or a file of its own."""
    entries = {"": table(graders), **{key: table(value) for key, value in table(graders).items()}}
    graded = {key: e for key, e in entries.items() if e.get("prompt") and e.get("choice_strings")}
    registered = {key: e for key, e in entries.items() if "class" in e}
    for name in (*[*graded][1:], *([*registered] if graded else [*registered][1:])):
        problems.append(Problem(None, name, "not imported: one entry alone says how answers are judged"))
    if graded:
        return (_model_graded(next(iter(graded.values())), problems),)
    entry = next(iter(registered.values()), table(None))
    written, arguments = text(entry.get("class")), table(entry.get("args"))
    if not written:
        message = "no second file names one; judged as Match: the answer begins with the ideal one"
        problems.append(Problem(None, "class", message))
        return (_MATCH,)
    found = _CLASSES.get(written.rpartition(":")[2]) or _well_known(arguments)
    problems += _unread(arguments, found)
    if found and found.name == "includes" and arguments.get("ignore_case") is True:
        found = replace(found, settings={**found.settings, "ignore_case": True})
    if found is None:
        message = f"{written} is code, or needs a file of its own: how answers are judged is a guess"
        problems.append(Problem(None, "class", message))
    return (found,) if found else ()


def _unread(arguments: Mapping[str, Any], found: ScorerSpec | None) -> Iterator[Problem]:
    """What the entry is told and the scorer is not."""
    read = {"samples_jsonl", *_READ_BY.get(found.name if found else "", ())}
    for key in arguments:
        if key not in read:
            yield Problem(None, f"args.{key}", "not imported")
    known = {"criteria"} if found and found.name == "closed-qa" else set[str]()
    for key in table(arguments.get("modelgraded_spec_args")):
        if key not in known:
            yield Problem(None, f"args.modelgraded_spec_args.{key}", "not imported")


def _well_known(arguments: Mapping[str, Any]) -> ScorerSpec | None:
    """The judge of a model-graded spec that comes with the evals themselves."""
    match text(arguments.get("modelgraded_spec")):
        case "fact":
            return ScorerSpec("factuality")
        case "closedqa":
            criterion = text(table(arguments.get("modelgraded_spec_args")).get("criteria"))
            return ScorerSpec("closed-qa", {"criterion": criterion or "correctness: Is the answer correct?"})
        case _:
            return None


def _model_graded(graded: Mapping[str, Any], problems: list[Problem]) -> ScorerSpec:
    """A rubric: the YAML's prompt is what is told to the judge, its choices are the grades."""
    if "args" in graded:
        problems.append(Problem(None, "args", "not imported: each would be a call of its own"))
    problems += [Problem(None, key, "not imported") for key in graded if key not in _GRADED]
    if (kind := text(graded.get("eval_type"))) not in {"", "cot_classify"}:
        message = f"{kind} was not imported: the judge gives its reasons first, then the grade"
        problems.append(Problem(None, "eval_type", message))
    settings = {"rubric": text(graded["prompt"])}
    if not (levels := _levels(graded)):
        message = "there is none for each choice: judged on a scale of five"
        problems.append(Problem(None, "choice_scores", message))
        return ScorerSpec("rubric", settings)
    return ScorerSpec("rubric", {**settings, "levels": levels})


def _levels(graded: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The choices from worst to best, the best worth 1; nothing where scores do not tell them apart."""
    choices = graded["choice_strings"]
    names = list(choices) if isinstance(choices, str) else list(map(text, items(choices)))
    scores = {text(choice): number(score) for choice, score in table(graded.get("choice_scores")).items()}
    known = {name: score for name in names if (score := scores.get(name)) is not None}
    if len(known) < max(2, len(names)) or min(known.values()) == max(known.values()):
        return []
    low, high = min(known.values()), max(known.values())
    ranked = sorted(known.items(), key=lambda pair: pair[1])
    meaning = "as the criteria say"
    return [{"grade": n, "meaning": meaning, "value": (s - low) / (high - low)} for n, s in ranked]
