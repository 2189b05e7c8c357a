"""A test case of promptfoo as samples: variables, prompt and checks, from a table's row or from an object."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product
from typing import Any

from broker.suites import Sample, ScorerSpec
from broker.suites.importers.json_file import loads
from broker.suites.importers.messages import conversation
from broker.suites.importers.promptfoo_assertions import refuse_code
from broker.suites.importers.report import MAX_SAMPLES, Problem
from broker.suites.importers.values import items, table, text
from broker.templates import fill
from broker.types import Message

UNJUDGED = "nothing judges this sample's answers"
_PATH = re.compile(
    r"(?:[a-z]+://|exec:)\S+|[\w./*-]+\.(?:txt|json|ya?ml|md|[cm]?[jt]s|py|csv|j2|jsonl)(?::\w+)?"
)


@dataclass(slots=True)
class Case:
    """One test. `checks` judge it; those that were `refused` stay with the sample, `notes` go to the report.

    `code` names settings that would run code on its variables or answers: without them it is another test.
    """

    row: int
    vars: Mapping[str, Any] = field(default_factory=dict[str, Any])
    checks: list[ScorerSpec] = field(default_factory=list[ScorerSpec])
    refused: list[Problem] = field(default_factory=list[Problem])
    prefix: str = ""
    suffix: str = ""
    description: str = ""
    threshold: float | None = None
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    expands: bool = True
    code: tuple[str, ...] = ()
    notes: list[Problem] = field(default_factory=list[Problem])

    def note(self, where: str, message: str) -> None:
        """Report something of the test that is not taken over."""
        self.notes.append(Problem(self.row, where, message))

    def refuse(self, where: str, reason: object) -> None:
        """Report a check that will not judge."""
        self.refused.append(Problem(self.row, where, f"this check was left out: {reason}"))


def prompt_of(raw: str) -> str | tuple[Message, ...]:
    """A prompt as text or, where it is a chat in JSON, as turns; raises `ValueError` for files and code."""
    if _PATH.fullmatch(raw.strip()):
        raise ValueError("files are not opened; put the prompt's text in the configuration")
    refuse_code(raw)
    if not raw.strip():
        raise ValueError("the prompt is empty")
    if not raw.lstrip().startswith("["):
        return raw
    try:
        turns = items(loads(raw))
    except (ValueError, RecursionError):
        return raw
    return conversation(turns) if turns and all("role" in table(turn) for turn in turns) else raw


def samples(case: Case, prompt: str | tuple[Message, ...], place: str) -> tuple[list[Sample], list[Problem]]:
    """A sample for each combination of the variables' values; raises `ValueError` where there can be none."""
    if case.code:
        raise ValueError(f"left out: {', '.join(case.code)} is code, which is never run")
    problems = [*case.notes, *case.refused]
    asked = _wrapped(prompt, case)
    refuse_code(dict(case.vars))
    checks = _under_threshold(case, problems)
    if not checks:
        problems.append(Problem(case.row, "assert", UNJUDGED))
    metadata = dict(case.metadata)
    if case.description:
        metadata["description"] = case.description
    if case.refused:
        metadata["refused checks"] = [str(replace(problem, row=None)) for problem in case.refused]
    made = [
        Sample(
            place if n == 1 else f"{place}.{n}", asked, variables=values, metadata=metadata, scorers=checks
        )
        for n, values in enumerate(islice(_combined(case), MAX_SAMPLES + 1), 1)
    ]
    return made, problems


def _wrapped(prompt: str | tuple[Message, ...], case: Case) -> str | tuple[Message, ...]:
    if not case.prefix and not case.suffix:
        return prompt
    refuse_code([case.prefix, case.suffix])
    if not isinstance(prompt, str):
        raise ValueError("left out: a prefix or suffix around a chat would break its JSON")
    return f"{case.prefix}{prompt}{case.suffix}"


def _combined(case: Case) -> Iterator[dict[str, str]]:
    """The variables as texts: a list stands for its values one by one, each with each of the others."""
    lists: Sequence[list[Any]] = [items(v) if case.expands and items(v) else [v] for v in case.vars.values()]
    for chosen in product(*lists):
        values = {name: text(value) for name, value in zip(case.vars, chosen, strict=True)}
        yield {name: fill(value, values) for name, value in values.items()}


def _under_threshold(case: Case, problems: list[Problem]) -> tuple[ScorerSpec, ...]:
    """The checks under the test's own threshold, which is for their mean: one check can take it over."""
    if case.threshold is None or not case.checks:
        return tuple(case.checks)
    case.metadata["threshold"] = case.threshold
    if len(case.checks) == 1 and not case.checks[0].negate:
        return (replace(case.checks[0], threshold=min(1.0, case.threshold)),)
    message = "kept as metadata only: here every check counts by itself, there is no threshold for their mean"
    problems.append(Problem(case.row, "threshold", message))
    return tuple(case.checks)
