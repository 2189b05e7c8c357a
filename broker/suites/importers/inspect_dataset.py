"""Datasets of Inspect: `input, target, choices, id, metadata`; the input may be a conversation."""

from dataclasses import replace
from typing import Any

from broker.suites import Sample, ScorerSpec
from broker.suites.importers.any_table import by_mapping
from broker.suites.importers.json_file import loads
from broker.suites.importers.report import ColumnMapping, Draft, Problem, Row, Source
from broker.suites.importers.values import table, text

NAME = "inspect"
_FIELDS = {"input", "target", "choices", "id", "metadata", "sandbox", "files", "setup"}
_RUNS = ("sandbox", "files", "setup")


def matches(source: Source) -> bool:
    """Whether all columns are fields of Inspect's `Sample`, and at least input and target or choices."""
    columns = set(source.columns)
    return "input" in columns and bool(columns & {"target", "choices"}) and columns <= _FIELDS


def read(source: Source) -> Draft:
    """One suite; metadata that is an object, also one written in JSON, is spread into the sample's."""
    problems: list[Problem] = []
    rows = tuple(_spread(row, problems) for row in source.rows)
    keys = tuple(dict.fromkeys(key for row in rows for key in row.values if key not in _FIELDS))
    known = {name for name in ("target", "choices", "id") if name in source.columns}
    mapping = ColumnMapping(
        "input",
        ("target",) if "target" in known else (),
        ("choices",) if "choices" in known else (),
        id="id" if "id" in known else None,
        metadata=keys,
    )
    columns = tuple(c for c in source.columns if c not in {"metadata", *_RUNS})
    draft = by_mapping(replace(source, rows=rows, columns=(*columns, *keys)), mapping, *problems)
    suites = tuple(
        replace(s, samples=tuple(_every(one, s.scorers) for one in s.samples)) for s in draft.suites
    )
    return replace(draft, suites=suites)


def _every(sample: Sample, scorers: tuple[ScorerSpec, ...]) -> Sample:
    """The sample; where several choices are its targets, an answer has to name them all, as in Inspect."""
    if not sample.choices or len(set(sample.targets)) < 2:
        return sample
    own = tuple(
        replace(spec, settings={**spec.settings, "every": True}) if spec.name == "choice" else spec
        for spec in scorers
    )
    return sample if own == scorers else replace(sample, scorers=own)


def _spread(row: Row, problems: list[Problem]) -> Row:
    values: dict[str, Any] = {
        key: value for key, value in row.values.items() if key in _FIELDS - {"metadata"}
    }
    for name in _RUNS:
        if text(row.values.get(name)):
            problems.append(Problem(row.number, name, "left out: nothing is run beside the model"))
    metadata = row.values.get("metadata")
    if isinstance(metadata, str) and metadata.strip():
        try:
            metadata = loads(metadata)
        except (ValueError, RecursionError):
            metadata = {"note": metadata}
    # A key of the metadata may be called like a field of the sample.
    values |= {
        key if key not in _FIELDS else f"metadata.{key}": value for key, value in table(metadata).items()
    }
    return Row(row.number, values)
