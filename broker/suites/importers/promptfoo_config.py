"""promptfoo's configuration: `prompts`, `tests`, `defaultTest`. Every prompt makes a suite of its own."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from broker.suites import Sample, Suite
from broker.suites.importers.promptfoo_case import Case, prompt_of, samples, unfilled, wrapped
from broker.suites.importers.promptfoo_objects import case_of, merged
from broker.suites.importers.report import MAX_SAMPLES, Draft, ImportRefused, Problem, Source
from broker.suites.importers.values import items, table, text
from broker.types import Message

NAME = "promptfoo configuration"
Prompts = list[tuple[str, str | tuple[Message, ...]]]
_PROMPT = {"raw", "label", "id", "prefix", "suffix"}
_READ = {"prompts", "tests", "defaultTest", "description", "assertionTemplates", "$schema"}


def matches(source: Source) -> bool:
    """Whether the document has prompts, and tests or defaults for them."""
    document = table(source.document)
    return "prompts" in document and bool({"tests", "defaultTest", "scenarios"} & document.keys())


def read(source: Source) -> Draft:
    """The suites, one a prompt that can be asked; raises `ImportRefused` where none can."""
    document = table(source.document)
    problems = [Problem(None, key, "not imported") for key in document if key not in _READ]
    prompts = list(_prompts(document.get("prompts"), problems))
    if not prompts:
        reason = problems[-1] if problems else "prompts: there are none"
        raise ImportRefused(f"{source.name}: no prompt can be asked; {reason}.")
    cases = list(_cases(document, problems))
    if not cases and "scenarios" in document:
        raise ImportRefused(
            f"{source.name}: its tests are in scenarios, which are not imported; write them under tests."
        )
    title = text(document.get("description")).strip() or source.name
    suites: list[Suite] = []
    for label, prompt in _apart(prompts):
        problems += unfilled(prompt, cases)
        name = title if len(prompts) == 1 else f"{title} · {label}"
        made, noted = _samples(cases, prompt)
        problems += noted  # most is so under every prompt, and told once
        suites.append(
            Suite(name, made, (), description=text(document.get("description")), source=source.name)
        )
    return Draft(tuple(suites), tuple(problems))


def _prompts(raw: Any, problems: list[Problem]) -> Iterator[tuple[str, str | tuple[Message, ...]]]:
    for i, entry in enumerate(items(raw) or [raw]):
        own = table(entry)
        content = own.get("raw", entry)
        try:
            if not isinstance(content, str):
                raise ValueError("expected the prompt's text")
            around = Case(0, prefix=text(own.get("prefix")), suffix=text(own.get("suffix")))
            asked = wrapped(prompt_of(content), around)
        except ValueError as error:
            problems.append(Problem(None, f"prompts[{i}]", f"left out: {error}"))
            continue
        unread = (key for key in own if key not in _PROMPT)
        problems += [Problem(None, f"prompts[{i}].{key}", "not imported") for key in unread]
        yield text(own.get("label") or own.get("id")) or f"prompt {i + 1}", asked


def _apart(prompts: Prompts) -> Prompts:
    """The prompts with labels that differ: a second one of a label is called `label (2)`."""
    taken: set[str] = set()
    made: Prompts = []
    for label, prompt in prompts:
        names = (label if n == 1 else f"{label} ({n})" for n in count(1))
        taken.add(name := next(name for name in names if name not in taken))
        made.append((name, prompt))
    return made


def _cases(document: Mapping[str, Any], problems: list[Problem]) -> Iterator[Case]:
    default = document.get("defaultTest")
    if default is not None and not isinstance(default, Mapping):
        problems.append(Problem(None, "defaultTest", "left out: expected an object; files are not opened"))
    tests: Any = document.get("tests")
    if tests is None:
        # The defaults alone are one test.
        tests = [{}] if default is not None and "scenarios" not in document else []
    for number, raw in enumerate(items(tests) or [tests], 1):
        if not isinstance(raw, Mapping) or "path" in raw:
            message = "left out: expected an object; files and addresses are not opened"
            problems.append(Problem(number, "tests", message))
            continue
        templates = table(document.get("assertionTemplates"))
        yield case_of(number, merged(table(default), table(raw)), templates)


def _samples(
    cases: list[Case], prompt: str | tuple[Message, ...]
) -> tuple[tuple[Sample, ...], list[Problem]]:
    made: list[Sample] = []
    problems: list[Problem] = []
    for case in cases:
        try:
            found, noted = samples(case, prompt, str(case.row))
        except ValueError as error:
            problems.append(Problem(case.row, "tests", str(error)))
            continue
        made += found
        problems += noted
        if len(made) > MAX_SAMPLES:
            break
    return tuple(made), problems
