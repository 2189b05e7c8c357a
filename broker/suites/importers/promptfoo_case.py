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
from broker.templates import fill, variables
from broker.types import Message

_GRADED = {"similarity", "rouge", "rubric"}  # what promptfoo too scores anywhere from 0 to 1
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
    asked = wrapped(prompt, case)
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
        for n, values in enumerate(islice(_combined(case, _names(asked)), MAX_SAMPLES + 1), 1)
    ]
    return made, problems


def refuse_unfilled(case: Case) -> None:
    """Refuse the checks that speak of a variable for which the test has no value."""
    checks, case.checks = case.checks, []
    for check in checks:
        missing = [name for name in variables(text(dict(check.settings))) if name not in case.vars]
        if missing:
            case.refuse("assert", f"{check.name}: the test has no value for {{{{{missing[0]}}}}}")
        else:
            case.checks.append(check)


def unfilled(prompt: str | tuple[Message, ...], cases: Sequence[Case]) -> Iterator[Problem]:
    """The prompt's variables that a test has no value for; one problem each, which names the first test."""
    for name in _names(prompt):
        rows = [case.row for case in cases if name not in case.vars]
        if rows:
            others = "any test" if rows[1:] and len(rows) == len(cases) else "this test"
            others += f" and {len(rows) - 1} more" if 1 < len(rows) < len(cases) else ""
            message = f"{{{{{name}}}}} has no value in {others}: it is left empty, as promptfoo does"
            yield Problem(rows[0], "vars", message)


def _names(prompt: str | tuple[Message, ...]) -> tuple[str, ...]:
    return variables(*([prompt] if isinstance(prompt, str) else [turn.content for turn in prompt]))


def wrapped(prompt: str | tuple[Message, ...], case: Case) -> str | tuple[Message, ...]:
    """The prompt between prefix and suffix; raises `ValueError` for a chat, and for code in them."""
    if not case.prefix and not case.suffix:
        return prompt
    refuse_code([case.prefix, case.suffix])
    if not isinstance(prompt, str):
        raise ValueError("left out: a prefix or suffix around a chat would break its JSON")
    return f"{case.prefix}{prompt}{case.suffix}"


def _combined(case: Case, asked: Sequence[str]) -> Iterator[dict[str, str]]:
    """The variables as texts: a list stands for its values one by one, each with each of the others.

    What is `asked` for and has no value is empty.
    """
    lists: Sequence[list[Any]] = [items(v) if case.expands and items(v) else [v] for v in case.vars.values()]
    for chosen in product(*lists):
        values = {name: text(value) for name, value in zip(case.vars, chosen, strict=True)}
        values |= {name: "" for name in asked if name not in values}
        yield {name: fill(value, values) for name, value in values.items()}


def _under_threshold(case: Case, problems: list[Problem]) -> tuple[ScorerSpec, ...]:
    """The checks under the test's own threshold, which is for their mean: one graded check can take it over.

    Any other check is worth 0 or 1 to promptfoo, and no threshold between moves that.
    """
    if case.threshold is None or not case.checks:
        return tuple(case.checks)
    case.metadata["threshold"] = case.threshold
    only = case.checks[0] if len(case.checks) == 1 else None
    if only and 0 < case.threshold <= 1 and (only.name not in _GRADED or not only.negate):
        return (replace(only, threshold=case.threshold) if only.name in _GRADED else only,)
    message = "kept as metadata only: here every check counts by itself, there is no threshold for their mean"
    problems.append(Problem(case.row, "threshold", message))
    return tuple(case.checks)
