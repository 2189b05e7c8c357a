"""Any table or list of records, by the mapping of its columns."""

from dataclasses import replace

from broker.suites import Suite
from broker.suites.importers.column_names import asks, propose
from broker.suites.importers.columns import apply, unknown_columns, unused
from broker.suites.importers.report import ColumnMapping, Draft, ImportRefused, Problem, Source
from broker.suites.importers.scoring import usual
from broker.suites.importers.values import text

NAME = "table"


def matches(source: Source) -> bool:
    """Whether there are records; a lone object is one where a column's name says what is asked."""
    several = source.document is None or len(source.rows) > 1
    return bool(source.rows) and (several or asks(source.columns))


def read(source: Source) -> Draft:
    """One suite by the mapping that the columns suggest."""
    return by_mapping(source, propose(source.columns, source.rows))


def by_mapping(source: Source, mapping: ColumnMapping, *problems: Problem) -> Draft:
    """One suite by what a person made of this mapping, or else by it as it is.

    Where neither it nor the rows name a scorer, the one that fits the targets. Raises `ImportRefused`.
    """
    mapping = source.mapping or mapping
    if missing := unknown_columns(mapping, source.columns):
        raise ImportRefused(
            f"{source.name}: the mapping names columns that are not there: {', '.join(missing)}."
        )
    if mapping.targets and not any(text(row.values.get(c)) for c in mapping.targets for row in source.rows):
        problems = (*problems, Problem(None, mapping.targets[0], "there is no target in any row"))
        mapping = replace(mapping, targets=())
    samples, found = apply(mapping, source.rows)
    by_row = any(row.scorers is not None for row in source.rows)
    mapping = mapping if mapping.scorers or by_row else replace(mapping, scorers=usual(samples))
    if not mapping.scorers and not by_row:
        problems = (*problems, Problem(None, "", "no targets and no scorers: choose how answers are judged"))
    suite = Suite(source.name, samples, mapping.scorers, source=source.name)
    return Draft((suite,), (*problems, *unused(mapping, source.columns), *found), mapping, source)
