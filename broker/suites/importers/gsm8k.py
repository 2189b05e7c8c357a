"""GSM8K: `question` and `answer`, the final number after `####`."""

from dataclasses import replace

from broker.suites import ScorerSpec, Suite
from broker.suites.importers.columns import apply, unused
from broker.suites.importers.report import ColumnMapping, Draft, Problem, Row, Source
from broker.suites.importers.values import text

NAME = "gsm8k"
_MARK = "####"
_MAPPING = ColumnMapping("question", ("answer",), metadata=("solution",), scorers=(ScorerSpec("number"),))


def matches(source: Source) -> bool:
    """Whether the first answer ends in `####` and a number."""
    return "question" in source.columns and any(
        _MARK in text(row.values.get("answer")) for row in source.rows[:1]
    )


def read(source: Source) -> Draft:
    """The number is the target, the way to it is kept as metadata `solution`."""
    rows: list[Row] = []
    problems: list[Problem] = []
    for row in source.rows:
        solution, mark, final = text(row.values.get("answer")).rpartition(_MARK)
        if not mark:
            problems.append(Problem(row.number, "answer", "the row was left out: no #### before the number"))
            continue
        values = {
            "question": row.values.get("question"),
            "answer": final.strip(),
            "solution": solution.strip(),
        }
        rows.append(replace(row, values=values))
    samples, found = apply(_MAPPING, rows)
    suite = Suite(source.name, samples, _MAPPING.scorers, source=source.name)
    return Draft((suite,), (*problems, *found, *unused(_MAPPING, source.columns)))
