"""OpenAI evals: `samples.jsonl` with `input` and `ideal`; a second file says how answers are judged.

That file is a registry entry (`class: evals.elsuite.basic.match:Match`) or a model-graded YAML (`prompt`,
`choice_strings`). Without it, answers are judged as Match does.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.importers.any_table import by_mapping
from broker.suites.importers.openai_registry import scorers_of
from broker.suites.importers.report import ColumnMapping, Draft, Problem, Row, Source
from broker.suites.importers.values import items, table, text

NAME = "openai evals"
_BRACED = re.compile(r"\{(\w+)\}")
_FEW_SHOT = {"example_user": "user", "example_assistant": "assistant"}


def matches(source: Source) -> bool:
    """Whether the records have `input` and `ideal`, or an input alone beside a file of graders."""
    columns = set(source.columns)
    graded = bool(source.graders) and not columns & {"target", "choices"}
    return "input" in columns and ("ideal" in columns or graded)


def read(source: Source) -> Draft:
    """One suite; few-shot turns that are named after their speaker become turns of that speaker."""
    problems: list[Problem] = []
    rows = tuple(
        Row(row.number, {**row.values, "input": _turns(row.values.get("input"))}) for row in source.rows
    )
    targets = ("ideal",) if "ideal" in source.columns else ()
    others = tuple(column for column in source.columns if column not in {"input", "ideal"})
    scorers = scorers_of(source.graders, problems)
    mapping = ColumnMapping("input", targets, metadata=others, scorers=scorers)
    if source.mapping and source.mapping.scorers != scorers:
        problems.clear()  # they say how the file is judged; a person decided otherwise
    draft = by_mapping(replace(source, rows=rows), mapping, *problems)
    suite = draft.suites[0]
    if not any(spec.name == "rubric" for spec in suite.scorers):
        return draft
    return replace(draft, suites=(replace(suite, samples=tuple(_own(s, suite) for s in suite.samples)),))


def _turns(value: Any) -> Any:
    return list(map(_spoken, items(value))) if isinstance(value, list) else value


def _spoken(turn: Any) -> Any:
    fields = dict(table(turn))
    name = fields.pop("name", None)
    return {**fields, "role": _FEW_SHOT.get(text(name), fields.get("role"))}


def _own(sample: Sample, suite: Suite) -> Sample:
    """The sample with a rubric's `{ideal}` and other keys filled; question and answer the judge has."""
    known = {"ideal": " or ".join(sample.targets), **{k: text(v) for k, v in sample.metadata.items()}}
    known |= {"input": "[the question]", "completion": "[the answer]"}
    return replace(sample, scorers=tuple(_filled(spec, known) for spec in suite.scorers))


def _filled(spec: ScorerSpec, known: Mapping[str, str]) -> ScorerSpec:
    if spec.name != "rubric":
        return spec
    told = _BRACED.sub(lambda found: known.get(found[1], found[0]), text(spec.settings.get("rubric")))
    return replace(spec, settings={**spec.settings, "rubric": told})
