"""promptfoo's tests in a table: `__expected` and the other columns that begin with two underscores."""

import re
from dataclasses import replace
from typing import Any

from broker.suites import Sample, Suite
from broker.suites.importers.column_names import propose
from broker.suites.importers.promptfoo_assertions import parse, spec
from broker.suites.importers.promptfoo_case import (
    UNJUDGED,
    Case,
    prompt_of,
    refuse_unfilled,
    samples,
    unfilled,
)
from broker.suites.importers.promptfoo_objects import case_of
from broker.suites.importers.report import ColumnMapping, Draft, Problem, Row, Source
from broker.suites.importers.values import number, table, text
from broker.templates import variables

NAME = "promptfoo tests"
_EXPECTED = re.compile(r"__expected(\d*)")
_CONFIG = re.compile(r"__config:__expected(\d*):threshold")
_COLUMNS = (
    _EXPECTED,
    _CONFIG,
    re.compile(r"__(?:prefix|suffix|description|metric|threshold)"),
    re.compile(r"__metadata:.+"),
)
_ESCAPED_COMMA = re.compile(r"(?<!\\),")
_FORGOTTEN = re.compile(r"_(?:expected|prefix|suffix|description|metric|threshold|metadata|config)\b")


def matches(source: Source) -> bool:
    """Whether a column begins with two underscores, or each record has `vars` and perhaps `assert`."""
    marked = any(column.startswith("__") for column in source.columns)
    return marked or ("vars" in source.columns and all(table(row.values.get("vars")) for row in source.rows))


def read(source: Source) -> Draft:
    """One suite. These files hold no prompt: the mapping's input is one, with the variables as `{{name}}`.

    Its scorers judge the samples that have no check of their own.
    """
    problems = [*_column_problems(source)]
    cases = [_case(row) for row in source.rows]
    names = tuple(dict.fromkeys(name for case in cases for name in case.vars))
    chosen = source.mapping or _proposed(names)
    problems += _prompt_problems(chosen, names, source.mapping is not None)
    asked = chosen.input if "{{" in chosen.input else f"{{{{{chosen.input}}}}}"
    problems += unfilled(asked, cases)
    made: list[Sample] = []
    for place, case in enumerate(cases, 1):
        try:
            found, noted = samples(case, prompt_of(asked), str(place))
        except ValueError as error:
            problems.append(Problem(case.row, "", str(error)))
            continue
        made += found
        problems += [problem for problem in noted if not chosen.scorers or problem.message != UNJUDGED]
    suite = Suite(source.name, tuple(made), chosen.scorers, source=source.name)
    named = replace(source, columns=names)
    return Draft((suite,), tuple(problems), chosen, named, prompt_only=True)


def _case(row: Row) -> Case:
    return case_of(row.number, row.values) if "vars" in row.values else _of_cells(row)


def _of_cells(row: Row) -> Case:
    case = Case(row.number)
    cells = {key.strip(): text(value) for key, value in row.values.items()}
    case.vars = {key: value for key, value in cells.items() if not key.startswith("__")}
    case.prefix, case.suffix = cells.get("__prefix", ""), cells.get("__suffix", "")
    case.description = cells.get("__description", "")
    if cells.get("__threshold"):
        case.threshold = number(cells["__threshold"])
        if case.threshold is None:
            case.note("__threshold", f"expected a number, found {cells['__threshold'][:40]!r}")
    case.metadata |= _metadata(cells)
    _add_checks(case, cells)
    refuse_unfilled(case)
    return case


def _add_checks(case: Case, cells: dict[str, str]) -> None:
    thresholds = _thresholds(case, cells)
    place = 0
    for key, cell in cells.items():
        if not _EXPECTED.fullmatch(key) or not cell.strip():
            continue
        place += 1
        try:
            check = parse(cell)
            threshold = thresholds.get(place, check.threshold)
            made = spec(replace(check, threshold=threshold))
            case.checks.append(replace(made, metric=cells.get("__metric", "")))
        except ValueError as error:
            case.refuse(key, error)


def _thresholds(case: Case, cells: dict[str, str]) -> dict[int, float]:
    """The thresholds of `__config` columns, by the place of the check they are for."""
    found: dict[int, float] = {}
    for key, cell in cells.items():
        match = _CONFIG.fullmatch(key)
        if match is None or not cell.strip():
            continue
        value = number(cell)
        if value is None:
            case.note(key, f"expected a number, found {cell[:40]!r}")
        else:
            found[int(match[1] or 1)] = value
    return found


def _metadata(cells: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, cell in cells.items():
        name = key.removeprefix("__metadata:")
        if name == key or not cell.strip():
            continue
        if name.endswith("[]"):
            found[name[:-2]] = [part.strip().replace("\\,", ",") for part in _ESCAPED_COMMA.split(cell)]
        else:
            found[name] = cell
    return found


def _column_problems(source: Source) -> list[Problem]:
    problems: list[Problem] = []
    for column in map(str.strip, source.columns):
        if _FORGOTTEN.match(column):
            problems.append(Problem(None, column, f"read as a variable; did you mean _{column}?"))
        elif column.startswith("__") and not any(form.fullmatch(column) for form in _COLUMNS):
            problems.append(Problem(None, column, "this column was not imported"))
    return problems


def _proposed(names: tuple[str, ...]) -> ColumnMapping:
    return ColumnMapping(f"{{{{{propose(names).input}}}}}") if names else ColumnMapping("")


def _prompt_problems(mapping: ColumnMapping, names: tuple[str, ...], settled: bool) -> list[Problem]:
    if settled:
        return []
    left = [name for name in names if name not in variables(mapping.input)]
    unused = f"; not in it: {', '.join(left)}" if left else ""
    return [Problem(None, "prompts", f"the file holds no prompt; asked is {mapping.input}{unused}")]
