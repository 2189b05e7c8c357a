"""A shortlist as lines and columns: which columns there are, in which order."""

from collections.abc import Iterator

from broker.assurance.attributes import ATTRIBUTES
from broker.comparison import Shortlist
from broker.comparison.snapshots import snapshot, snapshot_hash
from broker.comparison_export.columns import Column, Line
from broker.comparison_export.of_calls import SPEED, USE
from broker.comparison_export.of_cost import COST
from broker.comparison_export.of_offer import DETAILS, IDENTITY, LIFECYCLE, PRICES
from broker.comparison_export.of_question import ANSWER, SCALES, fact_column, gate_column
from broker.comparison_export.of_runs import QUALITY, suite_columns

ABOUT = (
    Column("compared_on", "day", "The day of the comparison.", lambda line: line.shortlist.gathered.at),
    Column(
        "snapshot", "text", "Hash of the data that it saw, where one was made.", lambda line: line.snapshot
    ),
)


def columns(shortlist: Shortlist) -> tuple[Column, ...]:
    """The columns of a shortlist: always the same, then those of its gates, its suites and all facts."""
    wanted = shortlist.gathered.wanted
    gates = tuple(gate_column(gate) for gate in dict.fromkeys(wanted.gates))
    suites = dict.fromkeys(suite for suite, _ in wanted.suites)
    of_suites = tuple(column for suite in suites for column in suite_columns(suite))
    facts = tuple(fact_column(attribute) for attribute in ATTRIBUTES)
    first = (*IDENTITY, *ANSWER, *DETAILS, *QUALITY, *SPEED, *COST, *PRICES, *LIFECYCLE)
    return (*first, *USE, *SCALES, *ABOUT, *gates, *of_suites, *facts)


def lines(shortlist: Shortlist) -> Iterator[Line]:
    """The offers in the shortlist's order."""
    rank, seen = 0, snapshot_hash(snapshot(shortlist))
    for ranked in shortlist.ranked:
        placed = ranked.outcome == "pass" and ranked.score is not None
        rank += placed
        yield Line(shortlist, ranked, rank if placed else None, seen)
