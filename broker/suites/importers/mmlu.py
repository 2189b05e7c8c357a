"""MMLU: CSV without a header; a question, the choices A to D and the letter of the right one."""

from dataclasses import replace

from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.importers.report import Draft, Problem, Row, Source

NAME = "mmlu"
_LETTERS = ("A", "B", "C", "D")


def matches(source: Source) -> bool:
    """Whether there are six columns and even the first row, where titles would be, ends in a letter.

    Titles may end in one too, where they end in A, B, C, D.
    """
    return len(source.header) == 6 and source.header[5] in _LETTERS and source.header[2:] != _LETTERS


def read(source: Source) -> Draft:
    """One multiple-choice sample a row, its number counted from the first."""
    first = Row(1, dict(enumerate(source.header)))  # type: ignore[arg-type]
    samples: list[Sample] = []
    problems: list[Problem] = []
    for place, row in enumerate((first, *source.rows), 1):
        question, *choices, letter = (str(cell) for cell in row.values.values())
        if letter.strip() not in _LETTERS or not question.strip():
            message = (
                f"the row was left out: expected a question, four choices and a letter; found {letter[:20]!r}"
            )
            problems.append(Problem(row.number, "column 6", message))
            continue
        samples.append(Sample(str(place), question, (letter.strip(),), tuple(choices)))
    suite = Suite(source.name, tuple(samples), (ScorerSpec("choice"),), source=source.name)
    return Draft((suite,), tuple(problems), source=_untitled(source))


def _untitled(source: Source) -> Source:
    """The source without what was told of its first row as titles: choices may stand twice."""
    return replace(source, problems=tuple(p for p in source.problems if "stands twice" not in p.message))
