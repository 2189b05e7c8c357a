"""OpenAI evals: `samples.jsonl` with `input` and `ideal`; a second file says how answers are judged.

That file is a registry entry (`class: evals.elsuite.basic.match:Match`) or a model-graded YAML (`prompt`,
`choice_strings`). Without it, answers are judged as Match does.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from broker.suites import Sample, ScorerSpec
from broker.suites.importers.any_table import by_mapping
from broker.suites.importers.report import ColumnMapping, Draft, Problem, Row, Source
from broker.suites.importers.values import items, number, table, text

NAME = "openai evals"
_FUZZY = {"either_way": True, "ignore_case": True, "ignore_punctuation": True, "ignore_articles": True}
CLASSES: Mapping[str, ScorerSpec] = {
    "Match": ScorerSpec("starts-with"),
    "Includes": ScorerSpec("includes", {"trim": False}),
    "FuzzyMatch": ScorerSpec("includes", _FUZZY),
    "JsonMatch": ScorerSpec("json-fields", {"exact_fields": True, "ordered": True}),
}
_BRACED = re.compile(r"\{(\w+)\}")
_FEW_SHOT = {"example_user": "user", "example_assistant": "assistant"}


def matches(source: Source) -> bool:
    """Whether the records have `input` and `ideal`, or an input of turns beside a file of graders."""
    return "input" in source.columns and ("ideal" in source.columns or bool(source.graders))


def read(source: Source) -> Draft:
    """One suite; few-shot turns that are named after their speaker become turns of that speaker."""
    problems: list[Problem] = []
    rows = tuple(
        Row(row.number, {**row.values, "input": _turns(row.values.get("input"))}) for row in source.rows
    )
    judged = _graded(source.graders, problems)
    scorers = (judged,) if judged else tuple(_plain(source, problems))
    targets = ("ideal",) if "ideal" in source.columns else ()
    others = tuple(column for column in source.columns if column not in {"input", "ideal"})
    mapping = ColumnMapping("input", targets, metadata=others, scorers=scorers)
    draft = by_mapping(replace(source, rows=rows), mapping, *problems)
    if not judged:
        return draft
    suite = draft.suites[0]
    return replace(
        draft, suites=(replace(suite, samples=tuple(_own_rubric(s, judged) for s in suite.samples)),)
    )


def _turns(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [_spoken(turn) for turn in value]  # pyright: ignore[reportUnknownVariableType]


def _spoken(turn: Any) -> Any:
    fields = dict(table(turn))
    name = fields.pop("name", None)
    return {**fields, "role": _FEW_SHOT.get(text(name), fields.get("role"))}


def _plain(source: Source, problems: list[Problem]) -> Iterator[ScorerSpec]:
    written = _class(source.graders)
    name = written.rpartition(":")[2]
    if name and name not in CLASSES:
        problems.append(Problem(None, "class", f"{written} is code, which is never run; judged as Match"))
    if not name:
        problems.append(
            Problem(None, "class", "no second file names one; judged as Match: the answer begins so")
        )
    yield CLASSES.get(name, CLASSES["Match"])


def _class(graders: Mapping[str, Any] | None) -> str:
    entries = [table(graders), *(table(value) for value in table(graders).values())]
    return next((text(entry["class"]) for entry in entries if "class" in entry), "")


def _graded(graders: Mapping[str, Any] | None, problems: list[Problem]) -> ScorerSpec | None:
    """The scorer of a model-graded YAML: its prompt is the rubric, its choices are the grades."""
    entries = [table(graders), *(table(value) for value in table(graders).values())]
    found = next((entry for entry in entries if entry.get("prompt") and entry.get("choice_strings")), None)
    if found is None:
        return None
    if "args" in found:
        problems.append(Problem(None, "args", "not imported: each would be a call of its own"))
    settings = {"rubric": text(found["prompt"])}
    if not (levels := _levels(found)):
        problems.append(
            Problem(None, "choice_scores", "there is none for each choice: judged on a scale of five")
        )
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


def _own_rubric(sample: Sample, judged: ScorerSpec) -> Sample:
    """The sample with the rubric's `{ideal}` and other keys filled; question and answer the judge has."""
    known = {"ideal": " or ".join(sample.targets), **{k: text(v) for k, v in sample.metadata.items()}}
    known |= {"input": "[the question]", "completion": "[the answer]"}
    rubric = _BRACED.sub(lambda found: known.get(found[1], found[0]), judged.settings["rubric"])
    return replace(sample, scorers=(replace(judged, settings={**judged.settings, "rubric": rubric}),))
